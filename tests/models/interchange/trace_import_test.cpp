#include "models/interchange/trace_import.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/interchange/trace_export.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/trace/trace_examples.hpp"

namespace saltus {

using tests::ScratchFolder;
using tests::write_bytes;

namespace {

// The files of tests/models/interchange/sonata.
std::filesystem::path sonata(const std::string& name) {
    return std::filesystem::path(SALTUS_SOURCE_DIR) / "tests/models/interchange/sonata" / name;
}

std::string as_csv(const ScratchFolder& folder) {
    export_trace(TraceFile(folder / "x.saltrace"), folder / "back.csv");
    return tests::read_bytes(folder / "back.csv");
}

const std::string k_header = "sample,population,neuron,tick,payload\n";

}  // namespace

TEST_CASE("trace import: SONATA in any order, unit and layout gives the same ticks") {
    for (const char* name : {"by_time",
                             "by_id",
                             "unsorted",
                             "says_by_time_but_is_not",
                             "no_units",
                             "seconds",
                             "old_gids"}) {
        CAPTURE(name);
        const ScratchFolder folder;
        ImportChoice choice;
        choice.tick_seconds = 0.0005;
        choice.population = "v1";
        const auto notes =
            import_trace(sonata(name + std::string(".h5")), folder / "x.saltrace", choice, {});
        CHECK(as_csv(folder) == k_header +
                                    "0,v1,0,1,1\n0,v1,0,2,1\n0,v1,1,2,1\n0,v1,3,10,2\n"
                                    "0,v1,0,19,1\n0,v1,2,19,1\n");
        REQUIRE(notes.size() == 3);
        CHECK(notes[2].find("first v1[3]@10") != std::string::npos);
    }
}

TEST_CASE("trace import: times go to the nearest tick") {
    const ScratchFolder folder;
    ImportChoice choice;
    choice.tick_seconds = 0.0001;
    import_trace(sonata("grid_0.1ms.h5"), folder / "x.saltrace", choice, {});
    const StreamTrace stream = TraceFile(folder / "x.saltrace").spikes(0, 0);
    REQUIRE(stream.packets() == 3001);
    for (Tick tick = 0; tick <= 3000; ++tick) {
        CHECK(stream.ticks[static_cast<std::size_t>(tick)] == tick);
    }
}

TEST_CASE("trace import: what cannot be a spike is refused by its value") {
    const ScratchFolder folder;
    ImportChoice choice;
    choice.tick_seconds = 0.0005;
    choice.neurons = {{"v1", Shape{4}}};
    const auto import = [&](const char* name) {
        import_trace(sonata(name), folder / "x.saltrace", choice, {});
    };
    CHECK_THROWS_WITH_AS(import("outside.h5"), doctest::Contains("neuron 7"), InputError);
    CHECK_THROWS_WITH_AS(import("negative.h5"), doctest::Contains("time -0.5 ms"), InputError);
    CHECK_THROWS_WITH_AS(import("nan.h5"), doctest::Contains("time nan ms"), InputError);
    choice.tick_seconds = 0;
    CHECK_THROWS_WITH_AS(import("by_time.h5"), doctest::Contains("--tick"), InputError);
    CHECK_FALSE(std::filesystem::exists(folder / "x.saltrace"));
}

TEST_CASE("trace import: what export wrote has the same digest again") {
    TraceHeader header = tests::example_header();
    header.readouts.clear();
    header.tick_seconds = 0.0001;
    for (const char* out : {"x.h5", "x.csv"}) {
        const ScratchFolder folder;
        TraceWriter writer(folder / "a.saltrace", header, {});
        for (const std::uint64_t number : {2U, 3U, 9U}) {
            SampleTrace sample = tests::example_sample(header, number);
            writer.add(sample);
        }
        writer.finish();
        const TraceFile a(folder / "a.saltrace");
        export_trace(a, folder / out);
        ImportChoice choice;
        if (std::string(out) == "x.csv") {
            for (const TracePopulation& population : header.populations) {
                choice.neurons.emplace_back(population.name, population.shape);
            }
        }
        import_trace(folder / out, folder / "b.saltrace", choice, {});
        const TraceFile b(folder / "b.saltrace");
        REQUIRE(b.samples() == 3);
        for (std::uint64_t place = 0; place < 3; ++place) {
            CHECK(b.number(place) == a.number(place));
            CHECK(b.digest(place) == a.digest(place));
        }
    }
}

}  // namespace saltus
