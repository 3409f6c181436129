#include "core/zero_weights.hpp"

#include <algorithm>

#include "core/compiled/compiled_network.hpp"
#include "core/compiled/pooling_window.hpp"
#include "core/integrate/rule/arithmetic_mode.hpp"

namespace saltus {

namespace detail {

namespace {

// The zeros of one projection, by seen slot: behind its pool.
template <class Real>
class ZerosOf {
  public:
    explicit ZerosOf(const CompiledProjection<Real>& projection)
        : projection_(projection),
          zero_scale_(std::count(projection.scales.begin(), projection.scales.end(), Real(0)) > 0) {
    }

    [[nodiscard]] std::vector<std::uint64_t> by_seen_slot() const {
        switch (projection_.kind) {
            case ConnectionKind::dense:
                return of_dense();
            case ConnectionKind::sparse:
                return of_sparse();
            case ConnectionKind::conv2d:
                return of_conv2d();
            case ConnectionKind::identity:
            case ConnectionKind::window:
                break;
        }
        return {};
    }

  private:
    // Of `length` weights from `place` on. `scale_of(k)`: which scale the k-th goes by, if it is
    // int8 and has more than one.
    template <class ScaleOf>
    [[nodiscard]] std::uint64_t count(std::uint64_t place,
                                      std::uint64_t length,
                                      ScaleOf scale_of) const {
        const auto zeros = [&](const auto* weights) {
            std::uint32_t sum = 0;  // a row is shorter than 2^32; narrow, so that lanes are many
            for (std::uint64_t k = 0; k < length; ++k) {
                sum += weights[place + k] == 0 ? 1U : 0U;
            }
            return std::uint64_t{sum};
        };
        if (projection_.weights32 != nullptr) {
            return zeros(projection_.weights32);
        }
        if (projection_.weights64 != nullptr) {
            return zeros(projection_.weights64);
        }
        if (!zero_scale_) {
            return zeros(projection_.weights8);
        }
        const std::vector<Real>& scales = projection_.scales;
        std::uint64_t sum = 0;
        for (std::uint64_t k = 0; k < length; ++k) {
            const Real scale = scales[scales.size() == 1 ? 0 : scale_of(k)];
            sum += projection_.weights8[place + k] == 0 || scale == 0 ? 1 : 0;
        }
        return sum;
    }

    [[nodiscard]] std::vector<std::uint64_t> of_dense() const {
        std::vector<std::uint64_t> zeros(static_cast<std::size_t>(projection_.seen.size()));
        for (std::size_t slot = 0; slot < zeros.size(); ++slot) {
            zeros[slot] = count(
                slot * projection_.pitch, projection_.targets, [](std::uint64_t k) { return k; });
        }
        return zeros;
    }

    // One weight for all is never zero.
    [[nodiscard]] std::vector<std::uint64_t> of_sparse() const {
        if (projection_.one_weight) {
            return {};
        }
        std::vector<std::uint64_t> zeros(static_cast<std::size_t>(projection_.seen.size()));
        for (std::size_t slot = 0; slot < zeros.size(); ++slot) {
            const std::uint64_t begin = projection_.offsets[slot];
            zeros[slot] = count(begin, projection_.offsets[slot + 1] - begin, [&](std::uint64_t k) {
                return projection_.sparse_target(begin + k);
            });
        }
        return zeros;
    }

    // A source slot sees a tap once for each place in bounds that the tap leads to.
    [[nodiscard]] std::vector<std::uint64_t> of_conv2d() const {
        const CompiledProjection<Real>& p = projection_;
        const std::uint32_t channels = p.seen.channels();
        const std::uint32_t run = p.target_shape.channels() / p.groups;
        const std::uint64_t taps = std::uint64_t{p.kernel_height} * p.kernel_width;
        std::vector<std::uint64_t> by_tap(static_cast<std::size_t>(channels * taps));
        for (std::size_t row = 0; row < by_tap.size(); ++row) {
            const std::uint64_t group = row / taps / (channels / p.groups);
            by_tap[row] =
                count(row * p.pitch, run, [&](std::uint64_t k) { return group * run + k; });
        }
        std::vector<std::uint64_t> zeros(static_cast<std::size_t>(p.seen.size()));
        for (std::size_t slot = 0; slot < zeros.size(); ++slot) {
            const std::uint64_t* const of_channel = &by_tap[slot % channels * taps];
            const std::size_t y = slot / channels / p.seen.width();
            const std::size_t x = slot / channels % p.seen.width();
            for (std::uint32_t r = p.row_starts[y]; r < p.row_starts[y + 1]; ++r) {
                for (std::uint32_t c = p.column_starts[x]; c < p.column_starts[x + 1]; ++c) {
                    zeros[slot] +=
                        of_channel[p.row_taps[r].kernel * p.kernel_width + p.column_taps[c].kernel];
                }
            }
        }
        return zeros;
    }

    const CompiledProjection<Real>& projection_;
    bool zero_scale_;
};

// In front of the pool: a slot sends through every window that it falls in.
std::vector<std::uint64_t> before_pool(const CompiledPool& pool,
                                       const std::vector<std::uint64_t>& behind) {
    std::vector<std::uint64_t> zeros(static_cast<std::size_t>(pool.source.size()));
    for (Slot slot = 0; slot < zeros.size(); ++slot) {
        for_each_pooled_slot(pool.source, pool.pooled, pool.k, pool.stride, slot, [&](Slot to) {
            zeros[slot] += behind[to];
        });
    }
    return zeros;
}

template <class Real>
std::vector<std::uint64_t> zeros_of(const CompiledProjection<Real>& projection) {
    std::vector<std::uint64_t> zeros = ZerosOf<Real>(projection).by_seen_slot();
    if (std::all_of(zeros.begin(), zeros.end(), [](std::uint64_t n) { return n == 0; })) {
        return {};
    }
    return projection.pool ? before_pool(*projection.pool, zeros) : zeros;
}

}  // namespace

}  // namespace detail

template <class Real>
ZeroWeights::ZeroWeights(const BasicNetwork<Real>& network) {
    const detail::ArithmeticMode mode;  // a denormal weight is no zero
    for (const detail::CompiledProjection<Real>& projection : network.compiled().projections) {
        zeros_.push_back(detail::zeros_of(projection));
    }
}

template ZeroWeights::ZeroWeights(const BasicNetwork<float>&);
template ZeroWeights::ZeroWeights(const BasicNetwork<double>&);

}  // namespace saltus
