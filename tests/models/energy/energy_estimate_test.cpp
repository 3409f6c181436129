// Joules from counts, held against sums by hand.
#include "models/energy/energy_estimate.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "tests/models/data/scratch_folder.hpp"

using namespace saltus;
using saltus::tests::ScratchFolder;
using saltus::tests::write_bytes;

namespace {

EnergyCounts counts_of(std::initializer_list<std::pair<Counted, double>> values) {
    EnergyCounts counts;
    for (const auto& [counted, value] : values) {
        counts.of[static_cast<std::size_t>(counted)] = value;
    }
    return counts;
}

bool lists(const EnergyEstimate& estimate, const std::string& what) {
    return std::find(estimate.unpriced.begin(), estimate.unpriced.end(), what) !=
           estimate.unpriced.end();
}

}  // namespace

TEST_CASE("energy: joules are counts times prices, by term and in all") {
    const EnergyCounts counts =
        counts_of({{Counted::front_macs, 5.5}, {Counted::held_macs, 5}, {Counted::acs, 22.5}});
    const EnergyEstimate floats = estimate_energy(load_energy_model("45nm-float32"), counts);
    CHECK(floats.joules == doctest::Approx((5.5 + 5) * 4.6e-12 + 22.5 * 0.9e-12));
    REQUIRE(floats.terms.size() == 3);
    CHECK(floats.terms[2].what == "synaptic operations (ACs)");
    CHECK(floats.terms[2].joules == doctest::Approx(20.25e-12));
    const EnergyEstimate bytes = estimate_energy(load_energy_model("45nm-int8"), counts);
    CHECK(bytes.joules == doctest::Approx((5.5 + 5) * 0.23e-12 + 22.5 * 0.03e-12));
}

TEST_CASE("energy: a sample without any operation costs nothing, and no term is not a number") {
    const EnergyEstimate nothing =
        estimate_energy(load_energy_model("45nm-float32"), EnergyCounts{});
    CHECK(nothing.joules == 0);
    CHECK(nothing.terms.empty());
}

TEST_CASE("energy: what has no price is listed, and is not counted as nothing in silence") {
    const EnergyCounts counts = counts_of({{Counted::front_macs, 10},
                                           {Counted::dense_front_macs, 12},
                                           {Counted::acs, 5},
                                           {Counted::neuron_updates, 3},
                                           {Counted::neuron_ticks, 30},
                                           {Counted::spikes, 2},
                                           {Counted::pool_operations, 4}});
    const EnergyEstimate arithmetic = estimate_energy(load_energy_model("45nm-float32"), counts);
    CHECK(lists(arithmetic, "updates of neurons"));
    CHECK(lists(arithmetic, "spikes sent"));
    CHECK(lists(arithmetic, "spikes through pools"));
    CHECK(lists(arithmetic, "memory"));
    CHECK(lists(arithmetic, "static power"));
    CHECK(!lists(arithmetic, "MACs of artificial layers"));
    const EnergyEstimate chip = estimate_energy(load_energy_model("loihi"), counts);
    CHECK(lists(chip, "MACs of artificial layers"));
    CHECK(!lists(chip, "updates of neurons"));  // priced at every tick
    CHECK(chip.joules == doctest::Approx(5 * 27.1e-12 + 30 * 81e-12));
}

TEST_CASE(
    "energy: memory is priced by the size of weights and membranes, int8 weights by a quarter of a "
    "word") {
    const EnergyModel model = load_energy_model("memory-aware");
    EnergyCounts counts = counts_of({{Counted::acs, 100}});
    counts.weight_bytes = 32768;  // 20 pJ a word
    counts.state_bytes = 400;     // 10 pJ
    CHECK(estimate_energy(model, counts).joules ==
          doctest::Approx(100 * (0.1 + 20 + 2 * 10) * 1e-12));
    CHECK(estimate_energy(model, counts).terms[0].memory == doctest::Approx(100 * 40e-12));
    counts.weight_width = 1;
    CHECK(estimate_energy(model, counts).joules ==
          doctest::Approx(100 * (0.1 + 5 + 2 * 10) * 1e-12));
}

TEST_CASE("energy: static power needs the length of a tick") {
    const ScratchFolder folder;
    write_bytes(folder / "e.textproto", R"(format_version: 1 name: "mine" static_watts: 0.5
        prices { of: "acs" picojoules: 1 kind: MEASURED source: "me" } sources { key: "me" bibtex: "@misc{me}" })");
    const EnergyModel model = load_energy_model((folder / "e.textproto").string());
    EnergyCounts counts = counts_of({{Counted::acs, 1e6}});
    CHECK(estimate_energy(model, counts).joules == doctest::Approx(1e-6));
    CHECK(lists(estimate_energy(model, counts),
                "static power (the model states no length of a tick)"));
    counts.seconds = 0.008;
    CHECK(estimate_energy(model, counts).joules == doctest::Approx(1e-6 + 0.004));
    CHECK(!lists(estimate_energy(model, counts), "static power"));
}
