// Text models that cannot be: one clear message that names file, field, what was found and what is
// needed.
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "models/files/npy.hpp"

#include "fault_text.hpp"
#include "small_model.hpp"
#include "tests/models/data/scratch_folder.hpp"

using namespace saltus;
using namespace saltus::tests;

namespace {

struct Bad {
    std::string what;
    std::string text;
    std::string words;
};

const std::string k_head = "format_version: 1 horizon: 4 ";
const std::string k_input = "inputs { name: \"x\" shape: [1, 4, 4] } ";
const std::string k_tensors =
    "tensors { name: \"W\" shape: [2, 3] values: [1, 2, 3, 4, 5, 6] } "
    "tensors { name: \"b\" values: [1, 2, 3] } ";
const std::string k_two =
    "nodes { name: \"p\" shape: 3 population {} } nodes { name: \"q\" shape: 2 population {} } ";
const std::string k_code = "nodes { name: \"e\" encoder { duplicate {} } } ";

void check_all(const std::vector<Bad>& table) {
    for (const Bad& bad : table) {
        CAPTURE(bad.what);
        const std::string text = fault_text([&] { load_text(bad.text); });
        CAPTURE(text);
        CHECK(contains(text, "m.textproto"));
        CHECK(contains(text, bad.words));
    }
}

}  // namespace

TEST_CASE("bad text: what cannot be parsed is named with line and column") {
    check_all({
        {"unknown field", "format_version: 1\nhorizon: 4\nnodez { }", "m.textproto:3:7: got"},
        {"unknown field's name", "nodez { }", "has no field named \"nodez\""},
        {"unknown word",
         k_head + "nodes { name: \"p\" population { clock: sometimes } }",
         "Unknown enumeration value of \"sometimes\""},
        {"open brace", "format_version: 1\nnodes {", "m.textproto:2:8"},
        {"two kinds", k_head + "nodes { name: \"p\" relu {} flatten {} }", "member of oneof"},
        {"number out of range", "format_version: 99999999999", "Integer out of range"},
        {"not text", std::string("\x00\x01\x02", 3), "m.textproto:1:"},
        {"twice", "horizon: 1 horizon: 2", "specified multiple times"},
    });
}

TEST_CASE("bad text: version, needs and header") {
    check_all({
        {"empty", "", "format_version: got none, need 1"},
        {"version", "format_version: 3", "format_version: got 3, need 1"},
        {"need", k_head + "needs: \"magic\"", "needs[0]: got the unknown feature \"magic\""},
        {"horizon", "format_version: 1 " + k_two, "horizon: got 0, need at least 1 tick"},
        {"tick", k_head + "tick_seconds: -1 " + k_two, "tick_seconds: got -1"},
        {"nodes", k_head, "nodes: got none, need at least one"},
    });
}

TEST_CASE("bad text: inputs") {
    check_all({
        {"no shape",
         k_head + "inputs { name: \"x\" }",
         "inputs[0].shape: got [], need dimensions of at least 1"},
        {"zero",
         k_head + "inputs { name: \"x\" shape: [1, 0, 4] }",
         "inputs[0].shape: got [1, 0, 4]"},
        {"huge",
         k_head + "inputs { name: \"x\" shape: [65536, 65536, 65536] }",
         "inputs[0].shape: got [65536, 65536, 65536], need at most"},
        {"divide by 0",
         k_head + "inputs { name: \"x\" shape: 4 divide_by: 0 }",
         "inputs[0].divide_by: got 0"},
        {"divide by nan",
         k_head + "inputs { name: \"x\" shape: 4 divide_by: nan }",
         "inputs[0].divide_by: got nan"},
        {"mean",
         k_head + "inputs { name: \"x\" shape: [3, 2, 2] mean: [1, 2] }",
         "inputs[0].mean: got 2 numbers"},
        {"deviation",
         k_head + "inputs { name: \"x\" shape: 4 deviation: 0 }",
         "inputs[0].deviation: got a number that is not finite, or 0"},
        {"frames",
         k_head + "inputs { name: \"x\" shape: 4 ticks_per_frame: 0 }",
         "inputs[0].ticks_per_frame: got 0"},
        {"name", k_head + "inputs { shape: 4 }", "inputs[0].name: got none"},
        {"same name",
         k_head + k_input + "nodes { name: \"x\" relu {} }",
         "nodes[0].name: got \"x\" again"},
    });
}

TEST_CASE("bad text: tensors") {
    check_all({
        {"no numbers", k_head + "tensors { name: \"t\" }", "tensors[0] (\"t\"): got no numbers"},
        {"two ways",
         k_head + "tensors { name: \"t\" values: 1 file: \"t.npy\" }",
         "numbers in 2 ways"},
        {"shape",
         k_head + "tensors { name: \"t\" shape: [2, 2] values: [1, 2, 3] }",
         "tensors[0].shape: got [2, 2] for 3 numbers"},
        {"zero",
         k_head + "tensors { name: \"t\" shape: [0, 2] values: 1 }",
         "tensors[0].shape: got [0, 2], need no dimension of 0"},
        {"wraps",
         k_head + "tensors { name: \"t\" shape: [4294967296, 4294967296, 4294967296] values: 1 }",
         "tensors[0].shape"},
        {"name", k_head + "tensors { values: 1 }", "tensors[0].name: got none"},
        {"same name",
         k_head + "tensors { name: \"t\" values: 1 } tensors { name: \"t\" values: 1 }",
         "tensors[1].name: got \"t\" again"},
        {"inexact float16",
         k_head + "tensors { name: \"t\" type: float16 values: [1, 0.1] }",
         "tensors[0].values[1]: got 0.1"},
        {"inexact bfloat16",
         k_head + "tensors { name: \"t\" type: bfloat16 values: 1.001 }",
         "exact as bfloat16"},
        {"int8 of -128",
         k_head + "tensors { name: \"t\" type: int8 scales: 1 values: -128 }",
         "tensors[0].values[0]: got -128"},
        {"int8 of a half",
         k_head + "tensors { name: \"t\" type: int8 scales: 1 values: 0.5 }",
         "exact as int8"},
        {"int8 without scale",
         k_head + "tensors { name: \"t\" type: int8 shape: [1, 1] values: 1 }",
         "tensors[0].scales: got 0 of them, need 1"},
        {"scales of float32",
         k_head + "tensors { name: \"t\" scales: 1 values: 1 }",
         "need type int8, or none"},
        {"integers as float",
         k_head + "tensors { name: \"t\" type: float32 integers: 1 }",
         "need uint32 or uint64"},
        {"large integer",
         k_head + "tensors { name: \"t\" type: uint32 integers: 4294967296 }",
         "tensors[0].integers[0]: got 4294967296"},
        {"raw",
         k_head + "tensors { name: \"t\" shape: 1 raw: \"abc\" }",
         "tensors[0]: got 3 bytes, need a multiple of 4"},
        {"empty raw", k_head + "tensors { name: \"t\" raw: \"\" }", "for 0 numbers"},
        {"layout",
         k_head + "tensors { name: \"t\" layout: rows_by_source values: 1 }",
         "need by_index outside a .saltus file"},
        {"segment",
         k_head + "tensors { name: \"t\" segment { bytes: 4 } }",
         "tensors[0].segment: got 4 bytes"},
        {"far file",
         k_head + "tensors { name: \"t\" file: \"/etc/passwd\" }",
         "need a file beside the model"},
        {"file above",
         k_head + "tensors { name: \"t\" file: \"a/../../t.npy\" }",
         "need a file beside the model"},
        {"no file",
         k_head + "tensors { name: \"t\" file: \"no-such.npy\" }",
         "tensors[0].file: got no-such.npy: \"No such file"},
    });
}

TEST_CASE("bad text: the front") {
    check_all({
        {"no input", k_head + "nodes { name: \"f\" relu {} }", "nodes[0].input: got none"},
        {"unknown input",
         k_head + k_input + "nodes { name: \"f\" input: \"y\" relu {} }",
         "nodes[0].input: got \"y\""},
        {"a circle",
         k_head + k_input +
             "nodes { name: \"f\" input: \"g\" relu {} } nodes { name: \"g\" input: \"f\" relu {} "
             "}",
         "a layer that reads its own output"},
        {"no weight",
         k_head + k_input + "nodes { name: \"f\" dense {} }",
         "nodes[0].dense.weight: got none, need the name of a tensor"},
        {"no tensor",
         k_head + k_input + "nodes { name: \"f\" dense { weight: \"V\" } }",
         "nodes[0].dense.weight: got \"V\", need the name of a tensor"},
        {"shape",
         k_head + k_input + k_tensors + "nodes { name: \"f\" dense { weight: \"W\" } }",
         "nodes[0].dense.weight: got \"W\" with shape [2, 3], need [out, 16]"},
        {"bias",
         k_head + "inputs { name: \"x\" shape: 3 } " + k_tensors +
             "nodes { name: \"f\" dense { weight: \"W\" bias: \"b\" } }",
         "nodes[0].dense.bias: got \"b\" with shape [3], need 2 numbers"},
        {"conv",
         k_head + k_input + k_tensors + "nodes { name: \"f\" conv2d { weight: \"W\" } }",
         "need [out, C / groups, ky, kx] for [C, H, W]"},
        {"kernel",
         k_head + k_input +
             "tensors { name: \"K\" shape: [1, 1, 5, 1] values: [1, 2, 3, 4, 5] } nodes { name: "
             "\"f\" conv2d { weight: \"K\" } }",
         "a kernel of [5, 1] on [1, 4, 4]"},
        {"stride",
         k_head + k_input +
             "tensors { name: \"K\" shape: [1, 1, 1, 1] values: 1 } nodes { name: \"f\" conv2d { "
             "weight: \"K\" stride: [1, 0] } }",
         "nodes[0].conv2d.stride: got 0, need at least 1"},
        {"three strides",
         k_head + k_input +
             "tensors { name: \"K\" shape: [1, 1, 1, 1] values: 1 } nodes { name: \"f\" conv2d { "
             "weight: \"K\" stride: [1, 1, 1] } }",
         "need one, or two as [y, x]"},
        {"pool",
         k_head + k_input + "nodes { name: \"f\" max_pool { k: 5 } }",
         "nodes[0].max_pool: got k 5 and stride 5 on [1, 4, 4]"},
        {"pool of 0",
         k_head + k_input + "nodes { name: \"f\" average_pool {} }",
         "nodes[0].average_pool: got k 0"},
        {"huge padding",
         k_head + k_input +
             "tensors { name: \"K\" shape: [1, 1, 1, 1] values: 1 } nodes { name: \"f\" conv2d { "
             "weight: \"K\" padding: 4294967295 } }",
         "need an output of 1 to"},
        {"node shape",
         k_head + k_input + "nodes { name: \"f\" shape: 4 flatten {} }",
         "nodes[0].shape: got [4], need [16]"},
        {"coding",
         k_head + k_input + "nodes { name: \"e\" encoder {} }",
         "nodes[0].encoder: got no coding"},
        {"events behind a layer",
         k_head + k_input +
             "nodes { name: \"f\" relu {} } nodes { name: \"e\" encoder { events {} } }",
         "events are spikes already"},
        {"odd gaussian",
         k_head + "inputs { name: \"x\" shape: 3 } nodes { name: \"e\" encoder { gaussian {} } }",
         "means and log-variances"},
        {"encoder shape",
         k_head + k_input + "nodes { name: \"e\" shape: 4 encoder { delta {} } }",
         "nodes[0].shape: got [4], need 16 neurons"},
    });
}

TEST_CASE("bad text: populations and projections") {
    const std::string head = k_head + k_input + k_tensors + k_two;
    const auto projection = [&](const std::string& text) {
        return head + "projections { " + text + " }";
    };
    check_all({
        {"no kind", k_head + "nodes { name: \"p\" }", "nodes[0]: got no kind"},
        {"name",
         k_head + "nodes { name: \"a[0]\" shape: 1 population {} }",
         "nodes[0].name: got \"a[0]\""},
        {"no shape",
         k_head + "nodes { name: \"p\" population {} }",
         "nodes[0].shape: got none, need a shape"},
        {"zero",
         k_head + "nodes { name: \"p\" shape: 0 population {} }",
         "nodes[0].shape: got [0]"},
        {"huge",
         k_head + "nodes { name: \"p\" shape: [100000, 100000] population {} }",
         "nodes[0].shape: got [100000, 100000], need at most"},
        {"input",
         k_head + k_input + "nodes { name: \"p\" input: \"x\" shape: 1 population {} }",
         "nodes[0].input: got \"x\", need none"},
        {"both",
         head + "nodes { name: \"r\" shape: 3 population { beta: 1 beta_each: \"b\" } }",
         "population.beta and nodes[2].population.beta_each, need one of them"},
        {"each",
         head + "nodes { name: \"r\" shape: 4 population { theta_each: \"b\" } }",
         "nodes[2].population.theta_each: got \"b\" with 3 numbers, need one a neuron"},
        {"bias",
         head + "nodes { name: \"r\" shape: 4 population { receptors { bias: \"b\" } } }",
         "nodes[2].population.receptors[0].bias: got \"b\" with 3 numbers"},
        {"window",
         head + "nodes { name: \"r\" shape: 1 population { firing_window { from: 3 until: 2 } } }",
         "nodes[2].population.firing_window: got [3, 2), need 0 <= from <= until"},
        {"source",
         projection("source: \"x\" target: \"q\" identity {}"),
         "projections[0].source: got \"x\", need the name of an encoder"},
        {"target", projection("source: \"p\" identity {}"), "projections[0].target: got none"},
        {"into an encoder",
         head + k_code + "projections { source: \"p\" target: \"e\" identity {} }",
         "projections[0].target: got \"e\", an encoder"},
        {"no connection",
         projection("source: \"p\" target: \"q\""),
         "projections[0]: got no connection"},
        {"dense",
         projection("source: \"q\" target: \"p\" dense { weight: \"W\" }"),
         "projections[0].dense.weight: got \"W\" with shape [2, 3], need [3, 2] for [2] to [3]"},
        {"identity",
         projection("source: \"p\" target: \"q\" identity {}"),
         "projections[0].identity: got 3 sources into [2]"},
        {"pool",
         projection("source: \"p\" target: \"q\" sum_pool { k: 2 } identity {}"),
         "projections[0].sum_pool: got k 2 and stride 2 on [3]"},
        {"conv",
         projection("source: \"p\" target: \"q\" conv2d { weight: \"W\" }"),
         "projections[0].conv2d.weight: got \"W\" with shape [2, 3] and groups 1"},
        {"groups",
         projection("source: \"p\" target: \"q\" conv2d { weight: \"W\" groups: 0 }"),
         "groups 0"},
        {"sparse",
         projection(
             "source: \"p\" target: \"q\" sparse { offsets: \"b\" targets: \"b\" weight: \"b\" }"),
         "projections[0].sparse.offsets: got 3 numbers, need 4"},
        {"ties",
         head + "readouts { name: \"r\" population: \"q\" }",
         "readouts[0].ties: got none, need index"},
        {"ties of a membrane",
         head + "readouts { name: \"r\" population: \"q\" kind: membrane ties: index }",
         "readouts[0].ties: got index, need none"},
        {"readout",
         head + "readouts { name: \"r\" population: \"x\" kind: membrane }",
         "readouts[0].population: got \"x\""},
        {"logit",
         head + "readouts { name: \"r\" population: \"q\" kind: membrane logit { bias: \"b\" } }",
         "readouts[0].logit.bias: got \"b\" with shape [3], need 2 numbers"},
    });
}

TEST_CASE("bad text: sparse rows that point outside are refused") {
    const auto sparse = [](const std::string& offsets, const std::string& targets) {
        return k_head + k_two + "tensors { name: \"o\" integers: " + offsets +
               " } tensors { name: \"t\" integers: " + targets +
               " } tensors { name: \"w\" values: [1, 2] } projections { source: \"p\" target: "
               "\"q\" "
               "sparse { offsets: \"o\" targets: \"t\" weight: \"w\" } }";
    };
    check_all({
        {"not ascending",
         sparse("[0, 2, 1, 2]", "[0, 1]"),
         "projections[0].sparse.offsets[2]: got 1 after 2"},
        {"past the end",
         sparse("[0, 1, 9, 9]", "[0, 1]"),
         "projections[0].sparse.offsets[2]: got 9 after 1"},
        {"not from 0", sparse("[1, 1, 1, 2]", "[0, 1]"), "projections[0].sparse.offsets[1]"},
        {"short",
         sparse("[0, 1, 1, 1]", "[0, 1]"),
         "a last one of 1, need the number of targets, 2"},
        {"a target that wraps",
         sparse("[0, 1, 1, 2]", "[0, 4294967296]"),
         "got 4294967296, need less than 2^32"},
    });
}

TEST_CASE("bad text: all faults are reported at once") {
    const std::string text = fault_text([&] {
        load_text(
            k_head +
            "inputs { name: \"x\" } tensors { name: \"t\" } nodes { name: \"p\" population {} }");
    });
    CHECK(contains(text, "inputs[0].shape"));
    CHECK(contains(text, "tensors[0]"));
    CHECK(contains(text, "nodes[0].shape"));
}

TEST_CASE("bad numbers: a weight that is not finite is refused before anything is written") {
    const ScratchFolder folder;
    for (const std::string value : {"nan", "inf", "-inf"}) {
        const LoadedModel model = load_text(
            k_head + k_two + "tensors { name: \"W\" shape: [2, 3] values: [1, 2, 3, 4, " + value +
            ", 6] } projections { source: \"p\" target: \"q\" dense { weight: \"W\" } }");
        const std::string text = fault_text([&] { save_saltus(model, folder / "m.saltus"); });
        CHECK(contains(
            text, "m.textproto: tensors[0] (\"W\")[4]: got " + value + ", need a finite number"));
        CHECK(contains(model.verify().at(0).text(), "(\"W\")[4]"));
    }
    CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("npy tensors: types are taken from the file, float64 is rounded, others are refused") {
    const ScratchFolder folder;
    const auto load = [&](const std::string& tensor) {
        write_bytes(folder / "m.textproto",
                    k_head + k_two + "tensors { name: \"W\" file: \"W.npy\" " + tensor +
                        " } projections { source: \"p\" target: \"q\" dense { weight: \"W\" } }");
        return LoadedModel::load(folder / "m.textproto");
    };
    const auto weights = [&](const LoadedModel& model) {
        return std::get<Dense>(model.network_spec().projections[0].connection).weights;
    };
    write_npy<double>(folder / "W.npy", {2, 3}, std::vector<double>{0.1, 2, 3, 4, 5, 6});
    const LoadedModel rounded = load("");
    CHECK(weights(rounded).type == WeightType::float32);
    CHECK(reinterpret_cast<const float*>(weights(rounded).data.data())[0] == 0.1F);
    CHECK(contains(fault_text([&] { load("shape: [3, 2]"); }),
                   "tensors[0].shape: got [3, 2], need [2, 3] as in"));
    CHECK(contains(fault_text([&] { load("type: int8 scales: 1"); }),
                   "tensors[0].file: got a file of float64"));
    write_npy<std::int8_t>(folder / "W.npy", {2, 3}, std::vector<std::int8_t>{1, 2, 3, 4, 5, 6});
    CHECK(weights(load("scales: [1, 2]")).type == WeightType::int8);
    write_npy<std::uint16_t>(folder / "W.npy", {2, 3}, std::vector<std::uint16_t>(6, 0x3F80));
    CHECK(weights(load("type: bfloat16")).type == WeightType::bfloat16);
    CHECK(contains(fault_text([&] { load(""); }), "of type uint32, need weights of float32"));
}
