// What saltus run says and leaves: the summary and its notes, and files that are whole or not
// there, however the run ends.
#include <chrono>
#include <csignal>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/run_files.hpp"

namespace saltus {

using tests::contains;
using tests::k_latency;
using tests::Mixed;
using tests::names_in;
using tests::read_bytes;
using tests::run_command;
using tests::Said;
using tests::ScratchFolder;
using tests::write_array;
using tests::write_bytes;

namespace {

using Names = std::set<std::string>;

// Two integrators; `population` and `projection` say the rest.
std::string two_neurons(const std::string& horizon, const std::string& rest) {
    return "format_version: 1 horizon: " + horizon + R"(
        inputs { name: "x" shape: [2] }
        nodes { name: "in" encoder { duplicate {} } })" +
           rest + R"(
        readouts { name: "r" population: "p" kind: membrane })";
}

// Starts the command, waits for `name` to turn up among the folder's files (begun, under a
// temporary name), interrupts it, and gives its exit code.
int interrupt_once_begun(const std::vector<std::string>& arguments,
                         const std::filesystem::path& folder,
                         const std::string& name) {
    std::vector<std::string> words = {SALTUS_COMMAND};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    const std::string log = (folder / "log").string();
    const pid_t child = fork();
    if (child == 0) {
        if (std::freopen(log.c_str(), "w", stderr) != nullptr) {
            execv(argv[0], argv.data());
        }
        _exit(99);
    }
    const auto begun = [&] {
        for (const std::string& file : names_in(folder)) {
            if (file.rfind("." + name + ".", 0) == 0) {
                return true;
            }
        }
        return false;
    };
    int status = 0;
    while (!begun()) {
        if (waitpid(child, &status, WNOHANG) == child) {
            return -1;  // ended before it began
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    kill(child, SIGINT);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("run: the shipped pruned network answers without a multiplication, as it was trained to") {
    const Said said =
        run_command("run examples/models/mnist_pruned.saltus --data examples/data --json -");
    REQUIRE(said.code == 0);
    const auto json = nlohmann::json::parse(said.output);
    CHECK(json["readouts"][0]["right"] == 993);  // by the trainer's own forward pass too
    const auto& means = json["per_sample"];
    CHECK(means["effective_front_macs"] == 0);
    CHECK(means["effective_graded_macs"] == 0);
    CHECK(means["effective_held_drive_macs"] == 0);
}

TEST_CASE("run: the summary says accuracy, counts and time, and warns unasked") {
    const Said digits = run_command("run " + k_latency + " --samples 0-9");
    CHECK(digits.code == 0);
    for (const char* words : {"mnist_hybrid_latency on examples/data:test",
                              "10 samples, 16 ticks",
                              "accuracy      100.00 %  [72.25, 100.00] at 95 %, 10 of 10 right",
                              "spikes        ",
                              "SynOps        ",
                              "392,000 a sample in the front",
                              "(median), ",
                              "(99th percentile)",
                              "of 500 neurons of features never fired in this run"}) {
        CAPTURE(words);
        CHECK(contains(digits.output, words));
    }
    const ScratchFolder folder;
    const Said mixed = run_command("run " + Mixed(folder).line);
    for (const char* words : {"note: mute never fired\n",
                              "note: 2 of 3 neurons of busy fired at every tick\n",
                              "note: 20 of 20 samples had no output spike"}) {
        CAPTURE(words);
        CHECK(contains(mixed.output, words));
    }
    CHECK(!contains(mixed.output, "note: mid never"));
}

TEST_CASE("run: an existing file is replaced by a run that ends well, and kept by one that fails") {
    const ScratchFolder folder;
    const std::string csv = (folder / "p.csv").string();
    write_bytes(csv, "old");
    CHECK(run_command("run " + k_latency + " --samples 5000 --predictions " + csv).code == 2);
    CHECK(read_bytes(csv) == "old");
    CHECK(run_command("run " + k_latency + " --samples 5 --predictions " + csv).code == 0);
    CHECK(read_bytes(csv).rfind("sample,label,", 0) == 0);
    CHECK(names_in(folder.path()) == std::set<std::string>{"p.csv"});
}

TEST_CASE("run: Ctrl-C ends a run of many samples with 130 and leaves no file") {
    const ScratchFolder folder;
    write_bytes(folder / "m.textproto", two_neurons("2000", R"(
        nodes { name: "p" population { theta: 1e6 } }
        projections { source: "in" target: "p" identity {} })"));
    // 400,000 samples of 2,000 ticks: more than will be done before the signal comes.
    write_array(folder / "x.npy", {400000, 2}, std::vector<float>(800000, 0.25F));
    const std::string at = folder.path().string() + "/";
    CHECK(interrupt_once_begun({"run",
                                at + "m.textproto",
                                "--data",
                                at + "x.npy",
                                "--trace",
                                at + "t.saltrace",
                                "--predictions",
                                at + "p.csv",
                                "--json",
                                at + "j.json"},
                               folder.path(),
                               "j.json") == 130);
    CHECK(read_bytes(folder / "log").find("saltus: interrupted") != std::string::npos);
    CHECK(names_in(folder.path()) == Names{"log", "m.textproto", "x.npy"});
}

TEST_CASE("run: Ctrl-C ends a sample that would take years") {
    const ScratchFolder folder;
    write_bytes(folder / "m.textproto", two_neurons("1000000000000000", R"(
        nodes { name: "p" population { theta: 1e6 } }
        projections { source: "in" target: "p" identity {} })"));
    write_array<float>(folder / "x.npy", {1, 2}, {1, 2});
    const std::string at = folder.path().string() + "/";
    CHECK(interrupt_once_begun(
              {"run", at + "m.textproto", "--data", at + "x.npy", "--predictions", at + "p.csv"},
              folder.path(),
              "p.csv") == 130);
    CHECK(names_in(folder.path()) == Names{"log", "m.textproto", "x.npy"});
}

TEST_CASE("run: a membrane that stops being finite is named, exit code 1, and no file is left") {
    const ScratchFolder folder;
    write_bytes(folder / "m.textproto", two_neurons("100", R"(
        tensors { name: "W" shape: [2, 2] values: [0, 0, 1e38, 1e38] }
        nodes { name: "p" population { fires: false } }
        projections { source: "in" target: "p" dense { weight: "W" } })"));
    // Sample 2 passes 3.4e38 at its fourth tick, sample 5 at once; the others never do.
    std::vector<float> values(16, 0);
    values[2 * 2] = 1;
    values[5 * 2] = 2;
    values[5 * 2 + 1] = 2;
    write_array(folder / "x.npy", {8, 2}, values);
    const std::string at = folder.path().string() + "/";
    for (const char* threads : {"1", "4"}) {
        const Said said = run_command("run " + at + "m.textproto --data " + at + "x.npy --trace " +
                                      at + "t.saltrace --predictions " + at + "p.csv --json " + at +
                                      "j.json --threads " + threads);
        CHECK(said.code == 1);
        CHECK(said.output.empty());
        CHECK(said.error ==
              "saltus: sample 2: p[1]@3: membrane is not finite, need a finite number\n");
        CHECK(names_in(folder.path()) == Names{"m.textproto", "x.npy"});
    }
}

TEST_CASE("run: a full disk is exit code 1 and a message") {
    const Said said = run_command("run " + k_latency + " --samples 0-3 --predictions /dev/full");
    CHECK(said.code == 1);
    CHECK(contains(said.error, "saltus: /dev/full: could not be written: No space left on device"));
}

}  // namespace saltus
