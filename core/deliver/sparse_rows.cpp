#include "core/deliver/sparse_rows.hpp"

#include <algorithm>

namespace saltus::detail {

namespace {

// Sends for a row to the cache.
template <class Real, class Target>
void fetch_row(const CompiledProjection<Real>& projection, const Target* targets, Slot slot) {
    constexpr std::uint64_t k_line = 64 / sizeof(Target);
    constexpr std::uint64_t k_lines = 8;  // the hardware follows a row that is longer
    const std::uint64_t begin = projection.offsets[slot];
    const std::uint64_t end = projection.offsets[slot + 1];
    const std::uint64_t reach = std::min(end, begin + k_lines * k_line);
    for (std::uint64_t s = begin; s < reach; s += k_line) {
        __builtin_prefetch(targets + s);
    }
    if (begin < reach) {
        __builtin_prefetch(targets + reach - 1);  // rows begin anywhere in a line
    }
}

// Calls row(begin, end, k) for the rows of slots[k] in turn, the next one on its way to the cache.
template <class Real, class Target, class Row>
void for_each_row(const CompiledProjection<Real>& projection,
                  const Target* targets,
                  std::span<const Slot> slots,
                  Row row) {
    for (std::size_t k = 0; k < slots.size(); ++k) {
        if (k + 1 < slots.size()) {
            fetch_row(projection, targets, slots[k + 1]);
        }
        row(projection.offsets[slots[k]], projection.offsets[slots[k] + 1], k);
    }
}

// Calls use(targets) with the row's targets in the type they are stored in.
template <class Real, class Use>
void with_targets(const CompiledProjection<Real>& projection, Use use) {
    if (projection.sparse_targets16 != nullptr) {
        use(projection.sparse_targets16);
    } else {
        use(projection.sparse_targets);
    }
}

template <class Real, class Target>
void add_weight(const CompiledProjection<Real>& projection,
                const Target* targets,
                std::span<const Slot> slots,
                std::span<const float> payloads,
                Real weight,
                Real* x) {
    for_each_row(
        projection, targets, slots, [&](std::uint64_t s, std::uint64_t end, std::size_t k) {
            const Real payload = payloads.empty() ? Real(1) : static_cast<Real>(payloads[k]);
            const Real add = payload == 1 ? weight : weight * payload;
            for (; s < end; ++s) {
                Real& target = x[targets[s]];
                target = target + add;
            }
        });
}

template <class Real, class Target, class Weight>
void add_weights(const CompiledProjection<Real>& projection,
                 const Target* targets,
                 std::span<const Slot> slots,
                 std::span<const float> payloads,
                 const Weight* weights,
                 Real* x) {
    for_each_row(
        projection, targets, slots, [&](std::uint64_t s, std::uint64_t end, std::size_t k) {
            const Real payload = payloads.empty() ? Real(1) : static_cast<Real>(payloads[k]);
            if (payload == 1) {
                for (; s < end; ++s) {
                    Real& target = x[targets[s]];
                    target = target + static_cast<Real>(weights[s]);
                }
            } else {
                for (; s < end; ++s) {
                    Real& target = x[targets[s]];
                    target = target + static_cast<Real>(weights[s]) * payload;
                }
            }
        });
}

}  // namespace

template <class Real>
void add_sparse_rows(const CompiledProjection<Real>& projection,
                     std::span<const Slot> slots,
                     std::span<const float> payloads,
                     Real* x) {
    with_targets(projection, [&](const auto* targets) {
        if (projection.one_weight) {
            const Real weight = projection.weights32 != nullptr
                                    ? static_cast<Real>(*projection.weights32)
                                    : static_cast<Real>(*projection.weights64);
            add_weight(projection, targets, slots, payloads, weight, x);
        } else if (projection.weights32 != nullptr) {
            add_weights(projection, targets, slots, payloads, projection.weights32, x);
        } else {
            add_weights(projection, targets, slots, payloads, projection.weights64, x);
        }
    });
}

void fetch_sparse_rows(const CompiledProjection<float>& projection, std::span<const Slot> slots) {
    with_targets(projection, [&](const auto* targets) {
        for (const Slot slot : slots) {
            fetch_row(projection, targets, slot);
        }
    });
}

void list_sparse_rows(const CompiledProjection<float>& projection,
                      std::span<const Slot> slots,
                      std::span<const float> payloads,
                      LeapInput& input) {
    const std::uint32_t receptor = projection.receptor;
    const float* const weights = projection.weights32;
    with_targets(projection, [&](const auto* targets) {
        for_each_row(
            projection, targets, slots, [&](std::uint64_t s, std::uint64_t end, std::size_t k) {
                const float payload = payloads.empty() ? 1.0F : payloads[k];
                if (projection.one_weight) {
                    const float add = *weights * payload;
                    input.add_row(targets + s, end - s, receptor, [&](auto) { return add; });
                } else {
                    input.add_row(targets + s, end - s, receptor, [&](std::size_t j) {
                        return weights[s + j] * payload;
                    });
                }
            });
    });
}

template <class Real>
void touch_sparse_rows(const CompiledProjection<Real>& projection,
                       std::span<const Slot> slots,
                       std::uint32_t block,
                       TouchedBlocks& touched) {
    with_targets(projection, [&](const auto* targets) {
        for_each_row(projection, targets, slots, [&](std::uint64_t s, std::uint64_t end, auto) {
            for (; block == 1 && s < end; ++s) {
                touched.touch(targets[s]);
            }
            for (; s < end; ++s) {
                touched.touch(targets[s] / block);
            }
        });
    });
}

template <class Real>
void move_sparse_rows(const CompiledProjection<Real>& projection,
                      std::span<const Slot> slots,
                      Real* x,
                      Real* i) {
    with_targets(projection, [&](const auto* targets) {
        for_each_row(projection, targets, slots, [&](std::uint64_t s, std::uint64_t end, auto) {
            for (; s < end; ++s) {
                const auto target = targets[s];
                i[target] = i[target] + x[target];
                x[target] = Real(0);
            }
        });
    });
}

#define SALTUS_INSTANTIATE(Real)                                                                \
    template void add_sparse_rows<Real>(                                                        \
        const CompiledProjection<Real>&, std::span<const Slot>, std::span<const float>, Real*); \
    template void touch_sparse_rows<Real>(                                                      \
        const CompiledProjection<Real>&, std::span<const Slot>, std::uint32_t, TouchedBlocks&); \
    template void move_sparse_rows<Real>(                                                       \
        const CompiledProjection<Real>&, std::span<const Slot>, Real*, Real*);

SALTUS_INSTANTIATE(float)
SALTUS_INSTANTIATE(double)

}  // namespace saltus::detail
