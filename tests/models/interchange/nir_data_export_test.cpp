#include "models/interchange/nir_data_export.hpp"

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/interchange/trace_export.hpp"
#include "models/interchange/trace_import.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/interchange/h5dump.hpp"
#include "tests/models/trace/trace_examples.hpp"

namespace saltus {

using tests::h5_attribute;
using tests::h5_numbers;
using tests::h5_words;
using tests::h5dump;
using tests::ScratchFolder;

namespace {

// The trace of which nir 1.0.8 read what stands in read_by_nir.json (tests/interchange/make).
TraceFile known_trace(const ScratchFolder& folder) {
    ImportChoice choice;
    choice.tick_seconds = 0.0001;
    choice.horizon = 200;
    choice.neurons = {{"pixels", Shape{2, 2, 3}}, {"graded", Shape{5}}};
    import_trace(std::filesystem::path(SALTUS_SOURCE_DIR) / "tests/interchange/nirdata/spikes.csv",
                 folder / "x.saltrace",
                 choice,
                 {});
    return TraceFile(folder / "x.saltrace");
}

nlohmann::json what_nir_read() {
    std::ifstream file(std::filesystem::path(SALTUS_SOURCE_DIR) /
                       "tests/interchange/nirdata/read_by_nir.json");
    return nlohmann::json::parse(file);
}

std::vector<double> flat(const nlohmann::json& rows) {
    std::vector<double> numbers;
    for (const nlohmann::json& row : rows) {
        for (const nlohmann::json& number : row) {
            numbers.push_back(number.is_string() ? std::numeric_limits<double>::infinity()
                                                 : number.get<double>());
        }
    }
    return numbers;
}

}  // namespace

TEST_CASE("NIRData: events lie as nir read them, by HDF5's own tool") {
    const ScratchFolder folder;
    const auto out = folder / "x.nirdata";
    export_trace(known_trace(folder), out);
    CHECK(h5_attribute(out, "/__type__") == "\"NIRGraphData\"");
    CHECK(h5_attribute(out, "/time_unit") == "\"s\"");
    CHECK(h5_attribute(out, "/horizon") == "200");
    CHECK(h5_numbers(out, "/sample_numbers") == std::vector<double>{3, 8});
    const nlohmann::json read = what_nir_read();
    CHECK(read["nir"].get<std::string>() == "1.0.8");
    REQUIRE(read["populations"].size() == 2);
    for (const auto& [name, nir] : read["populations"].items()) {
        CAPTURE(name);
        const std::string spikes = "/nodes/" + name + "/observables/spikes";
        CHECK(h5_attribute(out, "/nodes/" + name + "/__type__") == "\"NIRNodeData\"");
        const std::string type = '"' + nir["type"].get<std::string>() + '"';
        CHECK(h5_attribute(out, spikes + "/__type__") == type);
        CHECK(std::stod(h5_attribute(out, spikes + "/n_neurons")) ==
              nir["n_neurons"].get<double>());
        CHECK(std::stod(h5_attribute(out, spikes + "/t_max")) == nir["t_max"].get<double>());
        CHECK(h5_numbers(out, spikes + "/idx") == flat(nir["idx"]));
        CHECK(h5_numbers(out, spikes + "/time") == flat(nir["time"]));
        if (!nir["value"].is_null()) {
            CHECK(h5_numbers(out, spikes + "/value") == flat(nir["value"]));
        }
    }
    CHECK(h5_attribute(out, "/nodes/pixels/observables/spikes/dims") == "\"sample, event\"");
    CHECK(h5_attribute(out, "/nodes/pixels/observables/spikes/shape") == "2, 2, 3");
}

TEST_CASE("NIRData: a time cut down to ticks as NIR does gives the tick that it came from") {
    const ScratchFolder folder;
    for (const double dt : {0.0001, 0.001, 0.005, 0.00098, 0.0}) {
        CAPTURE(dt);
        TraceHeader header = tests::example_header();
        header.tick_seconds = dt;
        header.horizon = 5000;
        header.populations.resize(1);
        header.readouts.clear();
        SampleTrace sample;
        sample.streams.resize(1);
        for (Tick tick = 0; tick < header.horizon; ++tick) {
            sample.streams[0].ticks.push_back(tick);
            sample.streams[0].spikes.push_back(1);
            sample.streams[0].slots.push_back(0);
        }
        {
            TraceWriter writer(folder / "x.saltrace", header, {});
            writer.add(sample);
            writer.finish();
        }
        const auto out = folder / "x.nirdata";
        export_trace(TraceFile(folder / "x.saltrace"), out);
        const auto times = h5_numbers(out, "/nodes/pixels/observables/spikes/time");
        REQUIRE(times.size() == 5000);
        const double unit = dt > 0 ? dt : 1;
        for (std::size_t tick = 0; tick < times.size(); ++tick) {
            const bool back = std::floor(times[tick] / unit) == static_cast<double>(tick) &&
                              std::llround(times[tick] / unit) == static_cast<long long>(tick);
            CHECK_MESSAGE(back, "tick ", tick);
        }
        CHECK(std::floor(std::stod(h5_attribute(out, "/nodes/pixels/observables/spikes/t_max")) /
                         unit) == 5000);
    }
}

TEST_CASE("NIRData: the grid lies as nir read it, bool or payloads, by HDF5's own tool") {
    const ScratchFolder folder;
    const auto out = folder / "x.nirdata";
    export_trace(known_trace(folder), out, {{}, {}, true});
    const nlohmann::json nir_read = what_nir_read();
    for (const auto& [name, nir] : nir_read["populations"].items()) {
        CAPTURE(name);
        const std::string spikes = "/nodes/" + name + "/observables/spikes";
        CHECK(h5_attribute(out, spikes + "/__type__") == "\"TimeGriddedData\"");
        CHECK(std::stod(h5_attribute(out, spikes + "/dt")) == 0.0001);
        CHECK(h5_attribute(out, spikes + "/dims") == "\"sample, tick, neuron\"");
        const auto size = nir["grid_shape"].get<std::vector<std::size_t>>();
        std::vector<double> grid(size[0] * size[1] * size[2], 0);
        for (const nlohmann::json& cell : nir["grid"]) {
            grid[(cell[0].get<std::size_t>() * size[1] + cell[1].get<std::size_t>()) * size[2] +
                 cell[2].get<std::size_t>()] = cell[3];
        }
        std::vector<double> read;
        for (const std::string& word : h5_words(out, spikes + "/data")) {
            read.push_back(word == "TRUE" ? 1 : word == "FALSE" ? 0 : std::stod(word));
        }
        CHECK(read == grid);
        const std::string header = h5dump("-H -d " + spikes + "/data", out);
        CHECK(header.find(name == "pixels" ? "\"TRUE\"" : "H5T_IEEE_F32LE") != std::string::npos);
    }
}

TEST_CASE(
    "NIRData: chosen ticks, samples and populations alone; labels where every sample has one") {
    const ScratchFolder folder;
    const TraceHeader header = tests::example_header();
    {
        TraceWriter writer(folder / "x.saltrace", header, {});
        for (const std::uint64_t number : {2U, 3U, 4U}) {
            writer.add(tests::example_sample(header, number));
        }
        writer.finish();
    }
    ExportOptions options{{"2,4", {"out"}, std::pair<Tick, Tick>{5, 9}}, {}, true};
    const auto out = folder / "x.nirdata";
    export_trace(TraceFile(folder / "x.saltrace"), out, options);
    CHECK(h5_numbers(out, "/labels") == std::vector<double>{2, 1});
    CHECK(h5_attribute(out, "/first_tick") == "5");
    CHECK(h5dump("-n", out).find("pixels") == std::string::npos);
    std::vector<std::string> expected(std::size_t{2} * 5 * 3, "FALSE");
    for (const std::size_t row : {0U, 1U}) {
        const StreamTrace stream = tests::example_sample(header, 2 + 2 * row).streams[4];
        std::size_t at = 0;
        for (std::size_t k = 0; k < stream.packets(); ++k) {
            for (const std::size_t end = at + stream.spikes[k]; at < end; ++at) {
                if (stream.ticks[k] >= 5 && stream.ticks[k] < 10) {
                    expected[(row * 5 + static_cast<std::size_t>(stream.ticks[k] - 5)) * 3 +
                             stream.slots[at]] = "TRUE";
                }
            }
        }
    }
    CHECK(h5_words(out, "/nodes/out/observables/spikes/data") == expected);
    options.choice.samples = "3,4";
    options.grid = false;
    export_trace(TraceFile(folder / "x.saltrace"), out, options);
    CHECK(h5dump("-n", out).find("labels") == std::string::npos);  // sample 3 has none
}

TEST_CASE("NIRData: no samples and no spikes give empty arrays; a grid too large is refused") {
    const ScratchFolder folder;
    TraceHeader header = tests::example_header();
    TraceWriter(folder / "x.saltrace", header, {}).finish();
    for (const bool grid : {false, true}) {
        const auto out = folder / "x.nirdata";
        export_trace(TraceFile(folder / "x.saltrace"), out, {{}, {}, grid});
        const std::string data = grid ? "data" : "idx";
        CHECK(h5dump("-H -d /nodes/out/observables/spikes/" + data, out)
                  .find(grid ? "( 0, 20, 3 )" : "( 0, 0 )") != std::string::npos);
    }
    header.horizon = Tick{1} << 40;
    TraceWriter(folder / "y.saltrace", header, {}).finish();
    CHECK_THROWS_WITH_AS(
        export_trace(TraceFile(folder / "y.saltrace"), folder / "y.nirdata", {{}, {}, true}),
        doctest::Contains("at most 2^34 elements"),
        InputError);
    CHECK_THROWS_WITH_AS(
        export_trace(TraceFile(folder / "y.saltrace"), folder / "y.csv", {{}, {}, true}),
        doctest::Contains("--grid"),
        InputError);
    CHECK_FALSE(std::filesystem::exists(folder / "y.nirdata"));
}

}  // namespace saltus
