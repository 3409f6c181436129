// A model of two populations, its data, and a study of it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/data/data_set.hpp"
#include "models/files/npy.hpp"
#include "models/model.hpp"
#include "models/study/study_runner.hpp"

#include "tests/models/data/scratch_folder.hpp"

namespace saltus::tests {

// x -> duplicate -> hidden (3, IF) -> out (2): six samples, labels 0 and 1 in turn.
struct SmallStudy {
    explicit SmallStudy(const std::string& readout = "kind: spike_count ties: index") {
        write_bytes(folder / "m.textproto",
                    R"(format_version: 1 name: "small" horizon: 8
            inputs { name: "x" shape: [4] }
            tensors { name: "w1" shape: [3, 4] values: [0.5, 0.25, 0, 0.125, 0, 0.375, 0.5, 0.25, 0.25, 0, 0.0625, 0.5] }
            tensors { name: "w2" shape: [2, 3] values: [0.75, 0.25, 0.125, 0.125, 0.5, 1] }
            nodes { name: "d" encoder { duplicate {} } }
            nodes { name: "hidden" population {} }
            nodes { name: "out" population {} }
            projections { source: "d" target: "hidden" dense { weight: "w1" } }
            projections { source: "hidden" target: "out" dense { weight: "w2" } }
            readouts { name: "r" population: "out" )" +
                        readout + " }");
        std::vector<float> values;
        std::vector<std::int64_t> labels;
        for (unsigned k = 0; k < 24; ++k) {
            values.push_back(static_cast<float>((k * 7) % 9) / 8);
        }
        for (std::int64_t k = 0; k < 6; ++k) {
            labels.push_back(k % 2);
        }
        write_npy<float>(
            folder / "x.npy", std::vector<std::uint64_t>{6, 4}, std::span<const float>(values));
        write_npy<std::int64_t>(
            folder / "y.npy", std::vector<std::uint64_t>{6}, std::span<const std::int64_t>(labels));
        model = std::make_unique<LoadedModel>(LoadedModel::load(folder / "m.textproto"));
        data = open_data_set((folder / "x.npy").string(), {.labels = (folder / "y.npy").string()});
    }

    [[nodiscard]] StudyJob job() const {
        StudyJob made;
        made.model = model.get();
        made.inputs = {data.get()};
        made.labels = data.get();
        made.samples = {0, 1, 2, 3, 4, 5};
        return made;
    }

    ScratchFolder folder;
    std::unique_ptr<LoadedModel> model;
    std::unique_ptr<DataSet> data;
};

}  // namespace saltus::tests
