#include "models/interchange/nir/weights_by_index.hpp"

#include <cstring>

namespace saltus::detail {

namespace {

std::vector<float> floats_of(const Weights& weights) {
    std::vector<float> values(weights.data.size() / sizeof(float));
    std::memcpy(values.data(), weights.data.data(), values.size() * sizeof(float));
    return values;
}

}  // namespace

std::vector<float> dense_by_index(const Weights& weights, const Shape& seen, const Shape& target) {
    std::vector<float> stored = floats_of(weights);
    if (weights.layout == WeightLayout::by_index) {
        return stored;
    }
    const std::uint64_t sources = seen.size();
    const std::uint64_t pitch = row_pitch(target.size(), sizeof(float));
    std::vector<float> values(target.size() * sources);
    for (std::uint64_t s = 0; s < sources; ++s) {
        for (std::uint64_t t = 0; t < target.size(); ++t) {
            values[target.index_of(static_cast<Slot>(t)) * sources +
                   seen.index_of(static_cast<Slot>(s))] = stored[s * pitch + t];
        }
    }
    return values;
}

std::vector<float> conv_by_index(const Conv2d& conv, std::uint64_t in, std::uint64_t out) {
    std::vector<float> stored = floats_of(conv.weights);
    if (conv.weights.layout == WeightLayout::by_index) {
        return stored;
    }
    const std::uint64_t taps = std::uint64_t{conv.kernel[0]} * conv.kernel[1];
    const std::uint64_t in_group = in / conv.groups;
    const std::uint64_t out_group = out / conv.groups;
    const std::uint64_t pitch = row_pitch(out_group, sizeof(float));
    std::vector<float> values(out * in_group * taps);
    for (std::uint64_t i = 0; i < in; ++i) {
        for (std::uint64_t tap = 0; tap < taps; ++tap) {
            for (std::uint64_t o = 0; o < out_group; ++o) {
                const std::uint64_t whole = i / in_group * out_group + o;
                values[(whole * in_group + i % in_group) * taps + tap] =
                    stored[(i * taps + tap) * pitch + o];
            }
        }
    }
    return values;
}

std::vector<float> sparse_by_index(const Sparse& sparse, const Shape& seen, const Shape& target) {
    const std::vector<float> stored = floats_of(sparse.weights);
    const bool by_slot = sparse.weights.layout == WeightLayout::rows_by_source;
    std::vector<float> values(target.size() * seen.size());
    for (std::uint64_t s = 0; s < seen.size(); ++s) {
        const std::uint64_t source = by_slot ? seen.index_of(static_cast<Slot>(s)) : s;
        for (std::uint64_t k = sparse.offsets[s]; k < sparse.offsets[s + 1]; ++k) {
            const std::uint64_t to =
                by_slot ? target.index_of(sparse.targets[k]) : sparse.targets[k];
            values[to * seen.size() + source] = stored[k];
        }
    }
    return values;
}

}  // namespace saltus::detail
