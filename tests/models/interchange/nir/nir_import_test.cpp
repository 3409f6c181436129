// Small NIR files with spikes reckoned by hand.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"

#include "tests/models/interchange/nir/nir_spikes.hpp"

using namespace saltus;
using namespace saltus::tests;

namespace {

namespace fs = std::filesystem;
using Spikes = std::vector<std::pair<int, int>>;

const fs::path k_small = fs::path(SALTUS_SOURCE_DIR) / "tests/golden/nir/small";

NirImportOptions with(const std::vector<std::string>& assumptions = {}) {
    NirImportOptions options;
    options.tick = 1e-4;
    options.assumptions = assumptions;
    return options;
}

// A constant input of 1 for so many ticks.
NirRun constant(const std::string& name,
                std::size_t ticks,
                const NirImportOptions& options = with()) {
    return run_nir(k_small / (name + ".nir"), options, std::vector<float>(ticks, 1.0F), ticks);
}

Spikes neuron(const std::vector<int>& ticks) {
    Spikes list;
    for (const int tick : ticks) {
        list.emplace_back(0, tick);
    }
    return list;
}

bool notes_say(const NirImport& import, const std::string& words) {
    return std::any_of(import.notes.begin(), import.notes.end(), [&](const std::string& note) {
        return note.find(words) != std::string::npos;
    });
}

}  // namespace

TEST_CASE("NIR: an IF adds r times its input a tick, whatever the tick's length, and resets to 0") {
    for (const char* const name : {"if_one", "if_scalar"}) {
        CHECK(spikes_of(constant(name, 40).spikes.at("n")) == neuron({10, 21, 32}));
    }
}

TEST_CASE("NIR: a LIF takes dt / tau of the way to its drive; a missing v_reset is 0") {
    CHECK(spikes_of(constant("lif_v_reset", 24).spikes.at("n")) == neuron({2, 6, 10, 14, 18, 22}));
    CHECK(spikes_of(constant("lif_no_v_reset", 24).spikes.at("n")) ==
          neuron({2, 5, 8, 11, 14, 17, 20, 23}));
}

TEST_CASE("NIR: a reset is what the convention says") {
    CHECK(spikes_of(constant("soft_reset_meta", 8).spikes.at("n")) == neuron({1, 3, 5, 7}));
    // 0.75 a tick, less 1 at firing: 1.5 - 1, 1.25 - 1, 1.0 is not above 1
    CHECK(spikes_of(constant("soft_reset_meta", 4, with({"reset=subtract"})).spikes.at("n")) ==
          neuron({1, 2}));
    CHECK(spikes_of(constant("soft_reset_meta", 4, with({"reset=subtract", "comparison=at_least"}))
                        .spikes.at("n")) == neuron({1, 2, 3}));
}

TEST_CASE("NIR: several edges into a neuron add up, and one that stands twice counts once") {
    std::vector<float> input = {
        1, 0, 1, 0, 1, 0, 0, 1};  // input 0 at ticks 0 to 2, input 1 at tick 3
    const fs::path file = k_small / "residual.nir";
    CHECK(spikes_of(run_nir(file, with(), input, 4).spikes.at("n")) ==
          Spikes{{0, 1}, {0, 3}, {1, 2}});
    CHECK(spikes_of(run_nir(file, with({"comparison=at_least"}), input, 4).spikes.at("n")) ==
          Spikes{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 3}});
    const NirRun twice = constant("edge_twice", 6);
    CHECK(spikes_of(twice.spikes.at("n")) == neuron({1, 3, 5}));
    CHECK(notes_say(twice.import, "stands twice"));
}

TEST_CASE("NIR: padding in words, and pools that leave a border out") {
    std::vector<float> corner(16, 0.0F);
    corner[0] = 1;
    CHECK(spikes_of(run_nir(k_small / "conv_same.nir", with(), corner, 1).spikes.at("n")) ==
          Spikes{{0, 0}, {1, 0}, {4, 0}, {5, 0}});
    CHECK(spikes_of(run_nir(k_small / "conv_valid.nir", with(), corner, 1).spikes.at("n")) ==
          Spikes{{0, 0}});
    CHECK(spikes_of(run_nir(k_small / "sumpool.nir", with(), std::vector<float>(50, 1.0F), 2)
                        .spikes.at("n")) ==
          Spikes{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {2, 0}, {2, 1}, {3, 0}, {3, 1}});
}

TEST_CASE("NIR: delays become the nearest whole number of ticks, one a neuron where they differ") {
    const auto delayed = [](const std::string& name) {
        std::vector<float> input(2 * 16, 0.0F);
        input[0] = input[1] = input[10] = input[11] = 1;  // both at ticks 0 and 5
        return run_nir(k_small / (name + ".nir"), with(), input, 16);
    };
    CHECK(spikes_of(delayed("delay_zero").spikes.at("n")) ==
          Spikes{{0, 0}, {0, 5}, {1, 0}, {1, 5}});
    CHECK(spikes_of(delayed("delay_3_ticks").spikes.at("n")) ==
          Spikes{{0, 3}, {0, 8}, {1, 3}, {1, 8}});
    CHECK(spikes_of(delayed("delay_7_ticks").spikes.at("n")) ==
          Spikes{{0, 7}, {0, 12}, {1, 7}, {1, 12}});
    CHECK(spikes_of(delayed("delay_each").spikes.at("n")) ==
          Spikes{{0, 1}, {0, 6}, {1, 6}, {1, 11}});
    CHECK(notes_say(delayed("delay_odd").import, "is 2.5 ticks, and is rounded to 2"));
}

TEST_CASE("NIR: a scale multiplies") {
    CHECK(spikes_of(constant("scale", 8).spikes.at("n")) == neuron({3, 7}));
}

TEST_CASE("NIR: every node has a word, and what cannot be said is refused by name") {
    const NirImport import = import_nir(k_small / "residual.nir", with());
    CHECK(import.nodes.size() == 4);
    for (const NirNodeWord& node : import.nodes) {
        CHECK(node.word == NirNodeWord::Word::exact);
    }
    CHECK_THROWS_WITH_AS(import_nir(k_small / "unknown_kind.nir", with()),
                         doctest::Contains("q: got a Quantum"),
                         ModelError);
}

TEST_CASE(
    "NIR: a file with time constants needs the length of a tick, and a convention a known name") {
    NirImportOptions none;
    CHECK_THROWS_WITH_AS(
        import_nir(k_small / "lif_v_reset.nir", none), doctest::Contains("--tick"), InputError);
    NirImportOptions long_tick;
    long_tick.tick = 0.001;  // tau is 0.0004 s
    CHECK_THROWS_WITH_AS(import_nir(k_small / "lif_v_reset.nir", long_tick),
                         doctest::Contains("n.tau: got 0.0004 s"),
                         ModelError);
    NirImportOptions misspelt = with();
    misspelt.dialect = "snntorsh";
    CHECK_THROWS_WITH_AS(import_nir(k_small / "if_one.nir", misspelt),
                         doctest::Contains("the nearest is \"snntorch\""),
                         InputError);
    CHECK_THROWS_AS(import_nir(k_small / "if_one.nir", with({"reset=hard"})), InputError);
    CHECK_THROWS_AS(import_nir(k_small / "if_one.nir", with({"rest=zero"})), InputError);
}

TEST_CASE("NIR: a producer is known by its names, and what is stated goes before") {
    const fs::path braille = k_small / "../braille/zero.nir";
    NirImportOptions options;
    const NirImport known = import_nir(braille, options);
    CHECK(known.convention.name == "snntorch");
    CHECK(!known.recognised.empty());
    CHECK(known.tick == 1e-4);
    CHECK(notes_say(known, "closes a loop"));
    options.dialect = "norse";
    options.tick = 1e-4;
    CHECK(import_nir(braille, options).convention.name == "norse");
    CHECK(import_nir(k_small / "if_one.nir", with()).convention.name == "nir");
}

TEST_CASE("NIR: the same model through a file of ours") {
    const fs::path file = k_small / "../braille/zero.nir";
    const NirImport import = import_nir(file, NirImportOptions{});
    const ScratchFolder folder;
    save_saltus(*import.model, folder / "m.saltus");
    const LoadedModel again = LoadedModel::load(folder / "m.saltus");
    CHECK(again.tensors().size() == import.model->tensors().size());
    CHECK(again.horizon() == 100);
    CHECK(again.tick_seconds() == 1e-4);
}
