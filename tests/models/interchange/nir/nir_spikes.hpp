// A NIR file run on given inputs: who fired when.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/files/npy.hpp"
#include "models/interchange/nir/nir_import.hpp"
#include "models/pipeline.hpp"

#include "tests/models/data/scratch_folder.hpp"

namespace saltus::tests {

// [tick][neuron by index]: spikes of one population.
using SpikeTable = std::vector<std::vector<float>>;

struct NirRun {
    NirImport import;
    std::map<std::string, SpikeTable> spikes;  // by population
    std::vector<float> readout;                // of the first
};

// `values`: [ticks][inputs], row-major.
inline NirRun run_nir(const std::filesystem::path& file,
                      NirImportOptions options,
                      const std::vector<float>& values,
                      std::size_t ticks) {
    class Watch final : public Hook {
      public:
        Watch(const Network& network, std::map<std::string, SpikeTable>& out, std::size_t horizon) {
            for (PopulationId p = 0; p < network.population_count(); ++p) {
                const PopulationSpec& spec = network.population(p);
                shapes_.push_back(spec.shape);
                SpikeTable& table = out[spec.name];
                table.assign(horizon, std::vector<float>(spec.shape.size()));
                tables_.push_back(&table);
            }
        }

        void on_packet(PopulationId p, const Packet& packet) override {
            for (std::size_t k = 0; k < packet.slots.size(); ++k) {
                (*tables_[p])[static_cast<std::size_t>(packet.tick)]
                             [shapes_[p].index_of(packet.slots[k])] = packet.payload(k);
            }
        }

      private:
        std::vector<Shape> shapes_;
        std::vector<SpikeTable*> tables_;
    };

    options.horizon = static_cast<Tick>(ticks);
    NirRun run{import_nir(file, options), {}, {}};
    const Pipeline pipeline(*run.import.model);
    PipelineWorker worker(pipeline, 0);
    Watch watch(pipeline.network(), run.spikes, ticks);
    worker.set_hook(&watch);
    const std::vector<SampleInput> inputs = {{.values = values, .frames = ticks}};
    const SampleOutcome outcome = worker.run(0, inputs);
    if (outcome.result.error) {
        throw std::runtime_error(outcome.result.error->text);
    }
    if (!outcome.result.readouts.empty()) {
        run.readout = outcome.result.readouts[0].values;
    }
    return run;
}

// (neuron, tick) of every spike, ascending.
inline std::vector<std::pair<int, int>> spikes_of(const SpikeTable& table) {
    std::vector<std::pair<int, int>> list;
    for (std::size_t n = 0; !table.empty() && n < table[0].size(); ++n) {
        for (std::size_t t = 0; t < table.size(); ++t) {
            if (table[t][n] != 0) {
                list.emplace_back(static_cast<int>(n), static_cast<int>(t));
            }
        }
    }
    return list;
}

inline std::vector<float> numbers_of(const std::filesystem::path& file) {
    return NpyArray(file).as<float>();
}

}  // namespace saltus::tests
