// Ctrl-C while a file is written, by verbs that run no samples. The file is a fifo that nobody
// empties, so that the command is certainly at work when the signal comes.
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "tests/cli/run_files.hpp"

namespace saltus {

using namespace saltus::tests;

namespace {

pid_t start(const std::vector<std::string>& arguments, const std::string& log) {
    std::vector<std::string> words = {SALTUS_COMMAND};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        if (std::freopen(log.c_str(), "w", stderr) != nullptr) {
            execv(argv[0], argv.data());
        }
        _exit(99);
    }
    return child;
}

// Interrupts the command once its first bytes come out of the fifo, then empties it. The exit code,
// or -1 if it ended before.
int interrupt_at_work(const std::vector<std::string>& arguments,
                      const std::filesystem::path& fifo,
                      const std::string& log) {
    const int end = open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
    const pid_t child = start(arguments, log);
    int status = 0;
    char first = 0;
    while (read(end, &first, 1) != 1) {
        if (waitpid(child, &status, WNOHANG) == child) {
            close(end);
            return -1;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    kill(child, SIGINT);
    std::vector<char> rest(1 << 16);
    while (waitpid(child, &status, WNOHANG) != child) {
        if (read(end, rest.data(), rest.size()) <= 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }
    close(end);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("interrupt: convert and trace export end with 130") {
    const ScratchFolder folder;
    const std::string at = folder.path().string() + "/";
    REQUIRE(
        run_command("run " + k_latency + " --samples 0-199 --trace " + at + "t.saltrace").code ==
        0);
    const std::string model = "examples/models/mnist_hybrid_latency.saltus";
    const std::vector<std::vector<std::string>> commands = {
        {"convert", model, "-o", at + "out.saltus"},
        {"trace", "export", at + "t.saltrace", "-o", at + "out.csv"},
    };
    for (const std::vector<std::string>& command : commands) {
        CAPTURE(command[0]);
        const std::filesystem::path fifo = command.back();
        REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
        CHECK(interrupt_at_work(command, fifo, at + "log") == 130);
        CHECK(contains(read_bytes(folder / "log"), "saltus: interrupted"));
    }
}

}  // namespace saltus
