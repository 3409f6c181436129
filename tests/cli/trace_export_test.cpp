// trace export, run as a user runs it: parts of a trace, every format, and what is refused.
#include <algorithm>

#include <doctest/doctest.h>

#include "models/trace/trace_file.hpp"

#include "tests/cli/workshop.hpp"

namespace saltus {

using namespace saltus::tests;

namespace {

struct Digits : Workshop {
    Digits() {
        const Said said = say("run " + std::string(k_shipped) +
                              " --data examples/data --samples 3,7 --record-readout --trace @/t");
        INFO(said.error);
        REQUIRE(said.code == 0);
    }

    [[nodiscard]] std::string out(const std::string& name) const {
        return (folder / ("out/" + name)).string();
    }

    [[nodiscard]] std::size_t lines(const std::string& name) const {
        const std::string text = read_bytes(out(name));
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }
};

std::size_t spikes_of(const TraceFile& trace,
                      std::uint64_t place,
                      PopulationId population,
                      const TickRange& ticks = {}) {
    return trace.spikes(place, population, ticks).slots.size();
}

}  // namespace

TEST_CASE("trace export: a line a spike of the samples, populations and ticks that were chosen") {
    const Digits shop;
    const TraceFile trace(shop.out("t"));
    const std::vector<TracePopulation>& populations = trace.header().populations;
    std::size_t all = 0;
    for (PopulationId p = 0; p < populations.size(); ++p) {
        all += spikes_of(trace, 0, p) + spikes_of(trace, 1, p);
        const std::string name = populations[p].name;
        CHECK(shop.say("trace export @/t -o @/x.csv --samples 7 --ticks 2-5 --population " + name)
                  .code == 0);
        CHECK(shop.lines("x.csv") == spikes_of(trace, 1, p, {2, 6}) + 1);
    }
    REQUIRE(all > 100);
    CHECK(shop.say("trace export @/t -o @/x.csv").code == 0);
    CHECK(shop.lines("x.csv") == all + 1);
}

TEST_CASE("trace export: every format that the help names is written, twice the same") {
    const Digits shop;
    const Said help = run_command("trace export --help");
    REQUIRE(shop.say("trace import tests/interchange/nirdata/spikes.csv -o @/pixels --neurons "
                     "pixels=2x2x3")
                .code == 0);
    for (const char* ending :
         {".csv", ".npz", ".h5", ".nirdata", ".perfetto-trace", ".aer.txt", ".aedat"}) {
        CAPTURE(ending);
        CHECK(help.output.find(ending) != std::string::npos);
        const bool one = std::string(ending).find(".ae") == 0;
        std::string written[2];
        for (std::string& bytes : written) {
            const Said said =
                shop.say("trace export " + std::string(one ? "@/pixels" : "@/t") + " -o @/x" +
                         ending + (one ? " --sample 3 --population pixels" : ""));
            INFO(said.error);
            CHECK(said.code == 0);
            bytes = read_bytes(shop.out("x" + std::string(ending)));
        }
        CHECK_FALSE(written[0].empty());
        CHECK(written[0] == written[1]);
    }
    CHECK(shop.say("trace export @/t --grid -o @/g.nirdata").code == 0);
    CHECK(read_bytes(shop.out("g.nirdata")) != read_bytes(shop.out("x.nirdata")));
}

TEST_CASE("trace export: what is wrong is said with what there is, and nothing is written") {
    const Digits shop;
    const auto fault = [&](const std::string& arguments) {
        const Said said = shop.say("trace export @/t " + arguments);
        CHECK(said.code == 2);
        return said.error;
    };
    CHECK(fault("-o @/y.xml")
              .find("need .csv, .npz, .h5, .nirdata, .perfetto-trace, .aer.txt or "
                    ".aedat") != std::string::npos);
    CHECK(fault("-o @/y.csv --population nobody").find("one of ") != std::string::npos);
    CHECK(fault("-o @/y.csv --sample 4").find("the samples of the trace: 3, 7") !=
          std::string::npos);
    CHECK(fault("-o @/y.csv --ticks 5-2").find("--ticks: got 5-2") != std::string::npos);
    CHECK(fault("-o @/y.csv --grid").find("--grid: got an output") != std::string::npos);
    CHECK(fault("-o @/y.aedat").find("need one for address events") != std::string::npos);
    for (const char* name : {"y.xml", "y.csv", "y.aedat"}) {
        CHECK_FALSE(std::filesystem::exists(shop.out(name)));
    }
}

}  // namespace saltus
