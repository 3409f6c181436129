#include "models/interchange/trace_export.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <sstream>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/files/npy.hpp"
#include "models/interchange/trace_import.hpp"
#include "models/trace/raster.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/interchange/unzipped.hpp"
#include "tests/models/trace/trace_examples.hpp"

namespace saltus {

using tests::number_at;
using tests::read_bytes;
using tests::ScratchFolder;
using tests::unzip;
using tests::write_bytes;

namespace {

void write_example(const std::filesystem::path& path) {
    const TraceHeader header = tests::example_header();
    TraceWriter writer(path, header, {});
    for (const std::uint64_t number : {2U, 3U, 9U}) {
        writer.add(tests::example_sample(header, number));
    }
    writer.finish();
}

// What the .csv must hold, from the samples themselves.
std::string expected_csv() {
    const TraceHeader header = tests::example_header();
    const std::vector<std::string> names = {
        "pixels", "held", "\"hidden, \"\"one\"\"\"", "pool", "out"};
    std::ostringstream out;
    out << "sample,population,neuron,tick,payload\n";
    for (const std::uint64_t number : {2U, 3U, 9U}) {
        const SampleTrace sample = tests::example_sample(header, number);
        for (std::size_t p = 0; p < names.size(); ++p) {
            const StreamTrace& stream = sample.streams[p];
            std::size_t at = 0;
            for (std::size_t k = 0; k < stream.packets(); ++k) {
                for (std::uint32_t j = 0; j < stream.spikes[k]; ++j, ++at) {
                    // [2, 3, 4]: slot = (y 4 + x) 2 + c, index = (c 3 + y) 4 + x; [2, 1, 2]
                    // likewise.
                    const Slot slot = stream.slots[at];
                    const Slot index = p == 0   ? slot % 2 * 12 + slot / 2
                                       : p == 3 ? slot % 2 * 2 + slot / 2
                                                : slot;
                    out << number << ',' << names[p] << ',' << index << ',' << stream.ticks[k]
                        << ',' << stream.payload(at) << '\n';
                }
            }
        }
    }
    return out.str();
}

TracePopulation population(const std::string& name) {
    TracePopulation one;
    one.name = name;
    one.shape = Shape{1};
    return one;
}

}  // namespace

TEST_CASE("trace export: .csv has every spike by name and index") {
    const ScratchFolder folder;
    write_example(folder / "x.saltrace");
    export_trace(TraceFile(folder / "x.saltrace"), folder / "x.csv");
    CHECK(read_bytes(folder / "x.csv") == expected_csv());
}

TEST_CASE("trace export: .npz has the same spikes as .csv") {
    const ScratchFolder folder;
    write_example(folder / "x.saltrace");
    export_trace(TraceFile(folder / "x.saltrace"), folder / "x.npz");
    const std::map<std::string, std::string> members = unzip(read_bytes(folder / "x.npz"));
    REQUIRE(members.size() == 29);
    for (const auto& member : members) {
        write_bytes(folder / member.first, member.second);
    }
    const auto sample = NpyArray(folder / "sample.npy").as<std::int64_t>();
    const auto population = NpyArray(folder / "population.npy").as<std::int64_t>();
    const auto neuron = NpyArray(folder / "neuron.npy").as<std::int64_t>();
    const auto tick = NpyArray(folder / "tick.npy").as<std::int64_t>();
    const auto payload = NpyArray(folder / "payload.npy").as<float>();
    const std::vector<std::string> names = {
        "pixels", "held", "\"hidden, \"\"one\"\"\"", "pool", "out"};
    std::ostringstream csv;
    csv << "sample,population,neuron,tick,payload\n";
    for (std::size_t k = 0; k < sample.size(); ++k) {
        csv << sample[k] << ',' << names[static_cast<std::size_t>(population[k])] << ','
            << neuron[k] << ',' << tick[k] << ',' << payload[k] << '\n';
    }
    CHECK(csv.str() == expected_csv());

    const std::string text = members.at("population_names.npy");
    CHECK(text.find("'descr': '<U13', 'fortran_order': False, 'shape': (5,)") != std::string::npos);
    CHECK(text.size() % 64 == 5 * 13 * 4 % 64);
    CHECK(number_at(text, text.size() - std::size_t{13} * 4, 4) == 'o');
    CHECK(number_at(text, text.size() - std::size_t{12} * 4, 4) == 'u');
}

TEST_CASE("trace export: .npz has labels, answers, shapes and the run beside the spikes") {
    const ScratchFolder folder;
    write_example(folder / "x.saltrace");
    ExportOptions options;
    options.choice.populations = {"out", "pixels"};
    options.choice.ticks = {5, 9};
    export_trace(TraceFile(folder / "x.saltrace"), folder / "x.npz", options);
    for (const auto& member : unzip(read_bytes(folder / "x.npz"))) {
        write_bytes(folder / member.first, member.second);
    }
    const auto numbers = [&](const char* name) {
        return NpyArray(folder / (std::string(name) + ".npy")).as<std::int64_t>();
    };
    using Numbers = std::vector<std::int64_t>;
    CHECK(numbers("sample_number") == Numbers{2, 3, 9});
    CHECK(numbers("has_label") == Numbers{1, 0, 0});
    CHECK(numbers("label") == Numbers{2, 0, 0});
    CHECK(numbers("has_answer") == Numbers{1, 1, 1});
    CHECK(numbers("readout_population") == Numbers{4, 2});
    CHECK(numbers("readout_from") == Numbers{0, 3, 10});
    CHECK(numbers("population_shape") == Numbers{2, 3, 4, 5, 1, 1, 7, 1, 1, 2, 1, 2, 3, 1, 1});
    CHECK(numbers("population_exported") == Numbers{1, 0, 0, 0, 1});
    CHECK(numbers("horizon") == Numbers{20});
    CHECK(numbers("ticks") == Numbers{5, 10});
    CHECK(NpyArray(folder / "horizon.npy").shape().empty());
    CHECK(NpyArray(folder / "tick_seconds.npy").as<double>() == std::vector<double>{0.001});
    CHECK(NpyArray(folder / "prediction.npy").shape() == std::vector<std::uint64_t>{3, 2});
    CHECK(NpyArray(folder / "tied.npy").type() == NpyType::boolean);

    const TraceHeader header = tests::example_header();
    Numbers predictions;
    Numbers tied;
    Numbers undecided;
    std::vector<float> values;
    Numbers ticks;
    Numbers populations;
    for (const std::uint64_t number : {2U, 3U, 9U}) {
        const SampleTrace sample = tests::example_sample(header, number);
        for (const ReadoutTrace& readout : sample.readouts) {
            predictions.push_back(readout.prediction);
            tied.push_back(readout.tied ? 1 : 0);
            undecided.push_back(readout.undecided ? 1 : 0);
            values.insert(values.end(), readout.values.begin(), readout.values.end());
        }
        for (const std::int64_t p : {0, 4}) {
            const StreamTrace& stream = sample.streams[static_cast<std::size_t>(p)];
            for (std::size_t k = 0; k < stream.packets(); ++k) {
                if (stream.ticks[k] >= 5 && stream.ticks[k] < 10) {
                    ticks.insert(ticks.end(), stream.spikes[k], stream.ticks[k]);
                    populations.insert(populations.end(), stream.spikes[k], p);
                }
            }
        }
    }
    CHECK(numbers("prediction") == predictions);
    CHECK(numbers("tied") == tied);
    CHECK(numbers("undecided") == undecided);
    CHECK(NpyArray(folder / "readout_values.npy").as<float>() == values);
    CHECK(numbers("tick") == ticks);
    CHECK(numbers("population") == populations);
}

TEST_CASE("trace export: one long name does not make all names of an .npz long, and stays whole") {
    const ScratchFolder folder;
    TraceHeader header;
    header.model = "m";
    header.horizon = 1;
    for (int p = 0; p < 3000; ++p) {
        header.populations.push_back(population("p" + std::to_string(p)));
    }
    const std::string name(200000, 'x');
    header.populations[7].name = name;
    TraceWriter(folder / "x.saltrace", header, {}).finish();
    export_trace(TraceFile(folder / "x.saltrace"), folder / "x.npz");
    const std::map<std::string, std::string> members = unzip(read_bytes(folder / "x.npz"));
    CHECK(members.at("population_names.npy").size() < 3000 * 257 * 4);
    for (const char* array : {"population_name_bytes.npy", "population_name_ends.npy"}) {
        write_bytes(folder / array, members.at(array));
    }
    const auto ends = NpyArray(folder / "population_name_ends.npy").as<std::int64_t>();
    const auto bytes = NpyArray(folder / "population_name_bytes.npy").as<std::uint8_t>();
    CHECK(ends.size() == 3000);
    CHECK(std::string(bytes.begin() + ends[6], bytes.begin() + ends[7]) == name);
    CHECK(std::string(bytes.begin() + ends[7], bytes.begin() + ends[8]) == "p8");
}

TEST_CASE("trace export: names in .csv are one line each, start no formula, and are read back") {
    const ScratchFolder folder;
    TraceHeader header;
    header.model = "m";
    header.horizon = 1;
    header.populations = {
        population("=1+1"), population("'@a"), population("'b"), population("-\n\x1B[2J")};
    SampleTrace sample;
    StreamTrace spike;
    spike.ticks = {0};
    spike.spikes = {1};
    spike.slots = {0};
    sample.streams.assign(4, spike);
    {
        TraceWriter writer(folder / "x.saltrace", header, {});
        writer.add(sample);
        writer.finish();
    }
    export_trace(TraceFile(folder / "x.saltrace"), folder / "x.csv");
    CHECK(read_bytes(folder / "x.csv") ==
          "sample,population,neuron,tick,payload\n"
          "0,'=1+1,0,0,1\n0,''@a,0,0,1\n0,'b,0,0,1\n0,'-\\x0A\\x1B[2J,0,0,1\n");
    import_trace(folder / "x.csv", folder / "y.saltrace", {}, {});
    const TraceFile back(folder / "y.saltrace");
    REQUIRE(back.header().populations.size() == 4);
    for (std::size_t p = 0; p < 3; ++p) {
        CHECK(back.header().populations[p].name == header.populations[p].name);
    }
}

TEST_CASE("trace export: a trace without samples gives every format, without spikes") {
    const ScratchFolder folder;
    TraceWriter(folder / "x.saltrace", tests::example_header(), {}).finish();
    const TraceFile trace(folder / "x.saltrace");
    export_trace(trace, folder / "x.csv");
    CHECK(read_bytes(folder / "x.csv") == "sample,population,neuron,tick,payload\n");
    export_trace(trace, folder / "x.npz");
    const std::map<std::string, std::string> members = unzip(read_bytes(folder / "x.npz"));
    CHECK(members.at("tick.npy").find("'shape': (0,)") != std::string::npos);
    CHECK(members.at("readout_values.npy").find("'shape': (0, 10)") != std::string::npos);
    export_trace(trace, folder / "x.h5");
    CHECK(std::filesystem::file_size(folder / "x.h5") > 0);
}

TEST_CASE("trace export: what the trace does not have is refused with what it has") {
    const ScratchFolder folder;
    TraceHeader header = tests::example_header();
    header.populations[2].recorded = TracePopulation::Recorded::nothing;
    TraceWriter(folder / "x.saltrace", header, {}).finish();
    const TraceFile trace(folder / "x.saltrace");
    ExportOptions options;
    options.choice.populations = {header.populations[2].name};
    CHECK_THROWS_WITH_AS(
        export_trace(trace, folder / "x.csv", options),
        doctest::Contains("whose spikes were not recorded, need one of pixels, held, pool, out"),
        InputError);
    options.choice.populations = {"outs"};
    CHECK_THROWS_WITH_AS(export_trace(trace, folder / "x.csv", options),
                         doctest::Contains("need one of pixels"),
                         InputError);
    options = {};
    options.choice.ticks = {0, 20};
    CHECK_THROWS_WITH_AS(export_trace(trace, folder / "x.csv", options),
                         doctest::Contains("ticks of 0-19"),
                         InputError);
    CHECK_FALSE(std::filesystem::exists(folder / "x.csv"));
}

TEST_CASE("trace export: of chosen samples, every format has theirs alone") {
    const ScratchFolder folder;
    write_example(folder / "x.saltrace");
    ExportOptions chosen;
    chosen.choice.samples = "2,9";
    export_trace(TraceFile(folder / "x.saltrace"), folder / "x.csv", chosen);
    std::string expected;
    std::istringstream all(expected_csv());
    for (std::string line; std::getline(all, line);) {
        expected += line.rfind("3,", 0) == 0 ? "" : line + '\n';
    }
    CHECK(read_bytes(folder / "x.csv") == expected);
    export_trace(TraceFile(folder / "x.saltrace"), folder / "x.npz", chosen);
    write_bytes(folder / "sample.npy", unzip(read_bytes(folder / "x.npz")).at("sample.npy"));
    const auto sample = NpyArray(folder / "sample.npy").as<std::int64_t>();
    CHECK(sample.size() + 1 ==
          static_cast<std::size_t>(std::count(expected.begin(), expected.end(), '\n')));
    CHECK(std::count(sample.begin(), sample.end(), 3) == 0);
}

TEST_CASE("trace export: another extension, or a damaged trace, leaves no file") {
    const ScratchFolder folder;
    write_example(folder / "x.saltrace");
    CHECK_THROWS_WITH_AS(
        export_trace(TraceFile(folder / "x.saltrace"), folder / "x.txt"),
        doctest::Contains("got extension \".txt\", need .csv, .npz, .h5, .nirdata, "
                          ".perfetto-trace, .aer.txt or .aedat"),
        InputError);
    const std::string whole = read_bytes(folder / "x.saltrace");
    std::string damaged = whole;
    damaged[damaged.find("\xC5SPK", 500) + 30] ^= 1;  // within the first chunk of spikes
    write_bytes(folder / "damaged.saltrace", damaged);
    for (const char* out : {"x.csv", "x.npz", "x.h5", "x.nirdata", "x.perfetto-trace"}) {
        CHECK_THROWS_AS(export_trace(TraceFile(folder / "damaged.saltrace"), folder / out),
                        InputError);
        CHECK_FALSE(std::filesystem::exists(folder / out));
    }
}

TEST_CASE("trace export: what the poll throws ends it at any sample, and leaves no file") {
    const ScratchFolder folder;
    write_example(folder / "x.saltrace");
    for (const char* out : {"x.csv", "x.npz", "x.h5", "x.nirdata", "x.perfetto-trace"}) {
        int polls = 0;
        export_trace(TraceFile(folder / "x.saltrace"), folder / out, {{}, [&] { ++polls; }});
        CHECK(polls >= 3);  // there are three samples
        std::filesystem::remove(folder / out);
        for (int last = 0; last < polls; ++last) {
            int poll = 0;
            const auto stop = [&] {
                if (poll++ == last) {
                    throw std::runtime_error("stopped");
                }
            };
            CHECK_THROWS_WITH(
                export_trace(TraceFile(folder / "x.saltrace"), folder / out, {{}, stop}),
                "stopped");
            const std::filesystem::directory_iterator all(folder.path());
            CHECK(std::distance(begin(all), end(all)) == 1);
        }
    }
}

TEST_CASE("raster: every spike is drawn with its address, names are escaped, silence is said") {
    TraceHeader header = tests::example_header();
    header.populations[2].name = "<a & \"b\">";
    const SampleTrace sample = tests::example_sample(header, 1);
    const std::string svg = raster_svg(header, sample);
    std::size_t spikes = 0;
    for (const StreamTrace& stream : sample.streams) {
        spikes += stream.slots.size();
    }
    std::size_t drawn = 0;
    for (std::size_t at = svg.find("]@"); at != std::string::npos; at = svg.find("]@", at + 1)) {
        ++drawn;
    }
    CHECK(drawn == spikes);
    CHECK(svg.find("&lt;a &amp; &quot;b&quot;&gt;") != std::string::npos);
    CHECK(svg.find("<a &") == std::string::npos);
    CHECK(svg.find("values held over time") != std::string::npos);
    CHECK(svg.find("sample 1: label 1, predicted") != std::string::npos);
    CHECK(svg.find("time in ticks of 1 ms") != std::string::npos);

    SampleTrace silent = sample;
    for (StreamTrace& stream : silent.streams) {
        stream.clear();
    }
    CHECK(raster_svg(header, silent).find(">no spikes<") != std::string::npos);
}

TEST_CASE("raster: too many spikes for tooltips are drawn all the same") {
    TraceHeader header = tests::example_header();
    header.horizon = 200;
    header.populations[0].shape = Shape{2, 5, 10};
    SampleTrace sample = tests::example_sample(header, 1);
    std::size_t spikes = 0;
    for (const StreamTrace& stream : sample.streams) {
        spikes += stream.slots.size();
    }
    REQUIRE(spikes > 4000);
    const std::string svg = raster_svg(header, sample);
    std::size_t drawn = 0;
    for (const char c : svg) {
        drawn += c == 'z' ? 1 : 0;
    }
    CHECK(drawn >= spikes);
    CHECK(svg.find("]@") == std::string::npos);
}

}  // namespace saltus
