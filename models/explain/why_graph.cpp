// The tree of causes as a graph: for Graphviz, and drawn.
#include <algorithm>
#include <cmath>
#include <sstream>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/graphviz.hpp>
#include <fmt/format.h>

#include "models/explain/address.hpp"
#include "models/explain/why.hpp"
#include "models/picture/picture_text.hpp"

namespace saltus {

namespace {

// A neuron at a tick, as the pictures show it.
struct Box {
    std::string address;
    std::string detail;
    std::size_t depth = 0;
    bool fired = false;
};

struct Arrow {
    double contribution = 0;
    std::string weight;
};

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, Box, Arrow>;
using Vertex = Graph::vertex_descriptor;

std::string detail_of(const Why& why) {
    if (why.ledger) {
        const double h = why.ledger->h ? double{*why.ledger->h} : why.ledger->sum;
        return fmt::format("v {:.4g}, threshold {:.4g}", h, why.ledger->theta);
    }
    if (why.encoder && why.encoder->activation) {
        return fmt::format("{} of {:.4g}", why.encoder->coding, *why.encoder->activation);
    }
    return why.encoder ? why.encoder->coding : "max pool";
}

// Adds the tree; vertices come parents first. An arrow leads from a cause to what it caused.
Vertex add_tree(const Pipeline& pipeline, const Why& why, std::size_t depth, Graph& graph) {
    // Not add_vertex(property, graph): with sanitizers g++ 12 sees an empty optional of Boost's
    // read.
    const Vertex vertex = boost::add_vertex(graph);
    graph[vertex] = {address_text(pipeline.network(), why.population, why.neuron, why.tick),
                     detail_of(why),
                     depth,
                     why.fired != 0};
    for (const Why::Cause& cause : why.causes) {
        const Vertex from = add_tree(pipeline, *cause.why, depth + 1, graph);
        Arrow arrow{why.fired, {}};
        if (why.ledger) {
            const LedgerTerm& term = why.ledger->terms[cause.term];
            arrow = {term.contribution, fmt::format("{:.3g}", term.weight)};
        }
        boost::add_edge(from, vertex, arrow, graph);
    }
    return vertex;
}

Graph graph_of(const Pipeline& pipeline, const Why& why) {
    Graph graph;
    add_tree(pipeline, why, 0, graph);
    return graph;
}

// The picture, in pixels.
constexpr double k_box_width = 190;
constexpr double k_box_height = 44;
constexpr double k_column = 290;  // from one depth to the next
constexpr double k_row = 58;
constexpr double k_margin = 24;
constexpr double k_title = 52;
constexpr const char* k_raises = "#0072B2";  // Okabe and Ito 2008
constexpr const char* k_lowers = "#D55E00";

// The row of each box: leaves one below the other, others in the middle of their causes.
class Rows {
  public:
    explicit Rows(const Graph& graph) : rows_(boost::num_vertices(graph)) {
        causes_.resize(rows_.size());
        for (const auto& edge : boost::make_iterator_range(boost::edges(graph))) {
            causes_[boost::target(edge, graph)].push_back(boost::source(edge, graph));
        }
        place(0);
    }

    [[nodiscard]] double of(Vertex vertex) const { return rows_[vertex]; }

    [[nodiscard]] double count() const { return std::max(1.0, next_); }

  private:
    double place(Vertex vertex) {
        if (causes_[vertex].empty()) {
            return rows_[vertex] = next_++;
        }
        double first = 0;
        double last = 0;
        for (std::size_t k = 0; k < causes_[vertex].size(); ++k) {
            last = place(causes_[vertex][k]);
            first = k == 0 ? last : first;
        }
        return rows_[vertex] = (first + last) / 2;
    }

    std::vector<double> rows_;
    std::vector<std::vector<Vertex>> causes_;
    double next_ = 0;
};

}  // namespace

std::string why_dot(const Pipeline& pipeline, const Why& why) {
    const Graph graph = graph_of(pipeline, why);
    std::ostringstream text;
    boost::write_graphviz(
        text,
        graph,
        [&](std::ostream& out, Vertex v) {
            out << "[shape=box, label="
                << boost::escape_dot_string(graph[v].address + "\\n" + graph[v].detail)
                << (graph[v].fired ? "]" : ", style=dashed]");
        },
        [&](std::ostream& out, const Graph::edge_descriptor& e) {
            const double c = graph[e].contribution;
            out << fmt::format("[label=\"{:+.4g}\", color=\"{}\", penwidth={:.2f}]",
                               c,
                               c >= 0 ? k_raises : k_lowers,
                               1 + 3 * std::min(1.0, std::abs(c)));
        },
        [](std::ostream& out) { out << "rankdir=LR;\n"; });
    return text.str();
}

std::string why_svg(const Pipeline& pipeline, const Why& why) {
    const Graph graph = graph_of(pipeline, why);
    const Rows rows(graph);
    std::size_t deepest = 0;
    double largest = 0;
    for (const Vertex v : boost::make_iterator_range(boost::vertices(graph))) {
        deepest = std::max(deepest, graph[v].depth);
    }
    for (const auto& e : boost::make_iterator_range(boost::edges(graph))) {
        largest = std::max(largest, std::abs(graph[e].contribution));
    }
    const auto columns = static_cast<double>(deepest);
    const double width = 2 * k_margin + columns * k_column + k_box_width;
    const double height = k_title + k_margin + rows.count() * k_row + 26;
    // The spike asked for stands at the right, its causes to the left of it.
    const auto left = [&](Vertex v) {
        return k_margin + (columns - static_cast<double>(graph[v].depth)) * k_column;
    };
    const auto middle = [&](Vertex v) { return k_title + (rows.of(v) + 0.5) * k_row; };

    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
        "viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"sans-serif\">\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        width,
        height);
    svg += fmt::format("<text x=\"{:.0f}\" y=\"24\" font-size=\"15\" fill=\"#222\">Why {} {}</text>\n",
                       k_margin,
                       escape(graph[0].address),
                       graph[0].fired ? "fired" : "stayed silent");
    svg += fmt::format(
        "<text x=\"{0:.0f}\" y=\"42\" font-size=\"11\" fill=\"#555\">contribution to the membrane: "
        "<tspan fill=\"{1}\">raises</tspan>, <tspan fill=\"{2}\">lowers</tspan></text>\n",
        k_margin,
        k_raises,
        k_lowers);
    for (const auto& e : boost::make_iterator_range(boost::edges(graph))) {
        const Vertex from = boost::source(e, graph);
        const Vertex to = boost::target(e, graph);
        const double x1 = left(from) + k_box_width;
        const double x2 = left(to);
        const double c = graph[e].contribution;
        svg += fmt::format(
            "<path d=\"M{0:.1f} {1:.1f} C{2:.1f} {1:.1f} {2:.1f} {3:.1f} {4:.1f} {3:.1f}\" "
            "fill=\"none\" stroke=\"{5}\" stroke-width=\"{6:.2f}\" stroke-opacity=\"0.75\"/>\n",
            x1,
            middle(from),
            (x1 + x2) / 2,
            middle(to),
            x2,
            c >= 0 ? k_raises : k_lowers,
            1 + 5 * (largest > 0 ? std::abs(c) / largest : 0));
        svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"11\" fill=\"#222\">{:+.4g}</text>\n",
                           x1 + 8,
                           middle(from) - 6,
                           c);
    }
    for (const Vertex v : boost::make_iterator_range(boost::vertices(graph))) {
        svg += fmt::format(
            "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" rx=\"4\" fill=\"{}\" "
            "stroke=\"#444\"{}/>\n<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"12\" "
            "fill=\"#111\">{}</text>\n<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"10.5\" "
            "fill=\"#555\">{}</text>\n",
            left(v),
            middle(v) - k_box_height / 2,
            k_box_width,
            k_box_height,
            v == 0 ? "#fff7df" : "#f7f7f7",
            graph[v].fired ? "" : " stroke-dasharray=\"4 3\"",
            left(v) + 8,
            middle(v) - 4,
            escape(shorten(graph[v].address, 28)),
            left(v) + 8,
            middle(v) + 13,
            escape(graph[v].detail));
    }
    return svg + "</svg>\n";
}

}  // namespace saltus
