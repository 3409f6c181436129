#include "models/study/exit_watch.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "models/trace/answer_lead.hpp"

namespace saltus {

ExitWatch::ExitWatch(const Network& network) : counter_(*this), network_(&network) {
    if (network.readout_count() == 0) {
        throw InputError("exit.margin", "a model without readouts", "a readout");
    }
    const ReadoutSpec& readout = network.readout(0);
    population_ = readout.population;
    kind_ = readout.kind;
    if (kind_ != ReadoutSpec::Kind::spike_count && kind_ != ReadoutSpec::Kind::membrane) {
        throw InputError("exit.margin",
                         "readout \"" + readout.name + "\" of another kind",
                         "a readout that counts spikes or shows a membrane");
    }
    values_.resize(network.population(population_).shape.size());
    if (values_.size() < 2) {
        throw InputError("exit.margin", "one answer", "at least two that one can lead");
    }
    if (readout.logit) {
        const auto ticks = static_cast<float>(readout.logit->T.value_or(network.horizon()));
        scale_.assign(1, ticks);
        bias_ = readout.logit->bias;
    }
}

void ExitWatch::begin() {
    steps_.clear();
    std::fill(values_.begin(), values_.end(), 0.0F);
}

void ExitWatch::Counter::on_packet(PopulationId population, const Packet& packet) {
    if (population != watch_.population_ || watch_.kind_ != ReadoutSpec::Kind::spike_count) {
        return;
    }
    const Shape& shape = watch_.network_->population(population).shape;
    for (std::size_t k = 0; k < packet.slots.size(); ++k) {
        watch_.values_[shape.index_of(packet.slots[k])] += packet.payload(k);
    }
}

void ExitWatch::after_tick(Tick /*tick*/, Simulator& simulator) {
    if (kind_ == ReadoutSpec::Kind::membrane) {
        values_ = simulator.membrane(population_);
    }
    std::vector<float> shown = values_;
    for (std::size_t k = 0; k < shown.size() && !scale_.empty(); ++k) {
        shown[k] = shown[k] / scale_[0] + (bias_.empty() ? 0.0F : bias_[k]);
    }
    const auto best =
        static_cast<std::size_t>(std::max_element(shown.begin(), shown.end()) - shown.begin());
    steps_.push_back(
        {answer_lead(kind_, shown, best), static_cast<std::uint32_t>(best), simulator.counts()});
}

SampleOutcome ExitWatch::ended(const SampleOutcome& whole, double margin) const {
    const auto at = std::find_if(
        steps_.begin(), steps_.end(), [&](const Step& step) { return step.lead >= margin; });
    SampleOutcome outcome = whole;
    if (at == steps_.end() || at + 1 == steps_.end() || whole.result.error) {
        return outcome;
    }
    outcome.result.counts = at->counts;
    outcome.result.ticks_run = at - steps_.begin() + 1;
    outcome.result.readouts[0].prediction = at->answer;
    outcome.result.readouts[0].tied = false;
    outcome.result.readouts[0].undecided = false;
    return outcome;
}

}  // namespace saltus
