// trace summary, run as a user runs it: the text, the JSON and what is refused.
#include <nlohmann/json.hpp>
#include <sstream>

#include <doctest/doctest.h>

#include "models/trace/trace_file.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/cli/workshop.hpp"

namespace saltus {

using namespace saltus::tests;

namespace {

using Json = nlohmann::json;

// The shipped model's first digits, with what a summary can use.
struct Digits : Workshop {
    void run(const std::string& name, const std::string& more) const {
        const Said said =
            say("run " + std::string(k_shipped) + " --data examples/data --samples 0-99 " + more +
                " --trace @/" + name + " --json @/" + name + ".json");
        INFO(said.error);
        REQUIRE(said.code == 0);
    }

    [[nodiscard]] Json json(const std::string& arguments) const {
        const Said said = say("trace summary @/" + arguments + " --json -");
        INFO(said.error);
        REQUIRE(said.code == 0);
        return Json::parse(said.output);
    }

    [[nodiscard]] std::string text(const std::string& arguments) const {
        const Said said = say("trace summary @/" + arguments);
        CHECK(said.error.empty());
        REQUIRE(said.code == 0);
        return said.output;
    }
};

}  // namespace

TEST_CASE("trace summary: the shipped model's numbers are those that its run gives") {
    const Digits shop;
    shop.run("t", "--record-readout");
    const Json run = Json::parse(read_bytes(shop.folder / "out/t.json"));
    const Json got = shop.json("t");
    CHECK(got.at("samples") == 100);
    const Json& readout = got.at("readouts").at(0);
    CHECK(readout.at("accuracy") == run.at("accuracy"));
    CHECK(readout.at("by_tick_from") == "recorded readout");
    REQUIRE(readout.at("by_tick").size() == 16);
    CHECK(readout.at("by_tick").back().at("accuracy") == readout.at("accuracy"));
    std::uint64_t changes = 0;
    for (const Json& point : readout.at("by_tick")) {
        changes += point.at("last_changed").get<std::uint64_t>();
    }
    CHECK(changes == 100);
    // Counted in the spikes of the trace itself.
    const TraceFile file(shop.folder / "out/t");
    for (PopulationId p = 0; p < 2; ++p) {
        const Json& population = got.at("populations").at(p);
        std::set<Slot> fired;
        std::uint64_t spikes = 0;
        for (std::uint64_t place = 0; place < file.samples(); ++place) {
            const StreamTrace stream = file.spikes(place, p);
            fired.insert(stream.slots.begin(), stream.slots.end());
            spikes += stream.slots.size();
        }
        CHECK(population.at("spikes") == spikes);
        CHECK(population.at("silent").size() == 500 - fired.size());
        CHECK(population.at("rate_a_tick") ==
              doctest::Approx(static_cast<double>(spikes) / (500.0 * 16 * 100)));
    }
    CHECK(got.at("populations").at(2).at("known") == "sends no spikes");
}

TEST_CASE("trace summary: the text begins with what is silent and fits 100 columns") {
    const Digits shop;
    shop.run("t", "--record-readout");
    const std::string text = shop.text("t");
    std::istringstream lines(text);
    std::vector<std::string> heads;
    for (std::string line; std::getline(lines, line);) {
        CHECK(line.size() <= 100);
        const std::string head = line.substr(0, line.find(' '));
        if (!head.empty()) {
            heads.push_back(head);
        }
    }
    REQUIRE(heads.size() > 4);
    CHECK(heads[0] == "trace");
    CHECK(heads[1] == "silent");
    CHECK(heads[2] == "saturated");
    CHECK(heads[3] == "activity");
    for (const std::string part : {"neurons of hidden: hidden[",
                                   "after tick  accuracy",
                                   "labels down, answers across",
                                   "smallest margin: sample",
                                   "logits is only read: no spikes"}) {
        CAPTURE(part);
        CHECK(contains(text, part));
    }
}

TEST_CASE("trace summary: what the trace lacks is said, with what would have recorded it") {
    const Digits shop;
    shop.run("plain", "");
    CHECK(contains(shop.text("plain"), "--record-readout"));
    CHECK(shop.json("plain").at("readouts").at(0).at("by_tick").is_null());

    shop.run("counts", "--record counts");
    const std::string counts = shop.text("counts");
    CHECK(contains(counts, "times of hidden: counts alone were recorded"));
    CHECK(contains(counts, "neurons of hidden: hidden["));
    CHECK(shop.json("counts").at("populations").at(1).at("first_spike").is_null());

    shop.run("some", "--record features");
    CHECK(contains(shop.text("some"), "neurons and times of hidden: its spikes were not recorded"));
    CHECK(shop.json("some").at("populations").at(1).at("silent").is_null());
    CHECK(shop.json("some").at("populations").at(1).at("spikes").is_number());

    REQUIRE(shop.say("run %/still.textproto --data %/x.npy --trace @/u").code == 0);
    CHECK(contains(shop.text("u"), "accuracy    not known: no labels"));
    CHECK(shop.json("u").at("readouts").at(0).at("accuracy").is_null());
}

TEST_CASE("trace summary: output spikes give the accuracy after each tick without more recording") {
    const Digits shop;
    REQUIRE(shop.say("run %/good.textproto --events %/e.npy --trace @/t").code == 0);
    const Json readout = shop.json("t").at("readouts").at(0);
    CHECK(readout.at("by_tick_from") == "output spikes");
    CHECK(readout.at("by_tick").size() == 8);
    for (const Json& point : readout.at("by_tick")) {
        CHECK(point.at("tied") == 0);  // the model settles ties by index
    }
}

TEST_CASE("trace summary: samples, populations and ticks that are asked for, and those alone") {
    const Digits shop;
    shop.run("t", "");
    const Json got = shop.json("t --sample 3,7-9 --population hidden --ticks 4-9");
    CHECK(got.at("samples") == 4);
    CHECK(got.at("first_tick") == 4);
    CHECK(got.at("last_tick") == 9);
    REQUIRE(got.at("populations").size() == 1);
    const TraceFile file(shop.folder / "out/t");
    std::uint64_t spikes = 0;
    for (const std::uint64_t place : {3, 7, 8, 9}) {
        spikes += file.spikes(place, 1, {4, 10}).slots.size();
    }
    CHECK(got.at("populations").at(0).at("spikes") == spikes);
}

TEST_CASE("trace summary: bad use is refused in one line, an empty trace is summarised") {
    const Digits shop;
    shop.run("t", "");
    const auto refused = [&](const std::string& arguments, const std::string& words) {
        const Said said = shop.say("trace summary " + arguments);
        CAPTURE(arguments);
        CHECK(said.code == 2);
        CHECK(said.output.empty());
        CHECK(contains(said.error, words));
        CHECK(std::count(said.error.begin(), said.error.end(), '\n') == 1);
    };
    refused("@/t --population hiden",
            "--population: got \"hiden\", need one of features, hidden, logits");
    refused("@/t --sample 100",
            "--sample: got sample 100, need one of the samples of the trace: 0-99");
    refused("@/t --ticks 3-16", "--ticks: got 3-16, need ticks of 0-15");
    refused("@/t --samples ''", "--sample: got an empty value");
    refused("@/none", "none");
    refused("%/x.npy", "x.npy");

    TraceHeader header;
    header.model = "none";
    header.horizon = 4;
    header.populations = {
        {"a", Shape{3}, TracePopulation::Kind::neurons, false, Clock::lazy, true}};
    TraceWriter(shop.folder / "out/e", header, {}).finish();
    CHECK(contains(shop.text("e"), "the trace is empty: nothing to summarise"));
    CHECK(shop.json("e").at("samples") == 0);
    refused("@/e --sample 0", "--sample: got sample 0, need a trace with samples");
}

}  // namespace saltus
