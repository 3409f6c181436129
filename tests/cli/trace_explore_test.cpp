// saltus trace explore as a user runs it. What the page does in a browser: tests/pages.
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/cli/command.hpp"
#include "tests/cli/run_files.hpp"

namespace saltus {

using tests::contains;
using tests::names_in;
using tests::read_bytes;
using tests::run_command;
using tests::Said;
using tests::ScratchFolder;

namespace {

// A trace of digits 0 to 19, and the front of a command line that explores it.
struct Traced {
    explicit Traced(const ScratchFolder& folder) : trace((folder / "t").string()) {
        REQUIRE(run_command("run " + tests::k_latency + " --samples 0-19 --trace " + trace).code ==
                0);
        page = (folder / "x.html").string();
        line = "trace explore " + trace + " -o " + page + " ";
    }

    std::string trace;
    std::string page;
    std::string line;
};

}  // namespace

TEST_CASE("trace explore: one page, which holds its program and asks for nothing from elsewhere") {
    const ScratchFolder folder;
    const Traced traced(folder);
    const Said said = run_command(traced.line);
    CHECK(said.code == 0);
    CHECK(said.output.empty());
    const std::string page = read_bytes(traced.page);
    CHECK(page.rfind("<!DOCTYPE html>", 0) == 0);
    CHECK(contains(page, "mnist_hybrid_latency"));
    CHECK(page.size() < 600'000);
    for (const char* outside : {"http://", "https://", "src=\"", "@import", "url("}) {
        // Names of XML, which nobody fetches, apart.
        std::string rest = page;
        for (std::size_t at = 0; (at = rest.find("http://www.w3.org/")) != std::string::npos;) {
            rest.erase(at, 18);
        }
        CAPTURE(outside);
        CHECK_FALSE(contains(rest, outside));
    }
}

TEST_CASE("trace explore: thumbnails, samples, populations and ticks that are asked for") {
    const ScratchFolder folder;
    const Traced traced(folder);
    const Said all = run_command(traced.line + "--data examples/data");
    CHECK(all.code == 0);
    CHECK(contains(read_bytes(traced.page), "id=\"thumbnails\""));
    const Said some =
        run_command(traced.line +
                    "--model examples/models/mnist_hybrid_latency.saltus --data examples/data "
                    "--sample 3,5-6 --population hidden --population logits --ticks 4-9");
    CHECK(some.code == 0);
    CHECK(some.output.empty());
    CHECK(some.error ==
          "saltus: note: 2 of 3 populations are on the page (--population).\n"
          "saltus: note: Ticks 4 to 9 of 16 are on the page (--ticks).\n"
          "saltus: note: 3 of 20 samples are on the page (--samples chooses).\n");
    const std::string page = read_bytes(traced.page);
    CHECK(contains(page, "id=\"spikes-2\""));
    CHECK_FALSE(contains(page, "id=\"spikes-3\""));
    CHECK_FALSE(contains(page, "\"features\""));
}

TEST_CASE("trace explore: what is wrong is said, names what there is, and leaves no page") {
    const ScratchFolder folder;
    const Traced traced(folder);
    const auto refused = [&](const std::string& options, const std::string& words) {
        CAPTURE(options);
        const Said said = run_command(traced.line + options);
        CHECK(said.code == 2);
        CAPTURE(said.error);
        CHECK(contains(said.error, words));
        CHECK(names_in(folder.path()) == std::set<std::string>{"t"});
    };
    refused("--population hiden",
            "--population: got \"hiden\", need one of features, hidden, logits");
    refused("--sample 20", "--sample: got sample 20, need one of the samples of the trace: 0-19");
    refused("--ticks 0-16", "--ticks: got 0-16, need ticks of 0-15");
    for (const char* bad : {"x", "1-", "-1", "1-2-3", "1,2", "99999999999999999999"}) {
        refused("--ticks=" + std::string(bad), "--ticks: got");
    }
    refused("--model examples/models/mnist_hybrid_duplicate.saltus --ticks x",
            "--ticks: got \"x\"");
    refused("--data examples/models", "examples/models");
    refused("--model no-such.saltus", "no-such.saltus");
}

TEST_CASE("trace explore: another model than the one that was run is refused") {
    const ScratchFolder folder;
    const Traced traced(folder);
    const tests::Mixed mixed(folder);
    const std::string model = (folder / "mixed.textproto").string();
    const Said said = run_command(traced.line + "--model " + model);
    CHECK(said.code == 2);
    CHECK(contains(said.error, "--model: got 5 populations, need 3, as " + traced.trace + " has"));
    CHECK_FALSE(std::filesystem::exists(traced.page));
}

}  // namespace saltus
