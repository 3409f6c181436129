// Runs the command as a user does, through the shell, and takes what it says.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/wait.h>

#include "tests/models/data/scratch_folder.hpp"

namespace saltus::tests {

struct Said {
    int code = -1;       // the exit code; 128 + number if a signal ended it
    std::string output;  // standard output
    std::string error;   // standard error
};

// `arguments` as the shell takes them; `before`: what stands in front of the command.
inline Said run_command(const std::string& arguments, const std::string& before = "") {
    const ScratchFolder folder;
    const std::string line = before + SALTUS_COMMAND + " " + arguments + " >" +
                             (folder / "out").string() + " 2>" + (folder / "err").string();
    const int status = std::system(line.c_str());
    Said said;
    said.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    said.output = read_bytes(folder / "out");
    said.error = read_bytes(folder / "err");
    return said;
}

}  // namespace saltus::tests
