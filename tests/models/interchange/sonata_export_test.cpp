#include "models/interchange/sonata_export.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/interchange/trace_export.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/interchange/h5dump.hpp"
#include "tests/models/trace/trace_examples.hpp"

namespace saltus {

using tests::h5_attribute;
using tests::h5_numbers;
using tests::h5dump;
using tests::ScratchFolder;

namespace {

void write_trace(const std::filesystem::path& path,
                 const TraceHeader& header,
                 const std::vector<std::uint64_t>& numbers) {
    TraceWriter writer(path, header, {});
    for (const std::uint64_t number : numbers) {
        writer.add(tests::example_sample(header, number));
    }
    writer.finish();
}

// Holds one group to the stream that it is of.
void check_group(const std::filesystem::path& file,
                 const std::string& group,
                 const StreamTrace& stream,
                 const Shape& shape,
                 double tick_ms) {
    CAPTURE(group);
    std::vector<double> times;
    std::vector<double> neurons;
    std::vector<double> payloads;
    std::size_t at = 0;
    for (std::size_t k = 0; k < stream.packets(); ++k) {
        for (const std::size_t end = at + stream.spikes[k]; at < end; ++at) {
            times.push_back(static_cast<double>(stream.ticks[k]) * tick_ms);
            neurons.push_back(shape.index_of(stream.slots[at]));
            payloads.push_back(stream.payload(at));
        }
    }
    CHECK(h5_numbers(file, group + "/timestamps") == times);
    CHECK(h5_numbers(file, group + "/node_ids") == neurons);
    CHECK(h5_attribute(file, group + "/sorting") == "by_time");
    if (!stream.payloads.empty()) {
        CHECK(h5_numbers(file, group + "/payloads") == payloads);
    }
}

}  // namespace

TEST_CASE("sonata export: HDF5's own tool reads every spike of one sample, in milliseconds") {
    const ScratchFolder folder;
    TraceHeader header = tests::example_header();
    header.tick_seconds = 0.0001;
    write_trace(folder / "x.saltrace", header, {7});
    const auto out = folder / "x.h5";
    export_trace(TraceFile(folder / "x.saltrace"), out);
    const SampleTrace sample = tests::example_sample(header, 7);
    for (std::size_t p = 0; p < header.populations.size(); ++p) {
        const TracePopulation& population = header.populations[p];
        check_group(out, "/spikes/" + population.name, sample.streams[p], population.shape, 0.1);
    }
    CHECK(h5_attribute(out, "/spikes/pixels/timestamps/units") == "\"milliseconds\"");
    CHECK(h5_attribute(out, "/magic") == "2682");
    CHECK(h5_attribute(out, "/version") == "0, 1");
    CHECK(h5_attribute(out, "/spikes/horizon") == "20");
    CHECK(h5_attribute(out, "/spikes/pixels/shape") == "2, 3, 4");
    const std::string pool = h5dump("-n", out);
    CHECK(pool.find("/spikes/pool/payloads") != std::string::npos);
    CHECK(pool.find("/spikes/pixels/payloads") == std::string::npos);
}

TEST_CASE("sonata export: several samples have a group each, and say which") {
    const ScratchFolder folder;
    const TraceHeader header = tests::example_header();
    write_trace(folder / "x.saltrace", header, {2, 3, 9});
    const auto out = folder / "x.h5";
    export_trace(TraceFile(folder / "x.saltrace"), out, {{"2,9", {}, {}}, {}});
    for (const std::uint64_t number : {2U, 9U}) {
        const SampleTrace sample = tests::example_sample(header, number);
        for (std::size_t p = 0; p < header.populations.size(); ++p) {
            const TracePopulation& population = header.populations[p];
            const std::string group = "/spikes/" + population.name + "@" + std::to_string(number);
            check_group(out, group, sample.streams[p], population.shape, 1);
            CHECK(h5_attribute(out, group + "/sample") == std::to_string(number));
        }
    }
    CHECK(h5dump("-n", out).find("@3") == std::string::npos);
}

TEST_CASE("sonata export: without a tick's length times are in ticks, and say so") {
    const ScratchFolder folder;
    TraceHeader header = tests::example_header();
    header.tick_seconds = 0;
    header.populations[4].name = "a/b%";
    write_trace(folder / "x.saltrace", header, {1});
    const auto out = folder / "x.h5";
    export_trace(TraceFile(folder / "x.saltrace"), out);
    const SampleTrace sample = tests::example_sample(header, 1);
    check_group(out, "/spikes/a%2Fb%25", sample.streams[4], header.populations[4].shape, 1);
    CHECK(h5_attribute(out, "/spikes/a%2Fb%25/timestamps/units") == "\"ticks\"");
    CHECK(h5_attribute(out, "/spikes/a%2Fb%25/population") == "\"a/b%\"");
}

TEST_CASE("sonata export: more spikes than a chunk, payloads that begin late, counts alone") {
    const ScratchFolder folder;
    TraceHeader header;
    header.model = "long";
    header.horizon = 5000;
    header.tick_seconds = 0.001;
    header.populations = {
        {"a", Shape{40}, TracePopulation::Kind::neurons, false, Clock::stepped, true},
        {"counted",
         Shape{3},
         TracePopulation::Kind::neurons,
         false,
         Clock::stepped,
         true,
         TracePopulation::Recorded::counts}};
    SampleTrace sample;
    sample.streams.resize(2);
    for (Tick tick = 0; tick < header.horizon; ++tick) {
        Packet packet;
        packet.tick = tick;
        for (Slot slot = 0; slot < 40; ++slot) {
            packet.slots.push_back(slot);
            packet.payloads.push_back(tick > 4000 && slot == 5 ? 2.5F : 1.0F);
        }
        packet.drop_unit_payloads();
        sample.streams[0].add(packet);
    }
    TraceWriter writer(folder / "x.saltrace", header, {});
    writer.add(sample);
    writer.finish();
    const auto out = folder / "x.h5";
    export_trace(TraceFile(folder / "x.saltrace"), out);
    const std::vector<double> times = h5_numbers(out, "/spikes/a/timestamps");
    REQUIRE(times.size() == 200000);
    CHECK(std::is_sorted(times.begin(), times.end()));
    const std::vector<double> payloads = h5_numbers(out, "/spikes/a/payloads");
    REQUIRE(payloads.size() == 200000);
    CHECK(std::count(payloads.begin(), payloads.end(), 1) == 200000 - 999);
    CHECK(std::count(payloads.begin(), payloads.end(), 2.5) == 999);
    CHECK(h5dump("-n", out).find("counted") == std::string::npos);
}

}  // namespace saltus
