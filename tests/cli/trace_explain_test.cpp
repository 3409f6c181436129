// trace why, without and diff, run as a user runs them, against answers of two other simulators
// (tests/golden/explain).
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include "tests/cli/command.hpp"
#include "tests/cli/workshop.hpp"

using namespace saltus::tests;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

const fs::path k_cases = fs::path(SALTUS_SOURCE_DIR) / "tests/golden/explain";

Json expected(const std::string& name) {
    std::ifstream file(k_cases / name / "expected.json");
    REQUIRE(file);
    return Json::parse(file);
}

// A run of one of the cases, traced.
struct Traced {
    Traced(const std::string& name, const std::string& model, const std::string& input) {
        const fs::path in = k_cases / name;
        const std::string option = input.find("data") == std::string::npos ? "--events" : "--data";
        model_and_input = "--model " + (in / model).string() + " " + option + " " + (in / input).string();
        trace = (folder / "t.saltrace").string();
        const Said said = run_command("run " + (in / model).string() + " " + option + " " +
                                      (in / input).string() + " --trace " + trace);
        INFO(said.error);
        REQUIRE(said.code == 0);
    }

    [[nodiscard]] Json ask(const std::string& verb, const std::string& arguments) const {
        const Said said = run_command("trace " + verb + " " + trace + " " + arguments + " " +
                                      model_and_input + " --json -");
        INFO(said.error);
        REQUIRE(said.code == 0);
        return Json::parse(said.output);
    }

    ScratchFolder folder;
    std::string trace;
    std::string model_and_input;
};

// A term by what it is, whatever its place in a list.
std::string key_of(const Json& term) {
    const auto kind = term.at("kind").get<std::string>();
    std::string key = kind;
    if (kind == "spike" || kind == "drive") {
        key += " " + term.at("projection").get<std::string>() + " " + term.at("neuron").dump();
    }
    if (kind == "spike" || kind == "reset") {
        key += " " + term.at("fired").dump();
    }
    return kind == "bias" ? key + term.at("receptor").dump() : key;
}

std::map<std::string, double> contributions(const Json& terms) {
    std::map<std::string, double> by_key;
    for (const Json& term : terms) {
        by_key[key_of(term)] += term.at("contribution").get<double>();
    }
    return by_key;
}

void check_why(const Json& want, const Json& got, bool exact) {
    auto left = contributions(want.at("terms"));
    auto right = contributions(got.at("terms"));
    double largest = std::abs(want.at("sum").get<double>());
    for (const auto& [key, value] : left) {
        largest = std::max(largest, std::abs(value));
        right.try_emplace(key, 0);
    }
    for (const auto& [key, value] : right) {
        CAPTURE(key);
        CHECK(std::abs(value - left[key]) <= 1e-5 * largest);
    }
    CHECK(got.at("fired") == want.at("fired"));
    CHECK(got.at("tested") == want.at("tested"));
    if (want.at("h").is_null()) {
        CHECK(got.at("h").is_null());
    } else if (exact) {
        CHECK(got.at("h").get<float>() == want.at("h").get<float>());
        CHECK(std::abs(got.at("residue").get<double>() - want.at("residue").get<double>()) <=
              1e-6 * largest);
    } else {
        CHECK(std::abs(got.at("sum").get<double>() - want.at("h").get<double>()) <= 1e-5 * largest);
    }
}

using Spike = std::tuple<std::string, int, int>;

std::set<Spike> changed(const Json& list) {
    std::set<Spike> spikes;
    for (const Json& s : list) {
        if (s.is_array()) {
            spikes.emplace(s[0], s[1], s[2]);
        } else {
            spikes.emplace(s.at("population"), s.at("neuron"), s.at("tick"));
        }
    }
    return spikes;
}

void check_without(const Json& want, const Json& got) {
    for (const char* const kind : {"gone", "new", "payload"}) {
        CAPTURE(kind);
        CHECK(changed(got.at("changed").at(kind)) == changed(want.at("changed").at(kind)));
    }
    CHECK(got.at("before").at("prediction") == want.at("prediction_before"));
    CHECK(got.at("after").at("prediction") == want.at("prediction_after"));
    CHECK(got.at("digest") == want.at("digest"));
}

void check_each(const Json& want, const Json& got) {
    std::map<Spike, int> left;
    std::map<Spike, int> right;
    std::map<Spike, std::size_t> left_changes;
    std::map<Spike, std::size_t> right_changes;
    for (const Json& row : want.at("rows")) {
        left[{row[0], row[1], row[2]}] = row[3];
        left_changes[{row[0], row[1], row[2]}] = row[4];
    }
    for (const Json& row : got.at("each")) {
        const Spike spike{row.at("population"), row.at("neuron"), row.at("tick")};
        right[spike] = row.at("prediction");
        right_changes[spike] = row.at("changed_spikes");
    }
    CHECK(left == right);
    CHECK(left_changes == right_changes);
}

std::vector<std::string> cases(bool pairs) {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(k_cases)) {
        const std::string name = entry.path().filename().string();
        if (entry.is_directory() && (name.rfind("diff_", 0) == 0) == pairs) {
            names.push_back(name);
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

TEST_CASE("trace why, without: ledgers and replays as two other simulators have them") {
    REQUIRE(cases(false).size() == 7);
    for (const std::string& name : cases(false)) {
        CAPTURE(name);
        const Json json = expected(name);
        const Traced traced(name, json.at("model"), json.at("input").at("file"));
        for (const Json& item : json.at("why")) {
            const std::string address = item.at("address")[0];
            CAPTURE(address);
            const std::string how = item.at("ask") == "fired" ? "--spike " : "--silent ";
            const std::string sample = "--sample " + item.at("sample").dump();
            check_why(item,
                      traced.ask("why", sample + " " + how + "'" + address + "'"),
                      json.at("h_exact").get<bool>());
        }
        for (const Json& item : json.at("without")) {
            const std::string drop = item.at("drop")[0];
            CAPTURE(drop);
            check_without(item,
                          traced.ask("without",
                                     "--sample " + item.at("sample").dump() + " --drop '" + drop + "'"));
        }
        if (json.contains("each")) {
            const Json& each = json.at("each");
            check_each(each,
                       traced.ask("without", "--each --sample " + each.at("sample").dump()));
        }
    }
}

TEST_CASE("trace diff: where two runs part, and why, as two other simulators have it") {
    REQUIRE(cases(true).size() == 3);
    for (const std::string& name : cases(true)) {
        CAPTURE(name);
        const Json json = expected(name);
        const Json& files = json.at("files");
        const Traced a(name, files.at("a"), files.at("input_a"));
        const Traced b(name, files.at("b"), files.at("input_b"));
        const std::string in = (k_cases / name).string() + "/";
        const std::string both = "trace diff " + a.trace + " " + b.trace + " " + a.model_and_input;
        const Said said =
            run_command(both + " --model-b " + in + files.at("b").get<std::string>() +
                        " --events-b " + in + files.at("input_b").get<std::string>() + " --json -");
        INFO(said.error);
        CHECK(said.code == json.at("exit_code").get<int>());
        const Json got = Json::parse(said.output);
        for (const char* const key : {"sample", "tick", "level", "population", "neuron"}) {
            CAPTURE(key);
            CHECK(got.at("first").at(key) == json.at("first").at(key));
        }
        CHECK(got.at("first").at("fired_a") == json.at("first").at("fired_a"));
        CHECK(got.at("first").at("fired_b") == json.at("first").at("fired_b"));
        CHECK(got.at("cause").at("kind") == json.at("cause"));
        std::map<std::string, std::pair<int, int>> want;
        for (const Json& sample : json.at("differences")) {
            for (const auto& [population, counts] : sample.items()) {
                if (counts.is_object()) {
                    want[population].first += counts.at("only_a").get<int>();
                    want[population].second += counts.at("only_b").get<int>();
                }
            }
        }
        for (const Json& population : got.at("populations")) {
            CAPTURE(population.at("name"));
            CHECK(population.at("only_a") == want[population.at("name")].first);
            CHECK(population.at("only_b") == want[population.at("name")].second);
        }
        const Said same = run_command("trace diff " + a.trace + " " + a.trace);
        CHECK(same.code == 0);
        CHECK(same.output.rfind("the same: ", 0) == 0);
    }
}

TEST_CASE("trace diff: another threshold's strictness is named, and so is another number") {
    const Workshop shop;
    const std::string weights =
        "tensors { name: \"w\" shape: [1, 1] values: [0.5] } nodes { name: \"in\" encoder { events {} } } "
        "projections { source: \"in\" target: \"a\" dense { weight: \"w\" } } "
        "readouts { name: \"r\" population: \"a\" kind: spike_count ties: index }";
    const std::string head = "format_version: 1 horizon: 8 inputs { name: \"x\" shape: [1] } ";
    const auto net = [&](const std::string& rule) {
        return head + "nodes { name: \"a\" shape: 1 population { " + rule + " } } " + weights;
    };
    shop.write("at_least.textproto", net("theta: 1"));
    shop.write("above.textproto", net("theta: 1 comparison: above"));
    shop.write("leaky.textproto", net("theta: 1 beta: 0.5"));
    write_array<std::uint8_t>(shop.in("one.npy"), {1, 8, 1}, {1, 1, 1, 1, 1, 1, 1, 1});
    for (const std::string name : {"at_least", "above", "leaky"}) {
        REQUIRE(shop.say("run %/" + name + ".textproto --events %/one.npy --trace %/" + name +
                         ".saltrace")
                    .code == 0);
    }
    const auto cause = [&](const std::string& other) {
        const Said said = shop.say("trace diff %/at_least.saltrace %/" + other +
                                   ".saltrace --model %/at_least.textproto --events %/one.npy "
                                   "--model-b %/" +
                                   other + ".textproto --json -");
        CHECK(said.code == 3);
        return Json::parse(said.output).at("cause").at("kind").get<std::string>();
    };
    CHECK(cause("above") == "comparison");
    CHECK(cause("leaky") == "beta");
}

TEST_CASE("trace why, without, diff: what cannot be answered is refused in one line") {
    const Workshop shop;
    REQUIRE(shop.say("run %/good.textproto --events %/e.npy --trace %/t.saltrace").code == 0);
    const std::string with = " --model %/good.textproto --events %/e.npy";
    // Not shop.say(), to which '@' is a folder.
    const auto refused = [&](std::string arguments, const std::string& part) {
        for (std::size_t at = arguments.find('%'); at != std::string::npos;
             at = arguments.find('%', at)) {
            arguments.replace(at, 2, shop.in("").string());
        }
        const Said said = run_command(arguments);
        CAPTURE(arguments);
        CHECK(said.code == 2);
        CHECK(said.error.find(part) != std::string::npos);
        CHECK(said.error.find('\n') == said.error.size() - 1);
    };
    refused("trace why %/t.saltrace --spike nobody[0]@1" + with, "population \"nobody\", need one of in, a, b");
    refused("trace why %/t.saltrace --spike 'a[7]@1'" + with, "neuron 7");
    refused("trace why %/t.saltrace --spike 'a[0]@99'" + with, "tick 99");
    refused("trace why %/t.saltrace --spike 'a[0]'" + with, "NAME[i]@t");
    refused("trace why %/t.saltrace --sample 5 --silent 'a[0]@1'" + with, "--sample: got sample 5, need one of the samples of the trace: 0");
    refused("trace why %/t.saltrace --silent 'a[0]@1' --model %/good.textproto --events %/e.npy -o %/x.bmp",
            ".svg or .dot");
    refused("trace without %/t.saltrace --drop 'b[1]@0'" + with, "sends nothing in this sample");
    refused("trace without %/t.saltrace --drop a -o %/x.csv" + with, "--each");
    // Another input: the replay is not what was traced.
    write_array<std::uint8_t>(shop.in("f.npy"), {1, 4, 2}, {0, 0, 0, 0, 1, 1, 0, 0});
    refused("trace why %/t.saltrace --silent 'a[0]@1' --model %/good.textproto --events %/f.npy",
            "the data and the version of the model that made the trace");
    refused("trace diff %/t.saltrace %/nothing.saltrace", "nothing.saltrace");
}

TEST_CASE("trace without: populations and ticks narrow what is taken out in turn") {
    const Workshop shop;
    const std::string with = " --model %/good.textproto --events %/e.npy --json -";
    REQUIRE(shop.say("run %/good.textproto --events %/e.npy --trace %/t.saltrace").code == 0);
    const auto each = [&](const std::string& more) {
        const Said said = shop.say("trace without %/t.saltrace " + more + with);
        INFO(said.error);
        REQUIRE(said.code == 0);
        return Json::parse(said.output).at("each");
    };
    Json wanted = Json::array();
    Json neurons = Json::array();
    for (const Json& row : each("--each")) {
        const int tick = row.at("tick");
        if (row.at("population") == "in" && tick >= 1 && tick <= 2) {
            wanted.push_back(row);
        }
    }
    for (const Json& row : each("--each-neuron")) {
        if (row.at("population") == "in") {
            neurons.push_back(row);
        }
    }
    REQUIRE(wanted.size() > 1);
    CHECK(each("--each --population in --ticks 1-2") == wanted);
    CHECK(each("--each-neuron --population in") == neurons);
    shop.check_refused("trace without %/t.saltrace --each-neuron --ticks 1-2" + with,
                       {"--ticks: got --each-neuron, need --each or --flip"});
    shop.check_refused("trace without %/t.saltrace --drop a --population in" + with,
                       {"--population: got --drop, need --each, --each-neuron or --flip"});
    shop.check_refused("trace without %/t.saltrace --each --population inn" + with,
                       {"--population: got \"inn\", need one of in, a, b"});
    shop.check_refused("trace without %/t.saltrace --each --sample 0,1" + with,
                       {"--sample: got sample 1, need one of the samples of the trace: 0"});
}

TEST_CASE("trace without: no answer where nothing is read out, undecided where nothing fires") {
    const Workshop shop;
    const std::string with = " --model %/good.textproto --events %/e.npy";
    REQUIRE(shop.say("run %/good.textproto --events %/e.npy --trace %/t.saltrace").code == 0);
    const Said silenced = shop.say("trace without %/t.saltrace --drop in" + with);
    CHECK(silenced.code == 0);
    CHECK(silenced.output.find("0 (undecided: no output spike)") != std::string::npos);
    std::string unread = network("beta: 0.5");
    unread.erase(unread.find(k_readout));
    shop.write("unread.textproto", unread);
    REQUIRE(shop.say("run %/unread.textproto --events %/e.npy --trace %/u.saltrace").code == 0);
    const std::string asked = " --model %/unread.textproto --events %/e.npy";
    CHECK(shop.say("trace without %/u.saltrace --each" + asked).code == 2);
    const Said dropped = shop.say("trace without %/u.saltrace --drop in" + asked);
    CHECK(dropped.code == 0);
    CHECK(dropped.output.find("answer") == std::string::npos);
}

TEST_CASE("run: a trace written to standard output is a trace") {
    const Workshop shop;
    REQUIRE(shop.say("run %/good.textproto --events %/e.npy --trace %/t.saltrace").code == 0);
    const Said said = shop.say("run %/good.textproto --events %/e.npy --trace /dev/stdout");
    CHECK(said.code == 0);
    CHECK(said.error.find("SynOps") != std::string::npos);
    write_bytes(shop.in("piped.saltrace"), said.output);
    const Said digest = shop.say("trace digest %/piped.saltrace");
    CHECK(digest.code == 0);
    CHECK(digest.output == shop.say("trace digest %/t.saltrace").output);
}

TEST_CASE("trace raster, export: spikes that were not recorded are not silence") {
    const Workshop shop;
    REQUIRE(shop.say("run %/good.textproto --events %/e.npy --trace %/t.saltrace --record a").code == 0);
    for (const std::string verb : {"raster %/t.saltrace -o %/x.svg", "export %/t.saltrace -o %/x.csv"}) {
        const Said said = shop.say("trace " + verb);
        CHECK(said.code == 0);
        CHECK(said.error.find("the spikes of in, b were not recorded") != std::string::npos);
    }
}
