// Effective and total operations, and saltus convert --sparse, run as a user runs them: held
// against a count here of every synapse, from the weights in the text and the exported spikes.
#include <array>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/cli/run_files.hpp"

namespace saltus {

using nlohmann::json;
using tests::contains;
using tests::read_bytes;
using tests::read_csv;
using tests::run_command;
using tests::run_to_json;
using tests::Said;
using tests::ScratchFolder;
using tests::write_array;
using tests::write_bytes;

namespace {

constexpr std::size_t k_samples = 6;

using Numbers = std::vector<float>;

// x -> front -> code -> map (a convolution) -> sums (behind a pool) -> out; x -> still, held
// [1, 1, 3, 3], [4, 1, 2, 2], [3, 4], [2, 3], and [2, 9]: inputs 3 and 5 have a weight
const Numbers k_front = {1, 0, 0.5F, 0, 0.25F, 0, 0, -0.0F, 0.5F};
const Numbers k_conv = {0.5F, 0, 0, 0.75F, 0, 0, 0, 0, 1, -0.0F, 0.5F, 0.25F, 0, 0.5F, 0, 0};
const Numbers k_dense = {4, 0, 0, 0, 2, 4, 0, 0, 0, 0, 4, 4};
const Numbers k_out = {0, 0.5F, 0, 0.5F, 0, 0.5F};
const Numbers k_held = {0, 0, 0, 0.5F, 0, 0, 0, 0, 0, 0, 0, 0, 0.25F, 0, 0.5F, 0, 0, 0};

std::string tensor(const std::string& name, const std::string& shape, const Numbers& values) {
    std::string text = "tensors { name: \"" + name + "\" shape: [" + shape + "] values: [";
    for (std::size_t k = 0; k < values.size(); ++k) {
        text += (k == 0 ? "" : ", ") + std::to_string(values[k]);
    }
    return text + "] }\n";
}

// `rule`: of every population but the last.
std::string model(const std::string& rule = "") {
    return "format_version: 1 name: \"pruned\" horizon: 12\n"
           "inputs { name: \"x\" shape: [1, 3, 3] }\n" +
           tensor("K", "1, 1, 3, 3", k_front) + tensor("C", "4, 1, 2, 2", k_conv) +
           tensor("D", "3, 4", k_dense) + tensor("O", "2, 3", k_out) + tensor("H", "2, 9", k_held) +
           R"(nodes { name: "front" conv2d { weight: "K" padding: 1 } }
    nodes { name: "code" encoder { latency { c: 2 } } }
    nodes { name: "values" input: "x" encoder { duplicate {} } }
    nodes { name: "map" population { )" +
           rule + R"( } }
    nodes { name: "sums" population { )" +
           rule + R"( } }
    nodes { name: "out" population {} }
    projections { source: "code" target: "map" conv2d { weight: "C" } }
    projections { source: "map" target: "sums" average_pool { k: 2 } dense { weight: "D" } }
    projections { source: "sums" target: "out" dense { weight: "O" } }
    projections { source: "values" target: "out" dense { weight: "H" } }
    readouts { name: "answer" population: "out" kind: spike_count ties: membrane }
)";
}

Numbers inputs() {
    Numbers x;
    for (unsigned k = 0; k < k_samples * 9; ++k) {
        x.push_back(k % 4 == 1 ? 0.0F : static_cast<float>((k * 37) % 11) / 4);
    }
    return x;
}

// The model and its input in a folder, and what a command says of them.
struct Pruned {
    explicit Pruned(const std::string& text = model()) {
        write_bytes(folder / "pruned.textproto", text);
        write_array(folder / "x.npy", {k_samples, 3, 3}, inputs());
    }

    [[nodiscard]] std::string at(const std::string& name) const { return (folder / name).string(); }

    json run(const std::string& name) const {
        return run_to_json(at(name) + " --data " + at("x.npy") + " --trace " + at(name + ".trace"));
    }

    // Spikes of each neuron over the run, and so each one's share in every count.
    [[nodiscard]] std::map<std::size_t, double> spikes(const std::string& name,
                                                       const std::string& population) const {
        REQUIRE(run_command("trace export " + at(name + ".trace") + " -o " + at("s.csv")).code ==
                0);
        std::map<std::size_t, double> sums;
        for (const auto& row : read_csv(folder / "s.csv")) {
            if (row[1] == population) {
                sums[std::stoul(row[2])] += std::stod(row[4]);
            }
        }
        return sums;
    }

    [[nodiscard]] std::string digest(const std::string& name) const {
        return run_command("trace digest " + at(name + ".trace")).output;
    }

    ScratchFolder folder;
};

// Of the weights in a column of [rows, columns], how many are not zero.
double nonzero(const Numbers& weights, std::size_t columns, std::size_t column) {
    double count = 0;
    for (std::size_t k = column; k < weights.size(); k += columns) {
        count += weights[k] != 0 ? 1 : 0;
    }
    return count;
}

// Of one input's 3 x 3 places, what its kernel's taps in bounds do: nonzero input and weight.
double front_macs(const Numbers& x) {
    double macs = 0;
    for (int y = 0; y < 9; ++y) {
        for (int k = 0; k < 9; ++k) {
            const int row = y / 3 + k / 3 - 1;
            const int column = y % 3 + k % 3 - 1;
            if (row < 0 || column < 0 || row > 2 || column > 2) {
                continue;
            }
            const auto input = static_cast<std::size_t>(row * 3 + column);
            macs += x[input] != 0 && k_front[static_cast<std::size_t>(k)] != 0 ? 1 : 0;
        }
    }
    return macs;
}

// Nonzero synapses of a place of the 3 x 3 map's source, through a 2 x 2 kernel without padding.
double conv_acs(std::size_t place) {
    double acs = 0;
    for (std::size_t k = 0; k < k_conv.size(); ++k) {
        const std::size_t ky = k % 4 / 2;
        const std::size_t kx = k % 2;
        const std::size_t y = place / 3;
        const std::size_t x = place % 3;
        const bool in_bounds = y >= ky && y - ky < 2 && x >= kx && x - kx < 2;
        acs += in_bounds && k_conv[k] != 0 ? 1 : 0;
    }
    return acs;
}

const json& layer(const json& run, const std::string& name) {
    for (const json& each : run["layers"]) {
        if (each["name"] == name) {
            return each;
        }
    }
    FAIL("no layer " << name);
    return run;
}

}  // namespace

TEST_CASE("operations: effective ones are those of a count of every synapse, layer by layer") {
    const Pruned pruned;
    const json run = pruned.run("pruned.textproto");
    double front = 0;
    double held = 0;
    const Numbers x = inputs();
    for (std::size_t s = 0; s < k_samples; ++s) {
        const Numbers one(x.begin() + static_cast<std::ptrdiff_t>(s * 9),
                          x.begin() + static_cast<std::ptrdiff_t>(s * 9 + 9));
        front += front_macs(one);
        for (std::size_t k = 0; k < 9; ++k) {
            held += one[k] != 0 ? nonzero(k_held, 9, k) : 0;
        }
    }
    double map = 0;
    for (const auto& [place, spikes] : pruned.spikes("pruned.textproto", "code")) {
        map += spikes * conv_acs(place);
    }
    double sums = 0;
    for (const auto& [neuron, spikes] : pruned.spikes("pruned.textproto", "map")) {
        sums += spikes * nonzero(k_dense, 4, neuron / 4);
    }
    double out = 0;
    for (const auto& [neuron, spikes] : pruned.spikes("pruned.textproto", "sums")) {
        out += spikes * nonzero(k_out, 3, neuron);
    }
    for (const double count : {front, held, map, sums, out}) {
        CHECK(count > 0);
    }
    const auto mean = [](double sum) { return doctest::Approx(sum / k_samples); };
    CHECK(double{layer(run, "front")["effective_macs_per_sample"]} == mean(front));
    CHECK(double{layer(run, "map")["effective_synaptic_operations_per_sample"]} == mean(map));
    CHECK(double{layer(run, "sums")["effective_synaptic_operations_per_sample"]} == mean(sums));
    CHECK(double{layer(run, "out")["effective_synaptic_operations_per_sample"]} == mean(out));
    CHECK(double{layer(run, "out")["effective_macs_per_sample"]} == mean(held));
    const json& all = run["per_sample"];
    CHECK(double{all["effective_front_macs"]} == mean(front));
    CHECK(double{all["effective_held_drive_macs"]} == mean(held));
    CHECK(double{all["effective_synaptic_operations"]} == mean(map + sums + out));
    CHECK(double{all["total_operations"]} == mean(front + held + map + sums + out));
    CHECK(double{all["effective_synaptic_operations"]} < double{all["synaptic_operations"]});
}

TEST_CASE("operations: run and bench say the same, and the summary says the total") {
    const Pruned pruned;
    const std::string line = pruned.at("pruned.textproto") + " --data " + pruned.at("x.npy");
    const json run = run_to_json(line);
    const Said said = run_command("bench " + line + " --samples 0-5 --repetitions 1 --format json");
    REQUIRE(said.code == 0);
    const json bench = json::parse(said.output);
    for (const char* key : {"effective_synaptic_operations",
                            "effective_front_macs",
                            "effective_graded_macs",
                            "effective_held_drive_macs",
                            "total_operations"}) {
        CAPTURE(key);
        CHECK(bench["per_sample"][key] == run["per_sample"][key]);
    }
    CHECK(contains(run_command("run " + line).output, "\noperations    "));
}

TEST_CASE("convert --sparse: the same digest and effective operations, fewer ordinary ones") {
    const Pruned pruned;
    const json whole = pruned.run("pruned.textproto");
    for (const char* const name : {"thin.saltus", "thin.textproto"}) {
        CAPTURE(name);
        const Said said = run_command("convert " + pruned.at("pruned.textproto") + " -o " +
                                      pruned.at(name) + " --sparse 0.6");
        REQUIRE(said.code == 0);
        CHECK(
            contains(said.output,
                     "projections[0] (code to map): \"C\", 6 of 16 weights not zero (37.50 %), now "
                     "sparse rows: 24 of 64 synapses stored"));
        const json thin = pruned.run(name);
        CHECK(pruned.digest(name) == pruned.digest("pruned.textproto"));
        for (const char* key : {"effective_synaptic_operations",
                                "effective_held_drive_macs",
                                "effective_front_macs",
                                "total_operations"}) {
            CAPTURE(key);
            CHECK(thin["per_sample"][key] == whole["per_sample"][key]);
        }
        // All that is stored is effective; the front has no sparse form.
        CHECK(thin["per_sample"]["synaptic_operations"] ==
              whole["per_sample"]["effective_synaptic_operations"]);
        CHECK(thin["per_sample"]["held_drive_macs"] ==
              whole["per_sample"]["effective_held_drive_macs"]);
        CHECK(thin["per_sample"]["synaptic_operations"] <
              whole["per_sample"]["synaptic_operations"]);
    }
}

TEST_CASE("convert --sparse: from a container, and its own output again, nothing changes") {
    const Pruned pruned;
    pruned.run("pruned.textproto");
    const std::string digest = pruned.digest("pruned.textproto");
    const auto convert = [&](const std::string& in, const std::string& out, const char* more) {
        REQUIRE(run_command("convert " + pruned.at(in) + " -o " + pruned.at(out) + more).code == 0);
        pruned.run(out);
        CHECK(pruned.digest(out) == digest);
    };
    convert("pruned.textproto", "whole.saltus", "");
    convert("whole.saltus", "thin.saltus", " --sparse 1");
    convert("pruned.textproto", "thin2.saltus", " --sparse 1");
    CHECK(read_bytes(pruned.folder / "thin.saltus") == read_bytes(pruned.folder / "thin2.saltus"));
    const Said again = run_command("convert " + pruned.at("thin.saltus") + " -o " +
                                   pruned.at("again.saltus") + " --sparse");
    REQUIRE(again.code == 0);
    CHECK(contains(again.output, "no dense or convolutional projection"));
    CHECK(read_bytes(pruned.folder / "again.saltus") == read_bytes(pruned.folder / "thin.saltus"));
    CHECK_FALSE(contains(read_bytes(pruned.folder / "thin.saltus"), "\"C\""));
}

TEST_CASE("convert --sparse: what has more weights, or would not stay the same, is left and said") {
    const std::string lazy = "clock: lazy beta: 0.9";
    const std::string leaps = "clock: leaps beta: 0.9 receptors { alpha: 0.8 }";
    for (const std::string& rule : {lazy, leaps}) {
        CAPTURE(rule);
        const Pruned pruned(model(rule));
        const json whole = pruned.run("pruned.textproto");
        const Said said = run_command("convert " + pruned.at("pruned.textproto") + " -o " +
                                      pruned.at("thin.saltus") + " --sparse 0.45");
        REQUIRE(said.code == 0);
        CAPTURE(said.output);
        CHECK(contains(said.output,
                       rule == lazy ? "projections[0] (code to map): \"C\", 6 of 16 weights not "
                                      "zero (37.50 %), now sparse rows"
                                    : "left as it is: its target is not stepped"));
        CHECK(
            contains(said.output,
                     "projections[2] (sums to out): \"O\", 3 of 6 weights not zero (50.00 %), left "
                     "as it is: more than 45 % of its weights are not zero"));
        const json thin = pruned.run("thin.saltus");
        CHECK(pruned.digest("thin.saltus") == pruned.digest("pruned.textproto"));
        CHECK(thin["per_sample"]["total_operations"] == whole["per_sample"]["total_operations"]);
    }
}

TEST_CASE("convert --sparse: a share is a number from 0 to 1") {
    const Pruned pruned;
    for (const char* const share : {"2", "-0.1", "nan", "half", "0.5x"}) {
        CAPTURE(share);
        const Said said = run_command("convert " + pruned.at("pruned.textproto") + " -o " +
                                      pruned.at("o.saltus") + " --sparse=" + share);
        CHECK(said.code == 2);
        CHECK(contains(said.error,
                       std::string("--sparse: got \"") + share + "\", need a share from 0 to 1"));
    }
}

}  // namespace saltus
