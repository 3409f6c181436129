#include "core/results/readout.hpp"

#include <algorithm>

namespace saltus::detail {

using Kind = ReadoutSpec::Kind;

template <class Real>
ReadoutState<Real>::ReadoutState(const ReadoutSpec& spec, Tick horizon, const Shape& shape)
    : spec_(spec), horizon_(horizon), shape_(shape) {
    const std::size_t n = shape.size();
    if (spec.kind == Kind::spike_count) {
        counts_.resize(n);
    }
    if (spec.kind == Kind::first_spike) {
        first_.resize(n);
    }
    if (spec.kind == Kind::mean_membrane) {
        sums_.resize(n);
    }
}

template <class Real>
void ReadoutState<Real>::reset() {
    std::fill(counts_.begin(), counts_.end(), 0);
    std::fill(first_.begin(), first_.end(), horizon_);
    std::fill(sums_.begin(), sums_.end(), Real(0));
}

template <class Real>
void ReadoutState<Real>::add_packet(const Packet& packet) {
    for (std::size_t k = 0; k < packet.slots.size(); ++k) {
        const Slot slot = packet.slots[k];
        if (!counts_.empty()) {
            counts_[slot] += static_cast<std::uint64_t>(packet.payload(k));
        }
        if (!first_.empty()) {
            first_[slot] = std::min(first_[slot], packet.tick);
        }
    }
}

template <class Real>
void ReadoutState<Real>::add_membranes(std::span<const Real> v) {
    if (spec_.kind != Kind::mean_membrane) {
        return;
    }
    for (std::size_t j = 0; j < v.size(); ++j) {
        sums_[j] = sums_[j] + v[j];
    }
}

template <class Real>
ReadoutResult ReadoutState<Real>::result(const std::vector<Real>& membrane, Tick ticks_run) const {
    const auto neurons = static_cast<std::uint32_t>(shape_.size());
    ReadoutResult out;
    out.values.resize(neurons);
    bool spiked = false;
    for (NeuronIndex index = 0; index < neurons; ++index) {
        const Slot slot = shape_.slot_of(index);
        float value = 0;
        switch (spec_.kind) {
            case Kind::spike_count:
                value = static_cast<float>(counts_[slot]);
                spiked |= counts_[slot] > 0;
                break;
            case Kind::first_spike:
                value = static_cast<float>(first_[slot]);
                spiked |= first_[slot] < horizon_;
                break;
            case Kind::membrane:
                value = static_cast<float>(membrane[slot]);
                break;
            case Kind::mean_membrane:
                value = static_cast<float>(sums_[slot] / static_cast<Real>(ticks_run));
                break;
        }
        if (spec_.logit) {
            value = value / static_cast<float>(spec_.logit->T.value_or(horizon_));
            if (!spec_.logit->bias.empty()) {
                value = value + spec_.logit->bias[index];
            }
        }
        out.values[index] = value;
    }

    const bool earlier_wins = spec_.kind == Kind::first_spike;
    const bool spike_readout = spec_.kind == Kind::spike_count || earlier_wins;
    for (NeuronIndex index = 1; index < neurons; ++index) {
        const float value = out.values[index];
        const float best = out.values[out.prediction];
        const bool wins = earlier_wins ? value < best : value > best;
        const bool wins_tie =
            value == best && spike_readout && spec_.ties == ReadoutSpec::Ties::membrane &&
            membrane[shape_.slot_of(index)] > membrane[shape_.slot_of(out.prediction)];
        if (wins || wins_tie) {
            out.prediction = index;
        }
    }
    out.tied = std::count(out.values.begin(), out.values.end(), out.values[out.prediction]) > 1;
    out.undecided = spike_readout && !spiked;
    return out;
}

template class ReadoutState<float>;
template class ReadoutState<double>;

}  // namespace saltus::detail
