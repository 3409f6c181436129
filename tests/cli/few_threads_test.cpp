// Fewer threads than asked for, as a limit on memory gives: the command ends, and says so.
#include <cstdlib>
#include <string>
#include <sys/wait.h>

#include <doctest/doctest.h>

#include "tests/cli/run_files.hpp"

namespace saltus {

using namespace saltus::tests;

namespace {

// Address sanitizer reserves terabytes of addresses: no limit on them can be set.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool k_limits = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool k_limits = false;
#else
constexpr bool k_limits = true;
#endif
#else
constexpr bool k_limits = true;
#endif

Said run_within(const std::string& arguments, unsigned megabytes) {
    return run_command(
        arguments,
        "ulimit -v " + std::to_string(megabytes * 1024) + "; exec timeout -s KILL 120 ");
}

}  // namespace

// Which of the two ends it takes depends on where memory runs out; a command that waits for ever,
// as it once did, is killed after two minutes and is neither.
TEST_CASE("few threads: with too little memory for 64 threads a command still ends") {
    if (!k_limits) {
        return;
    }
    const nlohmann::json free = run_to_json(k_duplicate + " --samples 0-199 --threads 1");
    bool some_went_on = false;
    for (const unsigned megabytes : {110U, 128U, 160U, 200U, 256U, 320U, 400U}) {
        CAPTURE(megabytes);
        const Said run =
            run_within("run " + k_duplicate + " --samples 0-199 --threads 64 --json -", megabytes);
        CAPTURE(run.error);
        CHECK((run.code == 0 || run.code == 1 || run.code == 2));
        CHECK(run.error.rfind("saltus: ", 0) == 0);  // the shortage is said either way
        if (run.code == 0) {
            some_went_on = true;
            CHECK(contains(run.error, "threads"));
            CHECK(without_times(nlohmann::json::parse(run.output)) == without_times(free));
        }
        const Said bench = run_within(
            "bench " + k_duplicate + " --samples 0-63 -r 1 --threads 64 --format json", megabytes);
        CAPTURE(bench.error);
        CHECK((bench.code == 0 || bench.code == 1 || bench.code == 2));
        CHECK(bench.error.rfind("saltus: ", 0) == 0);
    }
    CHECK(some_went_on);
}

}  // namespace saltus
