#include "models/interchange/nir/nir_import.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/interchange/nir/nir_neuron.hpp"
#include "models/interchange/nir/nir_path.hpp"
#include "models/interchange/nir/nir_sums.hpp"
#include "models/interchange/nir/nir_writer.hpp"

namespace saltus {

namespace {

using namespace detail;

using Extents = std::vector<std::uint64_t>;

// By what the file's names give its writer away; "" and no reason if they do not.
std::pair<std::string, std::string> recognise(const NirGraph& graph) {
    bool numbered = !graph.nodes.empty();
    bool shaped = false;
    bool integrators = true;
    for (const NirNode& node : graph.nodes) {
        if (node.name.find(".w_rec") != std::string::npos || node.name.ends_with(".lif")) {
            return {"snntorch", "node \"" + node.name + "\""};
        }
        if (node.name.find("LIFNeuronTorch") != std::string::npos) {
            return {"exact", "node \"" + node.name + "\", which Rockpool names so"};
        }
        const bool end = node.type == "Input" || node.type == "Output";
        numbered = numbered && (end || std::all_of(node.name.begin(), node.name.end(), [](char c) {
                                    return c >= '0' && c <= '9';
                                }));
        shaped = shaped || node.find("input_shape") != nullptr;
        integrators = integrators && (!has_state(node.type) || node.type == "IF");
    }
    return numbered && shaped && integrators
               ? std::pair<
                     std::string,
                     std::string>{"sinabs",
                                  "numbered nodes, convolutions with input_shape, IF neurons alone"}
               : std::pair<std::string, std::string>{};
}

class Importer {
  public:
    Importer(const std::filesystem::path& path, const NirImportOptions& options)
        : options_(options), file_(path.string()), graph_(read_nir(path)), sums_(graph_, file_) {
        choose_convention();
        choose_tick();
        result_.notes.insert(result_.notes.end(), graph_.notes.begin(), graph_.notes.end());
        proto::Model& model = writer_.model();
        model.set_format_version(1);
        model.set_name(path.stem().string());
        model.set_horizon(options.horizon);
        if (result_.tick) {
            model.set_tick_seconds(*result_.tick);
        }
        model.mutable_provenance()->set_source("NIR " + graph_.version + ", as " +
                                               result_.convention.name);
    }

    NirImport import() {
        for_each([](const NirNode&) { return true; }, [&](std::size_t k) { check_type(k); });
        for_each([](const NirNode& node) { return node.type == "Input"; },
                 [&](std::size_t k) { add_input(k); });
        const auto is_neuron = [](const NirNode& node) { return has_state(node.type); };
        for_each(is_neuron, [&](std::size_t k) { arriving_[k] = sums_.arriving(k); });
        for_each(is_neuron, [&](std::size_t k) { add_population(k); });
        add_projections();
        for_each([](const NirNode& node) { return node.type == "Output"; },
                 [&](std::size_t k) { add_output(k); });
        say_words();
        result_.model = LoadedModel::from_message(
            std::move(writer_.model()), std::filesystem::path(file_).parent_path(), file_);
        return std::move(result_);
    }

  private:
    template <class Is, class Do>
    void for_each(Is is, Do work) {
        for (std::size_t k = 0; k < graph_.nodes.size(); ++k) {
            if (is(graph_.nodes[k])) {
                work(k);
            }
        }
    }

    [[noreturn]] void fail(const std::string& where,
                           const std::string& found,
                           const std::string& needed) const {
        throw ModelError(file_ + ": " + where, found, needed);
    }

    void choose_convention() {
        const auto [known, by] = recognise(graph_);
        result_.convention = options_.dialect.empty() && known.empty() ? nir_conventions()[0]
                             : options_.dialect.empty()                ? nir_convention(known)
                                                        : nir_convention(options_.dialect);
        result_.recognised = options_.dialect.empty() ? by : "";
        for (const std::string& assumption : options_.assumptions) {
            set_assumption(result_.convention, assumption);
        }
    }

    void choose_tick() {
        const bool needed = std::any_of(graph_.nodes.begin(),
                                        graph_.nodes.end(),
                                        [](const NirNode& node) { return needs_tick(node.type); });
        result_.tick = options_.tick ? options_.tick
                       : needed      ? result_.convention.tick
                                     : std::nullopt;
        if (needed && !result_.tick) {
            throw InputError(
                "--tick",
                "none",
                "seconds: " + file_ + " has time constants, and says no length of a tick");
        }
        if (needed && !options_.tick) {
            result_.notes.push_back(fmt::format(
                "a tick is taken as {} s, as {} has it", *result_.tick, result_.convention.name));
        }
    }

    void check_type(std::size_t k) const {
        const NirNode& node = graph_.nodes[k];
        if (node.type != "Input" && !has_state(node.type) && !is_stateless(node.type)) {
            fail(node.name, "a " + node.type, "a kind of node that Saltus can say (docs/nir.md)");
        }
    }

    void add_input(std::size_t k) {
        const NirNode& node = graph_.nodes[k];
        const NirArray* const shape = node.find("shape");
        if (shape == nullptr || shape->numbers.empty()) {
            fail(node.name + ".shape", "none", "the input's shape");
        }
        Extents extents;
        for (const double extent : shape->numbers) {
            if (!(extent >= 1 && extent <= 1e9) || extent != std::floor(extent)) {
                fail(node.name + ".shape", fmt::format("{}", extent), "whole numbers from 1");
            }
            extents.push_back(static_cast<std::uint64_t>(extent));
        }
        while (extents.size() > 3 && extents[0] == 1) {
            extents.erase(extents.begin());
        }
        sums_.set_shape(k, population_shape(extents));
        writer_.add_input(node.name, sums_.shape_of(k));
    }

    // A convolution's targets have channels, whatever flattens them.
    static Extents with_channels(Extents shape, const NirSum& sum) {
        for (const NirPath& path : sum.paths) {
            if (std::holds_alternative<NirPath::Conv>(path.connection)) {
                shape = path.shape;
            }
        }
        return shape;
    }

    void add_population(std::size_t k) {
        const NirNode& node = graph_.nodes[k];
        const NirSum& sum = arriving_.at(k);
        const Extents shape = with_channels(sums_.shape_of(k), sum);
        if (!sum.shape.empty() && elements(sum.shape) != elements(shape)) {
            fail(node.name,
                 fmt::format(
                     "numbers of {} neurons where {} arrive", elements(shape), elements(sum.shape)),
                 "as many as arrive");
        }
        sums_.set_shape(k, shape);
        const NirNeuron neuron =
            nir_neuron(node, elements(shape), result_.convention, result_.tick, file_);
        writer_.add_population(node.name, shape, neuron, sum.constant);
        approximate_[k] = neuron.approximate;
    }

    void connect(const NirPath& path, const std::string& target, const std::vector<Tick>& delays) {
        writer_.connect(graph_.nodes[path.source].name,
                        elements(sums_.shape_of(path.source)),
                        target,
                        path,
                        delays);
    }

    void add_projections() {
        const NirDelays delays =
            nir_delays(graph_, arriving_, result_.tick.value_or(1), result_.notes);
        for (const auto& [k, sum] : arriving_) {
            for (std::size_t j = 0; j < sum.paths.size(); ++j) {
                connect(sum.paths[j], graph_.nodes[k].name, delays.at({k, j}));
            }
        }
    }

    // The population whose own spikes or membranes leave here; none: something is made of them
    // first.
    [[nodiscard]] const NirNode* straight(const NirSum& sum) const {
        if (sum.paths.size() != 1 || !sum.constant.empty()) {
            return nullptr;
        }
        const NirPath& path = sum.paths[0];
        const auto* identity = std::get_if<NirPath::Identity>(&path.connection);
        const NirNode& source = graph_.nodes[path.source];
        const bool plain = identity != nullptr && identity->scale.empty() && path.pool.empty() &&
                           path.seconds.empty();
        return plain && has_state(source.type) ? &source : nullptr;
    }

    void add_output(std::size_t k) {
        const NirNode& node = graph_.nodes[k];
        const NirSum sum = sums_.arriving(k);
        if (sum.shape.empty()) {
            fail(node.name, "nothing that arrives", "an edge into it");
        }
        proto::Readout& readout = *writer_.model().add_readouts();
        readout.set_name(node.name);
        if (const NirNode* const source = straight(sum)) {
            const bool fires =
                source->type != "I" && source->type != "LI" && source->type != "CubaLI";
            readout.set_population(source->name);
            readout.set_kind(fires ? proto::ReadoutKind::spike_count
                                   : proto::ReadoutKind::membrane);
            if (fires) {
                readout.set_ties(proto::Ties::index);
            }
            return;
        }
        // What arrives at a tick, as the membrane of a population that keeps nothing.
        NirNeuron keeps_nothing;
        keeps_nothing.fires = false;
        keeps_nothing.beta = {0};
        writer_.add_population(node.name,
                               with_channels(population_shape(sum.shape), sum),
                               keeps_nothing,
                               sum.constant);
        readout.set_population(node.name);
        readout.set_kind(proto::ReadoutKind::mean_membrane);
        for (const NirPath& path : sum.paths) {
            connect(path, node.name, ticks_of_path(path, result_.tick.value_or(1), result_.notes));
        }
        result_.notes.push_back(node.name + " is the mean over the ticks of what arrives at it");
    }

    // A word for every node; nothing is dropped in silence.
    void say_words() {
        for (std::size_t k = 0; k < graph_.nodes.size(); ++k) {
            const NirNode& node = graph_.nodes[k];
            if (is_stateless(node.type) && node.type != "Output" &&
                !sums_.stateless().contains(k)) {
                result_.notes.push_back(node.name + " leads nowhere and is left out");
                continue;
            }
            const std::string& note = approximate_[k];
            const auto word =
                note.empty() ? NirNodeWord::Word::exact : NirNodeWord::Word::approximate;
            result_.nodes.push_back({node.name, node.type, word, note});
        }
    }

    const NirImportOptions& options_;
    const std::string file_;
    const NirGraph graph_;
    NirSums sums_;
    NirModelWriter writer_;
    NirImport result_;
    std::map<std::size_t, NirSum> arriving_;          // by population
    std::map<std::size_t, std::string> approximate_;  // by population: why, where it is
};

}  // namespace

NirImport import_nir(const std::filesystem::path& path, const NirImportOptions& options) {
    return Importer(path, options).import();
}

}  // namespace saltus
