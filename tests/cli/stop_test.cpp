// Ctrl-C during a run that would last for hours within one sample: it ends with 130, and leaves no
// file behind.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "tests/cli/run_files.hpp"

namespace saltus::tests {

namespace {

using namespace std::chrono_literals;

// Starts the command, without what it says.
pid_t start(std::vector<std::string> words) {
    words.insert(words.begin(), SALTUS_COMMAND);
    std::vector<char*> arguments;
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        const int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
        execv(arguments[0], arguments.data());
        _exit(127);
    }
    return child;
}

// Clock ticks that a process has spent in user mode; -1 if it is gone.
long spent(pid_t process) {
    std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
    std::string text((std::istreambuf_iterator<char>(stat)), {});
    const std::size_t names_end = text.rfind(')');
    if (names_end == std::string::npos) {
        return -1;
    }
    std::istringstream fields(text.substr(names_end + 2));
    std::string field;
    for (int k = 0; k < 12; ++k) {  // the 14th field of all
        fields >> field;
    }
    return std::stol(field);
}

// Lets it get well into its work, interrupts it once, and returns its exit code; -1 if it does not
// end.
int interrupt(pid_t process) {
    for (int k = 0; k < 6000 && spent(process) < sysconf(_SC_CLK_TCK) / 3; ++k) {
        std::this_thread::sleep_for(10ms);
    }
    kill(process, SIGINT);
    int status = 0;
    for (int k = 0; k < 6000; ++k) {
        if (waitpid(process, &status, WNOHANG) == process) {
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        std::this_thread::sleep_for(10ms);
    }
    kill(process, SIGKILL);
    waitpid(process, &status, 0);
    return -1;
}

}  // namespace

TEST_CASE("stop: one interrupt ends a run within its only sample, whatever takes so long") {
    const std::string head = R"(format_version: 1 name: "m" horizon: 1099511627776
        inputs { name: "x" shape: 2 }
        tensors { name: "W" shape: [2, 2] values: [0, 0, 0, 0] }
        tensors { name: "B" values: [0.001, 0.001] }
        projections { source: "e" target: "h" dense { weight: "W" } }
    )";
    const std::vector<std::pair<std::string, std::string>> models = {
        {"every tick", R"(nodes { name: "e" encoder { duplicate {} } }
            nodes { name: "h" population { receptors { bias: "B" } } }
            readouts { name: "r" population: "h" kind: spike_count ties: index })"},
        {"an encoder", R"(nodes { name: "e" encoder { bernoulli { c: 1e30 } } }
            nodes { name: "h" population {} }
            readouts { name: "r" population: "h" kind: spike_count ties: index })"},
        {"reading what leaps", R"(nodes { name: "e" encoder { duplicate {} } }
            nodes { name: "h" population { clock: leaps fires: false
                receptors { alpha: 1 bias: "B" } } }
            readouts { name: "r" population: "h" kind: membrane })"}};
    for (const auto& [name, nodes] : models) {
        CAPTURE(name);
        const ScratchFolder folder;
        write_bytes(folder / "m.textproto", head + nodes);
        write_array<float>(folder / "x.npy", {1, 2}, {1, 1});
        const pid_t process = start({"run",
                                     (folder / "m.textproto").string(),
                                     "--data",
                                     (folder / "x.npy").string(),
                                     "--trace",
                                     (folder / "t.saltrace").string()});
        CHECK(interrupt(process) == 130);
        std::set<std::string> left;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
            left.insert(entry.path().filename().string());
        }
        CHECK(left == std::set<std::string>{"m.textproto", "x.npy"});
    }
}

TEST_CASE("stop: a leaping IF over 2^40 ticks is done at once") {
    const ScratchFolder folder;
    write_bytes(folder / "m.textproto", R"(format_version: 1 name: "m" horizon: 1099511627776
        inputs { name: "x" shape: 2 }
        tensors { name: "W" shape: [2, 2] values: [0, 0, 0, 0] }
        nodes { name: "e" encoder { duplicate {} } }
        nodes { name: "h" population { clock: leaps theta: 1e30 } }
        projections { source: "e" target: "h" dense { weight: "W" } }
        readouts { name: "r" population: "h" kind: spike_count ties: index }
    )");
    write_array<float>(folder / "x.npy", {1, 2}, {1, 1});
    const Said said = run_command("run " + (folder / "m.textproto").string() + " --data " +
                                  (folder / "x.npy").string());
    CHECK(said.code == 0);
}

}  // namespace saltus::tests
