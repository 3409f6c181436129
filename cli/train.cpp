// saltus train, saltus explain-conversion: they start saltus-train, a program of its own, so that
// this one never loads libtorch.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

#include "cli/verbs.hpp"
#include "core/error.hpp"

namespace saltus::cli {

namespace {

namespace fs = std::filesystem;

// Beside this program, as it is built and installed; else wherever PATH has it.
std::string find_program() {
    std::error_code failed;
    const fs::path self = fs::read_symlink("/proc/self/exe", failed);
    for (const fs::path& folder : {self.parent_path(), self.parent_path() / "train"}) {
        const fs::path beside = folder / "saltus-train";
        if (!failed && access(beside.c_str(), X_OK) == 0) {
            return beside;
        }
    }
    return "saltus-train";
}

int start(const std::vector<std::string>& arguments) {
    const std::string program = find_program();
    std::vector<std::string> words{program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> raw;
    for (std::string& word : words) {
        raw.push_back(word.data());
    }
    raw.push_back(nullptr);
    execvp(program.c_str(), raw.data());
    if (errno == ENOENT) {
        throw InputError("saltus train",
                         "no program saltus-train",
                         "it beside saltus: scripts/install-deps train, then configure and build anew");
    }
    throw Error(program + ": " + std::strerror(errno));
}

void add_verb(CLI::App& app,
              Chosen& chosen,
              const std::string& name,
              const std::string& help,
              const std::vector<std::string>& first) {
    CLI::App* const verb = app.add_subcommand(name, help);
    verb->set_help_flag();  // saltus-train knows its options
    verb->allow_extras();
    verb->callback([verb, first, &chosen] {
        std::vector<std::string> arguments = first;
        for (const std::string& word : verb->remaining()) {
            arguments.push_back(word);
        }
        chosen = [arguments] { return start(arguments); };
    });
}

}  // namespace

void add_train(CLI::App& app, Chosen& chosen) {
    add_verb(app, chosen, "train", "Train a network from a recipe and save it as a model", {});
    add_verb(app,
             chosen,
             "explain-conversion",
             "Split the error between rates and activations of a trained network by its causes",
             {"--explain-conversion"});
}

}  // namespace saltus::cli
