// trace diff, run as a user runs it: what it names where two runs part.
#include <nlohmann/json.hpp>

#include <doctest/doctest.h>

#include "tests/cli/workshop.hpp"

namespace saltus {

using namespace saltus::tests;

namespace {

using Json = nlohmann::json;

// in -> a (1 neuron), read as told.
std::string small(const std::string& encoder,
                  const std::string& readout = "kind: spike_count ties: index",
                  const std::string& weight = "0.5",
                  const std::string& horizon = "8") {
    return "format_version: 1 horizon: " + horizon +
           " inputs { name: \"x\" shape: [1] } tensors { name: \"w\" shape: [1, 1] values: [" +
           weight + "] } nodes { name: \"in\" encoder { " + encoder +
           " } } nodes { name: \"a\" shape: 1 population { theta: 1 } } projections { source: "
           "\"in\" target: \"a\" dense { weight: \"w\" } } readouts { name: \"r\" population: "
           "\"a\" " +
           readout + " }";
}

struct Runs : Workshop {
    Runs() {
        write_array<std::uint8_t>(in("one.npy"), {2, 8, 1}, std::vector<std::uint8_t>(16, 1));
        write_array<std::uint8_t>(in("first.npy"), {8, 2, 1}, std::vector<std::uint8_t>(16, 1));
        write_array<float>(in("image.npy"), {2, 1}, {0.5, 0.75});
    }

    void run(const std::string& name, const std::string& model, const std::string& input) const {
        write(name + ".textproto", model);
        const Said said =
            say("run %/" + name + ".textproto " + input + " --trace %/" + name + ".saltrace");
        INFO(said.error);
        REQUIRE(said.code == 0);
    }

    [[nodiscard]] Json diff(const std::string& arguments) const {
        const Said said = say("trace diff " + arguments + " --json -");
        INFO(said.error);
        REQUIRE(said.code == 3);
        return Json::parse(said.output);
    }
};

}  // namespace

TEST_CASE("trace diff: arrays that are time first replay on either side") {
    const Runs shop;
    shop.run("a", small("events {}"), "--time-first --events %/first.npy");
    shop.run(
        "b", small("events {}", "kind: spike_count ties: index", "0.25"), "--events %/one.npy");
    const std::string both =
        "%/a.saltrace %/b.saltrace --model %/a.textproto --model-b %/b.textproto";
    CHECK(shop.diff(both + " --time-first --events %/first.npy --events-b %/one.npy")
              .at("cause")
              .at("kind") == "weight");
    const std::string turned =
        "%/b.saltrace %/a.saltrace --model %/b.textproto --model-b %/a.textproto";
    CHECK(shop.diff(turned + " --events %/one.npy --events-b %/first.npy --time-first-b")
              .at("cause")
              .at("kind") == "weight");
    shop.check_refused("trace diff " + both + " --events %/one.npy --time-first-b",
                       {"--time-first-b: got no data of the second trace"});
    shop.check_refused("trace diff %/a.saltrace %/b.saltrace --time-first",
                       {"--model: got nothing"});
}

TEST_CASE("trace diff: where readouts alone differ, the sample and the value are said") {
    const Runs shop;
    shop.run("count", small("events {}"), "--events %/one.npy");
    shop.run("membrane", small("events {}", "kind: membrane"), "--events %/one.npy");
    const Said said = shop.say("trace diff %/count.saltrace %/membrane.saltrace");
    CHECK(said.code == 3);
    CHECK(said.output ==
          "the same spikes in 2 samples; readouts differ in 2\n"
          "first readout that differs: sample 0, r[0]: 4 in the first, 0 in the second; the answer "
          "is 0 in both\n");
    const Json json = shop.diff("%/count.saltrace %/membrane.saltrace");
    CHECK(json.at("first_readout").at("readout") == "r");
    CHECK(json.at("first_readout").at("value") == 0);
    CHECK(json.at("first_readout").at("a") == 4);
    CHECK(shop.say("trace diff %/count.saltrace %/membrane.saltrace --population a").code == 0);
}

TEST_CASE("trace diff: traces of different horizons are compared over the ticks of both") {
    const Runs shop;
    shop.run("long", small("events {}"), "--events %/one.npy");
    shop.run("short",
             small("events {}", "kind: spike_count ties: index", "0.5", "5"),
             "--horizon 5 --events %/one.npy");
    const Said said = shop.say("trace diff %/long.saltrace %/short.saltrace");
    CHECK(said.code == 3);
    CHECK(said.output ==
          "the horizons differ, 8 and 5 ticks: ticks 0 to 4 are compared, and no readouts\n"
          "the same spikes in 2 samples\n");
    CHECK(shop.say("trace diff %/long.saltrace %/short.saltrace --ticks 0-4").code == 0);
    shop.check_refused("trace diff %/long.saltrace %/short.saltrace --ticks 0-5",
                       {"--ticks: got 0-5, need ticks of 0-4"});
}

TEST_CASE("trace diff: another encoder is named before what follows from it") {
    const Runs shop;
    const std::string image = "--data %/image.npy";
    // Held values send no spikes: the first difference is the other encoder's.
    shop.run("duplicate", small("duplicate {}"), image);
    shop.run("latency", small("latency {}", "kind: spike_count ties: index", "2"), image);
    shop.run("bernoulli", small("bernoulli {}"), image);
    shop.run("softer", small("bernoulli { c: 3 }"), image);
    const auto cause = [&](const std::string& a, const std::string& b) {
        return shop
            .diff("%/" + a + ".saltrace %/" + b + ".saltrace --model %/" + a +
                  ".textproto --model-b %/" + b + ".textproto " + image)
            .at("cause");
    };
    CHECK(cause("duplicate", "latency").at("kind") == "encoder");
    CHECK(cause("duplicate", "latency").at("words") ==
          "the encoder in is duplicate in the first, latency in the second");
    CHECK(cause("bernoulli", "latency").at("kind") == "encoder");
    CHECK(cause("bernoulli", "softer").at("words") ==
          "the encoder in has c 1 in the first, 3 in the second");
}

}  // namespace saltus
