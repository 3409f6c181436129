// Every number of a summary, held against sums over the lists of spikes that the trace was made of.
#include "models/trace/trace_summary.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/trace/trace_writer.hpp"
#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/trace/version_1_traces.hpp"

namespace saltus {

using namespace saltus::tests;
using Known = PopulationSummary::Known;
using Kind = ReadoutSpec::Kind;
using Ties = ReadoutSpec::Ties;

namespace {

// A spike by the neuron's index. Within a sample and population: ascending.
using Spike = std::pair<Tick, NeuronIndex>;

struct Made {
    TraceHeader header;
    std::vector<SampleTrace> samples;
    std::vector<std::vector<std::vector<Spike>>> spikes;  // [sample][population]
    std::vector<std::vector<std::vector<float>>> payloads;  // likewise, a number a spike
};

TraceHeader made_header(Tick horizon) {
    TraceHeader header;
    header.model = "made";
    header.horizon = horizon;
    header.tick_seconds = 0.002;
    header.populations = {
        {"pixels", Shape{2, 3, 4}, TracePopulation::Kind::encoder, false, std::nullopt, true},
        {"held", Shape{5}, TracePopulation::Kind::encoder, true, std::nullopt, true},
        {"hidden", Shape{2, 2, 5}, TracePopulation::Kind::neurons, false, Clock::lazy, true},
        {"pool", Shape{2, 1, 2}, TracePopulation::Kind::max_pool, false, std::nullopt, true},
        {"out", Shape{4}, TracePopulation::Kind::neurons, false, Clock::stepped, true},
        {"read", Shape{3}, TracePopulation::Kind::neurons, false, Clock::stepped, false}};
    header.readouts = {{"count", 4, Kind::spike_count, 4, false, Ties::index},
                       {"early", 4, Kind::first_spike, 4, false, Ties::index},
                       {"by membrane", 4, Kind::spike_count, 4, false, Ties::membrane},
                       {"level", 5, Kind::membrane, 3}};
    return header;
}

// Values of a readout of spikes after the ticks before `end`.
std::vector<float> values_after(const Made& made,
                                std::size_t sample,
                                const TraceReadout& readout,
                                Tick end) {
    const bool first = readout.kind == Kind::first_spike;
    std::vector<float> values(readout.values,
                              first ? static_cast<float>(made.header.horizon) : 0.0F);
    const std::vector<Spike>& spikes = made.spikes[sample][readout.population];
    for (std::size_t k = 0; k < spikes.size(); ++k) {
        const auto [tick, neuron] = spikes[k];
        if (tick >= end) {
            continue;
        }
        if (first) {
            values[neuron] = std::min(values[neuron], static_cast<float>(tick));
        } else {
            values[neuron] += std::floor(made.payloads[sample][readout.population][k]);
        }
    }
    return values;
}

std::vector<std::uint32_t> best_of(const std::vector<float>& values, Kind kind) {
    std::vector<std::uint32_t> best;
    for (std::uint32_t k = 0; k < values.size(); ++k) {
        const bool beaten = std::any_of(values.begin(), values.end(), [&](float other) {
            return kind == Kind::first_spike ? other < values[k] : other > values[k];
        });
        if (!beaten) {
            best.push_back(k);
        }
    }
    return best;
}

class Maker {
  public:
    Maker(std::uint64_t seed, Tick horizon, std::size_t samples) : random_(seed) {
        made_.header = made_header(horizon);
        for (std::size_t k = 0; k < samples; ++k) {
            add_sample(2 * k + 3);
        }
    }

    Made take() { return std::move(made_); }

  private:
    void add_sample(std::uint64_t number) {
        SampleTrace sample;
        sample.number = number;
        if (random_() % 5 != 0) {
            sample.label = static_cast<std::int64_t>(random_() % 3);
        }
        const std::size_t place = made_.samples.size();
        made_.spikes.emplace_back(made_.header.populations.size());
        made_.payloads.emplace_back(made_.header.populations.size());
        const std::uint64_t dead = random_() % 4 == 0 ? 2 + random_() % 3 : 9;  // nothing from here on
        for (std::size_t p = 0; p < made_.header.populations.size(); ++p) {
            sample.streams.push_back(stream(place, p, p >= dead));
        }
        for (const TraceReadout& readout : made_.header.readouts) {
            ReadoutTrace result;
            result.values = values_after(made_, place, readout, made_.header.horizon);
            if (readout.kind == Kind::membrane) {
                for (float& value : result.values) {
                    value = static_cast<float>(random_() % 8);
                }
            }
            const std::vector<std::uint32_t> best = best_of(result.values, readout.kind);
            result.prediction =
                readout.ties == Ties::membrane ? best[random_() % best.size()] : best[0];
            result.tied = best.size() > 1;
            result.undecided =
                readout.kind != Kind::membrane && made_.spikes[place][readout.population].empty();
            sample.readouts.push_back(result);
        }
        made_.samples.push_back(std::move(sample));
    }

    // Neuron 0 of hidden never fires, neuron 3 always does while the population lives.
    StreamTrace stream(std::size_t place, std::size_t p, bool dead) {
        const TracePopulation& population = made_.header.populations[p];
        StreamTrace stream;
        if (dead || population.holds_values || !population.fires) {
            return stream;
        }
        const Tick start = static_cast<Tick>(random_() % 4);
        for (Tick tick = start; tick < made_.header.horizon; ++tick) {
            Packet packet;
            packet.tick = tick;
            std::vector<Spike> spikes;
            for (Slot slot = 0; slot < population.shape.size(); ++slot) {
                const NeuronIndex index = population.shape.index_of(slot);
                const bool always = p == 2 && index == 3;
                if ((p == 2 && index == 0) || (!always && random_() % 9 != 0)) {
                    continue;
                }
                packet.slots.push_back(slot);
                packet.payloads.push_back(p == 3 || (p == 4 && place % 2 == 0)
                                              ? static_cast<float>(1 + random_() % 5) / 2
                                              : 1.0F);
                made_.spikes[place][p].emplace_back(tick, index);
                made_.payloads[place][p].push_back(packet.payloads.back());
            }
            packet.drop_unit_payloads();
            stream.add(packet);
        }
        return stream;
    }

    std::mt19937_64 random_;
    Made made_;
};

void write(const std::filesystem::path& path, const Made& made) {
    TraceWriter writer(path, made.header, {});
    for (const SampleTrace& sample : made.samples) {
        writer.add(sample);
    }
    writer.finish();
}

struct Part {
    std::vector<std::size_t> samples;  // places
    std::vector<PopulationId> populations;
    TickRange ticks;
};

Part whole(const Made& made) {
    Part part;
    part.samples.resize(made.samples.size());
    std::iota(part.samples.begin(), part.samples.end(), std::size_t{0});
    part.populations = {0, 1, 2, 3, 4, 5};
    part.ticks = {0, made.header.horizon};
    return part;
}

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// What the lists of spikes say of a population that recorded every spike.
void check_spikes(const Made& made, const Part& part, PopulationId p, const PopulationSummary& got) {
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
    CHECK(got.known == Known::every_spike);
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
        CHECK(got.interval_variation ==
              doctest::Approx(deviation / mean(intervals)).epsilon(1e-9));
    }
}

bool sends(const TracePopulation& population) {
    return population.fires && !population.holds_values;
}

void check_activity(const Made& made, const Part& part, const TraceSummary& got) {
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

void check_outcome(const Made& made,
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
            const double value = got.kind == Kind::first_spike ? -double{readout.values[k]}
                                                               : double{readout.values[k]};
            next = k == readout.prediction ? next : std::max(next, value);
        }
        const double own = got.kind == Kind::first_spike
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
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return *a.margin < *b.margin;
    });
    all.resize(std::min<std::size_t>(20, all.size()));
    CHECK(got.closest == all);
}

// Tick by tick, with the answers that the trace can tell.
void check_course(const Made& made, const Part& part, std::size_t r, const ReadoutSummary& got) {
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
            const bool fired = std::any_of(
                made.spikes[s][readout.population].begin(),
                made.spikes[s][readout.population].end(),
                [&](const Spike& spike) { return spike.first <= tick; });
            const bool decided =
                readout.kind == Kind::first_spike ? fired : values[best[0]] > 0;
            const bool settled = best.size() == 1 || readout.ties == Ties::index;
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

void check_all(const Made& made, const Part& part, const TraceSummary& got) {
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
            CHECK(got.populations[k].known == Known::nothing);
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
        if (made.header.readouts[r].kind == Kind::membrane) {
            CHECK(got.readouts[r].source == AnswerSource::unknown);
            CHECK(got.readouts[r].course.empty());
        } else {
            CHECK(got.readouts[r].source == AnswerSource::spikes);
            check_course(made, part, r, got.readouts[r]);
        }
    }
}

}  // namespace

TEST_CASE("trace summary: every number is that of the lists of spikes") {
    for (const Tick horizon : {1, 2, 9, 40, 300}) {
        for (std::uint64_t seed = 0; seed < 6; ++seed) {
            CAPTURE(horizon);
            CAPTURE(seed);
            const ScratchFolder folder;
            const Made made = Maker(seed, horizon, horizon > 100 ? 4 : 30).take();
            write(folder / "t", made);
            check_all(made, whole(made), summarise_trace(TraceFile(folder / "t"), {}));
        }
    }
}

TEST_CASE("trace summary: samples, populations and ticks that are asked for, and those alone") {
    const ScratchFolder folder;
    const Made made = Maker(7, 40, 30).take();
    write(folder / "t", made);
    TraceSummaryRequest request;
    request.samples = "5,9-9,33";
    request.populations = {"out", "hidden", "read"};
    request.ticks = {11, 20};
    const Part part{{1, 3, 15}, {2, 4, 5}, {11, 21}};
    const TraceSummary got = summarise_trace(TraceFile(folder / "t"), request);
    check_all(made, part, got);
    CHECK(got.first_sample == 5);
    CHECK(got.last_sample == 33);
    request.populations = {"outs"};
    CHECK_THROWS_WITH_AS(
        summarise_trace(TraceFile(folder / "t"), request),
        "--population: got \"outs\", need one of pixels, held, hidden, pool, out, read",
        InputError);
}

TEST_CASE("trace summary: a file of version 1 says the same, but for the rule of ties") {
    const ScratchFolder folder;
    Made made = Maker(3, 40, 20).take();
    write_version_1(folder / "t", made.header, made.samples);
    const TraceFile file(folder / "t");
    REQUIRE(file.version() == 1);
    for (TraceReadout& readout : made.header.readouts) {
        readout.ties = std::nullopt;
    }
    REQUIRE(file.header().readouts == made.header.readouts);
    check_all(made, whole(made), summarise_trace(file, {}));
}

TEST_CASE("trace summary: an empty trace is summarised, and nothing in it is silent or saturated") {
    const ScratchFolder folder;
    const Made made = Maker(0, 20, 0).take();
    write(folder / "t", made);
    const TraceSummary got = summarise_trace(TraceFile(folder / "t"), {});
    CHECK(got.samples == 0);
    CHECK(got.followed_samples == 0);
    CHECK_FALSE(got.activation_sparsity());
    for (const PopulationSummary& population : got.populations) {
        CHECK(population.spikes == 0);
        CHECK(population.silent.empty());
        CHECK(population.saturated.empty());
        CHECK_FALSE(population.first_spike);
        CHECK(got.rate(population) == 0);
    }
    for (const ReadoutSummary& readout : got.readouts) {
        CHECK(readout.samples == 0);
        CHECK(readout.course_samples == 0);
    }
}

TEST_CASE("trace summary: of counts and totals what they tell is said, and no more") {
    const ScratchFolder folder;
    Made made = Maker(5, 40, 20).take();
    made.header.populations[2].recorded = TracePopulation::Recorded::counts;
    made.header.populations[4].recorded = TracePopulation::Recorded::nothing;
    write(folder / "t", made);
    const TraceFile file(folder / "t");
    const TraceSummary got = summarise_trace(file, {});
    const Part part = whole(made);
    check_spikes(made, part, 0, got.populations[0]);
    check_activity(made, part, got);

    const ScratchFolder other;
    Made all = made;
    all.header = made_header(40);
    write(other / "t", all);
    const TraceSummary want = summarise_trace(TraceFile(other / "t"), {});
    const PopulationSummary& counts = got.populations[2];
    CHECK(counts.known == Known::counts);
    CHECK(counts.spikes == want.populations[2].spikes);
    CHECK(counts.silent == want.populations[2].silent);
    CHECK(counts.saturated == want.populations[2].saturated);
    CHECK(counts.busiest == want.populations[2].busiest);
    CHECK(counts.busiest_spikes == want.populations[2].busiest_spikes);
    CHECK(counts.silent_samples == want.populations[2].silent_samples);
    CHECK_FALSE(counts.first_spike);
    CHECK(counts.intervals == 0);
    const PopulationSummary& total = got.populations[4];
    CHECK(total.known == Known::total);
    CHECK(total.spikes == want.populations[4].spikes);
    CHECK(total.silent_samples == want.populations[4].silent_samples);
    CHECK(total.silent.empty());
    CHECK(total.busiest_spikes == 0);
    for (std::size_t r = 0; r < got.readouts.size(); ++r) {
        check_outcome(made, part, r, got.readouts[r]);
        CHECK(got.readouts[r].source == AnswerSource::unknown);  // the output was not recorded
    }

    // Of some ticks, counts of all tell nothing.
    TraceSummaryRequest request;
    request.ticks = {0, 38};
    const TraceSummary some = summarise_trace(file, request);
    CHECK(some.populations[2].known == Known::nothing);
    CHECK(some.populations[4].known == Known::nothing);
    CHECK(some.followed_samples == 0);
    check_spikes(made, {part.samples, part.populations, {0, 39}}, 0, some.populations[0]);
}

TEST_CASE("trace summary: intervals of any length, many of them, have the mean and spread of their list") {
    for (const bool regular : {false, true}) {
        const ScratchFolder folder;
        Made made;
        made.header = made_header(Tick{1} << 40);
        made.header.populations = {made.header.populations[4]};
        made.header.readouts.clear();
        std::mt19937_64 random(5);
        SampleTrace sample;
        sample.streams.resize(1);
        made.spikes.emplace_back(1);
        for (Tick tick = 3; made.spikes[0][0].size() < 200'000;) {
            Packet packet;
            packet.tick = tick;
            packet.slots = {1};
            sample.streams[0].add(packet);
            made.spikes[0][0].emplace_back(tick, 1);
            // Mostly short, some of hours.
            tick += regular              ? 7
                    : random() % 20 == 0 ? 1 + static_cast<Tick>(random() % 1'000'000)
                                         : 1 + static_cast<Tick>(random() % 5000);
        }
        made.samples.push_back(sample);
        write(folder / "t", made);
        const TraceSummary got = summarise_trace(TraceFile(folder / "t"), {});
        check_spikes(made, {{0}, {0}, {0, made.header.horizon}}, 0, got.populations[0]);
        if (regular) {
            CHECK(got.populations[0].interval_mean == 7);
            CHECK(got.populations[0].interval_variation == 0);
        }
    }
}

TEST_CASE("trace summary: recorded readouts give the answer after each tick, at changes or at all") {
    for (const TraceSeries::When when : {TraceSeries::When::every_tick, TraceSeries::When::changes}) {
        const ScratchFolder folder;
        TraceHeader header = made_header(200);
        header.populations = {header.populations[5]};
        header.readouts = {{"level", 0, Kind::mean_membrane, 3}, {"logit", 0, Kind::membrane, 3, true}};
        header.series = {{TraceSeries::Kind::readout, 0, 0, 0, 3, when},
                         {TraceSeries::Kind::readout, 0, 1, 0, 3, when}};
        std::mt19937_64 random(11);
        TraceWriter writer(folder / "t", header, {});
        SampleRecorder recorder(header);
        std::vector<std::uint64_t> right(128);
        std::vector<std::uint64_t> changed(128);
        for (std::uint64_t number = 0; number < 12; ++number) {
            const auto label = static_cast<std::int64_t>(random() % 3);
            recorder.begin(number, label);
            Result result;
            result.readouts.resize(2);
            std::vector<float> values = {0, 0, 0};
            std::uint32_t before = 9;
            Tick last_change = 0;
            for (Tick tick = 0; tick < 200; ++tick) {
                if (random() % 5 == 0) {
                    values[random() % 3] = static_cast<float>(random() % 6);
                }
                recorder.add_row(0, tick, values);
                recorder.add_row(1, tick, values);
                const auto answer = static_cast<std::uint32_t>(
                    std::max_element(values.begin(), values.end()) - values.begin());
                last_change = answer == before ? last_change : tick;
                before = answer;
                if (tick % 2 == 1) {  // points stand at every second tick
                    right[static_cast<std::size_t>(tick / 2)] += answer == label ? 1 : 0;
                }
            }
            ++changed[static_cast<std::size_t>(last_change / 2)];
            for (ReadoutResult& readout : result.readouts) {
                readout.values = values;
                readout.prediction = before;
            }
            writer.add(recorder.take(result));
        }
        writer.finish();
        const TraceSummary got = summarise_trace(TraceFile(folder / "t"), {});
        for (const ReadoutSummary& readout : got.readouts) {
            CHECK(readout.source == AnswerSource::series);
            REQUIRE(readout.course.size() == 100);
            CHECK(readout.course_samples == 12);
            CHECK(readout.change_unknown == 0);
            for (std::size_t k = 0; k < 100; ++k) {
                CAPTURE(k);
                CHECK(readout.course[k].tick == static_cast<Tick>(2 * k + 1));
                CHECK(readout.course[k].right == right[k]);
                CHECK(readout.course[k].last_changed == changed[k]);
                CHECK(readout.course[k].tied == 0);  // the lowest index is the rule of membranes
            }
        }
    }
}

}  // namespace saltus
