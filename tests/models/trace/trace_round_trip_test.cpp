// Random traces written and read again by TraceFile: all at once, in windows, without the index.
#include <cstdlib>
#include <map>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/trace/trace_file.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/trace/random_traces.hpp"

namespace saltus {

using tests::RandomTraces;
using tests::read_bytes;
using tests::ScratchFolder;
using tests::write_bytes;

namespace {

struct Event {
    Tick tick;
    Slot slot;
    float payload;

    friend bool operator==(const Event&, const Event&) = default;
};

std::vector<Event> events_of(const StreamTrace& stream, const TickRange& ticks) {
    std::vector<Event> events;
    std::size_t at = 0;
    for (std::size_t k = 0; k < stream.packets(); ++k) {
        for (std::uint32_t j = 0; j < stream.spikes[k]; ++j, ++at) {
            if (ticks.holds(stream.ticks[k])) {
                events.push_back({stream.ticks[k], stream.slots[at], stream.payload(at)});
            }
        }
    }
    return events;
}

std::vector<std::pair<Slot, std::uint64_t>> counts_of(const StreamTrace& stream) {
    std::map<Slot, std::uint64_t> counts;
    for (const Slot slot : stream.slots) {
        ++counts[slot];
    }
    return {counts.begin(), counts.end()};
}

std::uint64_t property_count() {
    const char* const wanted = std::getenv("SALTUS_PROPERTY_COUNT");
    return wanted != nullptr ? std::min<std::uint64_t>(std::strtoull(wanted, nullptr, 10), 300) : 150;
}

void check_levels(const TraceFile& file,
                  const std::vector<SampleTrace>& samples,
                  std::uint64_t place) {
    const std::size_t bins = level_count(file.header().horizon);
    const std::vector<std::uint64_t>& levels = file.record(place).levels;
    REQUIRE(levels.size() == file.header().populations.size() * bins);
    std::vector<std::uint64_t> expected(levels.size());
    for (std::size_t p = 0; p < samples[place].streams.size(); ++p) {
        for (const Event& event : events_of(samples[place].streams[p], {})) {
            ++expected[p * bins +
                       static_cast<std::size_t>(event.tick / level_ticks(file.header().horizon))];
        }
    }
    CHECK(levels == expected);
}

void check_same(const TraceFile& file,
                const TraceHeader& header,
                const std::vector<SampleTrace>& samples,
                RandomTraces& random) {
    REQUIRE(file.header() == header);
    REQUIRE(file.samples() == samples.size());
    for (std::uint64_t place = 0; place < samples.size(); ++place) {
        const SampleTrace& sample = samples[place];
        CHECK(file.number(place) == sample.number);
        CHECK(file.find(sample.number) == place);
        CHECK_FALSE(file.find(sample.number + 1).has_value());
        REQUIRE(file.sample(place) == sample);
        CHECK(file.digest(place) == digest_of(sample));
        check_levels(file, samples, place);
        for (PopulationId p = 0; p < sample.streams.size(); ++p) {
            const Tick from = static_cast<Tick>(random.below(static_cast<std::uint64_t>(header.horizon)));
            const TickRange window = {from, from + 1 + static_cast<Tick>(random.below(100))};
            std::vector<Event> read;
            file.visit(place, p, window, [&](const StreamTrace& piece) {
                const std::vector<Event> more = events_of(piece, {});
                read.insert(read.end(), more.begin(), more.end());
            });
            CHECK(read == events_of(sample.streams[p], window));
            CHECK(file.neuron_counts(place, p) == counts_of(sample.streams[p]));
        }
    }
}

}  // namespace

TEST_CASE("trace round trip: random traces are read as they were written, with the index and without") {
    const ScratchFolder folder;
    for (std::uint64_t seed = 0; seed < property_count(); ++seed) {
        CAPTURE(seed);
        RandomTraces random(seed);
        const TraceHeader header = random.header();
        std::vector<SampleTrace> samples;
        std::uint64_t number = random.below(3);
        for (std::uint64_t count = random.below(6); count > 0; --count) {
            samples.push_back(random.sample(header, number));
            number += 2 + random.below(1000);
        }
        TraceWriter writer(folder / "x", header, {});
        for (const SampleTrace& sample : samples) {
            writer.add(sample);
        }
        writer.finish();
        const TraceFile file(folder / "x");
        CHECK(file.warnings().empty());
        check_same(file, header, samples, random);
        const TraceFile scanned(folder / "x", TraceFile::Trust::nothing);
        CHECK(scanned.warnings().empty());
        check_same(scanned, header, samples, random);
        CHECK(file.levels() == scanned.levels());
    }
}

TEST_CASE("trace round trip: samples of many chunks and many samples of one chunk stand side by side") {
    TraceHeader header;
    header.horizon = 20000;
    header.populations = {{"a", Shape{300}, TracePopulation::Kind::encoder, false, {}, true},
                          {"b", Shape{5}, TracePopulation::Kind::neurons, false, Clock::leaps, true}};
    const ScratchFolder folder;
    std::vector<SampleTrace> samples;
    TraceWriter writer(folder / "x", header, {});
    std::mt19937_64 random(1);
    for (std::uint64_t number = 0; number < 2500; ++number) {
        SampleTrace sample;
        sample.number = number;
        sample.streams.resize(2);
        const bool large = number % 1000 == 7;
        for (Tick tick = 0; tick < (large ? 20000 : 30); ++tick) {
            Packet packet;
            packet.tick = tick;
            for (Slot slot = 0; slot < 300; ++slot) {
                if (random() % (large ? 10 : 100) == 0) {
                    packet.slots.push_back(slot);
                }
            }
            sample.streams[0].add(packet);
            sample.streams[1].add({tick, false, {static_cast<Slot>(random() % 5)}, {}});
        }
        writer.add(sample);
        if (large || number % 100 == 0) {
            samples.push_back(std::move(sample));
        }
    }
    writer.finish();
    const TraceFile file(folder / "x");
    CHECK(file.samples() == 2500);
    // From the last to the first: nothing depends on what was read before.
    for (auto sample = samples.rbegin(); sample != samples.rend(); ++sample) {
        REQUIRE(file.find(sample->number) == sample->number);
        REQUIRE(file.sample(sample->number) == *sample);
        CHECK(events_of(file.spikes(sample->number, 1, {19999, 20000}), {}) ==
              events_of(sample->streams[1], {19999, 20000}));
    }
}

}  // namespace saltus
