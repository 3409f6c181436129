// The time axis of data against the ticks run: arrays [tick, sample, ...] that would pass for
// [sample, tick, ...], data shorter or longer than the horizon, and codings that are.
#include <string>

#include <doctest/doctest.h>

#include "tests/cli/workshop.hpp"

namespace saltus {

using nlohmann::json;
using namespace tests;

namespace {

// 4 ticks of 2 neurons; `more`: of the input.
std::string events_model(const std::string& more = "", const std::string& horizon = "4") {
    return "format_version: 1 horizon: " + horizon + " inputs { name: \"x\" shape: [2] " + more +
           R"( } nodes { name: "in" encoder { events {} } }
        nodes { name: "p" population { theta: 1 } }
        projections { source: "in" target: "p" identity {} }
        readouts { name: "r" population: "p" kind: spike_count ties: index })";
}

// 6 ticks in frames of 2.
const std::string k_frames = R"(format_version: 1 horizon: 6
    inputs { name: "x" shape: [2] sequence: true ticks_per_frame: 2 }
    nodes { name: "in" encoder { duplicate {} } }
    nodes { name: "p" population { theta: 1 } }
    projections { source: "in" target: "p" identity {} }
    readouts { name: "r" population: "p" kind: spike_count ties: index })";

constexpr std::uint64_t k_samples = 3;

// Event at (sample, tick, neuron), of a pattern in which no two samples are alike.
std::uint8_t event(std::uint64_t sample, std::uint64_t tick, std::uint64_t neuron) {
    return (sample * 5 + tick * 3 + neuron * 7) % 4 == 0 ? 1 : 0;
}

// [sample, tick, 2], or [tick, sample, 2].
template <class T>
void write_events(const std::filesystem::path& path, std::uint64_t ticks, bool time_first) {
    std::vector<T> values;
    const std::uint64_t outer = time_first ? ticks : k_samples;
    const std::uint64_t inner = time_first ? k_samples : ticks;
    for (std::uint64_t a = 0; a < outer; ++a) {
        for (std::uint64_t b = 0; b < inner; ++b) {
            for (std::uint64_t n = 0; n < 2; ++n) {
                values.push_back(time_first ? event(b, a, n) : event(a, b, n));
            }
        }
    }
    write_array<T>(path, {outer, inner, 2}, values);
}

std::string digest_of_run(const Workshop& shop, const std::string& arguments) {
    const Said said = shop.say("run " + arguments + " --trace @/t");
    CAPTURE(said.error);
    REQUIRE(said.code == 0);
    const std::string digest = shop.say("trace digest @/t").output;
    std::filesystem::remove(shop.folder / "out/t");
    return digest;
}

}  // namespace

TEST_CASE("time axis: an array [tick, sample, ...] is refused, and --time-first runs it right") {
    const Workshop shop;
    shop.write("m.textproto", events_model());
    write_events<std::uint8_t>(shop.in("e.npy"), 4, false);
    write_events<std::uint8_t>(shop.in("t.npy"), 4, true);
    write_events<float>(shop.in("f.npy"), 4, true);
    const std::string right = digest_of_run(shop, "%/m.textproto --events %/e.npy");
    for (const std::string name : {"t.npy", "f.npy"}) {
        shop.check_refused("run %/m.textproto --events %/" + name + Workshop::k_outputs,
                           {name + ": got 3 ticks a sample, in 4 samples",
                            "need 4 ticks",
                            "its first axis has 4: if that is time, --time-first",
                            "--horizon 3"});
        shop.check_refused("bench %/m.textproto -r 1 --events %/" + name, {"--time-first"});
        CHECK(digest_of_run(shop, "%/m.textproto --time-first --events %/" + name) == right);
    }
    CHECK(shop.say("bench %/m.textproto -r 1 --time-first --events %/t.npy").code == 0);
    // The other way round too.
    shop.check_refused("run %/m.textproto --time-first --events %/e.npy",
                       {"e.npy: got 3 ticks a sample, in 4 samples", "Then no --time-first"});
    const json run =
        json::parse(shop.say("run %/m.textproto --time-first --events %/t.npy --json -").output);
    CHECK(run["samples"] == 3);
    CHECK(!contains(shop.say("run %/m.textproto --events %/e.npy").output, "note: "));
}

TEST_CASE("time axis: frames of a sequence are compared with the ticks that they are shown for") {
    const Workshop shop;
    shop.write("m.textproto", k_frames);
    for (const std::uint64_t frames : {2, 3, 4}) {
        CAPTURE(frames);
        write_events<float>(shop.in("x.npy"), frames, false);
        write_events<float>(shop.in("t.npy"), frames, true);
        if (frames != 3) {
            shop.check_refused(
                "run %/m.textproto --data %/x.npy",
                {"x.npy: got " + std::to_string(frames) +
                     " frames of 2 ticks a sample, in 3 samples",
                 "need 3 frames of 2 ticks, as a run of 6 ticks shows input \"x\"",
                 "--horizon " + std::to_string(2 * frames) + " to run as long as the data"});
            continue;
        }
        CHECK(digest_of_run(shop, "%/m.textproto --data %/x.npy") ==
              digest_of_run(shop, "%/m.textproto --time-first --data %/t.npy"));
    }
    // The last frame may be cut.
    write_events<float>(shop.in("x.npy"), 4, false);
    CHECK(shop.say("run %/m.textproto --horizon 7 --data %/x.npy").code == 0);
    CHECK(!contains(shop.say("run %/m.textproto --horizon 7 --data %/x.npy").output, "note: "));
}

TEST_CASE("time axis: --horizon runs shorter or longer, and says what of the data is not used") {
    const Workshop shop;
    shop.write("m.textproto", events_model());
    write_events<std::uint8_t>(shop.in("e.npy"), 4, false);
    write_events<float>(shop.in("f.npy"), 4, false);
    std::uint64_t unused = 0;
    for (std::uint64_t sample = 0; sample < 2; ++sample) {
        for (std::uint64_t tick = 1; tick < 4; ++tick) {
            unused += event(sample, tick, 0) + event(sample, tick, 1);
        }
    }
    REQUIRE(unused > 0);
    for (const std::string name : {"e.npy", "f.npy"}) {
        const std::string line = "run %/m.textproto --events %/" + name + " --samples 0-1 ";
        const Said shorter = shop.say(line + "--horizon 1");
        CHECK(shorter.code == 0);
        CHECK(contains(shorter.output,
                       name + " has 4 ticks a sample, and 1 were run: 3 are not used, with " +
                           std::to_string(unused) + " events in all"));
        const json run = json::parse(shop.say(line + "--horizon 1 --json -").output);
        CHECK(run["inputs"][0]["name"] == "x");
        CHECK(run["inputs"][0]["frames"] == 4);
        CHECK(run["inputs"][0]["frames_run"] == 1);
        CHECK(run["inputs"][0]["unused_events"] == unused);
        const Said longer = shop.say(line + "--horizon 9");
        CHECK(longer.code == 0);
        CHECK(
            contains(longer.output,
                     name + " has 4 ticks a sample, and 9 were run: nothing comes after its end"));
    }
    // As many samples as ticks, and --horizon: it may be meant, and may not.
    write_events<std::uint8_t>(shop.in("t.npy"), 4, true);
    const Said swapped = shop.say("run %/m.textproto --events %/t.npy --horizon 4");
    CHECK(swapped.code == 0);
    CHECK(contains(swapped.output, "if its first axis is time, give --time-first"));
    const Said bench = shop.say("bench %/m.textproto -r 1 --events %/e.npy --horizon 1");
    CHECK(bench.code == 0);
    CHECK(contains(bench.output, "- note: "));
    CHECK(contains(bench.output, "3 are not used, with "));
}

TEST_CASE("time axis: one sample alone, whose axes cannot be mistaken, runs with a note") {
    const Workshop shop;
    shop.write("m.textproto", events_model());
    write_array<std::uint8_t>(shop.in("long.npy"), {1, 6, 2}, {1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1});
    write_array<std::uint8_t>(shop.in("short.npy"), {1, 2, 2}, {1, 0, 0, 1});
    write_array<std::uint8_t>(shop.in("one.npy"), {4, 1, 2}, {1, 0, 0, 0, 0, 0, 0, 1});
    CHECK(contains(shop.say("run %/m.textproto --events %/long.npy").output,
                   "has 6 ticks a sample, and 4 were run: 2 are not used, with 3 events in all"));
    CHECK(contains(shop.say("run %/m.textproto --events %/short.npy").output,
                   "has 2 ticks a sample, and 4 were run: nothing comes after its end"));
    // [tick, 1, ...]: one sample in the order of snnTorch.
    shop.check_refused("run %/m.textproto --events %/one.npy",
                       {"got 1 tick a sample, in 4 samples, need 4 ticks", "--time-first"});
    CHECK(shop.say("run %/m.textproto --time-first --events %/one.npy").code == 0);
}

TEST_CASE("time axis: --time-first is refused where no input has a time axis") {
    const Workshop shop;
    shop.check_refused("run %/still.textproto --data %/x.npy --time-first",
                       {"--time-first: got a model whose inputs have no time axis"});
}

TEST_CASE("time axis: a coding's own span beyond the horizon is said by run, bench and info") {
    const Workshop shop;
    const auto model = [](const std::string& coding, const std::string& input = "") {
        return "format_version: 1 horizon: 16 inputs { name: \"x\" shape: [2] " + input +
               " } nodes { name: \"in\" encoder { " + coding + R"( } }
            nodes { name: "p" population { theta: 1 } }
            projections { source: "in" target: "p" identity {} }
            readouts { name: "r" population: "p" kind: spike_count ties: index })";
    };

    struct Case {
        std::string text;
        std::string horizon;
        std::string note;  // empty: none
    };

    const std::string late = ": what it would send later is lost";
    const std::vector<Case> cases = {
        {model("latency { T: 100 }"), "", "in has a latency T of 100, and 16 ticks are run" + late},
        {model("latency { T: 16 }"), "", ""},
        {model("latency {}"), "", ""},
        {model("latency { T: 16 }"), "15", "in has a latency T of 16, and 15 ticks are run" + late},
        {model("phase { period: 8 }"), "", ""},
        {model("phase { period: 17 }"),
         "",
         "in has a phase period of 17, and 16 ticks are run" + late}};
    for (const Case& one : cases) {
        CAPTURE(one.text);
        shop.write("m.textproto", one.text);
        const std::string horizon = one.horizon.empty() ? "" : " --horizon " + one.horizon;
        for (const std::string verb : {"run", "bench -r 1"}) {
            const Said said = shop.say(verb + " %/m.textproto --data %/x.npy" + horizon);
            CHECK(said.code == 0);
            CHECK(contains(said.output, "in has a ") == !one.note.empty());
            CHECK(contains(said.output, "note: " + one.note) == !one.note.empty());
        }
        if (one.horizon.empty()) {
            const Said said = shop.say("info %/m.textproto");
            CHECK(contains(said.output, "note: " + one.note) == !one.note.empty());
            const json info = json::parse(shop.say("info %/m.textproto --json -").output);
            CHECK(info["notes"].size() == (one.note.empty() ? 0 : 1));
        }
    }
    // Frames at 0, 6, 12: the last one's latest spike would come at 17.
    shop.write("m.textproto", model("latency { T: 6 }", "sequence: true ticks_per_frame: 6"));
    CHECK(contains(
        shop.say("info %/m.textproto").output,
        "in has a latency T of 6, and 16 ticks are run, the last frame from tick 12" + late));
}

TEST_CASE("a latency code's lasting currents that flow on through a firing window are noted") {
    const Workshop shop;
    const auto model = [](const std::string& population) {
        return R"(format_version: 1 horizon: 8 inputs { name: "x" shape: 2 }
            nodes { name: "in" encoder { latency { T: 4 } } }
            nodes { name: "p" shape: 2 population { )" +
               population + R"( } }
            projections { source: "in" target: "p" identity {} }
            readouts { name: "r" population: "p" kind: spike_count ties: index })";
    };
    struct Case {
        std::string population;
        bool noted;
    };
    const Case cases[] = {
        {"receptors { alpha: 1 }", true},
        {"receptors { alpha: 1 } firing_window { from: 4 until: 8 }", true},
        {"receptors { alpha: 1 } firing_window { from: 0 until: 4 }", false},
        {"receptors { alpha: 1 } firing_window { from: 3 until: 4 } spikes_per_tick: trunc", false},
        {"receptors { alpha: 0.5 }", false},
        {"receptors { alpha: 1 } fires: false", false},
    };
    for (const Case& one : cases) {
        CAPTURE(one.population);
        shop.write("m.textproto", model(one.population));
        CHECK(contains(shop.say("info %/m.textproto").output,
                       "note: p fires after tick 3, the last of in's latency code, whose currents go "
                       "on") == one.noted);
    }
}

TEST_CASE("horizon: a stated pulse of current runs with every horizon that holds it") {
    const Workshop shop;
    const std::string model = R"(format_version: 1 horizon: 40
        inputs { name: "x" shape: [1] }
        tensors { name: "dc" values: [1] }
        nodes { name: "in" encoder { events {} } }
        nodes { name: "p" population {
            theta: 1 receptors { bias: "dc" drive_window { from: 20 until: 25 } } } }
        projections { source: "in" target: "p" identity {} }
        readouts { name: "r" population: "p" kind: spike_count ties: index })";
    shop.write("m.textproto", model);
    write_array<std::uint8_t>(shop.in("e.npy"), {1, 40, 1}, std::vector<std::uint8_t>(40, 0));
    for (const std::string horizon : {"25", "26", "40", "1000"}) {
        CAPTURE(horizon);
        const Said said =
            shop.say("run %/m.textproto --events %/e.npy --json - --horizon " + horizon);
        CAPTURE(said.error);
        REQUIRE(said.code == 0);
        CHECK(json::parse(said.output)["per_sample"]["spikes"] == 5);
    }
    shop.check_refused("run %/m.textproto --events %/e.npy --horizon 24",
                       {"nodes[1].population.receptors[0].drive_window: got the window [20, 25), "
                        "need one that ends within the horizon of 24 ticks"});
}

}  // namespace saltus
