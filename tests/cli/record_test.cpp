// What `saltus run --trace` records when it is told what: held against runs that record all.
#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include <doctest/doctest.h>

#include "models/trace/trace_file.hpp"

#include "tests/cli/command.hpp"

namespace saltus {

using tests::run_command;
using tests::Said;
using tests::ScratchFolder;

namespace {

std::string run_line(const ScratchFolder& folder, const std::string& more, const std::string& name) {
    return "run examples/models/mnist_hybrid_duplicate.saltus --data examples/data --samples 0-19 " +
           more + " --trace " + (folder / name).string();
}

void record(const ScratchFolder& folder, const std::string& more, const std::string& name) {
    const Said said = run_command(run_line(folder, more, name));
    CAPTURE(said.error);
    REQUIRE(said.code == 0);
}

PopulationId number_of(const TraceFile& file, const std::string& name) {
    const auto& all = file.header().populations;
    const auto at = std::find_if(
        all.begin(), all.end(), [&](const TracePopulation& p) { return p.name == name; });
    REQUIRE(at != all.end());
    return static_cast<PopulationId>(at - all.begin());
}

// The name of the first population of neurons that fires, and of that which is read out.
std::string firing(const TraceFile& file) {
    for (const TracePopulation& p : file.header().populations) {
        if (p.kind == TracePopulation::Kind::neurons && p.fires) {
            return p.name;
        }
    }
    FAIL("none fires");
    return "";
}

}  // namespace

TEST_CASE("record: samples and populations that are chosen are those of the whole trace, digests too") {
    const ScratchFolder folder;
    record(folder, "", "all");
    const TraceFile all(folder / "all");
    const std::string name = firing(all);
    const PopulationId p = number_of(all, name);
    record(folder, "--record " + name + " --record-samples 3,5-7", "some");
    const TraceFile some(folder / "some");
    REQUIRE(some.samples() == 4);
    for (std::uint64_t place = 0; place < 4; ++place) {
        const std::uint64_t number = some.number(place);
        CHECK(number == std::vector<std::uint64_t>{3, 5, 6, 7}[place]);
        REQUIRE(all.find(number));
        const std::uint64_t other = *all.find(number);
        CHECK(some.spikes(place, p) == all.spikes(other, p));
        CHECK(some.digest(place) == all.digest(other));
        CHECK(some.record(place).label == all.record(other).label);
        CHECK(some.record(place).readouts == all.record(other).readouts);
        CHECK(some.record(place).counts == all.record(other).counts);
        CHECK(some.record(place).input == all.record(other).input);
        CHECK(some.record(place).levels == all.record(other).levels);
    }
    CHECK(some.header().model_digest == all.header().model_digest);
    CHECK(all.header().model_digest.size() == 32);
}

TEST_CASE("record: counts are those of the spikes, and the digest is that of the whole trace") {
    const ScratchFolder folder;
    record(folder, "", "all");
    record(folder, "--record counts", "counts");
    const TraceFile all(folder / "all");
    const TraceFile counts(folder / "counts");
    REQUIRE(counts.samples() == 20);
    bool any = false;
    for (std::uint64_t place = 0; place < 20; ++place) {
        for (PopulationId p = 0; p < all.header().populations.size(); ++p) {
            CHECK(counts.neuron_counts(place, p) == all.neuron_counts(place, p));
            any = any || !counts.neuron_counts(place, p).empty();
        }
    }
    CHECK(any);
    CHECK(std::filesystem::file_size(folder / "counts") <
          std::filesystem::file_size(folder / "all"));
    const Said one = run_command("trace digest " + (folder / "all").string());
    const Said two = run_command("trace digest " + (folder / "counts").string());
    CHECK(one.code == 0);
    CHECK(one.output == two.output);
    const Said csv = run_command("trace export " + (folder / "counts").string() + " -o " +
                                 (folder / "x.csv").string());
    CHECK(csv.code == 0);
}

TEST_CASE("record: membranes and readouts after every tick end at the readout, and change no spike") {
    const ScratchFolder folder;
    record(folder, "", "all");
    const TraceFile all(folder / "all");
    REQUIRE(all.header().readouts.size() == 1);
    const PopulationId out = all.header().readouts[0].population;
    const std::string name = all.header().populations[out].name;
    record(folder,
           "--threads 2 --record-membrane " + name + " --record-membrane " + name +
               "[2-4] --record-readout",
           "rows");
    record(folder,
           "--threads 1 --record-changes --record-membrane " + name + " --record-readout",
           "changes");
    const TraceFile rows(folder / "rows");
    const TraceFile changes(folder / "changes");
    const Tick horizon = all.header().horizon;
    REQUIRE(rows.header().series.size() == 3);
    for (std::uint64_t place = 0; place < 20; ++place) {
        CHECK(rows.digest(place) == all.digest(place));
        const SeriesTrace membrane = rows.series(place, 0);
        const SeriesTrace part = rows.series(place, 1);
        const SeriesTrace readout = rows.series(place, 2);
        REQUIRE(membrane.ticks.size() == static_cast<std::size_t>(horizon));
        REQUIRE(membrane.values.size() == membrane.ticks.size() * 10);
        for (std::size_t t = 0; t < membrane.ticks.size(); ++t) {
            CHECK(membrane.ticks[t] == static_cast<Tick>(t));
            for (std::size_t n = 0; n < 3; ++n) {
                CHECK(part.values[t * 3 + n] == membrane.values[t * 10 + 2 + n]);
            }
        }
        const std::vector<float> last(readout.values.end() - 10, readout.values.end());
        CHECK(last == all.record(place).readouts[0].values);
        // The course by changes, held until the next one, is the course by ticks.
        const SeriesTrace sparse = changes.series(place, 0);
        REQUIRE_FALSE(sparse.ticks.empty());
        std::size_t row = 0;
        for (std::size_t t = 0; t < membrane.ticks.size(); ++t) {
            while (row + 1 < sparse.ticks.size() && sparse.ticks[row + 1] <= static_cast<Tick>(t)) {
                ++row;
            }
            for (std::size_t n = 0; n < 10; ++n) {
                CHECK(sparse.values[row * 10 + n] == membrane.values[t * 10 + n]);
            }
        }
        CHECK(rows.series(place, 0, {2, 4}).ticks == std::vector<Tick>{2, 3});
    }
}

TEST_CASE("record: held drive is what the encoder shows, and only if asked for") {
    const ScratchFolder folder;
    record(folder, "--record-drive", "drive");
    const TraceFile file(folder / "drive");
    REQUIRE(file.header().series.size() == 1);
    const TraceSeries& series = file.header().series[0];
    CHECK(series.kind == TraceSeries::Kind::drive);
    CHECK(file.header().populations[series.population].holds_values);
    for (std::uint64_t place = 0; place < file.samples(); ++place) {
        const SeriesTrace drive = file.series(place, 0);
        CHECK(drive.ticks == std::vector<Tick>{0});
        CHECK(drive.values.size() == series.size);
        CHECK(std::any_of(drive.values.begin(), drive.values.end(), [](float v) { return v > 0; }));
    }
}

TEST_CASE("record: long samples are cut alike for any number of threads and schedule") {
    const ScratchFolder folder;
    const std::string line =
        "run examples/models/mnist_hybrid_duplicate.saltus --data examples/data --samples 0-5 "
        "--horizon 5000 --trace ";
    const std::string place = (folder / "t").string();
    std::string first;
    for (const char* how : {"--threads 1", "--threads 2", "--threads 5"}) {
        for (const char* schedule : {"", "ticks"}) {
            setenv("SALTUS_SCHEDULE", schedule, 1);
            const Said said = run_command(line + place + " " + how);
            unsetenv("SALTUS_SCHEDULE");
            CAPTURE(how);
            CAPTURE(schedule);
            REQUIRE(said.code == 0);
            const TraceFile file(folder / "t");
            REQUIRE(file.warnings().empty());
            // The provenance differs by the number of threads; what is behind it does not.
            const std::string bytes = tests::read_bytes(folder / "t");
            const std::string data = bytes.substr(bytes.find("\xC5SPK", 9));
            const std::string behind = data.substr(data.find("\xC5SPK", 4));
            REQUIRE(behind.size() > 100000);
            if (first.empty()) {
                first = behind;
            }
            CHECK(behind == first);
        }
    }
    std::size_t pieces = 0;
    const TraceFile file(folder / "t");
    const std::string name = firing(file);
    file.visit(0, number_of(file, name), {}, [&](const StreamTrace&) { ++pieces; });
    CHECK(pieces > 2);
}

TEST_CASE("record: options without --trace and names that do not exist are refused, the valid ones listed") {
    const ScratchFolder folder;
    const std::string run =
        "run examples/models/mnist_hybrid_duplicate.saltus --data examples/data --samples 0 ";
    for (const char* option : {"--record all",
                               "--record-samples 0",
                               "--record-membrane x",
                               "--record-readout",
                               "--record-changes",
                               "--record-drive"}) {
        const Said said = run_command(run + option);
        CAPTURE(option);
        CHECK(said.code == 2);
        CHECK(said.error.find("--trace") != std::string::npos);
    }
    const std::string traced = run + "--trace " + (folder / "t").string() + " ";
    struct Wrong {
        const char* options;
        const char* says;
    };
    for (const Wrong& wrong : {Wrong{"--record nobody", "--record: got \"nobody\", need all, counts, or some of"},
                               Wrong{"--record-membrane nobody", "need a population of neurons: "},
                               Wrong{"--record-samples 5", "sample 5, which does not run"},
                               Wrong{"--record-changes", "need one of them"}}) {
        const Said said = run_command(traced + wrong.options);
        CAPTURE(said.error);
        CHECK(said.code == 2);
        CHECK(said.error.find(wrong.says) != std::string::npos);
        CHECK_FALSE(std::filesystem::exists(folder / "t"));
    }
    record(folder, "", "all");
    const TraceFile all(folder / "all");
    const std::string name = firing(all);
    for (const char* range : {"[", "[]", "[3-2]", "[1000000]", "[1", "[-1]", "[1-]", "[a]"}) {
        const Said said = run_command(traced + "--record-membrane '" + name + range + "'");
        CAPTURE(range);
        CHECK(said.code == 2);
        CHECK(said.error.find("with neurons 0 to ") != std::string::npos);
    }
}

}  // namespace saltus
