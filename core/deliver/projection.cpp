#include "core/deliver/projection.hpp"

#include <algorithm>

#include "core/deliver/sparse_rows.hpp"
#include "core/kernels/kernels.hpp"

namespace saltus::detail {

namespace {

// The loops that all the time goes into: whole rows, targets contiguous, no branch a synapse.
template <class Real, class Weight>
void add_row(Real* x, const Weight* w, std::uint32_t n) {
    for (std::uint32_t j = 0; j < n; ++j) {
        x[j] = x[j] + static_cast<Real>(w[j]);
    }
}

template <class Real, class Weight>
void add_row_times(Real* x, const Weight* w, std::uint32_t n, Real payload) {
    for (std::uint32_t j = 0; j < n; ++j) {
        x[j] = x[j] + static_cast<Real>(w[j]) * payload;
    }
}

// int8 with a payload: the weight is scale * q, rounded to float32, then times the payload.
template <class Real>
void add_row_times(const CompiledProjection<Real>& projection,
                   Real* x,
                   const std::int8_t* q,
                   Slot first,
                   std::uint32_t n,
                   Real payload) {
    const bool one = projection.scales.size() == 1;
    const Real* const scales = projection.scales.data() + (one ? 0 : first);
    x += first;
    if (one) {
        const auto scale = static_cast<float>(scales[0]);
        for (std::uint32_t j = 0; j < n; ++j) {
            x[j] = x[j] + static_cast<Real>(scale * static_cast<float>(q[j])) * payload;
        }
        return;
    }
    for (std::uint32_t j = 0; j < n; ++j) {
        const float weight = static_cast<float>(scales[j]) * static_cast<float>(q[j]);
        x[j] = x[j] + static_cast<Real>(weight) * payload;  // w * 1 is w
    }
}

// Adds one event of a seen slot with float weights of type Weight.
template <class Real, class Weight>
void add_event(const CompiledProjection<Real>& projection,
               const Weight* weights,
               Slot slot,
               Real payload,
               Real* x) {
    for_each_run(projection, slot, [&](Slot begin, Slot end, std::uint64_t at) {
        if (payload == 1) {
            add_row(x + begin, weights + at, end - begin);
        } else {
            add_row_times(x + begin, weights + at, end - begin, payload);
        }
    });
}

// float32 rows, by the kernels; false if they do not cover the projection. Dense rows are padded to
// whole vectors, and so is x.
bool add_float_rows(const CompiledProjection<double>&, const Packet&, double*) {
    return false;
}

bool add_float_rows(const CompiledProjection<float>& projection, const Packet& packet, float* x) {
    const float* const weights = projection.scaled_weights.size() > 0
                                     ? projection.scaled_weights.data()
                                     : projection.weights32;
    if (weights == nullptr) {
        return false;
    }
    const Events events = {packet.slots.data(),
                           packet.payloads.empty() ? nullptr : packet.payloads.data(),
                           packet.slots.size()};
    if (projection.kind == ConnectionKind::dense) {
        const auto length = static_cast<std::uint32_t>(projection.pitch);
        kernels().add_rows(x, length, weights, projection.pitch, events);
        return true;
    }
    if (projection.kind != ConnectionKind::conv2d) {
        return false;
    }
    ConvScatter conv;
    conv.weights = weights;
    conv.pitch = projection.pitch;
    conv.channels = projection.seen.channels();
    conv.group_channels = conv.channels / projection.groups;
    conv.out_channels = projection.target_shape.channels();
    conv.run = conv.out_channels / projection.groups;
    conv.source_width = projection.seen.width();
    conv.target_width = projection.target_shape.width();
    conv.kernel_height = projection.kernel_height;
    conv.kernel_width = projection.kernel_width;
    conv.row_taps = projection.row_taps.data();
    conv.row_starts = projection.row_starts.data();
    conv.column_taps = projection.column_taps.data();
    conv.column_starts = projection.column_starts.data();
    kernels().scatter(x, conv, events);
    return true;
}

template <class Real>
void add_identity(const CompiledProjection<Real>& projection, const Packet& packet, Real* x) {
    for (std::size_t k = 0; k < packet.slots.size(); ++k) {
        const Slot slot = packet.slots[k];
        Real& target = x[projection.renumber.empty() ? slot : projection.renumber[slot]];
        target = target + static_cast<Real>(packet.payload(k));
    }
}

// A tick's int8 sum is an exact integer, then one addition of scale * sum. (x is never -0 here, so
// adding a sum of 0 where a target has no synapse leaves every bit.)
template <class Real>
void add_int8_spikes(const CompiledProjection<Real>& projection,
                     std::vector<std::int32_t>& sums,
                     const Packet& packet,
                     Real* x) {
    const bool dense = projection.kind == ConnectionKind::dense;
    sums.resize(dense ? projection.pitch : projection.targets);
    if (dense) {
        kernels().sum_rows8(sums.data(),
                            static_cast<std::uint32_t>(projection.pitch),
                            projection.weights8,
                            projection.pitch,
                            packet.slots.data(),
                            packet.slots.size());
    } else {
        std::fill(sums.begin(), sums.end(), 0);
    }
    for (const Slot slot : packet.slots) {
        if (dense) {
            break;
        }
        if (projection.kind == ConnectionKind::sparse) {
            for (std::uint64_t s = projection.offsets[slot]; s < projection.offsets[slot + 1];
                 ++s) {
                sums[projection.sparse_target(s)] += projection.weights8[s];
            }
            continue;
        }
        for_each_run(projection, slot, [&](Slot begin, Slot end, std::uint64_t at) {
            for (Slot j = begin; j < end; ++j) {
                sums[j] += projection.weights8[at + (j - begin)];
            }
        });
    }
    const bool one = projection.scales.size() == 1;
    for (std::uint32_t j = 0; j < projection.targets; ++j) {
        x[j] = x[j] + projection.scales[one ? 0 : j] * static_cast<Real>(sums[j]);
    }
}

template <class Real>
void add_int8_graded(const CompiledProjection<Real>& projection, Slot slot, Real payload, Real* x) {
    if (projection.kind == ConnectionKind::sparse) {
        for (std::uint64_t s = projection.offsets[slot]; s < projection.offsets[slot + 1]; ++s) {
            add_row_times(
                projection, x, projection.weights8 + s, projection.sparse_target(s), 1, payload);
        }
        return;
    }
    for_each_run(projection, slot, [&](Slot begin, Slot end, std::uint64_t at) {
        add_row_times(projection, x, projection.weights8 + at, begin, end - begin, payload);
    });
}

// One event after the other, by plain loops: what has no kernel.
template <class Real>
void add_events(const CompiledProjection<Real>& projection, const Packet& packet, Real* x) {
    if (projection.kind == ConnectionKind::sparse && projection.weights8 == nullptr) {
        add_sparse_rows<Real>(projection, packet.slots, packet.payloads, x);
        return;
    }
    for (std::size_t k = 0; k < packet.slots.size(); ++k) {
        const auto payload = static_cast<Real>(packet.payload(k));
        if (projection.weights8 != nullptr) {
            add_int8_graded(projection, packet.slots[k], payload, x);
        } else if (projection.weights32 != nullptr) {
            add_event(projection, projection.weights32, packet.slots[k], payload, x);
        } else {
            add_event(projection, projection.weights64, packet.slots[k], payload, x);
        }
    }
}

}  // namespace

template <class Real>
std::uint64_t add_to_targets(const CompiledProjection<Real>& projection,
                             ProjectionState<Real>& state,
                             const Packet& packet,
                             Lanes<Real>& x) {
    if (projection.kind == ConnectionKind::identity) {
        add_identity(projection, packet, x.data());
        return 0;
    }
    if (projection.weights8 != nullptr && packet.payloads.empty()) {
        add_int8_spikes(projection, state.sums, packet, x.data());
    } else if (!add_float_rows(projection, packet, x.data())) {
        add_events(projection, packet, x.data());
    }
    return fan_out_of(projection, packet) * weight_bytes(projection);
}

template <class Real>
void mark_blocks(const CompiledProjection<Real>& projection,
                 const Packet& packet,
                 std::uint32_t block,
                 TouchedBlocks& touched) {
    if (projection.kind == ConnectionKind::sparse) {
        touch_sparse_rows<Real>(projection, packet.slots, block, touched);
        return;
    }
    for (const Slot slot : packet.slots) {
        if (projection.kind == ConnectionKind::identity) {
            touched.touch((projection.renumber.empty() ? slot : projection.renumber[slot]) / block);
            continue;
        }
        for_each_run(projection, slot, [&](Slot begin, Slot end, std::uint64_t) {
            for (std::uint32_t b = begin / block; b <= (end - 1) / block; ++b) {
                touched.touch(b);
            }
        });
        if (projection.kind == ConnectionKind::dense) {
            return;
        }  // one row reaches every block
    }
}

template <class Real>
void add_held(const CompiledProjection<Real>& projection, const Packet& held, Lanes<Real>& drive) {
    if (projection.kind == ConnectionKind::identity) {
        add_identity(projection, held, drive.data());
    } else if (!add_float_rows(projection, held, drive.data())) {
        add_events(projection, held, drive.data());
    }
}

#define SALTUS_INSTANTIATE(Real)                                                               \
    template std::uint64_t add_to_targets<Real>(                                               \
        const CompiledProjection<Real>&, ProjectionState<Real>&, const Packet&, Lanes<Real>&); \
    template void mark_blocks<Real>(                                                           \
        const CompiledProjection<Real>&, const Packet&, std::uint32_t, TouchedBlocks&);        \
    template void add_held<Real>(const CompiledProjection<Real>&, const Packet&, Lanes<Real>&);

SALTUS_INSTANTIATE(float)
SALTUS_INSTANTIATE(double)

}  // namespace saltus::detail
