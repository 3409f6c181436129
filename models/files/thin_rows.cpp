#include "models/files/thin_rows.hpp"

#include <algorithm>
#include <cstring>

namespace saltus {

namespace {

std::size_t bytes_of(WeightType type) {
    switch (type) {
        case WeightType::float64:
            return 8;
        case WeightType::float32:
            return 4;
        case WeightType::float16:
        case WeightType::bfloat16:
            return 2;
        case WeightType::int8:
            break;
    }
    return 1;
}

// One stored weight at a time. Zero is told by bits, so that no mode of the processor matters.
class WeightReader {
  public:
    explicit WeightReader(const Weights& weights)
        : weights_(weights), bytes_(bytes_of(weights.type)) {}

    // `channel`: which scale an int8 weight goes by, if there is more than one.
    [[nodiscard]] bool is_zero(std::uint64_t place, std::uint64_t channel) const {
        std::uint64_t bits = 0;
        std::memcpy(&bits, at(place), bytes_);
        if (weights_.type != WeightType::int8) {
            return bits << (65 - 8 * bytes_) == 0;  // all but the sign
        }
        return bits == 0 || weights_.scales[weights_.scales.size() == 1 ? 0 : channel] == 0;
    }

    void append(std::uint64_t place, std::vector<std::byte>& to) const {
        to.insert(to.end(), at(place), at(place) + bytes_);
    }

  private:
    [[nodiscard]] const std::byte* at(std::uint64_t place) const {
        return weights_.data.data() + place * bytes_;
    }

    const Weights& weights_;
    std::size_t bytes_;
};

struct Ends {
    Shape seen;  // the source, behind its pool
    Shape target;
};

Ends ends_of(const NetworkSpec& network, const ProjectionSpec& projection) {
    Ends ends{network.populations[projection.source].shape,
              network.populations[projection.target].shape};
    if (projection.pool) {
        const std::uint32_t k = projection.pool->k;
        const std::uint32_t stride = projection.pool->stride == 0 ? k : projection.pool->stride;
        ends.seen = {ends.seen.channels(),
                     (ends.seen.height() - k) / stride + 1,
                     (ends.seen.width() - k) / stride + 1};
    }
    return ends;
}

// A synapse of the source at hand.
struct Entry {
    std::uint32_t target = 0;   // by index
    std::uint64_t place = 0;    // of its weight in the tensor
    std::uint64_t channel = 0;  // which scale it goes by
};

// The rows of a dense connection.
class DenseRows {
  public:
    DenseRows(const Dense& dense, const Ends& ends)
        : weights(dense.weights),
          ends_(ends),
          by_source_(weights.layout == WeightLayout::rows_by_source),
          pitch_(row_pitch(ends.target.size(), bytes_of(weights.type))) {}

    template <class Each>
    void for_each(std::uint32_t source, Each each) const {
        const std::uint64_t slot = ends_.seen.slot_of(source);
        for (std::uint32_t j = 0; j < ends_.target.size(); ++j) {
            each(Entry{j,
                       by_source_ ? slot * pitch_ + ends_.target.slot_of(j)
                                  : j * ends_.seen.size() + source,
                       j});
        }
    }

    // Every weight once.
    template <class Each>
    void for_each_weight(Each each) const {
        for (std::uint32_t s = 0; s < ends_.seen.size(); ++s) {
            for_each(s, each);
        }
    }

    [[nodiscard]] std::vector<float> scales() const {
        return {weights.scales.begin(), weights.scales.end()};
    }

    const Weights& weights;

  private:
    const Ends& ends_;
    bool by_source_;
    std::uint64_t pitch_;
};

// The rows of a convolution: each weight once for every place in bounds that its tap leads to.
class ConvRows {
  public:
    ConvRows(const Conv2d& conv, const Ends& ends)
        : weights(conv.weights),
          conv_(conv),
          ends_(ends),
          by_source_(weights.layout == WeightLayout::rows_by_source),
          ins_(ends.seen.channels() / conv.groups),
          outs_(ends.target.channels() / conv.groups),
          taps_(std::uint64_t{conv.kernel[0]} * conv.kernel[1]),
          pitch_(row_pitch(outs_, bytes_of(weights.type))),
          rows_(taps_along(0)),
          columns_(taps_along(1)) {}

    template <class Each>
    void for_each(std::uint32_t source, Each each) const {
        const std::uint32_t plane = ends_.seen.height() * ends_.seen.width();
        const std::uint32_t c = source / plane;
        const std::uint32_t first = c / ins_ * outs_;
        for (std::uint32_t o = first; o < first + outs_; ++o) {
            for (const Tap& y : rows_[source % plane / ends_.seen.width()]) {
                for (const Tap& x : columns_[source % plane % ends_.seen.width()]) {
                    each(Entry{
                        (o * ends_.target.height() + y.target) * ends_.target.width() + x.target,
                        place(o, c % ins_, y.kernel * conv_.kernel[1] + x.kernel),
                        o});
                }
            }
        }
    }

    template <class Each>
    void for_each_weight(Each each) const {
        for (std::uint32_t o = 0; o < ends_.target.channels(); ++o) {
            for (std::uint32_t i = 0; i < ins_; ++i) {
                for (std::uint64_t tap = 0; tap < taps_; ++tap) {
                    each(Entry{0, place(o, i, tap), o});
                }
            }
        }
    }

    // One an output channel becomes one a target neuron.
    [[nodiscard]] std::vector<float> scales() const {
        if (weights.scales.size() <= 1) {
            return {weights.scales.begin(), weights.scales.end()};
        }
        const std::uint64_t plane = std::uint64_t{ends_.target.height()} * ends_.target.width();
        std::vector<float> each(static_cast<std::size_t>(ends_.target.size()));
        for (std::size_t j = 0; j < each.size(); ++j) {
            each[j] = weights.scales[j / plane];
        }
        return each;
    }

    const Weights& weights;

  private:
    struct Tap {
        std::uint32_t kernel = 0;
        std::uint32_t target = 0;
    };

    [[nodiscard]] std::uint64_t place(std::uint32_t o, std::uint32_t i, std::uint64_t tap) const {
        return by_source_ ? ((o / outs_ * ins_ + i) * taps_ + tap) * pitch_ + o % outs_
                          : (std::uint64_t{o} * ins_ + i) * taps_ + tap;
    }

    // By source row (column), which of the kernel's meet which of the target's, target ascending.
    [[nodiscard]] std::vector<std::vector<Tap>> taps_along(std::size_t axis) const {
        std::vector<std::vector<Tap>> taps(ends_.seen.dims[1 + axis]);
        for (std::uint32_t to = 0; to < ends_.target.dims[1 + axis]; ++to) {
            for (std::uint32_t k = 0; k < conv_.kernel[axis]; ++k) {
                const std::uint64_t at = std::uint64_t{to} * conv_.stride[axis] +
                                         std::uint64_t{k} * conv_.dilation[axis];
                if (at >= conv_.padding[axis] && at - conv_.padding[axis] < taps.size()) {
                    taps[at - conv_.padding[axis]].push_back({k, to});
                }
            }
        }
        return taps;
    }

    const Conv2d& conv_;
    const Ends& ends_;
    bool by_source_;
    std::uint32_t ins_;
    std::uint32_t outs_;
    std::uint64_t taps_;
    std::uint64_t pitch_;
    std::vector<std::vector<Tap>> rows_;
    std::vector<std::vector<Tap>> columns_;
};

// Calls use(rows) with the connection's.
template <class Use>
auto with_rows(const ProjectionSpec& projection, const Ends& ends, Use use) {
    if (const auto* dense = std::get_if<Dense>(&projection.connection)) {
        return use(DenseRows(*dense, ends));
    }
    return use(ConvRows(std::get<Conv2d>(projection.connection), ends));
}

// Which zeros of a row must stay, because a stored synapse is an arrival.
class Blocks {
  public:
    explicit Blocks(const PopulationSpec& target) : shape_(target.shape) {
        const auto* const rule = std::get_if<NeuronSpec>(&target.kind);
        if (rule != nullptr && rule->clock == Clock::leaps) {
            size_ = 1;
        } else if (rule != nullptr && rule->clock == Clock::lazy) {
            size_ = rule->block == 0 ? shape_.size() : rule->block;
        }
        reached_.resize(size_ == 0 ? 0 : (shape_.size() + size_ - 1) / size_);
    }

    void begin_row() { std::fill(reached_.begin(), reached_.end(), 0); }

    // Whether the target's block had not been reached in this row.
    bool reach(std::uint32_t target) {
        if (size_ == 0) {
            return false;
        }
        char& reached = reached_[shape_.slot_of(target) / size_];
        const bool first = reached == 0;
        reached = 1;
        return first;
    }

  private:
    const Shape& shape_;
    std::uint64_t size_ = 0;  // slots a block; 0: a stepped population, which has none
    std::vector<char> reached_;
};

template <class Rows>
ThinRows thin(const Rows& rows, std::uint64_t sources, Blocks blocks) {
    const WeightReader reader(rows.weights);
    ThinRows out;
    out.offsets.assign(1, 0);
    out.scales = rows.scales();
    std::vector<Entry> kept;
    for (std::uint32_t s = 0; s < sources; ++s) {
        kept.clear();
        blocks.begin_row();
        rows.for_each(s, [&](const Entry& entry) {
            ++out.synapses_before;
            if (!reader.is_zero(entry.place, entry.channel)) {
                kept.push_back(entry);
                blocks.reach(entry.target);
            }
        });
        rows.for_each(s, [&](const Entry& entry) {
            if (reader.is_zero(entry.place, entry.channel) && blocks.reach(entry.target)) {
                kept.push_back(entry);
                ++out.zeros_kept;
            }
        });
        std::sort(kept.begin(), kept.end(), [](const Entry& a, const Entry& b) {
            return a.target < b.target;
        });
        for (const Entry& entry : kept) {
            out.targets.push_back(entry.target);
            reader.append(entry.place, out.weights);
        }
        out.offsets.push_back(out.targets.size());
    }
    return out;
}

}  // namespace

WeightCensus take_census(const NetworkSpec& network, const ProjectionSpec& projection) {
    const Ends ends = ends_of(network, projection);
    return with_rows(projection, ends, [](const auto& rows) {
        const WeightReader reader(rows.weights);
        WeightCensus census;
        rows.for_each_weight([&](const Entry& entry) {
            ++census.weights;
            census.nonzero += reader.is_zero(entry.place, entry.channel) ? 0 : 1;
        });
        return census;
    });
}

ThinRows thin_rows(const NetworkSpec& network, const ProjectionSpec& projection) {
    const Ends ends = ends_of(network, projection);
    return with_rows(projection, ends, [&](const auto& rows) {
        return thin(rows, ends.seen.size(), Blocks(network.populations[projection.target]));
    });
}

}  // namespace saltus
