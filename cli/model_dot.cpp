#include "cli/model_dot.hpp"

#include <map>
#include <sstream>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/graphviz.hpp>

namespace saltus::cli {

namespace {

struct Vertex {
    std::string label;
    std::string shape;  // Graphviz's word for the outline
};

struct Edge {
    std::string label;
};

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, Vertex, Edge>;

std::string node_label(const NodeRow& row) {
    std::string label = row.name + "\\n" + row.kind + "\\n" + row.shape.text();
    if (!row.clock.empty()) {
        label += ", " + row.clock;
    }
    if (row.level) {
        label += "\\nlevel " + std::to_string(*row.level);
    }
    return label;
}

std::string edge_label(const ProjectionRow& row) {
    std::string label = row.kind;
    if (row.delay != 0) {
        label += "\\ndelay " + std::to_string(row.delay);
    }
    if (row.receptor != 0) {
        label += "\\nreceptor " + std::to_string(row.receptor);
    }
    return label;
}

}  // namespace

std::string model_dot(const LoadedModel& model, const ModelSummary& summary) {
    Graph graph;
    // Not add_vertex(property, graph): with sanitizers g++ 12 sees an empty optional of Boost's
    // read.
    const auto add = [&](const Vertex& vertex) {
        const Graph::vertex_descriptor added = boost::add_vertex(graph);
        graph[added] = vertex;
        return added;
    };
    std::map<std::string, Graph::vertex_descriptor> vertices;
    for (const ModelInput& input : model.inputs()) {
        vertices[input.name] = add({input.name + "\\ninput\\n" + input.shape.text(), "plaintext"});
    }
    for (const NodeRow& row : summary.nodes) {
        const char* outline = !row.is_population  ? "box"
                              : row.input.empty() ? "ellipse"
                                                  : "diamond";
        vertices[row.name] = add({node_label(row), outline});
    }
    for (const NodeRow& row : summary.nodes) {
        if (!row.input.empty()) {
            boost::add_edge(vertices[row.input], vertices[row.name], Edge{""}, graph);
        }
    }
    for (const ProjectionRow& row : summary.projections) {
        boost::add_edge(vertices[row.source], vertices[row.target], Edge{edge_label(row)}, graph);
    }
    for (const ReadoutRow& row : summary.readouts) {
        const auto readout = add({row.name + "\\n" + row.text, "plaintext"});
        boost::add_edge(vertices[row.population], readout, Edge{""}, graph);
    }
    std::ostringstream text;
    boost::write_graphviz(
        text,
        graph,
        [&](std::ostream& out, Graph::vertex_descriptor v) {
            out << "[label=" << boost::escape_dot_string(graph[v].label)
                << ", shape=" << graph[v].shape << "]";
        },
        [&](std::ostream& out, const Graph::edge_descriptor& e) {
            out << "[label=" << boost::escape_dot_string(graph[e].label) << "]";
        });
    return text.str();
}

}  // namespace saltus::cli
