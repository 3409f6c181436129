// What the lists of spikes say of a summary's numbers, one by one.
#pragma once

#include <map>
#include <numeric>
#include <optional>

#include <doctest/doctest.h>

#include "models/trace/trace_summary.hpp"

#include "tests/models/trace/made_traces.hpp"

namespace saltus::tests {

struct Part {
    std::vector<std::size_t> samples;  // places
    std::vector<PopulationId> populations;
    TickRange ticks;
};

inline Part whole(const Made& made) {
    Part part;
    part.samples.resize(made.samples.size());
    std::iota(part.samples.begin(), part.samples.end(), std::size_t{0});
    part.populations = {0, 1, 2, 3, 4, 5};
    part.ticks = {0, made.header.horizon};
    return part;
}

inline double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// What the lists of spikes say of a population that recorded every spike.
inline void check_spikes(const Made& made,
                         const Part& part,
                         PopulationId p,
                         const PopulationSummary& got) {
    CAPTURE(got.name);
    const auto ticks = static_cast<std::uint64_t>(part.ticks.until - part.ticks.from);
    std::vector<std::uint64_t> counts(made.header.populations[p].shape.size());
    std::uint64_t spikes = 0;
    std::uint64_t silent_samples = 0;
    std::vector<double> first;
    std::vector<double> first_of_neurons;
    std::vector<double> intervals;
    for (const std::size_t s : part.samples) {
        std::map<NeuronIndex, std::vector<Tick>> trains;
        Tick earliest = part.ticks.until;
        for (const auto& [tick, neuron] : made.spikes[s][p]) {
            if (part.ticks.holds(tick)) {
                trains[neuron].push_back(tick);
                earliest = std::min(earliest, tick);
                ++counts[neuron];
                ++spikes;
            }
        }
        silent_samples += trains.empty() ? 1 : 0;
        if (!trains.empty()) {
            first.push_back(static_cast<double>(earliest - part.ticks.from));
        }
        for (const auto& [neuron, train] : trains) {
            first_of_neurons.push_back(static_cast<double>(train[0] - part.ticks.from));
            for (std::size_t k = 1; k < train.size(); ++k) {
                intervals.push_back(static_cast<double>(train[k] - train[k - 1]));
            }
        }
    }
    CHECK(got.known == PopulationSummary::Known::every_spike);
    CHECK(got.spikes == spikes);
    CHECK(got.silent_samples == silent_samples);
    std::vector<NeuronIndex> silent;
    std::vector<NeuronIndex> saturated;
    for (NeuronIndex k = 0; k < counts.size(); ++k) {
        if (counts[k] == 0) {
            silent.push_back(k);
        }
        if (counts[k] == ticks * part.samples.size()) {
            saturated.push_back(k);
        }
    }
    CHECK(got.silent == silent);
    CHECK(got.saturated == saturated);
    const auto busiest = std::max_element(counts.begin(), counts.end());
    CHECK(got.busiest_spikes == *busiest);
    if (*busiest > 0) {
        CHECK(got.busiest == static_cast<NeuronIndex>(busiest - counts.begin()));
    }
    REQUIRE(got.first_spike.has_value() == !first.empty());
    if (!first.empty()) {
        CHECK(*got.first_spike == doctest::Approx(mean(first)).epsilon(1e-12));
        CHECK(*got.neuron_first_spike == doctest::Approx(mean(first_of_neurons)).epsilon(1e-12));
    }
    REQUIRE(got.intervals == intervals.size());
    if (!intervals.empty()) {
        double squares = 0;
        const double middle = mean(intervals);
        for (const double interval : intervals) {
            squares += (interval - middle) * (interval - middle);
        }
        const double deviation = std::sqrt(squares / static_cast<double>(intervals.size()));
        CHECK(got.interval_mean == doctest::Approx(mean(intervals)).epsilon(1e-12));
        CHECK(got.interval_variation == doctest::Approx(deviation / mean(intervals)).epsilon(1e-9));
    }
}

inline bool sends(const TracePopulation& population) {
    return population.fires && !population.holds_values;
}

inline void check_activity(const Made& made, const Part& part, const TraceSummary& got) {
    std::vector<std::uint64_t> died(part.populations.size());
    std::uint64_t alive = 0;
    for (const std::size_t s : part.samples) {
        std::optional<std::size_t> at;  // the lowest place from which on nothing fires
        for (std::size_t k = part.populations.size(); k-- > 0;) {
            const PopulationId p = part.populations[k];
            if (!sends(made.header.populations[p])) {
                continue;
            }
            const bool fires = std::any_of(
                made.spikes[s][p].begin(), made.spikes[s][p].end(), [&](const Spike& spike) {
                    return part.ticks.holds(spike.first);
                });
            if (fires) {
                break;
            }
            at = k;
        }
        ++(at ? died[*at] : alive);
    }
    CHECK(got.followed_samples == part.samples.size());
    CHECK(got.alive_samples == alive);
    for (std::size_t k = 0; k < part.populations.size(); ++k) {
        CAPTURE(k);
        CHECK(got.populations[k].died_samples == died[k]);
    }
}

inline void check_outcome(const Made& made,
                          const Part& part,
                          std::size_t r,
                          const ReadoutSummary& got) {
    std::vector<ReadoutSummary::Answer> all;
    std::vector<std::uint64_t> without_output;
    for (const std::size_t s : part.samples) {
        const SampleTrace& sample = made.samples[s];
        const ReadoutTrace& readout = sample.readouts[r];
        double next = -1e300;
        for (std::size_t k = 0; k < readout.values.size(); ++k) {
            const double value = got.kind == ReadoutSpec::Kind::first_spike
                                     ? -double{readout.values[k]}
                                     : double{readout.values[k]};
            next = k == readout.prediction ? next : std::max(next, value);
        }
        const double own = got.kind == ReadoutSpec::Kind::first_spike
                               ? -double{readout.values[readout.prediction]}
                               : double{readout.values[readout.prediction]};
        all.push_back({sample.number, sample.label, readout.prediction, own - next});
        if (readout.undecided) {
            without_output.push_back(sample.number);
        }
    }
    std::vector<ReadoutSummary::Answer> wrong;
    std::map<std::pair<std::int64_t, std::uint32_t>, std::uint64_t> confusion;
    std::uint64_t labelled = 0;
    for (const ReadoutSummary::Answer& answer : all) {
        if (answer.label) {
            ++labelled;
            ++confusion[{*answer.label, answer.prediction}];
            if (*answer.label != std::int64_t{answer.prediction}) {
                wrong.push_back(answer);
            }
        }
    }
    CHECK(got.samples == part.samples.size());
    CHECK(got.labelled == labelled);
    CHECK(got.right == labelled - wrong.size());
    CHECK(got.wrong == wrong);
    CHECK(got.confusion == confusion);
    CHECK(got.without_output == without_output);
    std::stable_sort(
        all.begin(), all.end(), [](const auto& a, const auto& b) { return *a.margin < *b.margin; });
    all.resize(std::min<std::size_t>(20, all.size()));
    CHECK(got.closest == all);
}

// Tick by tick, with the answers that the trace can tell.
inline void check_course(const Made& made,
                         const Part& part,
                         std::size_t r,
                         const ReadoutSummary& got) {
    const Tick horizon = made.header.horizon;
    const TraceReadout& readout = made.header.readouts[r];
    std::vector<ReadoutSummary::Point> want(got.course.size());
    std::uint64_t never = 0;
    std::uint64_t unknown = 0;
    for (const std::size_t s : part.samples) {
        const SampleTrace& sample = made.samples[s];
        std::size_t point = 0;
        std::optional<std::uint32_t> before;
        bool sure_before = true;
        std::optional<Tick> changed;
        bool doubt = false;
        for (Tick tick = 0; tick < horizon; ++tick) {
            const std::vector<float> values = values_after(made, s, readout, tick + 1);
            const std::vector<std::uint32_t> best = best_of(values, readout.kind);
            const bool fired = std::any_of(made.spikes[s][readout.population].begin(),
                                           made.spikes[s][readout.population].end(),
                                           [&](const Spike& spike) { return spike.first <= tick; });
            const bool decided =
                readout.kind == ReadoutSpec::Kind::first_spike ? fired : values[best[0]] > 0;
            const bool settled = best.size() == 1 || readout.ties == ReadoutSpec::Ties::index;
            const bool sure = settled || !decided;
            const std::optional<std::uint32_t> answer =
                decided ? std::optional(best[0]) : std::nullopt;
            if (sure && sure_before && answer != before) {
                changed = tick;
                doubt = false;
            }
            doubt = doubt || !sure;
            before = answer;
            sure_before = sure;
            if (got.course[point].tick != tick) {
                continue;
            }
            const bool last = tick == horizon - 1;
            const std::uint32_t told = last ? sample.readouts[r].prediction : best[0];
            want[point].right +=
                (last || settled) && sample.label && *sample.label == std::int64_t{told} ? 1 : 0;
            want[point].undecided += decided ? 0 : 1;
            want[point].tied += !last && decided && !settled ? 1 : 0;
            ++point;
        }
        REQUIRE(point == got.course.size());
        if (!before) {
            ++never;
        } else if (doubt) {
            ++unknown;
        } else {
            std::size_t at = 0;
            while (got.course[at].tick < *changed) {
                ++at;
            }
            ++want[at].last_changed;
        }
    }
    CHECK(got.course_samples == part.samples.size());
    CHECK(got.never_answered == never);
    CHECK(got.change_unknown == unknown);
    REQUIRE(got.course.back().tick == horizon - 1);
    for (std::size_t k = 0; k < want.size(); ++k) {
        CAPTURE(k);
        CHECK(got.course[k].right == want[k].right);
        CHECK(got.course[k].undecided == want[k].undecided);
        CHECK(got.course[k].tied == want[k].tied);
        CHECK(got.course[k].last_changed == want[k].last_changed);
    }
}

inline void check_all(const Made& made, const Part& part, const TraceSummary& got) {
    CHECK(got.samples == part.samples.size());
    CHECK(got.from == part.ticks.from);
    CHECK(got.until == part.ticks.until);
    REQUIRE(got.populations.size() == part.populations.size());
    double places = 0;
    double spikes = 0;
    for (std::size_t k = 0; k < part.populations.size(); ++k) {
        const TracePopulation& population = made.header.populations[part.populations[k]];
        CHECK(got.populations[k].name == population.name);
        CHECK(got.populations[k].neurons == population.shape.size());
        CHECK(got.populations[k].sends_spikes == sends(population));
        if (!sends(population)) {
            CHECK(got.populations[k].known == PopulationSummary::Known::nothing);
            continue;
        }
        check_spikes(made, part, part.populations[k], got.populations[k]);
        const double here = static_cast<double>(population.shape.size() * part.samples.size()) *
                            static_cast<double>(part.ticks.until - part.ticks.from);
        CHECK(got.rate(got.populations[k]) ==
              doctest::Approx(static_cast<double>(got.populations[k].spikes) / here));
        if (population.kind == TracePopulation::Kind::neurons) {
            places += here;
            spikes += static_cast<double>(got.populations[k].spikes);
        }
    }
    if (places > 0) {
        CHECK(*got.activation_sparsity() == doctest::Approx(1 - spikes / places));
    }
    check_activity(made, part, got);
    REQUIRE(got.readouts.size() == made.header.readouts.size());
    for (std::size_t r = 0; r < got.readouts.size(); ++r) {
        CAPTURE(r);
        check_outcome(made, part, r, got.readouts[r]);
        if (made.header.readouts[r].kind == ReadoutSpec::Kind::membrane) {
            CHECK(got.readouts[r].source == AnswerSource::unknown);
            CHECK(got.readouts[r].course.empty());
        } else {
            CHECK(got.readouts[r].source == AnswerSource::spikes);
            check_course(made, part, r, got.readouts[r]);
        }
    }
}

}  // namespace saltus::tests
