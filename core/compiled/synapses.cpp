#include "core/synapses.hpp"

#include <algorithm>

#include "core/compiled/compiled_network.hpp"
#include "core/compiled/pooling_window.hpp"

namespace saltus {

namespace detail {

namespace {

// The kernel's place along one axis that leads from a source row (column) to a target's, if any.
std::optional<std::uint32_t> kernel_place(const std::vector<Tap>& taps,
                                          const std::vector<std::uint32_t>& starts,
                                          std::uint32_t source,
                                          std::uint32_t target) {
    for (std::uint32_t k = starts[source]; k < starts[source + 1]; ++k) {
        if (taps[k].target == target) {
            return taps[k].kernel;
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> conv_place(const CompiledProjection<float>& projection,
                                        Slot seen,
                                        Slot target) {
    const std::uint32_t channels = projection.seen.channels();
    const std::uint32_t out_channels = projection.target_shape.channels();
    const std::uint32_t run = out_channels / projection.groups;
    const std::uint32_t in = seen % channels;
    const std::uint32_t out = target % out_channels;
    if (in / (channels / projection.groups) != out / run) {
        return std::nullopt;
    }
    const std::uint32_t from = seen / channels;
    const std::uint32_t to = target / out_channels;
    const auto row = kernel_place(projection.row_taps,
                                  projection.row_starts,
                                  from / projection.seen.width(),
                                  to / projection.target_shape.width());
    const auto column = kernel_place(projection.column_taps,
                                     projection.column_starts,
                                     from % projection.seen.width(),
                                     to % projection.target_shape.width());
    if (!row || !column) {
        return std::nullopt;
    }
    const std::uint64_t tap =
        (std::uint64_t{in} * projection.kernel_height + *row) * projection.kernel_width + *column;
    return tap * projection.pitch + out % run;
}

std::optional<std::uint64_t> sparse_place(const CompiledProjection<float>& projection,
                                          Slot seen,
                                          Slot target) {
    std::uint64_t first = projection.offsets[seen];
    std::uint64_t end = projection.offsets[seen + 1];
    while (first < end) {
        const std::uint64_t middle = first + (end - first) / 2;
        const Slot there = projection.sparse_target(middle);
        if (there == target) {
            return middle;
        }
        if (there < target) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return std::nullopt;
}

double stored_weight(const CompiledProjection<float>& projection,
                     std::uint64_t place,
                     Slot target) {
    if (projection.weights8 != nullptr) {
        const float scale = projection.scales[projection.scales.size() == 1 ? 0 : target];
        return double{scale} * projection.weights8[place];
    }
    return projection.weights32[projection.one_weight ? 0 : place];
}

}  // namespace

std::optional<std::uint64_t> weight_place(const CompiledProjection<float>& projection,
                                          Slot seen,
                                          Slot target) {
    switch (projection.kind) {
        case ConnectionKind::dense:
            return seen * projection.pitch + target;
        case ConnectionKind::conv2d:
            return conv_place(projection, seen, target);
        case ConnectionKind::sparse:
            return sparse_place(projection, seen, target);
        default:
            return std::nullopt;
    }
}

Slot identity_target(const CompiledProjection<float>& projection, Slot seen) {
    return projection.renumber.empty() ? seen : projection.renumber[seen];
}

}  // namespace detail

std::vector<Synapse> synapses_between(const Network& network,
                                      ProjectionId id,
                                      NeuronIndex source,
                                      NeuronIndex target) {
    const detail::CompiledProjection<float>& projection = network.compiled().projections[id];
    const Slot from = network.population(projection.source).shape.slot_of(source);
    const Slot to = network.population(projection.target).shape.slot_of(target);
    std::vector<Synapse> found;
    const auto add = [&](Slot seen, double factor) {
        if (projection.kind == detail::ConnectionKind::identity) {
            if (detail::identity_target(projection, seen) == to) {
                found.push_back({1, factor});
            }
        } else if (const auto place = detail::weight_place(projection, seen, to)) {
            found.push_back({detail::stored_weight(projection, *place, to), factor});
        }
    };
    if (!projection.pool) {
        add(from, 1);
        return found;
    }
    const detail::CompiledPool& pool = *projection.pool;
    detail::for_each_pooled_slot(pool.source,
                                 pool.pooled,
                                 pool.k,
                                 pool.stride,
                                 from,
                                 [&](Slot seen) { add(seen, pool.factor); });
    return found;
}

}  // namespace saltus
