#include "tests/fuzz/run_model.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "models/pipeline.hpp"

namespace saltus::fuzz {

namespace {

// Work grows with neurons x weights x ticks.
constexpr std::uint64_t k_most_elements = 4096;
constexpr std::uint64_t k_most_numbers = 4096;
constexpr Tick k_most_ticks = 24;
constexpr std::size_t k_frames = 3;

bool small(const LoadedModel& model) {
    std::uint64_t elements = 0;
    for (const Shape& shape : model.node_shapes()) {
        elements += shape.size();
    }
    for (const ModelInput& input : model.inputs()) {
        elements += input.shape.size();
    }
    std::uint64_t numbers = 0;
    for (const TensorSummary& tensor : model.tensors()) {
        numbers += tensor.numbers;
    }
    return elements <= k_most_elements && numbers <= k_most_numbers;
}

}  // namespace

void run_model(const LoadedModel& model) {
    if (!small(model)) {
        return;
    }
    std::optional<Tick> horizon;
    if (model.horizon() > k_most_ticks) {
        horizon = k_most_ticks;
    }
    const Pipeline pipeline(model, horizon);
    std::vector<std::vector<float>> values;
    std::vector<SampleInput> inputs;
    for (const ModelInput& input : model.inputs()) {
        const std::size_t frames = input.sequence || input.spikes ? k_frames : 1;
        std::vector<float>& mine = values.emplace_back(frames * input.shape.size());
        for (std::size_t k = 0; k < mine.size(); ++k) {
            mine[k] = static_cast<float>(k * 37 % 11) / 4;
        }
    }
    for (std::size_t k = 0; k < values.size(); ++k) {
        inputs.push_back({values[k], values[k].size() / model.inputs()[k].shape.size()});
    }
    PipelineWorker worker(pipeline, 1);
    worker.run(0, inputs);
}

}  // namespace saltus::fuzz
