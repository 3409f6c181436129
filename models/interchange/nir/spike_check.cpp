#include "models/interchange/nir/spike_check.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/nearest_name.hpp"
#include "models/pipeline.hpp"

namespace saltus {

namespace {

// Spikes of the populations looked at, [tick][index].
class Watch final : public Hook {
  public:
    Watch(const Network& network, std::span<const PopulationId> populations, std::size_t ticks)
        : places_(network.population_count()) {
        for (const PopulationId p : populations) {
            const Shape& shape = network.population(p).shape;
            places_[p] = tables_.size() + 1;
            shapes_.push_back(shape);
            tables_.emplace_back(ticks * shape.size());
        }
    }

    void on_packet(PopulationId population, const Packet& packet) override {
        if (places_[population] == 0) {
            return;
        }
        const std::size_t place = places_[population] - 1;
        const std::size_t row = static_cast<std::size_t>(packet.tick) * shapes_[place].size();
        for (std::size_t k = 0; k < packet.slots.size(); ++k) {
            tables_[place][row + shapes_[place].index_of(packet.slots[k])] = packet.payload(k);
        }
    }

    [[nodiscard]] const std::vector<float>& table(PopulationId population) const {
        return tables_[places_[population] - 1];
    }

  private:
    std::vector<std::size_t> places_;  // by population: its table and one; 0: none
    std::vector<Shape> shapes_;
    std::vector<std::vector<float>> tables_;
};

std::vector<PopulationId> populations_of(const Network& network,
                                         std::span<const ReferenceSpikes> references,
                                         std::size_t ticks) {
    std::vector<std::string> names;
    for (std::size_t p = 0; p < network.population_count(); ++p) {
        names.push_back(network.population(static_cast<PopulationId>(p)).name);
    }
    std::vector<PopulationId> found;
    for (const ReferenceSpikes& reference : references) {
        const auto at = std::find(names.begin(), names.end(), reference.population);
        if (at == names.end()) {
            throw InputError("--spikes",
                             '"' + reference.population + '"',
                             "a population; the nearest is \"" +
                                 nearest_name(names, reference.population) + '"');
        }
        const auto id = static_cast<PopulationId>(at - names.begin());
        const std::uint64_t size = network.population(id).shape.size();
        if (reference.values.size() != ticks * size) {
            throw InputError("--spikes " + reference.population,
                             fmt::format("{} numbers", reference.values.size()),
                             fmt::format("{} ticks of {} neurons", ticks, size));
        }
        if (std::find(found.begin(), found.end(), id) != found.end()) {
            throw InputError(
                "--spikes", '"' + reference.population + "\" twice", "each population once");
        }
        found.push_back(id);
    }
    return found;
}

PopulationCheck compare(const ReferenceSpikes& reference,
                        const std::vector<float>& found,
                        std::size_t neurons) {
    PopulationCheck check;
    check.population = reference.population;
    for (std::size_t k = 0; k < found.size(); ++k) {
        check.spikes += static_cast<std::uint64_t>(reference.values[k]);
        if (reference.values[k] == found[k]) {
            continue;
        }
        if (check.differences++ == 0) {
            check.tick = static_cast<Tick>(k / neurons);
            check.neuron = static_cast<NeuronIndex>(k % neurons);
            check.expected = reference.values[k];
            check.found = found[k];
        }
    }
    return check;
}

// Membranes at the first differences, by a second run that is looked at tick by tick.
class Look final : public TickWatch {
  public:
    Look(std::vector<PopulationCheck>& checks, std::span<const PopulationId> populations)
        : checks_(checks), populations_(populations) {}

    void after_tick(Tick tick, Simulator& simulator) override {
        for (std::size_t k = 0; k < checks_.size(); ++k) {
            if (checks_[k].differences > 0 && checks_[k].tick == tick) {
                checks_[k].membrane = simulator.membrane(populations_[k])[checks_[k].neuron];
            }
        }
    }

  private:
    std::vector<PopulationCheck>& checks_;
    std::span<const PopulationId> populations_;
};

// Words that this file's nodes can tell apart, by assumption.
std::vector<std::vector<std::string>> words_to_try(const NirImport& import) {
    bool integrates = false;
    bool leaks = false;
    bool currents = false;
    for (const NirNodeWord& node : import.nodes) {
        integrates = integrates || node.type == "IF";
        leaks = leaks || node.type == "LIF" || node.type == "CubaLIF";
        currents = currents || node.type == "CubaLIF";
    }
    std::vector<std::vector<std::string>> words = {{"comparison=above", "comparison=at_least"},
                                                   {"reset=to_v_reset", "reset=subtract"}};
    if (leaks) {
        words.push_back({"decay=euler", "decay=exponential"});
        words.push_back({"start=zero", "start=v_leak", "start=v_reset"});
        words.push_back({"previous=none", "previous=counts"});
    }
    if (currents) {
        words.push_back({"current=this_tick", "current=tick_before"});
    }
    if (integrates) {
        words.push_back({"spikes=one", "spikes=several"});
        words.push_back({"floor=none", "floor=minus_theta"});
    }
    return words;
}

// Every combination, as lists of assumptions.
std::vector<std::vector<std::string>> combinations(
    const std::vector<std::vector<std::string>>& words) {
    std::vector<std::vector<std::string>> all = {{}};
    for (const std::vector<std::string>& choice : words) {
        std::vector<std::vector<std::string>> more;
        for (const std::vector<std::string>& so_far : all) {
            for (const std::string& word : choice) {
                more.push_back(so_far);
                more.back().push_back(word);
            }
        }
        all = std::move(more);
    }
    return all;
}

}  // namespace

std::vector<PopulationCheck> check_spikes(const LoadedModel& model,
                                          std::span<const float> input,
                                          std::size_t ticks,
                                          std::span<const ReferenceSpikes> references) {
    const Pipeline pipeline(model, static_cast<Tick>(ticks));
    const Network& network = pipeline.network();
    const std::vector<PopulationId> populations = populations_of(network, references, ticks);
    const std::vector<SampleInput> inputs(model.inputs().size(),
                                          SampleInput{.values = input, .frames = ticks});
    PipelineWorker worker(pipeline, 0);
    Watch watch(network, populations, ticks);
    worker.set_hook(&watch);
    const SampleOutcome outcome = worker.run(0, inputs);
    if (outcome.result.error) {
        throw Error(outcome.result.error->text);
    }
    std::vector<PopulationCheck> checks;
    bool differs = false;
    for (std::size_t k = 0; k < references.size(); ++k) {
        const PopulationSpec& population = network.population(populations[k]);
        PopulationCheck& check = checks.emplace_back(
            compare(references[k], watch.table(populations[k]), population.shape.size()));
        differs = differs || check.differences > 0;
        if (const auto* neurons = std::get_if<NeuronSpec>(&population.kind)) {
            check.theta = neurons->theta.at(check.neuron);
        }
    }
    if (differs) {
        Look look(checks, populations);
        worker.set_hook(nullptr);
        worker.set_watch(&look);
        worker.run(0, inputs);
    }
    return checks;
}

std::vector<ConventionFit> infer_convention(const std::filesystem::path& file,
                                            const NirImportOptions& options,
                                            std::span<const float> input,
                                            std::size_t ticks,
                                            std::span<const ReferenceSpikes> references,
                                            const std::function<void()>& tried) {
    std::vector<ConventionFit> fits;
    std::set<std::vector<std::string>> seen;  // what a convention says, in words
    const auto try_one = [&](const std::string& dialect,
                             const std::vector<std::string>& assumptions) {
        NirImportOptions one = options;
        one.dialect = dialect;
        one.assumptions = assumptions;
        one.horizon = static_cast<Tick>(ticks);
        if (!one.tick) {
            one.tick = nir_convention(dialect).tick;
        }
        NirConvention convention = nir_convention(dialect);
        for (const std::string& assumption : assumptions) {
            set_assumption(convention, assumption);
        }
        if (!seen.insert(convention_words(convention)).second) {
            return;
        }
        try {
            const NirImport import = import_nir(file, one);
            ConventionFit fit{
                import.convention, 0, check_spikes(*import.model, input, ticks, references)};
            for (const PopulationCheck& check : fit.checks) {
                fit.differences += check.differences;
            }
            fits.push_back(std::move(fit));
        } catch (const ModelError&) {  // this file cannot be run so
        } catch (const InputError& error) {
            if (error.fault().path != "--tick") {
                throw;
            }
            seen.erase(convention_words(convention));  // another may have a tick of its own
        }
        tried();
    };
    for (const NirConvention& convention : nir_conventions()) {
        try_one(convention.name, {});
    }
    const bool found = std::any_of(
        fits.begin(), fits.end(), [](const ConventionFit& fit) { return fit.differences == 0; });
    if (!found) {
        NirImportOptions first = options;
        first.dialect = nir_conventions()[0].name;
        if (!first.tick && !fits.empty()) {
            first.tick = fits[0].convention.tick;
        }
        for (const std::vector<std::string>& assumptions :
             combinations(words_to_try(import_nir(file, first)))) {
            try_one(nir_conventions()[0].name, assumptions);
        }
    }
    std::stable_sort(fits.begin(), fits.end(), [](const ConventionFit& a, const ConventionFit& b) {
        return a.differences < b.differences;
    });
    return fits;
}

}  // namespace saltus
