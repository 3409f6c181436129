#include "models/trace/trace_choice.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/trace/trace_examples.hpp"

namespace saltus {

using namespace saltus::tests;

namespace {

using Numbers = std::vector<std::uint64_t>;

TraceFile write_trace(const std::filesystem::path& path, const Numbers& numbers) {
    const TraceHeader header = example_header();
    TraceWriter writer(path, header, {});
    for (const std::uint64_t number : numbers) {
        writer.add(example_sample(header, number));
    }
    writer.finish();
    return TraceFile(path);
}

template <class Ask>
std::string fault_of(Ask ask) {
    try {
        ask();
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("trace choice: samples are named by their numbers in the data set") {
    const ScratchFolder folder;
    const TraceFile file = write_trace(folder / "t", {1, 3, 4, 9});
    CHECK(chosen_places(file, std::nullopt) == Numbers{0, 1, 2, 3});
    CHECK(chosen_places(file, "9,3-4") == Numbers{1, 2, 3});
    CHECK(chosen_place(file, std::nullopt) == 0);
    CHECK(chosen_place(file, "4") == 2);
}

TEST_CASE("trace choice: an unknown sample is named with those there are") {
    const ScratchFolder folder;
    const TraceFile file = write_trace(folder / "t", {1, 3, 4, 9});
    const std::string valid = ", need one of the samples of the trace: 1, 3-4, 9";
    CHECK(fault_of([&] { chosen_places(file, "3-5"); }) == "--sample: got sample 5" + valid);
    CHECK(fault_of([&] { chosen_places(file, "0-99"); }) == "--sample: got sample 99" + valid);
    CHECK(fault_of([&] { chosen_place(file, "10"); }) == "--sample: got sample 10" + valid);
    CHECK(fault_of([&] { chosen_place(file, "3-4"); }) == "--sample: got 2 samples, need one");
    CHECK(fault_of([&] { chosen_places(file, ""); }) ==
          "--sample: got \"\", need numbers and ranges such as 0-999 or 1,3,7-9");

    Numbers odd;
    for (std::uint64_t k = 0; k < 100; ++k) {
        odd.push_back(2 * k + 1);
    }
    CHECK(fault_of([&] { chosen_places(odd, "2", "both traces"); }) ==
          "--sample: got sample 2, need one of the samples of both traces: 1, 3, 5, 7, 9, 11, 13, "
          "15 and others up to 199 (100 in all)");
}

TEST_CASE("trace choice: an empty trace has no sample to choose") {
    const ScratchFolder folder;
    const TraceFile file = write_trace(folder / "t", {});
    CHECK(chosen_places(file, std::nullopt).empty());
    CHECK(fault_of([&] { chosen_places(file, "0"); }) ==
          "--sample: got sample 0, need a trace with samples: the trace has none");
    CHECK(fault_of([&] { chosen_place(file, std::nullopt); }) ==
          (folder / "t").string() + ": got no samples, need a trace with samples");
}

TEST_CASE("trace choice: populations are named, in file order, each once") {
    const TraceHeader header = example_header();
    CHECK(chosen_populations(header, {}) == std::vector<PopulationId>{0, 1, 2, 3, 4});
    CHECK(chosen_populations(header, {"out", "pixels", "out"}) == std::vector<PopulationId>{0, 4});
    const std::string valid = ", need one of pixels, held, hidden, \"one\", pool, out";
    CHECK(fault_of([&] {
              chosen_populations(header, {"out", "Out"});
          }) == "--population: got \"Out\"" + valid);
    CHECK(fault_of([&] { chosen_populations(header, {""}); }) == "--population: got \"\"" + valid);
}

TEST_CASE("trace choice: ticks are first and last, or one") {
    const TraceHeader header = example_header();
    const auto range = [&](const std::string& text) {
        const TickRange ticks = chosen_ticks(header, parse_ticks(text));
        return std::pair(ticks.from, ticks.until);
    };
    CHECK(chosen_ticks(header, std::nullopt).until == 20);
    CHECK(range("5-11") == std::pair<Tick, Tick>(5, 12));
    CHECK(range("19") == std::pair<Tick, Tick>(19, 20));
    for (const std::string text : {"0-20", "5-4", "20"}) {
        CAPTURE(text);
        CHECK(fault_of([&] { range(text); }).ends_with(", need ticks of 0-19"));
    }
    for (const std::string text :
         {"", "-", "5-", "-5", "a-b", "1-2-3", " 1", "1 ", "99999999999999999999"}) {
        CAPTURE(text);
        CHECK(fault_of([&] { range(text); }) ==
              "--ticks: got \"" + text + "\", need first-last, such as 0-99");
    }
}

}  // namespace saltus
