#include "models/trace/population_tally.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace saltus {

namespace {

using Known = PopulationSummary::Known;

Known known_of(const TracePopulation& population, bool all_ticks) {
    switch (population.recorded) {
        case TracePopulation::Recorded::every_spike:
            return Known::every_spike;
        case TracePopulation::Recorded::counts:
            return all_ticks ? Known::counts : Known::nothing;
        case TracePopulation::Recorded::nothing:
            break;
    }
    return all_ticks ? Known::total : Known::nothing;
}

}  // namespace

void Spread::fold() {
    if (summed_ > 0) {
        const auto count = static_cast<double>(summed_);
        const std::uint64_t spread = summed_ * sum_of_squares_ - sum_ * sum_;
        merge(summed_, static_cast<double>(sum_) / count, static_cast<double>(spread) / count);
    }
    summed_ = sum_ = sum_of_squares_ = 0;
}

void Spread::merge(std::uint64_t count, double mean, double squares) {
    const auto before = static_cast<double>(count_);
    const auto added = static_cast<double>(count);
    const double off = mean - mean_;
    count_ += count;
    const double share = added / static_cast<double>(count_);
    mean_ = count_ == count ? mean : mean_ + off * share;
    squares_ += squares + off * off * before * share;
}

double Spread::variation() const {
    return count_ == 0 ? 0 : std::sqrt(squares_ / static_cast<double>(count_)) / mean_;
}

PopulationTally::PopulationTally(const TraceHeader& header,
                                 PopulationId population,
                                 const TickRange& window)
    : of_(header.populations.at(population)),
      population_(population),
      window_(window),
      bins_(level_count(header.horizon)) {
    sums_.name = of_.name;
    sums_.kind = of_.kind;
    sums_.neurons = of_.shape.size();
    sums_.sends_spikes = !of_.holds_values && of_.fires;
    sums_.known = sums_.sends_spikes
                      ? known_of(of_, window.from == 0 && window.until >= header.horizon)
                      : Known::nothing;
    if (sums_.known == Known::every_spike || sums_.known == Known::counts) {
        counts_.resize(sums_.neurons);
    }
    if (sums_.known == Known::every_spike) {
        last_.assign(sums_.neurons, -1);
    }
}

std::optional<bool> PopulationTally::add(const TraceFile& file,
                                         std::uint64_t place,
                                         bool recorded,
                                         const std::function<void()>& poll) {
    std::uint64_t spikes = 0;
    switch (sums_.known) {
        case Known::nothing:
            return std::nullopt;
        case Known::every_spike:
            spikes = add_spikes(file, place, poll);
            break;
        case Known::counts:
            for (const auto& [slot, count] : file.neuron_counts(place, population_)) {
                counts_[slot] += count;
                spikes += count;
            }
            break;
        case Known::total: {
            if (!recorded) {
                return std::nullopt;
            }
            const std::vector<std::uint64_t>& levels = file.record(place).levels;
            const auto first = levels.begin() + static_cast<std::ptrdiff_t>(population_ * bins_);
            spikes = std::accumulate(
                first, first + static_cast<std::ptrdiff_t>(bins_), std::uint64_t{0});
            break;
        }
    }
    sums_.spikes += spikes;
    sums_.silent_samples += spikes == 0 ? 1 : 0;
    return spikes > 0;
}

std::uint64_t PopulationTally::add_spikes(const TraceFile& file,
                                          std::uint64_t place,
                                          const std::function<void()>& poll) {
    std::uint64_t spikes = 0;
    file.visit(place, population_, window_, [&](const StreamTrace& stream) {
        poll();
        take(stream, spikes);
    });
    for (const Slot slot : touched_) {
        last_[slot] = -1;
    }
    touched_.clear();
    return spikes;
}

void PopulationTally::take(const StreamTrace& stream, std::uint64_t& spikes) {
    if (spikes == 0 && !stream.slots.empty()) {
        first_spikes_.add(stream.ticks.front() - window_.from);
    }
    spikes += stream.slots.size();
    std::size_t at = 0;
    for (std::size_t k = 0; k < stream.packets(); ++k) {
        const Tick tick = stream.ticks[k];
        for (const std::size_t end = at + stream.spikes[k]; at < end; ++at) {
            const Slot slot = stream.slots[at];
            Tick& last = last_[slot];
            if (last < 0) {
                touched_.push_back(slot);
                neuron_first_spikes_.add(tick - window_.from);
            } else {
                intervals_.add(tick - last);
            }
            last = tick;
            ++counts_[slot];
        }
    }
}

PopulationSummary PopulationTally::summary(std::uint64_t samples) {
    for (Spread* const spread : {&first_spikes_, &neuron_first_spikes_, &intervals_}) {
        spread->fold();
    }
    PopulationSummary summary = sums_;
    if (first_spikes_.count() > 0) {
        summary.first_spike = first_spikes_.mean();
    }
    if (neuron_first_spikes_.count() > 0) {
        summary.neuron_first_spike = neuron_first_spikes_.mean();
    }
    summary.intervals = intervals_.count();
    summary.interval_mean = intervals_.mean();
    summary.interval_variation = intervals_.variation();
    if (samples == 0) {
        return summary;  // nothing was looked at: no neuron is silent or saturated
    }
    const auto ticks = static_cast<std::uint64_t>(window_.until - window_.from);
    for (NeuronIndex index = 0; index < counts_.size(); ++index) {
        const std::uint64_t count = counts_[of_.shape.slot_of(index)];
        if (count == 0) {
            summary.silent.push_back(index);
        } else if (count % ticks == 0 && count / ticks == samples) {
            summary.saturated.push_back(index);
        }
        if (count > summary.busiest_spikes) {
            summary.busiest_spikes = count;
            summary.busiest = index;
        }
    }
    return summary;
}

}  // namespace saltus
