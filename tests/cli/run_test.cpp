// saltus run, run as a user runs it: what it prints, held against what its own trace and
// predictions say when they are added up here again.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "tests/cli/run_files.hpp"

namespace saltus {

using nlohmann::json;
using tests::contains;
using tests::k_duplicate;
using tests::k_latency;
using tests::Mixed;
using tests::read_bytes;
using tests::read_csv;
using tests::run_command;
using tests::run_to_json;
using tests::Said;
using tests::ScratchFolder;
using tests::without_times;
using tests::write_array;
using tests::write_bytes;

namespace {

// One population's part of a run, added up from the exported spikes.
struct Added {
    double spikes = 0;                                             // by payload
    double events = 0;                                             // lines
    std::map<std::string, std::map<std::string, unsigned>> fired;  // [neuron][sample] ticks
};

std::map<std::string, Added> add_up(const ScratchFolder& folder, const std::string& trace) {
    const std::string csv = (folder / "spikes.csv").string();
    REQUIRE(run_command("trace export " + (folder / trace).string() + " -o " + csv).code == 0);
    std::map<std::string, Added> added;
    for (const auto& row : read_csv(csv)) {
        REQUIRE(row.size() == 5);
        Added& population = added[row[1]];
        population.spikes += std::stod(row[4]);
        population.events += 1;
        ++population.fired[row[2]][row[0]];
    }
    return added;
}

void check_layers(const json& run, std::map<std::string, Added>& added) {
    const double samples = run["samples"];
    const double ticks = samples * double{run["horizon"]};
    for (const json& layer : run["layers"]) {
        if (layer["kind"] != "encoder" && layer["kind"] != "neurons" &&
            layer["kind"] != "max_pool") {
            continue;
        }
        CAPTURE(layer["name"].get<std::string>());
        const Added& mine = added[layer["name"]];
        CHECK(double{layer["spikes_per_sample"]} == doctest::Approx(mine.spikes / samples));
        if (layer["activation_sparsity"].is_null()) {
            continue;  // never fires
        }
        const double neurons = layer["neurons"];
        CHECK(layer["silent_neurons"] == neurons - static_cast<double>(mine.fired.size()));
        unsigned saturated = 0;
        for (const auto& [neuron, by_sample] : mine.fired) {
            unsigned total = 0;
            for (const auto& [sample, count] : by_sample) {
                total += count;
            }
            saturated += total == ticks ? 1 : 0;
        }
        CHECK(layer["saturated_neurons"] == saturated);
        CHECK(double{layer["activation_sparsity"]} ==
              doctest::Approx(1 - mine.events / (neurons * ticks)));
    }
}

double spikes_of(const json& run, const std::string& kind) {
    double sum = 0;
    for (const json& layer : run["layers"]) {
        sum += layer["kind"] == kind ? double{layer["spikes_per_sample"]} : 0;
    }
    return sum;
}

}  // namespace

TEST_CASE("run: --json has every key, each of its type") {
    const json run = run_to_json(k_latency + " --samples 0-4");
    CHECK(run["samples"] == 5);
    CHECK(run["accuracy"].is_number_float());
    CHECK(run["accuracy_interval"].size() == 2);
    CHECK(run["undecided"].is_number_unsigned());
    CHECK(run["wall_seconds"].is_number_float());
    for (const char* key : {"median", "p99"}) {
        CHECK(run["seconds_per_sample"][key].is_number_float());
    }
    CHECK(run["seconds_per_sample"]["median"] <= run["seconds_per_sample"]["p99"]);
    for (const char* key : {"spikes",
                            "encoder_spikes",
                            "max_pool_spikes",
                            "graded_events",
                            "synaptic_operations",
                            "front_macs",
                            "front_macs_nonzero",
                            "graded_macs",
                            "held_drive_macs",
                            "pool_operations",
                            "effective_synaptic_operations",
                            "effective_front_macs",
                            "effective_graded_macs",
                            "effective_held_drive_macs",
                            "total_operations",
                            "neuron_updates",
                            "queue_operations",
                            "bytes_touched"}) {
        CAPTURE(key);
        CHECK(run["per_sample"][key].is_number());
    }
    CHECK(run["layers"].size() == 5);
    for (const json& layer : run["layers"]) {
        CHECK(layer["name"].is_string());
        CHECK(layer["kind"].is_string());
        CHECK((layer["activation_sparsity"].is_null() || layer["activation_sparsity"].is_number()));
        for (const char* key : {"neurons",
                                "spikes_per_sample",
                                "synaptic_operations_per_sample",
                                "macs_per_sample",
                                "effective_synaptic_operations_per_sample",
                                "effective_macs_per_sample",
                                "silent_neurons",
                                "saturated_neurons"}) {
            CAPTURE(key);
            CHECK(layer[key].is_number());
        }
    }
}

TEST_CASE("run: spikes and operations are those of the exported trace, added up again") {
    const ScratchFolder folder;
    const json run = run_to_json(k_latency + " --samples 0-24 --trace " + (folder / "t").string());
    std::map<std::string, Added> added = add_up(folder, "t");
    check_layers(run, added);
    const double coded = added["features"].spikes / 25;
    const double fired = added["hidden"].spikes / 25;
    const json& mean = run["per_sample"];
    CHECK(double{mean["encoder_spikes"]} == doctest::Approx(coded));
    CHECK(double{mean["spikes"]} == doctest::Approx(fired));
    // 500 x 500 synapses behind the encoder, 500 x 10 behind the hidden layer
    CHECK(double{mean["synaptic_operations"]} == doctest::Approx(coded * 500 + fired * 10));
    CHECK(mean["front_macs"] == 784 * 500);
    CHECK(mean["graded_events"] == 0);
    CHECK(mean["held_drive_macs"] == 0);
}

TEST_CASE("run: payloads, max pools, silent and busy neurons are those of the exported trace") {
    const ScratchFolder folder;
    const Mixed mixed(folder);
    const json run = run_to_json(mixed.line + " --trace " + (folder / "t").string());
    std::map<std::string, Added> added = add_up(folder, "t");
    CHECK(added["code"].spikes > added["code"].events);  // poisson sends counts
    CHECK(added["mid"].spikes > added["mid"].events);
    check_layers(run, added);
    const json& mean = run["per_sample"];
    CHECK(double{mean["spikes"]} == doctest::Approx(spikes_of(run, "neurons")));
    CHECK(double{mean["encoder_spikes"]} == doctest::Approx(added["code"].spikes / 20));
    CHECK(double{mean["max_pool_spikes"]} == doctest::Approx(added["pool"].spikes / 20));
    CHECK(run["layers"][3]["silent_neurons"] == 3);
    CHECK(run["layers"][4]["saturated_neurons"] == 2);
    CHECK(run["undecided"] == 20);
}

TEST_CASE("run: held drive is counted as MACs, once a sample") {
    const ScratchFolder folder;
    const json run = run_to_json(k_duplicate + " --samples 0-9 --trace " + (folder / "t").string());
    std::map<std::string, Added> added = add_up(folder, "t");
    CHECK(added.count("features") == 0);
    check_layers(run, added);
    // 500 targets for each feature that is not 0; the ReLU's sparsity says how many are.
    double not_zero = 0;
    for (const json& layer : run["layers"]) {
        if (layer["kind"] == "relu") {
            not_zero = 500 * (1 - double{layer["activation_sparsity"]});
        }
    }
    CHECK(double{run["per_sample"]["held_drive_macs"]} == doctest::Approx(not_zero * 500));
    CHECK(double{run["per_sample"]["synaptic_operations"]} ==
          doctest::Approx(added["hidden"].spikes / 10 * 10));
}

TEST_CASE("run: accuracy and its interval follow from the predictions") {
    const ScratchFolder folder;
    const std::string csv = (folder / "p.csv").string();
    const json run = run_to_json(k_duplicate + " --samples 0-999 --horizon 1 --predictions " + csv);
    const auto rows = read_csv(csv);
    REQUIRE(rows.size() == 1000);
    CHECK(read_bytes(csv).rfind("sample,label,prediction,undecided,value_0,", 0) == 0);
    double right = 0;
    double spikes = 0;
    double synops = 0;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        REQUIRE(rows[k].size() == 18);
        CHECK(rows[k][0] == std::to_string(k));
        right += rows[k][1] == rows[k][2] ? 1 : 0;
        std::size_t best = 4;
        for (std::size_t v = 5; v < 14; ++v) {
            best = std::stof(rows[k][v]) > std::stof(rows[k][best]) ? v : best;
        }
        CHECK(rows[k][2] == std::to_string(best - 4));
        double second = -1e30;
        for (std::size_t v = 4; v < 14; ++v) {
            second = v == best ? second : std::max(second, std::stod(rows[k][v]));
        }
        CHECK(std::stod(rows[k][14]) == doctest::Approx(std::stod(rows[k][best]) - second));
        CHECK(rows[k][15] == "1");  // tick
        spikes += std::stod(rows[k][16]);
        synops += std::stod(rows[k][17]);
    }
    CHECK(spikes / 1000 == doctest::Approx(run["per_sample"]["spikes"].get<double>()));
    CHECK(synops / 1000 == doctest::Approx(run["per_sample"]["synaptic_operations"].get<double>()));
    CHECK(right < 1000);  // with 1 tick it errs, else this shows little
    CHECK(run["right"] == right);
    const double p = right / 1000;
    CHECK(double{run["accuracy"]} == doctest::Approx(p));
    // Both ends solve (q - p)^2 = z^2 q (1 - q) / n, which is what Wilson's interval means.
    for (const json& end : run["accuracy_interval"]) {
        const double q = end;
        CHECK((q - p) * (q - p) == doctest::Approx(3.841458821 * q * (1 - q) / 1000));
    }
    CHECK(run["accuracy_interval"][0] < run["accuracy"]);
    CHECK(run["accuracy_interval"][1] > run["accuracy"]);
}

TEST_CASE("run: trace, predictions and JSON are the same for any number of threads") {
    const ScratchFolder folder;
    const Mixed mixed(folder);
    for (const std::string& line :
         {k_latency + " --samples 0-39", k_duplicate + " --samples 5-30", mixed.line}) {
        std::string digest;
        std::string predictions;
        json said;
        for (const char* threads : {"1", "2", "8"}) {
            CAPTURE(threads);
            const std::string trace = (folder / "t").string();
            const std::string csv = (folder / "p.csv").string();
            const json run = without_times(run_to_json(
                line + " --threads " + threads + " --trace " + trace + " --predictions " + csv));
            const std::string run_digest = run_command("trace digest " + trace).output;
            if (digest.empty()) {
                digest = run_digest;
                predictions = read_bytes(csv);
                said = run;
            }
            CHECK(run_digest == digest);
            CHECK(read_bytes(csv) == predictions);
            CHECK(run == said);
        }
    }
}

TEST_CASE("run: a sample alone, or asked for in any order, is the sample within the run") {
    const ScratchFolder folder;
    const Mixed mixed(folder);
    const auto digests = [&](const std::string& samples) {
        const std::string trace = (folder / "t").string();
        run_to_json(mixed.line + " --samples " + samples + " --trace " + trace);
        return json::parse(run_command("trace digest --json - " + trace).output);
    };
    const json all = digests("0-19");
    REQUIRE(all["samples"].size() == 20);
    for (const unsigned k : {0U, 7U, 19U}) {
        const json alone = digests(std::to_string(k));
        CHECK(alone["samples"] == json::array({all["samples"][k]}));
    }
    const json some = digests("9,2-4,17,3");
    REQUIRE(some["samples"].size() == 5);
    const unsigned order[] = {2, 3, 4, 9, 17};
    for (std::size_t k = 0; k < 5; ++k) {
        CHECK(some["samples"][k] == all["samples"][order[k]]);
    }
    CHECK(digests("17,9,4,3,2")["digest"] == some["digest"]);
}

TEST_CASE("run: the seed decides what a random encoder draws, and the same seed draws the same") {
    const ScratchFolder folder;
    // The tutorial's network, its features drawn instead of held.
    std::filesystem::copy("examples/own-model", folder / "own");
    std::string text = read_bytes(folder / "own/model.textproto");
    const std::size_t at = text.find("duplicate {}");
    REQUIRE(at != std::string::npos);
    write_bytes(folder / "own/model.textproto", text.replace(at, 12, "bernoulli { c: 4 }"));
    const std::string own = (folder / "own/").string();
    const auto digest = [&](const std::string& seed) {
        const std::string trace = (folder / "t").string();
        run_to_json(own + "model.textproto --data " + own + "images.npy" + seed + " --trace " +
                    trace);
        return run_command("trace digest " + trace).output;
    };
    const std::string first = digest(" --seed 1");
    CHECK(digest(" --seed 1 --threads 3") == first);
    CHECK(digest(" --seed 2") != first);
    CHECK(digest(" --seed 18446744073709551615") != first);
    CHECK(digest("") == digest(" --seed 0"));
}

TEST_CASE("run: another horizon is the same model with another T") {
    const json run = run_to_json(k_duplicate + " --samples 0-9 --horizon 5");
    CHECK(run["horizon"] == 5);
    const json own = run_to_json(k_duplicate + " --samples 0-9");
    CHECK(own["horizon"] == 8);
    CHECK(run["per_sample"]["spikes"] < own["per_sample"]["spikes"]);
    CHECK(run["per_sample"]["held_drive_macs"] == own["per_sample"]["held_drive_macs"]);
}

TEST_CASE("run: without labels accuracy is unknown, and --labels brings it") {
    const ScratchFolder folder;
    const std::string own = "examples/own-model/";
    const std::string line = own + "model.textproto --data " + own + "images.npy";
    json run = run_to_json(line);
    CHECK(run["accuracy"].is_null());
    CHECK(run["accuracy_interval"].is_null());
    CHECK(contains(run_command("run " + line).output, "accuracy      unknown: no labels"));
    CHECK(run_to_json(line + " --labels " + own + "labels.npy")["accuracy"] == 1.0);
    const std::uint64_t samples = run["samples"];
    write_array(folder / "all3.npy", {samples}, std::vector<std::int64_t>(samples, 3));
    run = run_to_json(line + " --labels " + (folder / "all3.npy").string());
    CHECK(run["accuracy"] < 0.5);
    CHECK(run["accuracy"].is_number());
}

TEST_CASE("run: --events gives spikes as they stand, by tick and place") {
    const ScratchFolder folder;
    write_bytes(folder / "m.textproto", R"(format_version: 1 horizon: 4
        inputs { name: "x" shape: [2] }
        nodes { name: "in" encoder { events {} } }
        nodes { name: "p" population { theta: 2 } }
        projections { source: "in" target: "p" delay: 1 identity {} }
        readouts { name: "r" population: "p" kind: spike_count ties: index })");
    // [sample, tick, neuron]
    write_array<std::uint8_t>(folder / "e.npy",
                              {2, 4, 2},
                              {1,
                               0,
                               1,
                               0,
                               0,
                               3,
                               1,
                               1,  // fires p[0]@2, p[1]@3
                               0,
                               0,
                               0,
                               0,
                               0,
                               0,
                               2,
                               2});  // arrives at 4: too late
    write_array<std::int64_t>(folder / "l.npy", {2}, {0, 1});
    const std::string out = (folder / "t").string();
    const json run =
        run_to_json((folder / "m.textproto").string() + " --events " + (folder / "e.npy").string() +
                    " --labels " + (folder / "l.npy").string() + " --trace " + out);
    CHECK(run["samples"] == 2);
    CHECK(run["undecided"] == 1);
    CHECK(run["accuracy"] == 0.5);
    CHECK(run["per_sample"]["encoder_spikes"] == 2.0);  // the payloads of 1
    CHECK(run["per_sample"]["graded_events"] == 1.5);   // 3, 2 and 2
    REQUIRE(run_command("trace export " + out + " -o " + (folder / "s.csv").string()).code == 0);
    CHECK(read_bytes(folder / "s.csv") ==
          "sample,population,neuron,tick,payload\n"
          "0,in,0,0,1\n0,in,0,1,1\n0,in,1,2,3\n0,in,0,3,1\n0,in,1,3,1\n0,p,0,2,1\n0,p,1,3,1\n"
          "1,in,0,3,2\n1,in,1,3,2\n");
}

TEST_CASE("run: --events as bytes and as float32 give the same trace, however they are shown") {
    const ScratchFolder folder;
    const std::vector<std::uint8_t> events = {1, 0, 1, 0, 0, 3, 1, 1, 0, 0, 0, 0, 0, 0, 2, 2};
    write_array(folder / "bytes.npy", {2, 4, 2}, events);
    write_array(folder / "floats.npy", {2, 4, 2}, std::vector<float>(events.begin(), events.end()));
    std::set<std::string> digests;
    const std::vector<std::string> inputs = {
        "", "divide_by: 2", "ticks_per_frame: 2", "mean: 1", "deviation: 0.5"};
    for (const std::string& input : inputs) {
        CAPTURE(input);
        write_bytes(folder / "m.textproto",
                    "format_version: 1 horizon: 8 inputs { name: \"x\" shape: [2] " + input +
                        R"( }
            nodes { name: "in" encoder { events {} } }
            nodes { name: "p" population { theta: 2 } }
            projections { source: "in" target: "p" identity {} })");
        const auto digest = [&](const std::string& name) {
            const std::string out = (folder / "t").string();
            run_to_json((folder / "m.textproto").string() + " --horizon 8 --events " +
                        (folder / name).string() + " --trace " + out);
            return run_command("trace digest " + out).output;
        };
        const std::string of_bytes = digest("bytes.npy");
        CHECK(of_bytes == digest("floats.npy"));
        digests.insert(of_bytes);
    }
    CHECK(digests.size() == inputs.size());
}

TEST_CASE("run: a sequence runs the front once a frame") {
    const ScratchFolder folder;
    write_bytes(folder / "m.textproto", R"(format_version: 1 horizon: 6
        inputs { name: "x" shape: [2] sequence: true ticks_per_frame: 2 }
        tensors { name: "W" shape: [2, 2] values: [1, 0, 0, 2] }
        nodes { name: "front" dense { weight: "W" } }
        nodes { name: "in" encoder { duplicate {} } }
        nodes { name: "p" population { theta: 1 } }
        projections { source: "in" target: "p" identity {} }
        readouts { name: "r" population: "p" kind: spike_count ties: index })");
    // [sample, frame, value]: neuron 0 gets 1, 0, 1; neuron 1 gets 2 x (0, 0.5, 0)
    write_array<float>(folder / "x.npy", {1, 3, 2}, {1, 0, 0, 0.5, 1, 0});
    const std::string out = (folder / "t").string();
    const json run = run_to_json((folder / "m.textproto").string() + " --data " +
                                 (folder / "x.npy").string() + " --trace " + out);
    CHECK(run["per_sample"]["front_macs"] == 3 * 4);
    REQUIRE(run_command("trace export " + out + " -o " + (folder / "s.csv").string()).code == 0);
    CHECK(read_bytes(folder / "s.csv") ==
          "sample,population,neuron,tick,payload\n"
          "0,p,0,0,1\n0,p,0,1,1\n0,p,1,2,1\n0,p,1,3,1\n0,p,0,4,1\n0,p,0,5,1\n");
}

}  // namespace saltus
