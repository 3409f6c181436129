// saltus trace on a trace that a model on shipped digits left.
#include <algorithm>
#include <nlohmann/json.hpp>

#include <doctest/doctest.h>

#include "models/trace/trace_reader.hpp"

#include "tests/cli/command.hpp"

namespace saltus {

using tests::read_bytes;
using tests::run_command;
using tests::Said;
using tests::ScratchFolder;

namespace {

std::string run_line(const ScratchFolder& folder,
                     const std::string& samples,
                     int threads,
                     const std::string& name) {
    return "run examples/models/mnist_hybrid_latency.saltus --data examples/data --samples " +
           samples + " --threads " + std::to_string(threads) + " --trace " +
           (folder / name).string();
}

std::string digest_line(const std::filesystem::path& trace) {
    const Said said = run_command("trace digest " + trace.string());
    CHECK(said.code == 0);
    return said.output;
}

// The file without its provenance: header, then from the third chunk on.
std::string without_provenance(const std::string& bytes) {
    const auto length = [&](std::size_t at) {
        std::size_t n = 0;
        for (std::size_t k = 4; k-- > 0;) {
            n = n << 8 | static_cast<unsigned char>(bytes[at + 4 + k]);
        }
        return n + 16;
    };
    const std::size_t second = 8 + length(8);
    return bytes.substr(0, second) + bytes.substr(second + length(second));
}

}  // namespace

TEST_CASE("trace verb: files and digests are equal for any number of threads") {
    const ScratchFolder folder;
    for (const int threads : {1, 2, 8}) {
        REQUIRE(run_command(run_line(folder, "0-29", threads, std::to_string(threads))).code == 0);
    }
    const std::string one = digest_line(folder / "1");
    CHECK(one.size() == 33);
    CHECK(digest_line(folder / "2") == one);
    CHECK(digest_line(folder / "8") == one);
    const std::string bytes = without_provenance(read_bytes(folder / "1"));
    CHECK(without_provenance(read_bytes(folder / "2")) == bytes);
    CHECK(without_provenance(read_bytes(folder / "8")) == bytes);
}

TEST_CASE("trace verb: a sample alone is the sample within a run, and JSON has the digests") {
    const ScratchFolder folder;
    REQUIRE(run_command(run_line(folder, "3-6", 2, "many")).code == 0);
    REQUIRE(run_command(run_line(folder, "5", 1, "one")).code == 0);
    const Said many = run_command("trace digest --json - " + (folder / "many").string());
    const Said one = run_command("trace digest --json - " + (folder / "one").string());
    const auto all = nlohmann::json::parse(many.output);
    const auto alone = nlohmann::json::parse(one.output);
    REQUIRE(all["samples"].size() == 4);
    CHECK(all["samples"][2]["sample"] == 5);
    CHECK(all["samples"][2]["digest"] == alone["samples"][0]["digest"]);
    CHECK(all["samples"][1]["digest"] != alone["samples"][0]["digest"]);
    CHECK(all["digest"] != alone["digest"]);
}

TEST_CASE("trace verb: export has a line a spike, raster draws the sample asked for") {
    const ScratchFolder folder;
    REQUIRE(run_command(run_line(folder, "7,9", 1, "t")).code == 0);
    const std::string trace = (folder / "t").string();
    std::size_t spikes = 0;
    TraceReader reader(trace);
    SampleTrace sample;
    while (reader.next(sample)) {
        for (const StreamTrace& stream : sample.streams) {
            spikes += stream.slots.size();
        }
    }
    REQUIRE(spikes > 0);
    const std::string csv = (folder / "x.csv").string();
    CHECK(run_command("trace export " + trace + " -o " + csv).code == 0);
    const std::string text = read_bytes(csv);
    CHECK(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) == spikes + 1);

    const std::string svg = (folder / "x.svg").string();
    CHECK(run_command("trace raster " + trace + " --sample 9 -o " + svg).code == 0);
    CHECK(read_bytes(svg).find("sample 9: label 9") != std::string::npos);
    const Said missing =
        run_command("trace raster " + trace + " --sample 8 -o " + (folder / "y.svg").string());
    CHECK(missing.code == 2);
    CHECK(missing.error.find("got no sample 8, need one of its 2 samples, 7 to 9") !=
          std::string::npos);
    CHECK(run_command("trace raster " + trace + " -o " + (folder / "y.png").string()).code == 2);
    CHECK_FALSE(std::filesystem::exists(folder / "y.svg"));
}

TEST_CASE("trace verb: an output that cannot be written is a failure, not silence") {
    const ScratchFolder folder;
    REQUIRE(run_command(run_line(folder, "0", 1, "t")).code == 0);
    const std::string trace = (folder / "t").string();
    const std::string line =
        std::string(SALTUS_COMMAND) + " trace digest " + trace + " >/dev/full 2>/dev/null";
    const int status = std::system(line.c_str());
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 1);
    CHECK(
        run_command("trace export " + trace + " -o " + (folder / "no/such/x.csv").string()).code ==
        2);
}

}  // namespace saltus
