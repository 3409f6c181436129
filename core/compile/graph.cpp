#include "core/graph.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <boost/graph/topological_sort.hpp>

#include "core/compile/validate.hpp"
#include "core/error.hpp"

namespace saltus {

namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS>;

Graph zero_delay_graph(const NetworkSpec& spec) {
    Graph graph(spec.populations.size());
    for (const ProjectionSpec& projection : spec.projections) {
        if (projection.delay == 0) {
            boost::add_edge(projection.source, projection.target, graph);
        }
    }
    return graph;
}

// Each vertex's strong component, and how many there are.
std::pair<std::vector<std::size_t>, std::size_t> strong_components_of(const Graph& graph) {
    std::vector<std::size_t> component(boost::num_vertices(graph));
    const std::size_t count = boost::strong_components(
        graph,
        boost::make_iterator_property_map(component.begin(), get(boost::vertex_index, graph)));
    return {std::move(component), count};
}

// Walks within one strong component until a population comes up twice: "a -> b -> a".
std::string name_cycle(const NetworkSpec& spec,
                       const Graph& graph,
                       const std::vector<std::size_t>& component,
                       std::size_t start) {
    std::vector<std::size_t> path;
    std::size_t at = start;
    while (std::find(path.begin(), path.end(), at) == path.end()) {
        path.push_back(at);
        for (const auto edge : boost::make_iterator_range(boost::out_edges(at, graph))) {
            const std::size_t next = boost::target(edge, graph);
            if (component[next] == component[start]) {
                at = next;
                break;
            }
        }
    }
    std::string text;
    for (auto step = std::find(path.begin(), path.end(), at); step != path.end(); ++step) {
        text += spec.populations[*step].name + " -> ";
    }
    return text + spec.populations[at].name;
}

// Where the first zero-delay projection within a strong component stands.
std::string place_of(const NetworkSpec& spec,
                     const std::vector<std::size_t>& component,
                     std::size_t number) {
    for (std::size_t p = 0; p < spec.projections.size(); ++p) {
        const ProjectionSpec& projection = spec.projections[p];
        if (projection.delay == 0 && component[projection.source] == number &&
            component[projection.target] == number) {
            return detail::path_of(projection, p);
        }
    }
    return "projections";
}

}  // namespace

std::vector<Level> levels_of(const NetworkSpec& spec) {
    const Graph graph = zero_delay_graph(spec);
    const std::size_t n = spec.populations.size();
    const auto [component, components] = strong_components_of(graph);

    std::vector<std::size_t> members(components);
    for (const std::size_t c : component) {
        ++members[c];
    }
    std::vector<Fault> faults;
    for (std::size_t v = 0; v < n; ++v) {
        std::size_t& count = members[component[v]];
        if (count > 1 || boost::edge(v, v, graph).second) {
            faults.push_back({place_of(spec, component, component[v]),
                              "a zero-delay cycle " + name_cycle(spec, graph, component, v),
                              "a delay of at least one tick in every cycle"});
            count = 0;
        }
    }
    if (!faults.empty()) {
        throw ModelError(std::move(faults));
    }

    std::vector<std::size_t> order;  // reverse topological
    boost::topological_sort(graph, std::back_inserter(order));
    std::vector<Level> levels(n, 0);
    for (auto v = order.rbegin(); v != order.rend(); ++v) {
        for (const auto edge : boost::make_iterator_range(boost::out_edges(*v, graph))) {
            Level& level = levels[boost::target(edge, graph)];
            level = std::max(level, levels[*v] + 1);
        }
    }
    return levels;
}

std::vector<std::vector<PopulationId>> cycles_in_order(const NetworkSpec& spec) {
    Graph graph(spec.populations.size());
    for (const ProjectionSpec& projection : spec.projections) {
        boost::add_edge(projection.source, projection.target, graph);
    }
    const auto component_of = strong_components_of(graph);
    Graph components(component_of.second);
    for (const ProjectionSpec& projection : spec.projections) {
        const std::size_t from = component_of.first[projection.source];
        const std::size_t to = component_of.first[projection.target];
        if (from != to) {
            boost::add_edge(from, to, components);
        }
    }
    std::vector<std::size_t> order;  // reversed
    boost::topological_sort(components, std::back_inserter(order));
    std::vector<std::size_t> place(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) {
        place[order[k]] = order.size() - 1 - k;
    }
    std::vector<std::vector<PopulationId>> cycles(order.size());
    for (std::size_t v = 0; v < spec.populations.size(); ++v) {
        cycles[place[component_of.first[v]]].push_back(static_cast<PopulationId>(v));
    }
    return cycles;
}

std::vector<PopulationId> unreachable_populations(const NetworkSpec& spec) {
    std::vector<bool> alive(spec.populations.size());
    for (std::size_t p = 0; p < spec.populations.size(); ++p) {
        const PopulationSpec& population = spec.populations[p];
        if (std::holds_alternative<EncoderSpec>(population.kind)) {
            alive[p] = true;
        }
        if (const auto* rule = std::get_if<NeuronSpec>(&population.kind)) {
            alive[p] = rule->v_init.values != rule->v_rest.values;
            for (const ReceptorSpec& receptor : rule->receptors) {
                if (!receptor.bias.empty()) {
                    alive[p] = true;
                }
            }
        }
    }
    for (bool grew = true; grew;) {
        grew = false;
        for (const ProjectionSpec& projection : spec.projections) {
            if (alive[projection.source] && !alive[projection.target]) {
                alive[projection.target] = grew = true;
            }
        }
    }
    std::vector<PopulationId> dead;
    for (std::size_t p = 0; p < alive.size(); ++p) {
        if (!alive[p]) {
            dead.push_back(static_cast<PopulationId>(p));
        }
    }
    return dead;
}

}  // namespace saltus
