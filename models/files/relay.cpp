#include "models/files/relay.hpp"

#include <algorithm>
#include <cstring>

namespace saltus {

namespace {

// Calls visit(place by index, place by source) for every weight; both count elements.
template <class Visit>
void for_each_dense(const StoredTensor& tensor, const WeightUse& use, const Visit& visit) {
    const std::uint64_t targets = tensor.shape[0];
    const std::uint64_t sources = tensor.shape[1];
    const std::uint64_t pitch = row_pitch(targets, element_bytes(tensor.type));
    std::vector<std::uint64_t> row(static_cast<std::size_t>(sources));
    for (std::size_t s = 0; s < row.size(); ++s) {
        row[s] = use.source.slot_of(static_cast<NeuronIndex>(s)) * pitch;
    }
    for (std::uint64_t t = 0; t < targets; ++t) {
        const std::uint64_t slot = use.target.slot_of(static_cast<NeuronIndex>(t));
        for (std::size_t s = 0; s < row.size(); ++s) {
            visit(t * sources + s, row[s] + slot);
        }
    }
}

template <class Visit>
void for_each_conv2d(const StoredTensor& tensor, const WeightUse& use, const Visit& visit) {
    const std::uint64_t outs = tensor.shape[0] / use.groups;  // of a group
    const std::uint64_t ins = tensor.shape[1];
    const std::uint64_t taps = tensor.shape[2] * tensor.shape[3];
    const std::uint64_t pitch = row_pitch(outs, element_bytes(tensor.type));
    for (std::uint64_t o = 0; o < tensor.shape[0]; ++o) {
        const std::uint64_t group = o / outs;
        for (std::uint64_t i = 0; i < ins; ++i) {
            for (std::uint64_t tap = 0; tap < taps; ++tap) {
                visit((o * ins + i) * taps + tap,
                      ((group * ins + i) * taps + tap) * pitch + o % outs);
            }
        }
    }
}

template <class Visit>
void for_each_weight(const StoredTensor& tensor, const WeightUse& use, const Visit& visit) {
    switch (use.kind) {
        case WeightUse::Kind::dense:
            return for_each_dense(tensor, use, visit);
        case WeightUse::Kind::conv2d:
            return for_each_conv2d(tensor, use, visit);
        case WeightUse::Kind::sparse:
            break;
    }
    for (std::uint64_t k = 0; k < tensor.count; ++k) {
        visit(k, k);
    }
}

// Rows that lie by source: how many, and how many elements each has before its padding.
struct Rows {
    std::uint64_t count = 0;
    std::uint64_t length = 0;
};

Rows rows_of(const StoredTensor& tensor, const WeightUse& use) {
    switch (use.kind) {
        case WeightUse::Kind::dense:
            return {tensor.shape[1], tensor.shape[0]};
        case WeightUse::Kind::conv2d:
            return {tensor.shape[1] * use.groups * tensor.shape[2] * tensor.shape[3],
                    tensor.shape[0] / use.groups};
        case WeightUse::Kind::sparse:
            break;
    }
    return {};  // sparse rows differ in length, and have no padding
}

std::uint64_t count_by_source(const StoredTensor& tensor, const WeightUse& use) {
    if (use.kind == WeightUse::Kind::sparse) {
        return tensor.count;
    }
    const Rows rows = rows_of(tensor, use);
    return rows.count * row_pitch(rows.length, element_bytes(tensor.type));
}

}  // namespace

std::optional<std::uint64_t> find_padding(const StoredTensor& tensor, const WeightUse& use) {
    if (use.kind == WeightUse::Kind::sparse) {
        return std::nullopt;  // its rows follow each other without padding
    }
    const std::size_t element = element_bytes(tensor.type);
    const Rows rows = rows_of(tensor, use);
    const std::uint64_t pitch = row_pitch(rows.length, element);
    for (std::uint64_t row = 0; row < rows.count; ++row) {
        for (std::uint64_t k = row * pitch + rows.length; k < (row + 1) * pitch; ++k) {
            const auto* const at = tensor.data.data() + k * element;
            if (std::any_of(at, at + element, [](std::byte b) { return b != std::byte{0}; })) {
                return k;
            }
        }
    }
    return std::nullopt;
}

bool can_lie_by_source(const StoredTensor& tensor, const WeightUse& use) {
    const bool type =
        tensor.type == proto::TensorType::float32 || tensor.type == proto::TensorType::int8;
    return type && (use.kind != WeightUse::Kind::sparse || use.rows_ascend);
}

std::vector<std::byte> lay_by_source(const StoredTensor& tensor, const WeightUse& use) {
    const std::size_t element = element_bytes(tensor.type);
    std::vector<std::byte> out(static_cast<std::size_t>(count_by_source(tensor, use)) * element);
    for_each_weight(tensor, use, [&](std::uint64_t index, std::uint64_t source) {
        std::memcpy(out.data() + source * element, tensor.data.data() + index * element, element);
    });
    return out;
}

std::vector<std::byte> lay_by_index(const StoredTensor& tensor, const WeightUse& use) {
    const std::size_t element = element_bytes(tensor.type);
    std::vector<std::byte> out(static_cast<std::size_t>(tensor.size()) * element);
    for_each_weight(tensor, use, [&](std::uint64_t index, std::uint64_t source) {
        std::memcpy(out.data() + index * element, tensor.data.data() + source * element, element);
    });
    return out;
}

}  // namespace saltus
