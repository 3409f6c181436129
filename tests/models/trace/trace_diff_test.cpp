// Two traces compared, held against a comparison of their spikes one by one.
#include "models/trace/trace_diff.hpp"

#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <set>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/trace/trace_writer.hpp"
#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/trace/trace_examples.hpp"

namespace saltus {

using namespace saltus::tests;

namespace {

using Place = std::pair<Tick, Slot>;
using Stream = std::map<Place, float>;  // payloads

Stream spikes_of(const StreamTrace& stream) {
    Stream spikes;
    std::size_t at = 0;
    for (std::size_t k = 0; k < stream.packets(); ++k) {
        for (const std::size_t end = at + stream.spikes[k]; at < end; ++at) {
            spikes[{stream.ticks[k], stream.slots[at]}] = stream.payload(at);
        }
    }
    return spikes;
}

StreamTrace stream_of(const Stream& spikes) {
    StreamTrace stream;
    for (auto at = spikes.begin(); at != spikes.end();) {
        Packet packet;
        packet.tick = at->first.first;
        for (; at != spikes.end() && at->first.first == packet.tick; ++at) {
            packet.slots.push_back(at->first.second);
            packet.payloads.push_back(at->second);
        }
        packet.drop_unit_payloads();
        stream.add(packet);
    }
    return stream;
}

struct Pair {
    TraceHeader header_a = example_header();
    TraceHeader header_b = example_header();
    std::vector<SampleTrace> a;
    std::vector<SampleTrace> b;

    [[nodiscard]] TraceDifference diff(const TraceDiffOptions& options = {}) const {
        const ScratchFolder folder;
        write(folder / "a", header_a, a);
        write(folder / "b", header_b, b);
        return diff_traces(folder / "a", folder / "b", options);
    }

    static void write(const std::filesystem::path& path,
                      const TraceHeader& header,
                      const std::vector<SampleTrace>& samples) {
        TraceWriter writer(path, header, {});
        for (const SampleTrace& sample : samples) {
            writer.add(sample);
        }
        writer.finish();
    }
};

// Payloads of at least 1, as an event of payload 0 sends nothing.
SampleTrace sample_of(const TraceHeader& header, std::uint64_t number) {
    SampleTrace sample = example_sample(header, number);
    for (StreamTrace& stream : sample.streams) {
        for (float& payload : stream.payloads) {
            payload += 1;
        }
    }
    return sample;
}

// A spike in `one_in` is lost, moved by a tick or sent with another payload.
SampleTrace disturbed(SampleTrace sample, Tick horizon, std::mt19937_64& random, unsigned one_in) {
    for (StreamTrace& stream : sample.streams) {
        Stream after;
        for (const auto& [place, payload] : spikes_of(stream)) {
            const auto [tick, slot] = place;
            switch (random() % one_in) {
                case 0:
                    break;
                case 1:
                    after[{std::min(tick + 1, horizon - 1), slot}] = payload;
                    break;
                case 2:
                    after[place] = payload + 1;
                    break;
                default:
                    after.emplace(place, payload);
            }
        }
        stream = stream_of(after);
    }
    return sample;
}

// Pairs of a neuron's spikes at most `tolerance` apart: the most there can be (augmenting paths).
std::uint64_t most_pairs(const std::vector<Tick>& a, const std::vector<Tick>& b, Tick tolerance) {
    std::vector<int> partner(b.size(), -1);
    std::function<bool(std::size_t, std::set<std::size_t>&)> place = [&](std::size_t i,
                                                                         std::set<std::size_t>& seen) {
        for (std::size_t j = 0; j < b.size(); ++j) {
            if (std::abs(a[i] - b[j]) > tolerance || !seen.insert(j).second) {
                continue;
            }
            if (partner[j] < 0 || place(static_cast<std::size_t>(partner[j]), seen)) {
                partner[j] = static_cast<int>(i);
                return true;
            }
        }
        return false;
    };
    std::uint64_t pairs = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::set<std::size_t> seen;
        pairs += place(i, seen) ? 1 : 0;
    }
    return pairs;
}

struct Counted {
    std::vector<PopulationDifference> populations;
    std::optional<std::tuple<std::uint64_t, Tick, PopulationId, Slot>> first;
    std::uint64_t different = 0;
    std::uint64_t spikes_a = 0;
    std::uint64_t spikes_b = 0;
};

Counted count(const Pair& pair,
              const std::set<std::uint64_t>& numbers,
              const std::set<PopulationId>& populations,
              const TickRange& ticks,
              Tick tolerance) {
    Counted out;
    out.populations.resize(pair.header_a.populations.size());
    for (const SampleTrace& a : pair.a) {
        for (const SampleTrace& b : pair.b) {
            if (a.number != b.number || !numbers.contains(a.number)) {
                continue;
            }
            bool differs = false;
            for (const PopulationId p : populations) {
                const Stream in_a = spikes_of(a.streams[p]);
                const Stream in_b = spikes_of(b.streams[p]);
                std::map<Slot, std::pair<std::vector<Tick>, std::vector<Tick>>> odd;
                PopulationDifference& sums = out.populations[p];
                const auto note = [&](const Place& place) {
                    differs = true;
                    const std::tuple at(a.number, place.first, p, place.second);
                    out.first = out.first ? std::min(*out.first, at) : at;
                };
                for (const auto& [place, payload] : in_a) {
                    if (!ticks.holds(place.first)) {
                        continue;
                    }
                    ++out.spikes_a;
                    const auto other = in_b.find(place);
                    if (other == in_b.end()) {
                        ++sums.only_a;
                        odd[place.second].first.push_back(place.first);
                        note(place);
                    } else if (other->second != payload) {
                        ++sums.payload;
                        note(place);
                    }
                }
                for (const auto& [place, payload] : in_b) {
                    out.spikes_b += ticks.holds(place.first) ? 1 : 0;
                    if (ticks.holds(place.first) && !in_a.contains(place)) {
                        ++sums.only_b;
                        odd[place.second].second.push_back(place.first);
                        note(place);
                    }
                }
                for (const auto& [slot, sides] : odd) {
                    const std::uint64_t moved =
                        tolerance == 0 ? 0 : most_pairs(sides.first, sides.second, tolerance);
                    sums.moved += moved;
                    sums.only_a -= moved;
                    sums.only_b -= moved;
                }
            }
            out.different += differs ? 1 : 0;
        }
    }
    return out;
}

void check(const TraceDifference& got, const Counted& want, const TraceHeader& header) {
    CHECK(got.spikes_a == want.spikes_a);
    CHECK(got.spikes_b == want.spikes_b);
    CHECK(got.samples_different == want.different);
    REQUIRE(got.populations.size() == want.populations.size());
    for (std::size_t p = 0; p < want.populations.size(); ++p) {
        CAPTURE(p);
        CHECK(got.populations[p].only_a == want.populations[p].only_a);
        CHECK(got.populations[p].only_b == want.populations[p].only_b);
        CHECK(got.populations[p].payload == want.populations[p].payload);
        CHECK(got.populations[p].moved == want.populations[p].moved);
    }
    REQUIRE(got.first.has_value() == want.first.has_value());
    if (want.first) {
        const auto [sample, tick, population, slot] = *want.first;
        CHECK(got.first->sample == sample);
        CHECK(got.first->tick == tick);
        CHECK(got.first->population == population);
        CHECK(got.first->neuron == header.populations[population].shape.index_of(slot));
    }
}

Pair disturbed_pair(std::uint64_t seed, Tick horizon, unsigned one_in) {
    std::mt19937_64 random(seed);
    Pair pair;
    pair.header_a.horizon = pair.header_b.horizon = horizon;
    for (std::uint64_t number = 0; number < 8; ++number) {
        const SampleTrace sample = sample_of(pair.header_a, number);
        if (number != 2) {
            pair.a.push_back(sample);
        }
        if (number != 5) {
            pair.b.push_back(disturbed(sample, horizon, random, one_in));
        }
    }
    return pair;
}

}  // namespace

TEST_CASE("trace diff: counts and first difference are those of the spikes one by one") {
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
        CAPTURE(seed);
        // Few differences, many, and windows of more than one bin.
        const Pair pair = disturbed_pair(seed, seed % 3 == 0 ? 300 : 20, seed % 2 == 0 ? 6 : 400);
        for (const Tick tolerance : {0, 1, 3}) {
            TraceDiffOptions options;
            options.tolerance_ticks = tolerance;
            const TraceDifference got = pair.diff(options);
            check(got,
                  count(pair, {0, 1, 2, 3, 4, 5, 6, 7}, {0, 1, 2, 3, 4}, {}, tolerance),
                  pair.header_a);
            CHECK(got.samples == 6);
            CHECK(got.samples_only_a == 1);
            CHECK(got.samples_only_b == 1);
            CHECK_FALSE(got.same());
        }
    }
}

TEST_CASE("trace diff: samples, populations and ticks that are asked for, and those alone") {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        const Pair pair = disturbed_pair(seed, 20, 6);
        TraceDiffOptions options;
        options.choice.samples = "1,3-4,6";
        options.choice.populations = {"out", "pool"};
        options.choice.ticks = {4, 11};
        const TraceDifference got = pair.diff(options);
        check(got, count(pair, {1, 3, 4, 6}, {3, 4}, {4, 12}, 0), pair.header_a);
        CHECK(got.samples == 4);
        CHECK_FALSE(got.readouts_compared);
    }
    TraceDiffOptions unknown;
    unknown.choice.samples = "9";
    CHECK_THROWS_WITH_AS(disturbed_pair(0, 20, 6).diff(unknown),
                         "--sample: got sample 9, need one of the samples of the traces: 0-7",
                         InputError);
}

TEST_CASE("trace diff: where readouts alone differ, sample and value are named") {
    Pair pair;
    for (std::uint64_t number = 0; number < 5; ++number) {
        pair.a.push_back(sample_of(pair.header_a, number));
    }
    pair.b = pair.a;
    CHECK(pair.diff().same());
    pair.b[3].readouts[1].values[4] = std::nextafter(pair.a[3].readouts[1].values[4], 1e9F);
    pair.b[3].readouts[1].values[6] += 1;
    pair.b[4].readouts[0].prediction = (pair.a[4].readouts[0].prediction + 1) % 3;
    const TraceDifference got = pair.diff();
    CHECK_FALSE(got.same());
    CHECK_FALSE(got.first);
    CHECK(got.readouts == 2);
    CHECK(got.predictions == 1);
    CHECK(got.changed_answers == std::vector<std::uint64_t>{4});
    REQUIRE(got.first_readout);
    CHECK(got.first_readout->sample == 3);
    CHECK(got.first_readout->readout == 1);
    CHECK(got.first_readout->value == 4U);
    CHECK(got.first_readout->a == pair.a[3].readouts[1].values[4]);
    CHECK(got.first_readout->b == pair.b[3].readouts[1].values[4]);

    pair.b = pair.a;
    pair.b[4].readouts[0].prediction = (pair.a[4].readouts[0].prediction + 1) % 3;
    const TraceDifference answer = pair.diff();
    REQUIRE(answer.first_readout);
    CHECK(answer.first_readout->sample == 4);
    CHECK_FALSE(answer.first_readout->value);
    CHECK(answer.first_readout->answer_a != answer.first_readout->answer_b);

    pair.a[0].readouts[0].values[0] = 0.0F;
    pair.b = pair.a;
    pair.b[0].readouts[0].values[0] = -0.0F;  // another bit
    CHECK_FALSE(pair.diff().same());
    CHECK(pair.diff().first_readout->value == 0U);
}

TEST_CASE("trace diff: of different horizons the ticks that both have are compared") {
    Pair pair = disturbed_pair(3, 20, 6);
    pair.header_a.horizon = 500;  // levels of several ticks on one side
    const TraceDifference got = pair.diff();
    check(got, count(pair, {0, 1, 2, 3, 4, 5, 6, 7}, {0, 1, 2, 3, 4}, {}, 0), pair.header_a);
    CHECK(got.until == 20);
    CHECK_FALSE(got.readouts_compared);

    Pair shorter;
    shorter.header_b.horizon = 12;
    for (std::uint64_t number = 0; number < 3; ++number) {
        shorter.a.push_back(sample_of(shorter.header_a, number));
        shorter.b.push_back(shorter.a.back());
        for (StreamTrace& stream : shorter.b.back().streams) {
            Stream kept = spikes_of(stream);
            kept.erase(kept.lower_bound({12, 0}), kept.end());
            stream = stream_of(kept);
        }
        shorter.b.back().readouts[0].values[0] += 1;  // of another horizon: another value
    }
    const TraceDifference cut = shorter.diff();
    CHECK_FALSE(cut.first);
    CHECK(cut.readouts == 0);
    CHECK_FALSE(cut.same());  // one has ticks that the other lacks
    TraceDiffOptions options;
    options.choice.ticks = {0, 11};
    CHECK(shorter.diff(options).same());
    options.choice.ticks = {0, 12};
    CHECK_THROWS_WITH_AS(
        shorter.diff(options), "--ticks: got 0-12, need ticks of 0-11", InputError);
}

TEST_CASE("trace diff: what one trace has not recorded is named, and told apart by the digests") {
    Pair pair;
    pair.header_b.populations[2].recorded = TracePopulation::Recorded::counts;
    pair.header_b.populations[1].recorded = TracePopulation::Recorded::nothing;  // sends no spikes
    for (std::uint64_t number = 0; number < 4; ++number) {
        pair.a.push_back(sample_of(pair.header_a, number));
    }
    pair.b = pair.a;
    TraceDifference got = pair.diff();
    CHECK(got.same());
    CHECK(got.not_compared == std::vector<PopulationId>{2});
    CHECK(got.unseen_unknown == 0);

    Stream changed = spikes_of(pair.b[1].streams[2]);
    changed.erase(changed.begin());
    pair.b[1].streams[2] = stream_of(changed);
    got = pair.diff();
    CHECK_FALSE(got.first);
    CHECK(got.unseen_different == 1);
    CHECK_FALSE(got.same());

    TraceDiffOptions others;
    others.choice.populations = {"out", "pixels"};
    CHECK(pair.diff(others).same());
    CHECK(pair.diff(others).not_compared.empty());
}

TEST_CASE("trace diff: incompatible traces are refused with what differs") {
    const auto fault = [](const std::function<void(TraceHeader&)>& change) {
        const ScratchFolder folder;
        TraceHeader header = example_header();
        Pair::write(folder / "a", header, {});
        change(header);
        Pair::write(folder / "b", header, {});
        try {
            diff_traces(folder / "a", folder / "b", {});
        } catch (const InputError& error) {
            const std::string text = error.what();
            return text.substr(text.find(": ") + 2);
        }
        return std::string();
    };
    CHECK(fault([](TraceHeader&) {}).empty());
    CHECK(fault([](TraceHeader& header) { header.populations[4].name = "output"; }) ==
          "got population \"output\" [3], need \"out\" [3], number 4 of the first trace");
    CHECK(fault([](TraceHeader& header) { header.populations[0].shape = Shape{2, 4, 3}; }) ==
          "got population \"pixels\" [2, 4, 3], need \"pixels\" [2, 3, 4], number 0 of the first trace");
    CHECK(fault([](TraceHeader& header) {
              header.populations.push_back(header.populations[4]);
              header.populations[5].name = "more";
          }) == "got 6 populations, need 5, as the first trace has: \"more\" [3] is in the second only");
}

TEST_CASE("trace diff: streams of more spikes than a window holds are compared to their ends") {
    Pair pair;
    pair.header_a.horizon = pair.header_b.horizon = 500;
    pair.header_a.populations.resize(1);
    pair.header_a.populations[0].shape = Shape{5000};
    pair.header_a.readouts.clear();
    pair.header_b = pair.header_a;
    SampleTrace sample;
    sample.streams.resize(1);
    for (Tick tick = 0; tick < 500; ++tick) {
        Packet packet;
        packet.tick = tick;
        for (Slot slot = 0; slot < 5000; ++slot) {
            packet.slots.push_back(slot);
        }
        sample.streams[0].add(packet);
    }
    REQUIRE(sample.streams[0].slots.size() > 2 * (std::size_t{1} << 20));
    pair.a.push_back(sample);
    for (const std::size_t gone : {2'499'999, 2'000'000, 1'048'576, 700'001}) {
        sample.streams[0].slots.erase(sample.streams[0].slots.begin() +
                                      static_cast<std::ptrdiff_t>(gone));
        --sample.streams[0].spikes[gone / 5000];
    }
    pair.b.push_back(sample);
    const TraceDifference got = pair.diff();
    CHECK(got.spikes_a == 2'500'000);
    CHECK(got.spikes_b == 2'499'996);
    CHECK(got.populations[0].only_a == 4);
    CHECK(got.populations[0].only_b == 0);
    REQUIRE(got.first);
    CHECK(got.first->tick == 140);
    CHECK(got.first->neuron == 1);
    TraceDiffOptions tail;
    tail.choice.ticks = {401, 499};
    CHECK(pair.diff(tail).populations[0].only_a == 1);
}

TEST_CASE("trace diff: empty traces are the same") {
    const TraceDifference got = Pair().diff();
    CHECK(got.same());
    CHECK(got.samples == 0);
}

}  // namespace saltus
