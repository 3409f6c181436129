// Which convention explains a producer's spikes.
#include "models/interchange/nir/spike_check.hpp"

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

const fs::path k_golden = fs::path(SALTUS_SOURCE_DIR) / "tests/golden/nir";

NirImportOptions ticks_of(double seconds) {
    NirImportOptions options;
    options.tick = seconds;
    return options;
}

std::vector<ConventionFit> infer(const fs::path& file,
                                 double tick,
                                 const std::vector<float>& input,
                                 std::size_t ticks,
                                 const std::vector<ReferenceSpikes>& references) {
    return infer_convention(file, ticks_of(tick), input, ticks, references, [] {});
}

// Spikes of the only population "n" of a small file, by a convention.
ReferenceSpikes made(const std::string& name,
                     const std::vector<std::string>& assumptions,
                     const std::vector<float>& input,
                     std::size_t ticks) {
    NirImportOptions options = ticks_of(1e-4);
    options.assumptions = assumptions;
    const NirRun run = run_nir(k_golden / "small" / (name + ".nir"), options, input, ticks);
    ReferenceSpikes reference{"n", {}};
    for (const std::vector<float>& row : run.spikes.at("n")) {
        reference.values.insert(reference.values.end(), row.begin(), row.end());
    }
    return reference;
}

}  // namespace

TEST_CASE("check: snnTorch's own spikes name snnTorch's conventions") {
    const fs::path folder = k_golden / "braille";
    for (const auto& [file, spikes, dialect] :
         {std::tuple{"zero.nir", "zero_real_", "nir"},
          std::tuple{"subtract.nir", "subtract_real_", "snntorch-subtract"}}) {
        const std::vector<float> input = numbers_of(folder / (std::string(spikes) + "input.npy"));
        const std::vector<ReferenceSpikes> references = {
            {"lif1.lif", numbers_of(folder / (std::string(spikes) + "lif1_spikes.npy"))},
            {"lif2", numbers_of(folder / (std::string(spikes) + "lif2_spikes.npy"))}};
        const std::vector<ConventionFit> fits = infer(folder / file, 1e-4, input, 256, references);
        REQUIRE(fits[0].differences == 0);
        // With v_leak 0 and dt given, nir and snntorch are the same words; the first of them is
        // named.
        CHECK(fits[0].convention.name == dialect);
        CHECK(fits.back().differences > 0);
    }
}

TEST_CASE("check: a neuron that starts at v_leak is told from one that starts at 0") {
    const fs::path folder = k_golden / "single";
    const std::vector<float> silent(200, 0.0F);
    const auto best = [&](const char* spikes) {
        return infer(folder / "two_lif_neurons.nir",
                     0.001,
                     silent,
                     200,
                     {{"lif1", numbers_of(folder / spikes)}})[0];
    };
    CHECK(best("dt0p001_lif1_norse_spikes.npy").differences == 0);
    CHECK(best("dt0p001_lif1_norse_spikes.npy").convention.start == NirConvention::Start::v_leak);
    CHECK(best("dt0p001_lif1_spikes.npy").differences == 0);
    CHECK(best("dt0p001_lif1_spikes.npy").convention.start == NirConvention::Start::zero);
}

TEST_CASE("check: assumptions without a name are found too") {
    std::vector<float> input;
    for (int k = 0; k < 400; ++k) {
        input.push_back(static_cast<float>((k * 37) % 23) / 16);
    }
    const std::vector<std::string> assumptions = {
        "comparison=at_least", "decay=exponential", "reset=to_v_reset"};
    const ReferenceSpikes reference = made("lif_v_reset", assumptions, input, 400);
    const std::vector<ConventionFit> fits =
        infer(k_golden / "small" / "lif_v_reset.nir", 1e-4, input, 400, {reference});
    CHECK(fits[0].differences == 0);
    CHECK(fits[0].convention.decay == NirConvention::Decay::exponential);
}

TEST_CASE("check: spikes that no convention gives show the nearest and its first difference") {
    const std::vector<float> input(24, 1.0F);
    ReferenceSpikes reference = made("lif_v_reset", {}, input, 24);
    reference.values[11] = 1 - reference.values[11];
    const std::vector<ConventionFit> fits =
        infer(k_golden / "small" / "lif_v_reset.nir", 1e-4, input, 24, {reference});
    CHECK(fits[0].differences == 1);
    const PopulationCheck& check = fits[0].checks[0];
    CHECK(check.tick == 11);
    CHECK(check.neuron == 0);
    CHECK(check.expected == 1);
    CHECK(check.found == 0);
    REQUIRE(check.membrane);
    CHECK(*check.membrane < check.theta);
}

TEST_CASE("check: references that do not fit are refused by name") {
    const NirImport import = import_nir(k_golden / "small" / "if_one.nir", ticks_of(1e-4));
    const std::vector<float> input(4, 1.0F);
    const auto check = [&](const ReferenceSpikes& reference) {
        check_spikes(*import.model, input, 4, std::vector<ReferenceSpikes>{reference});
    };
    CHECK_THROWS_WITH_AS(
        check({"m", {0, 0, 0, 0}}), doctest::Contains("the nearest is \"n\""), InputError);
    CHECK_THROWS_WITH_AS(
        check({"n", {0, 0, 0}}), doctest::Contains("4 ticks of 1 neurons"), InputError);
}
