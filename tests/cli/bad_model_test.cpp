// Models that the command must refuse: exit code 2, one line on standard error that names file,
// field, what was found and what is needed, nothing on standard output, no file left.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/cli/workshop.hpp"

namespace saltus {

using namespace tests;

namespace {

struct BadModel {
    std::string what;
    std::string text;
    std::vector<std::string> words;
};

}  // namespace

TEST_CASE("bad input: sizes, numbers and words that a model may not have") {
    const Workshop shop;
    const std::vector<BadModel> cases = {
        {"NaN weight",
         k_head + "tensors { name: \"N\" shape: [2, 2] values: [1, 2, nan, 4] } " + k_events +
             "nodes { name: \"b\" shape: 2 population {} } projections { source: \"in\" target: "
             "\"b\" dense { weight: \"N\" } } " +
             k_readout,
         {"projections[0].connection.weight", "got nan", "need finite numbers"}},
        {"infinite weight of a layer",
         k_head +
             "tensors { name: \"N\" shape: [2, 2] values: [1, 2, -inf, 4] } "
             "nodes { name: \"f\" dense { weight: \"N\" } } nodes { name: \"in\" encoder { "
             "duplicate {} } } "
             "nodes { name: \"b\" population {} } projections { source: \"in\" target: "
             "\"b\" identity {} } " +
             k_readout,
         {"[2]: got -inf, need a finite number"}},
        {"infinite theta", network("theta: inf"), {"nodes[1].population.theta: got inf"}},
        {"NaN beta",
         network("beta: nan"),
         {"nodes[1].population.beta: got nan, need 0 <= beta <= 1"}},
        {"zero neurons",
         k_head + k_events + "nodes { name: \"b\" shape: [2, 0] population {} } " + k_readout,
         {"nodes[1].shape: got [2, 0], need "}},
        {"zero input",
         "format_version: 1 horizon: 8 inputs { name: \"x\" shape: 0 } " + k_events,
         {"inputs[0].shape: got [0], need dimensions of at least 1"}},
        {"zero tensor",
         k_head + "tensors { name: \"N\" shape: [2, 0] } " + k_events +
             "nodes { name: \"b\" shape: 2 population {} } " + k_readout,
         {"tensors[0]"}},
        {"beyond memory",
         k_head + k_events + "nodes { name: \"b\" shape: [65535, 65535, 65535] population {} } " +
             k_readout,
         {"nodes[1].shape: got [65535, 65535, 65535], need at most 268435456 elements"}},
        {"a tensor beyond memory",
         k_head + "tensors { name: \"N\" shape: [4294967295, 4294967295] values: 1 } " + k_events +
             "nodes { name: \"b\" shape: 2 population {} } " + k_readout,
         {"tensors[0].shape: got [4294967295, 4294967295] for 1 numbers"}},
        {"unknown field", "format_version: 1 horizon: 8 colour: 3", {"bad.textproto:1:", "colour"}},
        {"unknown need",
         k_head + "needs: \"wings\" " + k_events,
         {"needs[0]: got the unknown feature \"wings\", need "}},
        {"version", "format_version: 7 horizon: 8", {"format_version: got 7, need 1"}},
        {"horizon",
         "format_version: 1 " + k_events +
             "inputs { name: \"x\" shape: [2] } nodes { name: \"b\" shape: 2 population {} } " +
             k_readout,
         {"horizon: got 0, need at least 1 tick"}},
    };
    for (const BadModel& bad : cases) {
        CAPTURE(bad.what);
        shop.check_model(bad.text, bad.words);
    }
}

TEST_CASE("bad input: neurons that no machine holds are refused before they are made") {
    const Workshop shop;
    std::string text = k_head + k_events;
    for (int k = 0; k < 2000; ++k) {
        text +=
            "nodes { name: \"p" + std::to_string(k) + "\" shape: [16384, 16384] population {} } ";
    }
    shop.write("vast.textproto",
               text + "nodes { name: \"b\" shape: 2 population {} } " + k_readout);
    shop.check_refused("run %/vast.textproto --events %/e.npy" + Workshop::k_outputs,
                       {"vast.textproto: network: got ", " GB of state", "need at most "});
}

TEST_CASE("bad input: every combination that the update rule does not know is refused") {
    const Workshop shop;
    const std::string held = "nodes { name: \"in\" encoder { duplicate {} } } ";
    const std::string p = "nodes[1].population.";
    const std::string second = "receptors { second_order { a1: 0.5 a2: -0.1 b: 1 } }";
    const std::vector<BadModel> cases = {
        {"zero-delay cycle",
         network("beta: 0.5",
                 k_events,
                 "projections { source: \"b\" target: \"a\" dense { weight: \"W\" } } "),
         {"a -> b -> a", "need a delay of at least one tick"}},
        {"trunc with >",
         network("spikes_per_tick: trunc comparison: above"),
         {p + "spikes_per_tick: got trunc, need comparison v >= theta"}},
        {"trunc with a delayed reset",
         network("spikes_per_tick: trunc reset_when: next_after_input"),
         {p + "spikes_per_tick: got trunc, need ", "at_firing"}},
        {"trunc to v_reset",
         network("spikes_per_tick: trunc reset: to_v_reset"),
         {p + "spikes_per_tick: got trunc, need ", "reset subtract"}},
        {"previous_reset_counts to v_reset",
         network("previous_reset_counts: true reset: to_v_reset"),
         {p + "previous_reset_counts: got true, need reset subtract"}},
        {"previous_reset_counts with trunc",
         network("previous_reset_counts: true spikes_per_tick: trunc"),
         {p + "previous_reset_counts: got true, need ", "one spike a tick"}},
        {"previous_reset_counts with a delayed reset",
         network("previous_reset_counts: true reset_when: next_after_input"),
         {p + "previous_reset_counts: got true, need ", "at_firing"}},
        {"floor at theta", network("floor: 1"), {p + "floor: got 1, need "}},
        {"floor above v_reset",
         network("reset: to_v_reset floor: 0.5 v_rest: 0.75"),
         {p + "floor: got 0.5, need ", "v_reset"}},
        {"theta 0 with subtract", network("theta: 0"), {p + "theta: got 0, need "}},
        {"next_over_all with subtract",
         network("reset_when: next_over_all"),
         {p + "reset_when: got next_over_all, need a reset to v_reset"}},
        {"no reset", network("reset: none"), {p + "reset: got none, need subtract or to v_reset"}},
        {"reset trace with leak",
         network("beta: 0.5 reset_trace: 0.5 reset: none"),
         {p + "beta: got ", "need "}},
        {"lazy alpha",
         network("clock: lazy beta: 0.5 receptors { alpha: 0.5 }"),
         {p + "receptors[0]", "lazy", "need "}},
        {"lazy second order",
         network("clock: lazy beta: 0.5 " + second),
         {p + "receptors[0]", "need "}},
        {"lazy held drive",
         network("clock: lazy beta: 0.5", held),
         {p + "clock: got lazy with held values, need "}},
        {"lazy hold",
         network("clock: lazy beta: 0.5 refractory: hold refractory_ticks: 3"),
         {p + "refractory: got hold with a lazy clock, need integrate or drop"}},
        {"lazy v_rest that fires",
         network("clock: lazy beta: 0.5 v_rest: 1.5"),
         {p + "v_rest: got 1.5", "need "}},
        {"lazy tick_before",
         network("clock: lazy beta: 0.5 current_used: tick_before"),
         {p + "current_used: got tick_before with a lazy clock, need this_tick"}},
        {"lazy floor above v_rest",
         network("clock: lazy beta: 0.5 floor: 0.25"),
         {p + "floor: got 0.25", "need "}},
        {"lazy previous_reset_counts",
         network("clock: lazy beta: 0.5 previous_reset_counts: true"),
         {p + "clock: got lazy", "previous_reset_counts, need stepped"}},
        {"lazy delayed reset",
         network("clock: lazy beta: 0.5 reset_when: next_before_leak"),
         {p + "clock: got lazy", "delayed reset", "need stepped"}},
        {"leaping delayed reset",
         network("clock: leaps beta: 0.5 reset_when: next_after_input"),
         {p + "clock: got ", "leaps with a delayed reset", "need stepped"}},
        {"leaping floor",
         network("clock: leaps beta: 0.5 floor: -1"),
         {p + "floor: got a floor with a leaping clock, need a stepped or lazy clock"}},
        {"leaping reset trace",
         network("clock: leaps beta: 0 reset_trace: 0.5"),
         {p + "reset_trace: got a reset trace with a leaping clock, need a stepped clock"}},
        {"leaping second order",
         network("clock: leaps beta: 0.5 " + second),
         {p + "receptors[0].second_order: got ", "need "}},
        {"hold with a delayed reset",
         network("refractory: hold refractory_ticks: 3 reset_when: next_after_input"),
         {p + "refractory: got hold", "need "}},
        {"hold with previous_reset_counts",
         network("refractory: hold refractory_ticks: 3 previous_reset_counts: true"),
         {p + "refractory: got hold", "need "}},
        {"blocks of a stepped clock", network("block: 2"), {p + "block: got 2, need none"}},
        {"held values with a delay",
         k_head + k_weights + held +
             "nodes { name: \"b\" shape: 2 population {} } projections { source: \"in\" target: "
             "\"b\" delay: 1 identity {} } " +
             k_readout,
         {"projections[0]: got held values through a delay", "need "}},
        {"a delay below 0",
         k_head + k_weights + k_events +
             "nodes { name: \"b\" shape: 2 population {} } projections { source: \"in\" target: "
             "\"b\" delay: -1 identity {} } " +
             k_readout,
         {"projections[0].delay: got -1, need 0 to 2^53 ticks"}},
        {"mean of a lazy membrane",
         k_head + k_events +
             "nodes { name: \"b\" shape: 2 population { clock: lazy fires: false } } projections { "
             "source: \"in\" target: \"b\" identity {} } readouts { name: \"r\" population: \"b\" "
             "kind: mean_membrane }",
         {"readouts[0].kind", "need "}},
    };
    for (const BadModel& bad : cases) {
        CAPTURE(bad.what);
        shop.check_model(bad.text, bad.words);
    }
}

TEST_CASE("bad input: the cycle without delay is named, and one tick of delay mends it") {
    const Workshop shop;
    const auto looped = [](const std::string& delay) {
        return network(
            "beta: 0.5",
            k_events,
            "projections { source: \"b\" target: \"a\" " + delay + " dense { weight: \"W\" } } ");
    };
    shop.write("loop.textproto", looped(""));
    shop.check_refused("info %/loop.textproto", {"loop.textproto: ", "a -> b -> a"});
    shop.write("loop.textproto", looped("delay: 1"));
    CHECK(shop.say("run %/loop.textproto --events %/e.npy").code == 0);
}

TEST_CASE("bad input: a phased model refuses a shorter horizon, naming the window") {
    const Workshop shop;
    shop.write("phased.textproto", network("firing_window { from: 4 until: 8 }"));
    shop.check_refused(
        "run %/phased.textproto --events %/e.npy --horizon 7" + Workshop::k_outputs,
        {"phased.textproto: nodes[1].population.firing_window: got the window [4, 8), "
         "need one that ends within the horizon of 7 ticks"});
    for (const char* horizon : {"8", "12"}) {
        CHECK(shop.say(std::string("run %/phased.textproto --events %/e.npy --horizon ") + horizon)
                  .code == 0);
    }
}

}  // namespace saltus
