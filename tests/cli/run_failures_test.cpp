// Samples that fail: the run stops at the first, or with --keep-going says all of them and is
// otherwise the run of the others.
#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "tests/cli/workshop.hpp"

namespace saltus {

using nlohmann::json;
using namespace tests;

namespace {

// Samples 2 and 5 of 8 drive p[1] beyond float32, at ticks 3 and 0; the others fire h.
struct Failing : Workshop {
    Failing() {
        write("m.textproto", R"(format_version: 1 horizon: 100
            inputs { name: "x" shape: [2] }
            tensors { name: "W" shape: [2, 2] values: [0, 0, 1e38, 0] }
            nodes { name: "in" encoder { duplicate {} } }
            nodes { name: "h" shape: 2 population { theta: 1 } }
            nodes { name: "p" shape: 2 population { fires: false } }
            projections { source: "in" target: "h" identity {} }
            projections { source: "in" target: "p" dense { weight: "W" } }
            readouts { name: "r" population: "p" kind: membrane }
            readouts { name: "n" population: "h" kind: spike_count ties: index })");
        std::vector<float> values(16, 0);
        for (std::size_t k = 0; k < 8; ++k) {
            values[2 * k + 1] = static_cast<float>(k) / 16;
        }
        values[2 * 2] = 1;
        values[5 * 2] = 4;
        write_array(in("x.npy"), {8, 2}, values);
        write_array<std::int64_t>(in("l.npy"), {8}, {0, 1, 0, 1, 0, 1, 0, 1});
    }

    const std::string line = "run %/m.textproto --data %/x.npy --labels %/l.npy ";
    const std::string outputs = "--trace @/t --predictions @/p.csv --json @/j.json ";
};

}  // namespace

TEST_CASE("failures: without --keep-going the first one ends the run and leaves no file") {
    const Failing shop;
    for (const std::string threads : {"1", "4"}) {
        const Said said = shop.say(shop.line + shop.outputs + "--threads " + threads);
        CHECK(said.code == 1);
        CHECK(said.output.empty());
        CHECK(said.error ==
              "saltus: sample 2: p[1]@3: membrane is not finite, need a finite number\n");
        CHECK(names_in(shop.folder / "out").empty());
    }
}

TEST_CASE("failures: with --keep-going they are named, and all else is of the others") {
    const Failing shop;
    const Said others = shop.say(shop.line + shop.outputs + "--samples 0,1,3,4,6,7");
    REQUIRE(others.code == 0);
    const json right = without_times(json::parse(read_bytes(shop.folder / "out/j.json")));
    CHECK(right["failed"].empty());
    const std::string digest = shop.say("trace digest @/t").output;
    const auto right_rows = read_csv(shop.folder / "out/p.csv");
    for (const std::string threads : {"1", "4"}) {
        CAPTURE(threads);
        const Said said = shop.say(shop.line + shop.outputs + "--keep-going --threads " + threads);
        CHECK(said.code == 1);
        CHECK(said.error ==
              "saltus: sample 2: p[1]@3: membrane is not finite, need a finite number\n"
              "saltus: sample 5: p[1]@0: membrane is not finite, need a finite number\n");
        CHECK(contains(said.output, ": 6 samples, 100 ticks"));
        CHECK(contains(said.output, "failed        2 of 8 samples"));
        json run = without_times(json::parse(read_bytes(shop.folder / "out/j.json")));
        CHECK(run["failed"] ==
              json::array({{{"sample", 2},
                            {"error", "p[1]@3: membrane is not finite, need a finite number"}},
                           {{"sample", 5},
                            {"error", "p[1]@0: membrane is not finite, need a finite number"}}}));
        run["failed"] = json::array();
        CHECK(run == right);
        CHECK(shop.say("trace digest @/t").output == digest);
        auto rows = read_csv(shop.folder / "out/p.csv");
        REQUIRE(rows.size() == 8);
        const std::string text = read_bytes(shop.folder / "out/p.csv");
        CHECK(contains(text, "\n2,0,,,,,,,,,,,,,\n"));
        CHECK(contains(text, "\n5,1,,,,,,,,,,,,,\n"));
        rows.erase(rows.begin() + 5);
        rows.erase(rows.begin() + 2);
        CHECK(rows == right_rows);
    }
}

TEST_CASE("failures: input that is not finite fails its sample alone under --keep-going") {
    const Failing shop;
    write_array<float>(shop.in("nan.npy"), {3, 2}, {0, 1, 0, NAN, 0, 1});
    const std::string line = "run %/m.textproto --data %/nan.npy ";
    shop.check_refused(line, {"nan.npy: sample 1, input \"x\": got nan"});
    const Said said = shop.say(line + "--keep-going --json -");
    CHECK(said.code == 1);
    const json run = json::parse(said.output);
    CHECK(run["samples"] == 2);
    REQUIRE(run["failed"].size() == 1);
    CHECK(run["failed"][0]["sample"] == 1);
    CHECK(contains(run["failed"][0]["error"], "got nan at place 1, need finite numbers"));
}

TEST_CASE("failures: where every sample fails there is nothing to add up") {
    const Failing shop;
    const Said said = shop.say(shop.line + "--keep-going --samples 2,5 --predictions @/p.csv");
    CHECK(said.code == 1);
    CHECK(contains(said.output, ": 0 samples, 100 ticks"));
    CHECK(contains(said.output, "failed        2 of 2 samples"));
    CHECK(!contains(said.output, "nan"));
    const Said as_json = shop.say(shop.line + "--keep-going --samples 2,5 --json -");
    CHECK(as_json.code == 1);
    CHECK(json::parse(as_json.output)["samples"] == 0);
}

}  // namespace saltus
