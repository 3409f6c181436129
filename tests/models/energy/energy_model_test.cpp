// Energy models as files: those that come with Saltus, and what is wrong with others.
#include "models/energy/energy_model.hpp"

#include <string>

#include <doctest/doctest.h>

#include "core/error.hpp"

#include "tests/models/data/scratch_folder.hpp"

using namespace saltus;
using saltus::tests::ScratchFolder;
using saltus::tests::write_bytes;

namespace {

const std::string k_source = R"(sources { key: "me" bibtex: "@misc{me}" } )";

std::string refusal(const std::string& text) {
    const ScratchFolder folder;
    write_bytes(folder / "e.textproto", text);
    try {
        load_energy_model((folder / "e.textproto").string());
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE(
    "energy models: each that comes with Saltus loads by its name, with a source for every "
    "constant") {
    const std::vector<std::string> names = energy_model_names();
    REQUIRE(names.size() == 7);
    for (const std::string& name : names) {
        CAPTURE(name);
        const EnergyModel model = load_energy_model(name);
        CHECK(model.name == name);
        CHECK(!model.title.empty());
        CHECK(!model.leaves_out.empty());
        for (const EnergyPrice& price : model.prices) {
            CHECK(price.joules > 0);
            CHECK(!price.source.empty());
        }
        for (const EnergySource& source : model.sources) {
            CHECK(contains(source.bibtex, "{" + source.key + ","));
        }
        // The shown text is the model.
        const ScratchFolder folder;
        write_bytes(folder / "copy.textproto", energy_model_text(name));
        CHECK(load_energy_model((folder / "copy.textproto").string()).prices.size() ==
              model.prices.size());
    }
}

TEST_CASE("energy models: the constants of 45 nm are Horowitz's") {
    const EnergyModel model = load_energy_model("45nm-float32");
    CHECK(model.price(Counted::acs)->joules == doctest::Approx(0.9e-12));
    CHECK(model.price(Counted::front_macs)->joules == doctest::Approx(4.6e-12));
    CHECK(model.price(Counted::neuron_ticks) == nullptr);
    const EnergyModel bytes = load_energy_model("45nm-int8");
    CHECK(bytes.price(Counted::acs)->joules == doctest::Approx(0.03e-12));
    CHECK(bytes.price(Counted::front_macs)->joules == doctest::Approx(0.23e-12));
}

TEST_CASE("energy models: an access to memory costs what its size says, linearly between levels") {
    const EnergyModel model = load_energy_model("memory-aware");
    CHECK(model.access_joules(100) == doctest::Approx(10e-12));
    CHECK(model.access_joules(8192) == doctest::Approx(10e-12));
    CHECK(model.access_joules(20480) == doctest::Approx(15e-12));  // half way from 8 to 32 KiB
    CHECK(model.access_joules(32768) == doctest::Approx(20e-12));
    CHECK(model.access_joules(1048576) == doctest::Approx(100e-12));
    CHECK(model.access_joules(1e9) == doctest::Approx(100e-12));
    CHECK(load_energy_model("45nm-float32").access_joules(100) == 0);
}

TEST_CASE("energy models: an unknown name is refused with the nearest") {
    CHECK_THROWS_WITH_AS(load_energy_model("45nm-float23"),
                         doctest::Contains("the nearest is \"45nm-float32\""),
                         InputError);
    CHECK_THROWS_WITH_AS(
        load_energy_model("nowhere/e.textproto"), doctest::Contains("nowhere"), Error);
}

TEST_CASE("energy models: each fault of a file is one line with its field") {
    const std::string head = "format_version: 1 name: \"mine\" ";
    CHECK(contains(refusal(head + k_source +
                           R"(prices { of: "asc" picojoules: 1 kind: MEASURED source: "me" })"),
                   "prices[0].of: got \"asc\", need a count; the nearest is \"acs\""));
    CHECK(contains(refusal(head + k_source +
                           R"(prices { of: "acs" picojoules: -1 kind: MEASURED source: "me" })"),
                   "prices[0].picojoules: got -1"));
    CHECK(contains(refusal(head + k_source + R"(prices { of: "acs" picojoules: 1 source: "me" })"),
                   "prices[0].kind: got none"));
    CHECK(contains(refusal(head + k_source +
                           R"(prices { of: "acs" picojoules: 1 kind: MEASURED source: "em" })"),
                   "prices[0].source: got \"em\""));
    CHECK(contains(
        refusal(
            head + k_source +
            R"(prices { of: "acs" picojoules: 1 kind: MEASURED source: "me" weight_reads: 1 })"),
        "prices[0]: got accesses to memory"));
    CHECK(contains(
        refusal(head + k_source + R"(prices { of: "acs" picojoules: 1 kind: MEASURED source: "me" }
        prices { of: "acs" picojoules: 2 kind: MEASURED source: "me" })"),
        "prices[1].of: got acs once more"));
    CHECK(contains(
        refusal(head + k_source + R"(prices { of: "acs" picojoules: 1 kind: MEASURED source: "me" }
        memory { bytes: 2 kind: MEASURED source: "me" } memory { bytes: 2 kind: MEASURED source: "me" })"),
        "memory[1].bytes: got 2"));
    CHECK(contains(refusal(head + k_source), "prices: got none"));
    CHECK(contains(refusal(head + R"(pricse { })"), "the nearest is \"prices\""));
    CHECK(contains(refusal("name: \"x\" " + k_source +
                           R"(prices { of: "acs" picojoules: 1 kind: MEASURED source: "me" })"),
                   "format_version: got 0"));
}

TEST_CASE("joules have three digits and a unit that fits") {
    CHECK(joules_text(3.8376e-9) == "3.84 nJ");
    CHECK(joules_text(0) == "0 J");
    CHECK(joules_text(182.24e-6) == "182 uJ");
    CHECK(joules_text(0.5e-12) == "0.5 pJ");
}
