// One sample's numbers out of the data sets that feed a model: bytes where they lie, others
// converted to float32 in buffers that are kept. One a thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/data/data_set.hpp"
#include "models/pipeline.hpp"

namespace saltus {

class SampleReader {
  public:
    // `sets`: one a model input, in order. They must outlive what is read.
    explicit SampleReader(std::span<const DataSet* const> sets)
        : sets_(sets), values_(sets.size()), inputs_(sets.size()) {}

    // The views are valid until the next call. Throws InputError as DataSet::read does.
    std::span<const SampleInput> read(std::uint64_t sample) {
        for (std::size_t k = 0; k < sets_.size(); ++k) {
            const DataSet& set = *sets_[k];
            SampleInput& input = inputs_[k];
            input = {.values = {}, .frames = set.frames(), .bytes = set.bytes(sample)};
            if (input.bytes.empty()) {
                values_[k].resize(set.values_per_sample());
                set.read(sample, values_[k]);
                input.values = values_[k];
            }
        }
        return inputs_;
    }

  private:
    std::span<const DataSet* const> sets_;
    std::vector<std::vector<float>> values_;  // [input]
    std::vector<SampleInput> inputs_;
};

}  // namespace saltus
