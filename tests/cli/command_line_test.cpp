// Numbers and names on the command line, as a user types them.
#include <string>

#include <doctest/doctest.h>

#include "tests/cli/run_files.hpp"

namespace saltus {

using tests::contains;
using tests::k_duplicate;
using tests::run_command;
using tests::run_to_json;
using tests::Said;

TEST_CASE("command line: whole numbers are decimal, zeros in front count for nothing") {
    const std::string run = k_duplicate + " --samples 0-1 --horizon ";
    CHECK(run_to_json(run + "012")["horizon"] == 12);
    CHECK(run_to_json(run + "12 --seed 18446744073709551615")["seed"].get<std::uint64_t>() ==
          18446744073709551615U);
    for (const char* const wrong : {"0x10",
                                    "1e1",
                                    "+4",
                                    "-4",
                                    "4.0",
                                    "0",
                                    "four",
                                    "9007199254740993",
                                    "99999999999999999999"}) {
        CAPTURE(wrong);
        const Said said = run_command("run " + run + wrong);
        CHECK(said.code == 2);
        CHECK(contains(
            said.error,
            "--horizon: got \"" + std::string(wrong) + "\", need a whole number from 1 to 2^53"));
    }
    const Said seed = run_command("run " + run + "4 --seed 18446744073709551616");
    CHECK(seed.code == 2);
    CHECK(contains(seed.error, "need a whole number from 0 to 2^64 - 1"));
    CHECK(run_command("run " + run + "4 --threads 0").code == 2);
}

TEST_CASE("command line: an unknown verb or option names the nearest") {
    const Said verb = run_command("rnu x");
    CHECK(verb.code == 2);
    CHECK(
        contains(verb.error, "got \"rnu\", need one of its verbs; the nearest is \"run\""));
    const Said option = run_command("run " + k_duplicate + " --horzion 4");
    CHECK(option.code == 2);
    CHECK(contains(option.error,
                   "got \"--horzion\", need one of its options; the nearest is \"--horizon\""));
    const Said trace = run_command("trace sumary x");
    CHECK(trace.code == 2);
    CHECK(contains(trace.error, "the nearest is \"summary\""));
}

TEST_CASE("command line: the help of numbers shows no type's name") {
    const Said help = run_command("run --help");
    CHECK(help.code == 0);
    CHECK(contains(help.output, "--horizon N"));
    CHECK(!contains(help.output, "INT:INT"));
    CHECK(!contains(help.output, "UINT"));
}

}  // namespace saltus
