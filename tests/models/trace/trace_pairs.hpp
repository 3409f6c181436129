// Pairs of traces that differ here and there, and a comparison of their spikes one by one.
#pragma once

#include <functional>
#include <map>
#include <random>
#include <set>

#include <doctest/doctest.h>

#include "models/trace/trace_diff.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/trace/trace_examples.hpp"

namespace saltus::tests {

using Place = std::pair<Tick, Slot>;
using Stream = std::map<Place, float>;  // payloads

inline Stream spikes_of(const StreamTrace& stream) {
    Stream spikes;
    std::size_t at = 0;
    for (std::size_t k = 0; k < stream.packets(); ++k) {
        for (const std::size_t end = at + stream.spikes[k]; at < end; ++at) {
            spikes[{stream.ticks[k], stream.slots[at]}] = stream.payload(at);
        }
    }
    return spikes;
}

inline StreamTrace stream_of(const Stream& spikes) {
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
inline SampleTrace sample_of(const TraceHeader& header, std::uint64_t number) {
    SampleTrace sample = example_sample(header, number);
    for (StreamTrace& stream : sample.streams) {
        for (float& payload : stream.payloads) {
            payload += 1;
        }
    }
    return sample;
}

// A spike in `one_in` is lost, moved by a tick or sent with another payload.
inline SampleTrace disturbed(SampleTrace sample,
                             Tick horizon,
                             std::mt19937_64& random,
                             unsigned one_in) {
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
inline std::uint64_t most_pairs(const std::vector<Tick>& a,
                                const std::vector<Tick>& b,
                                Tick tolerance) {
    std::vector<int> partner(b.size(), -1);
    std::function<bool(std::size_t, std::set<std::size_t>&)> place =
        [&](std::size_t i, std::set<std::size_t>& seen) {
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

inline Counted count(const Pair& pair,
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

inline void check(const TraceDifference& got, const Counted& want, const TraceHeader& header) {
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

inline Pair disturbed_pair(std::uint64_t seed, Tick horizon, unsigned one_in) {
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

}  // namespace saltus::tests
