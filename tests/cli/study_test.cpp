// saltus study and saltus run --set, as a user runs them.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "tests/cli/run_files.hpp"

namespace saltus {

using nlohmann::json;
using tests::contains;
using tests::k_duplicate;
using tests::read_bytes;
using tests::read_csv;
using tests::run_command;
using tests::run_to_json;
using tests::Said;
using tests::ScratchFolder;
using tests::write_bytes;

namespace {

const std::string k_study = k_duplicate + " --samples 0-39 ";

std::vector<json> lines_of(const std::filesystem::path& file) {
    std::vector<json> lines;
    std::istringstream text(read_bytes(file));
    for (std::string line; std::getline(text, line);) {
        lines.push_back(json::parse(line));
    }
    return lines;
}

}  // namespace

TEST_CASE("study: every point is what saltus run says with the same settings") {
    const ScratchFolder folder;
    const std::string to = (folder / "s").string();
    const Said said = run_command(
        "study " + k_study +
        "--scan horizon=2,8 --scan hidden.theta_scale=0.5:2:log:3 --energy 45nm-float32 -o " + to);
    CAPTURE(said.error);
    REQUIRE(said.code == 0);
    const std::vector<json> points = lines_of(folder / "s" / "results.jsonl");
    REQUIRE(points.size() == 6);
    for (const json& point : points) {
        const json& settings = point["settings"];
        const json wanted = run_to_json(
            k_study + "--energy 45nm-float32 --set horizon=" + settings["horizon"].dump() +
            " --set hidden.theta_scale=" + settings["hidden.theta_scale"].dump());
        CHECK(point["right"] == wanted["right"]);
        CHECK(point["spikes"] == wanted["per_sample"]["spikes"]);
        CHECK(point["acs"] == wanted["per_sample"]["effective_synaptic_operations"]);
        CHECK(point["total_operations"] == wanted["per_sample"]["total_operations"]);
        CHECK(point["joules"]["45nm-float32"] ==
              wanted["energy"]["models"][0]["joules_per_sample"]);
    }
    for (const char* const name : {"report.md",
                                   "report.html",
                                   "report.tex",
                                   "report.bib",
                                   "results.csv",
                                   "study.json",
                                   "accuracy_operations.svg",
                                   "accuracy_45nm-float32.svg"}) {
        CAPTURE(name);
        CHECK(std::filesystem::file_size(folder / "s" / name) > 0);
    }
    CHECK(read_csv(folder / "s" / "results.csv").size() == 6);
}

TEST_CASE("study: the same bytes on one thread and on two") {
    const ScratchFolder folder;
    for (const char* const threads : {"1", "2"}) {
        REQUIRE(run_command("study " + k_study +
                            "--scan horizon=1,2,3,4 --scan exit.margin=0.5,2 --threads " + threads +
                            " -o " + (folder / threads).string())
                    .code == 0);
    }
    for (const char* const name : {"results.jsonl", "results.csv", "accuracy_operations.svg"}) {
        CHECK(read_bytes(folder / "1" / name) == read_bytes(folder / "2" / name));
    }
}

TEST_CASE("study: killed at any moment, no finished point is lost and none is run twice") {
    const ScratchFolder folder;
    const std::string command = std::string(SALTUS_COMMAND) + " study " + k_duplicate +
                                " --samples 0-199 --threads 2 --scan theta_scale=0.5:2:24 -o " +
                                (folder / "s").string() + " 2>/dev/null >/dev/null";
    std::size_t before = 0;
    for (int k = 0; k < 6; ++k) {
        const pid_t child = fork();
        if (child == 0) {
            setpgid(0, 0);
            execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
            _exit(127);
        }
        setpgid(child, child);
        std::this_thread::sleep_for(std::chrono::milliseconds(40 + 35 * k));
        kill(-child, SIGKILL);
        waitpid(child, nullptr, 0);
        if (std::filesystem::exists(folder / "s" / "results.jsonl")) {
            const std::string text = read_bytes(folder / "s" / "results.jsonl");
            const auto whole = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
            CHECK(whole >= before);
            before = whole;
        }
    }
    REQUIRE(std::system(command.c_str()) == 0);
    std::set<int> numbers;
    for (const json& line : lines_of(folder / "s" / "results.jsonl")) {
        CHECK(numbers.insert(line["point"].get<int>()).second);
    }
    CHECK(numbers.size() == 24);
    // As if it had never been killed.
    REQUIRE(run_command("study " + k_duplicate +
                        " --samples 0-199 --scan theta_scale=0.5:2:24 -o " +
                        (folder / "whole").string())
                .code == 0);
    CHECK(read_bytes(folder / "s" / "results.csv") == read_bytes(folder / "whole" / "results.csv"));
}

TEST_CASE(
    "study: a margin ends samples early: fewer ticks, and at a large one the answers of the whole "
    "run") {
    const ScratchFolder folder;
    REQUIRE(run_command("study " + k_study + "--scan exit.margin=0.25,1000 -o " +
                        (folder / "s").string())
                .code == 0);
    const std::vector<json> points = lines_of(folder / "s" / "results.jsonl");
    REQUIRE(points.size() == 2);
    CHECK(points[0]["ticks"].get<double>() < 8);
    CHECK(points[0]["acs"].get<double>() < points[1]["acs"].get<double>());
    const json whole = run_to_json(k_study);
    CHECK(points[1]["ticks"] == 8.0);
    CHECK(points[1]["right"] == whole["right"]);
    CHECK(points[1]["total_operations"] == whole["per_sample"]["total_operations"]);
}

TEST_CASE("study: what is impossible is said before anything runs, all of it, exit code 2") {
    const ScratchFolder folder;
    const Said said =
        run_command("study " + k_study + "--scan hiden.theta=1,2 --scan weights.bits=1,4 -o " +
                    (folder / "s").string());
    CHECK(said.code == 2);
    CHECK(contains(said.error, "the nearest is \"hidden.theta\""));
    CHECK(!std::filesystem::exists(folder / "s"));
    const Said bits = run_command("study " + k_study + "--scan weights.bits=1,4,20 -o " +
                                  (folder / "s").string());
    CHECK(bits.code == 2);
    CHECK(contains(bits.error, "got weights.bits=1, need"));
    CHECK(contains(bits.error, "got weights.bits=20, need"));
    const Said leak =
        run_command("study " + k_study + "--scan hidden.beta=0.5,2 -o " + (folder / "s").string());
    CHECK(leak.code == 2);
    CHECK(contains(leak.error, "beta: got 2"));
    CHECK(!std::filesystem::exists(folder / "s"));
}

TEST_CASE("study: a folder of another study is refused, and nothing in it changes") {
    const ScratchFolder folder;
    const std::string to = (folder / "s").string();
    REQUIRE(run_command("study " + k_study + "--scan horizon=1,2 -o " + to).code == 0);
    const std::string before = read_bytes(folder / "s" / "results.jsonl");
    const Said said = run_command("study " + k_study + "--scan horizon=1,2,3 -o " + to);
    CHECK(said.code == 2);
    CHECK(contains(said.error, "another study"));
    CHECK(read_bytes(folder / "s" / "results.jsonl") == before);
}

TEST_CASE("study: a study file says model, data and scans; --quick takes its smaller ones") {
    const ScratchFolder folder;
    const std::filesystem::path model =
        std::filesystem::absolute("examples/models/mnist_hybrid_duplicate.saltus");
    write_bytes(folder / "x.study.textproto",
                "format_version: 1 name: \"mine\" model: \"" + model.string() +
                    "\" data: \"examples/data\" samples: \"0-19\" quick_samples: \"0-4\" scan: "
                    "\"horizon=1,2,4\" "
                    "quick_scan: \"horizon=2\" energy: \"loihi\"");
    REQUIRE(run_command("study " + (folder / "x.study.textproto").string() + " --quick -o " +
                        (folder / "q").string())
                .code == 0);
    const std::vector<json> quick = lines_of(folder / "q" / "results.jsonl");
    REQUIRE(quick.size() == 1);
    CHECK(quick[0]["samples"] == 5);
    CHECK(quick[0]["joules"].contains("loihi"));
    CHECK(contains(read_bytes(folder / "q" / "report.md"), "mine (quick)"));
    write_bytes(folder / "y.study.textproto", "format_version: 1 modle: \"x\"");
    const Said said = run_command("study " + (folder / "y.study.textproto").string() + " -o " +
                                  (folder / "y").string());
    CHECK(said.code == 2);
    CHECK(contains(said.error, "the nearest is \"model\""));
}

TEST_CASE("run --set: another number is another result, and an unknown path names the nearest") {
    const json plain = run_to_json(k_study);
    CHECK(run_to_json(k_study + "--set hidden.theta_scale=1")["per_sample"] == plain["per_sample"]);
    CHECK(
        run_to_json(k_study + "--set hidden.theta_scale=2")["per_sample"]["spikes"].get<double>() <
        plain["per_sample"]["spikes"].get<double>());
    const Said said = run_command("run " + k_study + "--set hidden.tetha=1");
    CHECK(said.code == 2);
    CHECK(contains(said.error, "the nearest is \"hidden.theta\""));
    const Said twice = run_command("run " + k_study + "--set horizon=2 --horizon 4");
    CHECK(twice.code == 2);
}

}  // namespace saltus
