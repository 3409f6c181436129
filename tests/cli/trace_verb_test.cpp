// saltus trace on a trace that a model on shipped digits left.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

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
    CHECK(missing.error.find("--sample: got sample 8, need one of the samples of the trace: 7, 9") !=
          std::string::npos);
    CHECK(run_command("trace raster " + trace + " -o " + (folder / "y.gif").string()).code == 2);
    CHECK_FALSE(std::filesystem::exists(folder / "y.svg"));
}

TEST_CASE("trace raster: PNG and PDF open elsewhere, twice the same, and say what the SVG says") {
    const ScratchFolder folder;
    REQUIRE(run_command(run_line(folder, "7", 1, "t")).code == 0);
    const std::string trace = (folder / "t").string();
    for (const char* name : {"x.png", "x.pdf", "y.png", "y.pdf"}) {
        REQUIRE(run_command("trace raster " + trace + " -o " + (folder / name).string()).code == 0);
    }
    CHECK(read_bytes(folder / "x.png") == read_bytes(folder / "y.png"));
    CHECK(read_bytes(folder / "x.pdf") == read_bytes(folder / "y.pdf"));
    CHECK(read_bytes(folder / "x.png").substr(1, 3) == "PNG");
    const std::string text = (folder / "x.txt").string();
    if (std::system("command -v pdftotext >/dev/null") != 0) {
        MESSAGE("pdftotext (poppler-utils) is not installed: the PDF is not read back");
        return;
    }
    REQUIRE(std::system(("pdftotext " + (folder / "x.pdf").string() + " " + text).c_str()) == 0);
    const std::string words = read_bytes(text);
    for (const char* word : {"sample 7: label 9", "features", "hidden", "logits", "500 neurons",
                             "time in ticks", "encoder"}) {
        CAPTURE(word);
        CHECK(words.find(word) != std::string::npos);
    }
}

TEST_CASE("trace raster: populations, ticks and style are those asked for; --terminal needs no terminal") {
    const ScratchFolder folder;
    REQUIRE(run_command(run_line(folder, "7", 1, "t")).code == 0);
    const std::string trace = (folder / "t").string();
    const std::string svg = (folder / "x.svg").string();
    REQUIRE(run_command("trace raster " + trace + " --population hidden --ticks 8-11 -o " + svg).code == 0);
    const std::string part = read_bytes(svg);
    std::size_t spikes = 0;
    TraceReader reader(trace);
    SampleTrace sample;
    REQUIRE(reader.next(sample));
    for (std::size_t k = 0; k < sample.streams[1].packets(); ++k) {
        const Tick tick = sample.streams[1].ticks[k];
        spikes += tick >= 8 && tick <= 11 ? sample.streams[1].spikes[k] : 0;
    }
    REQUIRE(spikes > 0);
    std::size_t drawn = 0;
    for (std::size_t at = part.find("<title>hidden["); at != std::string::npos;
         at = part.find("<title>hidden[", at + 1)) {
        ++drawn;
    }
    CHECK(drawn == spikes);
    CHECK(part.find("features") == std::string::npos);
    CHECK(part.find("width=\"174mm\"") != std::string::npos);
    REQUIRE(run_command("trace raster " + trace + " --style slides -o " + svg).code == 0);
    CHECK(read_bytes(svg).find("width=\"254mm\"") != std::string::npos);

    const Said terminal = run_command("trace raster " + trace + " --terminal --population hidden");
    CHECK(terminal.code == 0);
    CHECK(terminal.output.find("hidden  500 neurons, ") != std::string::npos);
    CHECK(terminal.output.find("\u2502") != std::string::npos);
    for (const char* wrong : {" --terminal --population none", " --terminal --ticks 8-16", "",
                              " --terminal -o x.svg", " --terminal --style poster"}) {
        CAPTURE(wrong);
        const Said said = run_command("trace raster " + trace + wrong);
        CHECK(said.code == 2);
        CHECK_FALSE(said.error.empty());
    }
}

TEST_CASE("trace without --each-neuron: the drawn map has the table's numbers") {
    const ScratchFolder folder;
    REQUIRE(run_command(run_line(folder, "8", 1, "t")).code == 0);
    const std::string line =
        "trace without " + (folder / "t").string() +
        " --each-neuron --sample 8 --model examples/models/mnist_hybrid_latency.saltus "
        "--data examples/data -o ";
    for (const char* name : {"m.csv", "m.svg", "m.png", "m.pdf"}) {
        REQUIRE(run_command(line + (folder / name).string()).code == 0);
    }
    const Said other = run_command(line + (folder / "m.gif").string());
    CHECK(other.code == 2);
    CHECK(other.error.find(".csv, .svg, .png or .pdf") != std::string::npos);
    const std::string svg = read_bytes(folder / "m.svg");
    const std::size_t leads = svg.find("leads by ");
    REQUIRE(leads != std::string::npos);
    const double lead = std::stod(svg.substr(leads + 9));
    std::istringstream table(read_bytes(folder / "m.csv"));
    std::string row;
    std::getline(table, row);
    std::size_t rows = 0;
    double most = 0;
    while (std::getline(table, row)) {
        std::vector<std::string> fields;
        std::istringstream parts(row);
        for (std::string field; std::getline(parts, field, ',');) {
            fields.push_back(field);
        }
        const std::string title = "<title>" + fields[0] + "[" + fields[1] + "] ";
        CAPTURE(row);
        const std::size_t at = svg.find(title);
        REQUIRE(at != std::string::npos);
        const double change = std::stod(svg.substr(at + title.size()));
        CHECK(std::abs(change - (std::stod(fields[4]) - lead)) < 0.002);
        most = std::max(most, std::abs(change));
        ++rows;
    }
    std::size_t drawn = 0;
    for (std::size_t at = svg.find("] "); at != std::string::npos; at = svg.find("] ", at + 1)) {
        ++drawn;
    }
    CHECK(rows > 100);
    CHECK(drawn == rows);
    // The colour bar ends at the largest change, either side.
    const std::size_t bar = svg.find(">+");
    REQUIRE(bar != std::string::npos);
    CHECK(std::stod(svg.substr(bar + 2)) == doctest::Approx(most).epsilon(0.01));
    CHECK(svg.find(">-" + svg.substr(bar + 2, svg.find('<', bar) - bar - 2) + "<") !=
          std::string::npos);
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
