// A trace written and read again, and files that were cut off, damaged or made up.
#include <functional>
#include <saltus/trace.pb.h>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/trace/trace_reader.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/trace/trace_examples.hpp"
#include "tests/models/trace/version_1_traces.hpp"

namespace saltus {

using tests::example_header;
using tests::example_sample;
using tests::read_bytes;
using tests::ScratchFolder;
using tests::version_1_chunk;
using tests::write_bytes;

namespace {

const std::vector<std::uint64_t> k_numbers = {0, 1, 5, 6, 1000000};

void write_example(const std::filesystem::path& path, const TraceProvenance& provenance = {}) {
    const TraceHeader header = example_header();
    TraceWriter writer(path, header, provenance);
    for (const std::uint64_t number : k_numbers) {
        writer.add(example_sample(header, number));
    }
    writer.finish();
}

// Reads to the end; the text of the error, or "".
std::string fault_of(const std::filesystem::path& path) {
    try {
        TraceReader reader(path);
        SampleTrace sample;
        while (reader.next(sample)) {
        }
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

// One population [1, 2, 2] of neurons, one readout of it, T = 4.
proto::TraceChunk small_header() {
    proto::TraceChunk chunk;
    proto::TraceHeader& header = *chunk.mutable_header();
    header.set_format_version(1);
    header.set_horizon(4);
    proto::TracePopulation& population = *header.add_populations();
    population.set_kind(proto::TracePopulation::NEURONS);
    for (const std::uint32_t d : {1U, 2U, 2U}) {
        population.add_shape(d);
    }
    proto::TraceReadout& readout = *header.add_readouts();
    readout.set_kind("spike_count");
    readout.set_values(4);
    return chunk;
}

// Two packets: slots 0 and 3 at tick 1, slot 2 at tick 3.
proto::TraceChunk small_sample() {
    proto::TraceChunk chunk;
    proto::TraceSample& sample = *chunk.mutable_sample();
    sample.set_number(3);
    proto::TraceStream& stream = *sample.add_streams();
    for (const std::uint64_t step : {1U, 2U}) {
        stream.add_tick_steps(step);
    }
    for (const std::uint32_t spikes : {2U, 1U}) {
        stream.add_spikes(spikes);
    }
    for (const std::uint32_t step : {0U, 3U, 2U}) {
        stream.add_slot_steps(step);
    }
    proto::TraceReadoutResult& readout = *sample.add_readouts();
    for (int k = 0; k < 4; ++k) {
        readout.add_values(0.5F);
    }
    return chunk;
}

proto::TraceChunk end_of(std::uint64_t samples) {
    proto::TraceChunk chunk;
    chunk.mutable_end()->set_samples(samples);
    return chunk;
}

}  // namespace

TEST_CASE("trace file: what was written is read again") {
    const ScratchFolder folder;
    TraceProvenance provenance{
        "saltus run x", "2026-01-01T00:00:00Z", "a processor", "saltus 0", 8};
    write_example(folder / "x.saltrace", provenance);
    TraceReader reader(folder / "x.saltrace");
    CHECK(reader.header() == example_header());
    SampleTrace sample;
    for (const std::uint64_t number : k_numbers) {
        REQUIRE(reader.next(sample));
        CHECK(sample == example_sample(example_header(), number));
    }
    CHECK_FALSE(reader.next(sample));
    CHECK_FALSE(reader.next(sample));
    CHECK(reader.provenance().command_line == "saltus run x");
    CHECK(reader.provenance().threads == 8);
}

TEST_CASE("trace file: the layout is that of version 1 (docs/trace-format.md)") {
    const ScratchFolder folder;
    write_bytes(folder / "x.saltrace",
                "SALTRACE" + version_1_chunk(small_header()) + version_1_chunk(small_sample()) +
                    version_1_chunk(end_of(1)));
    TraceReader reader(folder / "x.saltrace");
    SampleTrace sample;
    REQUIRE(reader.next(sample));
    CHECK(sample.number == 3);
    CHECK_FALSE(sample.label);
    CHECK(sample.streams[0].ticks == std::vector<Tick>{1, 3});
    CHECK(sample.streams[0].slots == std::vector<Slot>{0, 3, 2});
    CHECK(sample.streams[0].payloads.empty());
    CHECK_FALSE(reader.next(sample));
}

TEST_CASE("trace file: only the provenance differs between two runs") {
    const ScratchFolder folder;
    write_example(folder / "a", {"a", "b", "c", "d", 1});
    write_example(folder / "b", {"e", "f", "g", "h", 2});
    CHECK(read_bytes(folder / "a").size() == read_bytes(folder / "b").size());
    CHECK(read_bytes(folder / "a") != read_bytes(folder / "b"));
    write_example(folder / "b", {"a", "b", "c", "d", 1});
    CHECK(read_bytes(folder / "a") == read_bytes(folder / "b"));
}

TEST_CASE("trace file: nothing under the final name until it is finished") {
    const ScratchFolder folder;
    {
        TraceWriter writer(folder / "x.saltrace", example_header(), {});
        writer.add(example_sample(example_header(), 0));
        CHECK_FALSE(std::filesystem::exists(folder / "x.saltrace"));
    }
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("trace file: samples must come in ascending number") {
    const ScratchFolder folder;
    TraceWriter writer(folder / "x.saltrace", example_header(), {});
    writer.add(example_sample(example_header(), 5));
    CHECK_THROWS_AS(writer.add(example_sample(example_header(), 5)), InternalError);
    CHECK_THROWS_AS(writer.add(example_sample(example_header(), 4)), InternalError);
}

TEST_CASE("trace file: cut off anywhere it is refused") {
    const ScratchFolder folder;
    write_example(folder / "whole");
    const std::string whole = read_bytes(folder / "whole");
    for (std::size_t size = 0; size < whole.size(); size += size < 200 ? 1 : 13) {
        CAPTURE(size);
        write_bytes(folder / "cut", whole.substr(0, size));
        REQUIRE(fault_of(folder / "cut").rfind((folder / "cut").string(), 0) == 0);
    }
    write_bytes(folder / "cut", whole + "x");
    CHECK(fault_of(folder / "cut").find("cut off") != std::string::npos);
}

TEST_CASE("trace file: a flipped bit anywhere is refused") {
    const ScratchFolder folder;
    write_example(folder / "whole");
    const std::string whole = read_bytes(folder / "whole");
    for (std::size_t at = 0; at < whole.size(); at += at < 200 ? 1 : 7) {
        CAPTURE(at);
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
        write_bytes(folder / "damaged", damaged);
        REQUIRE_FALSE(fault_of(folder / "damaged").empty());
    }
}

TEST_CASE("trace file: a sound frame around nonsense is refused, with its place") {
    struct Bad {
        const char* name;
        std::function<void(proto::TraceHeader&, proto::TraceSample&, proto::TraceStream&)> spoil;
        const char* found;
    };

    using H = proto::TraceHeader;
    using S = proto::TraceSample;
    using T = proto::TraceStream;
    const std::vector<Bad> table = {
        {"version",
         [](H& h, S&, T&) { h.set_format_version(2); },
         "header.format_version: got 2, need 1"},
        {"horizon", [](H& h, S&, T&) { h.set_horizon(0); }, "header.horizon"},
        {"no shape",
         [](H& h, S&, T&) { h.mutable_populations(0)->clear_shape(); },
         "populations[0].shape"},
        {"huge shape",
         [](H& h, S&, T&) { h.mutable_populations(0)->set_shape(0, 0xFFFFFFFF); },
         "shape"},
        {"kind",
         [](H& h, S&, T&) { h.mutable_populations(0)->clear_kind(); },
         "populations[0].kind"},
        {"readout's population",
         [](H& h, S&, T&) { h.mutable_readouts(0)->set_population(1); },
         "readouts[0]"},
        {"readout's kind",
         [](H& h, S&, T&) { h.mutable_readouts(0)->set_kind("x"); },
         "readouts[0].kind"},
        {"streams", [](H&, S& s, T&) { s.add_streams(); }, "streams: got 2 streams, need 1"},
        {"readouts", [](H&, S& s, T&) { s.clear_readouts(); }, "readouts: got 0 readouts, need 1"},
        {"values",
         [](H&, S& s, T&) { s.mutable_readouts(0)->add_values(1); },
         "values: got 5 values, need 4"},
        {"prediction",
         [](H&, S& s, T&) { s.mutable_readouts(0)->set_prediction(4); },
         "prediction: got 4"},
        {"tick too late", [](H&, S&, T& t) { t.set_tick_steps(1, 3); }, "tick_steps[1]"},
        {"tick that wraps", [](H&, S&, T& t) { t.set_tick_steps(1, ~0ULL); }, "tick_steps[1]"},
        {"tick twice", [](H&, S&, T& t) { t.set_tick_steps(1, 0); }, "tick_steps[1]"},
        {"slot too high",
         [](H&, S&, T& t) { t.set_slot_steps(1, 4); },
         "slot_steps[1]: got slot 4"},
        {"slot that wraps", [](H&, S&, T& t) { t.set_slot_steps(1, 0xFFFFFFFF); }, "slot_steps[1]"},
        {"slot twice", [](H&, S&, T& t) { t.set_slot_steps(1, 0); }, "slot_steps[1]"},
        {"empty packet", [](H&, S&, T& t) { t.set_spikes(1, 0); }, "spikes[1]: got 0"},
        {"more spikes than slots", [](H&, S&, T& t) { t.set_spikes(1, 0xFFFFFFFF); }, "spikes[1]"},
        {"fewer spikes than slots",
         [](H&, S&, T& t) { t.add_slot_steps(0); },
         "slot_steps: got 4 slots, need 3"},
        {"packets without spikes", [](H&, S&, T& t) { t.clear_spikes(); }, "spikes: got 0 entries"},
        {"payloads",
         [](H&, S&, T& t) { t.add_payloads(2); },
         "payloads: got 1 entries, need none, or 3"},
        {"payload that is no number",
         [](H&, S&, T& t) {
             for (const float p : {1.0F, 1.0F / 0.0F, 1.0F}) {
                 t.add_payloads(p);
             }
         },
         "payloads[1]: got inf"},
    };
    const ScratchFolder folder;
    for (const Bad& bad : table) {
        CAPTURE(bad.name);
        proto::TraceChunk header = small_header();
        proto::TraceChunk sample = small_sample();
        bad.spoil(*header.mutable_header(),
                  *sample.mutable_sample(),
                  *sample.mutable_sample()->mutable_streams(0));
        write_bytes(folder / "x",
                    "SALTRACE" + version_1_chunk(header) + version_1_chunk(sample) +
                        version_1_chunk(end_of(1)));
        const std::string fault = fault_of(folder / "x");
        CAPTURE(fault);
        CHECK(fault.find(bad.found) != std::string::npos);
    }
}

TEST_CASE("trace file: a command line that is not UTF-8 is escaped, names are refused") {
    const ScratchFolder folder;
    TraceProvenance provenance;
    provenance.command_line = "saltus run m\xFF.saltus --data caf\xC3\xA9.npy";
    write_example(folder / "x", provenance);
    TraceReader reader(folder / "x");
    SampleTrace sample;
    REQUIRE(reader.next(sample));
    CHECK(reader.provenance().command_line == "saltus run m\\xFF.saltus --data caf\xC3\xA9.npy");
    TraceHeader header = example_header();
    header.populations[2].name = "\xE9";
    CHECK_THROWS_AS(TraceWriter(folder / "y", header, {}), InputError);
    header = example_header();
    header.model = "\xE9";
    CHECK_THROWS_AS(TraceWriter(folder / "y", header, {}), InputError);
    header = example_header();
    header.readouts[0].name = "\xE9";
    CHECK_THROWS_AS(TraceWriter(folder / "y", header, {}), InputError);
}

TEST_CASE("trace file: chunks out of order are refused") {
    const ScratchFolder folder;
    const std::string header = version_1_chunk(small_header());
    const std::string sample = version_1_chunk(small_sample());
    const std::vector<std::string> bodies = {
        "",
        sample + version_1_chunk(end_of(1)),
        header + sample + sample + version_1_chunk(end_of(2)),
        header + header + sample + version_1_chunk(end_of(1)),
        header + sample + version_1_chunk(end_of(2)),
        header + sample + version_1_chunk(end_of(1)) + version_1_chunk(end_of(1)),
        header + version_1_chunk(proto::TraceChunk()) + sample + version_1_chunk(end_of(1))};
    for (const std::string& body : bodies) {
        write_bytes(folder / "x", "SALTRACE" + body);
        CHECK_FALSE(fault_of(folder / "x").empty());
    }
    write_bytes(folder / "x", "SALTRACE" + header + sample + version_1_chunk(end_of(1)));
    CHECK(fault_of(folder / "x").empty());
}

}  // namespace saltus
