#include "models/trace/answer_course.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "models/trace/record_choice.hpp"

namespace saltus {

namespace {

constexpr std::size_t k_window_values = std::size_t{1} << 16;  // of a series read at once

std::optional<std::size_t> series_of(const TraceHeader& header, std::size_t readout) {
    for (std::size_t k = 0; k < header.series.size(); ++k) {
        const TraceSeries& series = header.series[k];
        if (series.kind == TraceSeries::Kind::readout && series.readout == readout &&
            series.first == 0 && series.size == header.readouts[readout].values) {
            return k;
        }
    }
    return std::nullopt;
}

bool is_of_spikes(const TraceReadout& readout) {
    return readout.kind == ReadoutSpec::Kind::spike_count ||
           readout.kind == ReadoutSpec::Kind::first_spike;
}

bool ties_by_index(const TraceReadout& readout) {
    return !is_of_spikes(readout) || readout.ties == ReadoutSpec::Ties::index;
}

AnswerStep step_of(std::span<const float> values,
                   Tick tick,
                   const TraceReadout& readout,
                   Tick horizon) {
    const bool earlier_wins = readout.kind == ReadoutSpec::Kind::first_spike;
    const auto best = earlier_wins ? std::min_element(values.begin(), values.end())
                                   : std::max_element(values.begin(), values.end());
    AnswerStep step;
    step.tick = tick;
    step.answer = static_cast<NeuronIndex>(best - values.begin());
    step.settled = ties_by_index(readout) || std::count(values.begin(), values.end(), *best) == 1;
    if (!readout.logit) {
        step.decided = readout.kind == ReadoutSpec::Kind::spike_count ? *best > 0
                       : earlier_wins ? *best < static_cast<float>(horizon)
                                      : true;
    }
    return step;
}

void answers_of_series(const TraceFile& file,
                       std::uint64_t place,
                       std::size_t readout,
                       const std::function<void(const AnswerStep&)>& take) {
    const TraceHeader& header = file.header();
    const std::size_t series = *series_of(header, readout);
    const std::size_t values = header.readouts[readout].values;
    const auto window = static_cast<Tick>(std::max<std::size_t>(1, k_window_values / values));
    for (Tick from = 0; from < header.horizon; from += window) {
        const SeriesTrace rows = file.series(place, series, {from, from + window});
        for (std::size_t row = 0; row < rows.ticks.size(); ++row) {
            take(step_of(std::span(rows.values).subspan(row * values, values),
                         rows.ticks[row],
                         header.readouts[readout],
                         header.horizon));
        }
    }
}

// The best value so far. Values only ever get better, so that the best is found without a look at
// all of them.
class Leader {
  public:
    Leader(const TraceReadout& readout, Tick horizon)
        : earlier_wins_(readout.kind == ReadoutSpec::Kind::first_spike),
          ties_by_index_(ties_by_index(readout)),
          best_(earlier_wins_ ? static_cast<float>(horizon) : 0.0F),
          alike_(readout.values) {}

    // `value`: the neuron's new one, which is not its old one.
    void offer(NeuronIndex neuron, float value) {
        if (earlier_wins_ ? value < best_ : value > best_) {
            best_ = value;
            step_.answer = neuron;
            alike_ = 1;
        } else if (value == best_) {
            step_.answer = std::min(step_.answer, neuron);
            ++alike_;
        }
        step_.decided = true;
    }

    [[nodiscard]] AnswerStep at(Tick tick) const {
        AnswerStep step = step_;
        step.tick = tick;
        step.settled = ties_by_index_ || alike_ == 1;
        return step;
    }

  private:
    bool earlier_wins_;
    bool ties_by_index_;
    float best_;
    std::uint64_t alike_;  // values as good as the best
    AnswerStep step_ = {0, 0, false, true};
};

// The values are compared as float32, as the readout compares them.
void answers_of_spikes(const TraceFile& file,
                       std::uint64_t place,
                       std::size_t readout,
                       const std::function<void(const AnswerStep&)>& take) {
    const TraceReadout& of = file.header().readouts[readout];
    const Shape& shape = file.header().populations[of.population].shape;
    const bool first_spike = of.kind == ReadoutSpec::Kind::first_spike;
    std::vector<std::uint64_t> counts(of.values);  // first spike: 1 once it fired
    Leader leader(of, file.header().horizon);
    take(leader.at(0));
    file.visit(place, of.population, {}, [&](const StreamTrace& stream) {
        std::size_t at = 0;
        for (std::size_t k = 0; k < stream.packets(); ++k) {
            for (const std::size_t end = at + stream.spikes[k]; at < end; ++at) {
                std::uint64_t& count = counts[stream.slots[at]];
                if (first_spike) {
                    if (count == 0) {
                        count = 1;
                        leader.offer(shape.index_of(stream.slots[at]),
                                     static_cast<float>(stream.ticks[k]));
                    }
                    continue;
                }
                const auto before = static_cast<float>(count);
                count += static_cast<std::uint64_t>(stream.payload(at));
                if (static_cast<float>(count) != before) {
                    leader.offer(shape.index_of(stream.slots[at]), static_cast<float>(count));
                }
            }
            take(leader.at(stream.ticks[k]));
        }
    });
}

}  // namespace

AnswerSource answer_source(const TraceHeader& header, std::size_t readout) {
    const TraceReadout& of = header.readouts.at(readout);
    if (of.values > 0 && header.horizon <= k_most_series_ticks && series_of(header, readout)) {
        return AnswerSource::series;
    }
    const TracePopulation& population = header.populations.at(of.population);
    if (is_of_spikes(of) && !of.logit && of.values == population.shape.size() &&
        population.recorded == TracePopulation::Recorded::every_spike) {
        return AnswerSource::spikes;
    }
    return AnswerSource::unknown;
}

void visit_answers(const TraceFile& file,
                   std::uint64_t place,
                   std::size_t readout,
                   const std::function<void(const AnswerStep&)>& take) {
    switch (answer_source(file.header(), readout)) {
        case AnswerSource::series:
            answers_of_series(file, place, readout, take);
            break;
        case AnswerSource::spikes:
            answers_of_spikes(file, place, readout, take);
            break;
        case AnswerSource::unknown:
            break;
    }
}

}  // namespace saltus
