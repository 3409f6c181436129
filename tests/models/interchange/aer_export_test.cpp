#include "models/interchange/aer_export.hpp"

#include <cmath>
#include <sstream>
#include <tuple>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/interchange/trace_export.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/trace/trace_examples.hpp"

namespace saltus {

using tests::read_bytes;
using tests::ScratchFolder;

namespace {

using Event = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>;  // t, x, y, p

TraceFile write_trace(const std::filesystem::path& path,
                      const TraceHeader& header,
                      const std::vector<SampleTrace>& samples) {
    TraceWriter writer(path, header, {});
    for (const SampleTrace& sample : samples) {
        writer.add(sample);
    }
    writer.finish();
    return TraceFile(path);
}

// Of pixels, [2, 3, 4]: slot = (y 4 + x) 2 + channel.
std::vector<Event> expected_events(const SampleTrace& sample, double tick_us) {
    std::vector<Event> events;
    const StreamTrace& stream = sample.streams[0];
    std::size_t at = 0;
    for (std::size_t k = 0; k < stream.packets(); ++k) {
        for (const std::size_t end = at + stream.spikes[k]; at < end; ++at) {
            const Slot slot = stream.slots[at];
            events.emplace_back(std::llround(static_cast<double>(stream.ticks[k]) * tick_us),
                                slot / 2 % 4,
                                slot / 8,
                                slot % 2);
        }
    }
    return events;
}

std::vector<Event> text_events(const std::filesystem::path& path) {
    std::vector<Event> events;
    std::istringstream lines(read_bytes(path));
    for (std::string line; std::getline(lines, line);) {
        if (line[0] == '#') {
            continue;
        }
        std::istringstream words(line);
        std::int64_t t = 0;
        std::int64_t x = 0;
        std::int64_t y = 0;
        std::int64_t p = 0;
        const bool read = static_cast<bool>(words >> t >> x >> y >> p);
        REQUIRE(read);
        REQUIRE(words.eof());
        events.emplace_back(t, x, y, p);
    }
    return events;
}

std::int64_t number_at(const std::string& bytes, std::size_t at, std::size_t size) {
    std::int64_t value = 0;
    for (std::size_t k = size; k-- > 0;) {
        value = value << 8 | static_cast<unsigned char>(bytes.at(at + k));
    }
    return value;
}

// AEDAT 3.1 by its specification: a header of lines, then packets of 28 bytes and their events.
std::vector<Event> aedat_events(const std::filesystem::path& path) {
    const std::string bytes = read_bytes(path);
    REQUIRE(bytes.rfind("#!AER-DAT3.1\r\n#Format: RAW\r\n", 0) == 0);
    const std::string last = "#!END-HEADER\r\n";
    std::size_t at = bytes.find(last) + last.size();
    std::vector<Event> events;
    while (at < bytes.size()) {
        CHECK(number_at(bytes, at, 2) == 1);
        CHECK(number_at(bytes, at + 4, 4) == 8);
        CHECK(number_at(bytes, at + 8, 4) == 4);
        const std::int64_t overflow = number_at(bytes, at + 12, 4);
        const std::int64_t count = number_at(bytes, at + 20, 4);
        CHECK(number_at(bytes, at + 16, 4) == count);
        CHECK(number_at(bytes, at + 24, 4) == count);
        at += 28;
        for (std::int64_t k = 0; k < count; ++k, at += 8) {
            const std::int64_t data = number_at(bytes, at, 4);
            CHECK((data & 1) == 1);
            events.emplace_back(overflow << 31 | number_at(bytes, at + 4, 4),
                                data >> 17,
                                data >> 2 & 0x7FFF,
                                data >> 1 & 1);
        }
    }
    CHECK(at == bytes.size());
    return events;
}

}  // namespace

TEST_CASE("AER: text and AEDAT have every event of a population, read by readers of their own") {
    const ScratchFolder folder;
    for (const double tick : {0.001, 0.0000015, 0.0}) {
        TraceHeader header = tests::example_header();
        header.tick_seconds = tick;
        const SampleTrace sample = tests::example_sample(header, 4);
        const TraceFile trace = write_trace(folder / "x.saltrace", header, {sample});
        const ExportOptions options{{{}, {"pixels"}, {}}, {}};
        const std::vector<Event> expected = expected_events(sample, tick > 0 ? tick * 1e6 : 1);
        REQUIRE(expected.size() > 50);
        export_trace(trace, folder / "x.aer.txt", options);
        CHECK(text_events(folder / "x.aer.txt") == expected);
        export_trace(trace, folder / "x.aedat", options);
        CHECK(aedat_events(folder / "x.aedat") == expected);
    }
}

TEST_CASE(
    "AER: one channel is polarity 1; more events than a packet holds and times beyond 2^31 us") {
    const ScratchFolder folder;
    TraceHeader header = tests::example_header();
    header.horizon = 30000;
    header.tick_seconds = 0.25;  // 2^31 us are 8,590 ticks
    header.populations.resize(1);
    header.populations[0].shape = Shape{1, 2, 3};
    header.readouts.clear();
    SampleTrace sample;
    sample.streams.resize(1);
    std::vector<Event> expected;
    for (Tick tick = 0; tick < header.horizon; ++tick) {
        sample.streams[0].ticks.push_back(tick);
        sample.streams[0].spikes.push_back(1);
        const auto slot = static_cast<Slot>(tick % 6);
        sample.streams[0].slots.push_back(slot);
        expected.emplace_back(tick * 250000, slot % 3, slot / 3, 1);
    }
    const TraceFile trace = write_trace(folder / "x.saltrace", header, {sample});
    export_trace(trace, folder / "x.aedat");
    CHECK(aedat_events(folder / "x.aedat") == expected);
    export_trace(trace, folder / "x.aer.txt");
    CHECK(text_events(folder / "x.aer.txt") == expected);
}

TEST_CASE(
    "AER: what address events cannot hold is refused with the reason, and nothing is written") {
    const ScratchFolder folder;
    TraceHeader header = tests::example_header();
    const SampleTrace sample = tests::example_sample(header, 4);
    const SampleTrace other = tests::example_sample(header, 5);
    const TraceFile trace = write_trace(folder / "x.saltrace", header, {sample, other});
    const auto fault = [&](const TraceFile& of, const TraceChoice& choice) {
        std::string said;
        for (const char* out : {"y.aer.txt", "y.aedat"}) {
            try {
                export_trace(of, folder / out, {choice, {}});
            } catch (const InputError& error) {
                said = error.what();
            }
            CHECK_FALSE(std::filesystem::exists(folder / out));
        }
        return said;
    };
    CHECK(fault(trace, {"4", {}, {}}) ==
          "--population: got 5 populations, need one for address events: pixels, pool");
    CHECK(
        fault(trace, {"4", {"out"}, {}}) ==
        "--population: got out of shape [3], need a shape [C, H, W] with C of 1 or 2, which is the "
        "polarity: pixels, pool");
    CHECK(fault(trace, {{}, {"pixels"}, {}}).find("--sample: got 2 samples, need one") == 0);
    CHECK(fault(trace, {"4", {"pool"}, {}}).find("payloads of 1") != std::string::npos);
    header.tick_seconds = 0.0000005;
    const TraceFile fast = write_trace(folder / "fast.saltrace", header, {sample});
    CHECK(fault(fast, {{}, {"pixels"}, {}}).find("a tick of 0.5 us, need 1 us or longer") !=
          std::string::npos);
    const TraceFile empty = write_trace(folder / "empty.saltrace", header, {});
    CHECK(fault(empty, {{}, {"pixels"}, {}}).find("got 0 samples") != std::string::npos);
}

}  // namespace saltus
