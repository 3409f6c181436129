// Options before a verb, exit codes, and what goes to which stream.
#include <doctest/doctest.h>

#include "tests/cli/command.hpp"

namespace saltus {

using tests::run_command;
using tests::Said;

TEST_CASE("command: --version says version, commit and compiler") {
    const Said said = run_command("--version");
    CHECK(said.code == 0);
    CHECK(said.output.rfind("saltus 0.", 0) == 0);
    CHECK(said.output.find(", commit ") != std::string::npos);
    CHECK(said.output.find("g++ ") + 1 + said.output.find("clang++ ") != std::string::npos);
    CHECK(said.error.empty());
}

TEST_CASE("command: help is no error, and lists the verbs") {
    const Said said = run_command("--help");
    CHECK(said.code == 0);
    for (const char* verb : {"run", "info", "convert", "trace"}) {
        CAPTURE(verb);
        CHECK(said.output.find(verb) != std::string::npos);
        CHECK(run_command(std::string(verb) + " --help").code == 0);
    }
}

TEST_CASE("command: bad use is exit code 2 and one line on standard error") {
    for (const char* arguments : {"",
                                  "leap",
                                  "--leap",
                                  "trace",
                                  "trace digest",
                                  "trace digest a b",
                                  "trace export x",
                                  "trace raster x --sample minus -o y.svg",
                                  "run",
                                  "info",
                                  "convert"}) {
        CAPTURE(arguments);
        const Said said = run_command(arguments);
        CHECK(said.code == 2);
        CHECK(said.output.empty());
        CHECK(said.error.rfind("saltus: ", 0) == 0);
    }
}

TEST_CASE("command: a file that is missing or none is exit code 2 and is named") {
    const tests::ScratchFolder folder;
    tests::write_bytes(folder / "junk.saltrace", "SALTJUNK and more");
    for (const char* verb :
         {"digest", "export -o %/x.csv", "export -o %/x.npz", "export -o %/x.h5", "raster -o %/x.svg"}) {
        for (const char* file : {"none.saltrace", "junk.saltrace"}) {
            std::string arguments = std::string("trace ") + verb + " %/" + file;
            for (std::size_t at = arguments.find('%'); at != std::string::npos;
                 at = arguments.find('%')) {
                arguments.replace(at, 1, folder.path().string());
            }
            CAPTURE(arguments);
            const Said said = run_command(arguments);
            CHECK(said.code == 2);
            CHECK(said.error.find(file) != std::string::npos);
        }
    }
    for (const char* out : {"x.csv", "x.npz", "x.h5", "x.svg"}) {
        CHECK_FALSE(std::filesystem::exists(folder / out));
    }
}

}  // namespace saltus
