// NIR files against the spikes of the frameworks that wrote them, or of others that ran them.
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/models/interchange/nir/nir_spikes.hpp"

using namespace saltus;
using namespace saltus::tests;

namespace {

namespace fs = std::filesystem;

const fs::path k_golden = fs::path(SALTUS_SOURCE_DIR) / "tests/golden/nir";

// How many of the numbers differ from those of the file.
std::size_t differences(const SpikeTable& spikes, const fs::path& file) {
    const std::vector<float> wanted = numbers_of(file);
    std::size_t count = 0;
    std::size_t at = 0;
    for (const std::vector<float>& row : spikes) {
        for (const float value : row) {
            count += value != wanted.at(at++) ? 1 : 0;
        }
    }
    return count + (wanted.size() - at);
}

NirImportOptions as(const std::string& dialect, double tick) {
    NirImportOptions options;
    options.dialect = dialect;
    options.tick = tick;
    return options;
}

}  // namespace

TEST_CASE("NIR: snnTorch's recurrent Braille networks fire as they did there") {
    const fs::path folder = k_golden / "braille";

    struct Case {
        const char* file;
        const char* input;
        const char* spikes;
        const char* dialect;
    };

    for (const Case& one :
         {Case{"zero.nir", "zero_random_input.npy", "zero_random_", "snntorch"},
          Case{"zero.nir", "zero_real_input.npy", "zero_real_", "snntorch"},
          Case{"subtract.nir", "subtract_real_input.npy", "subtract_real_", "snntorch-subtract"}}) {
        CAPTURE(one.spikes);
        const NirRun run =
            run_nir(folder / one.file, as(one.dialect, 1e-4), numbers_of(folder / one.input), 256);
        CHECK(differences(run.spikes.at("lif1.lif"),
                          folder / (std::string(one.spikes) + "lif1_spikes.npy")) == 0);
        CHECK(differences(run.spikes.at("lif2"),
                          folder / (std::string(one.spikes) + "lif2_spikes.npy")) == 0);
    }
}

TEST_CASE("NIR: the same with a plain subtraction, and other spikes by another convention") {
    const fs::path folder = k_golden / "braille";
    NirImportOptions options = as("snntorch-subtract", 1e-4);
    options.assumptions = {"previous=none"};
    const std::vector<float> input = numbers_of(folder / "subtract_real_input.npy");
    const NirRun plain = run_nir(folder / "subtract.nir", options, input, 256);
    CHECK(differences(plain.spikes.at("lif1.lif"), folder / "subtract_plain_lif1_spikes.npy") == 0);
    CHECK(differences(plain.spikes.at("lif2"), folder / "subtract_plain_lif2_spikes.npy") == 0);
    const NirRun other = run_nir(folder / "subtract.nir", as("current-before", 1e-4), input, 256);
    CHECK(differences(other.spikes.at("lif1.lif"), folder / "subtract_real_lif1_spikes.npy") > 0);
}

TEST_CASE("NIR: one neuron of the NIR paper fires as in Norse") {
    const fs::path folder = k_golden / "single";
    const NirRun run = run_nir(
        folder / "lif_norse.nir", as("norse", 1e-4), numbers_of(folder / "input.npy"), 1000);
    CHECK(differences(run.spikes.at("1"), folder / "expected_spikes.npy") == 0);
    CHECK(spikes_of(run.spikes.at("1")) ==
          std::vector<std::pair<int, int>>{{0, 460}, {0, 510}, {0, 710}, {0, 760}});
}

TEST_CASE("NIR: a neuron that drives itself starts at 0, or at v_leak as Norse has it") {
    const fs::path folder = k_golden / "single";
    const std::vector<float> silent(200, 0.0F);
    const NirRun plain = run_nir(folder / "two_lif_neurons.nir", as("nir", 0.001), silent, 200);
    CHECK(differences(plain.spikes.at("lif1"), folder / "dt0p001_lif1_spikes.npy") == 0);
    const NirRun norse = run_nir(folder / "two_lif_neurons.nir", as("norse", 0.001), silent, 200);
    CHECK(differences(norse.spikes.at("lif1"), folder / "dt0p001_lif1_norse_spikes.npy") == 0);
}

// Too large for the tree: 4 and 8 MB.
TEST_CASE("NIR: sinabs's convolutional network fires as in sinabs, Norse and SpikingJelly") {
    const char* const elsewhere = std::getenv("SALTUS_GOLDEN");
    const fs::path golden = elsewhere != nullptr ? fs::path(elsewhere)
                                                 : fs::path(SALTUS_SOURCE_DIR) / "../shared/golden";
    for (const auto& [name, file] : {std::pair{"nir_cnn__random_q1024", "cnn_sinabs_q1024.nir"},
                                     std::pair{"nir_cnn__real_nmnist", "cnn_sinabs.nir"}}) {
        if (!fs::exists(golden / name)) {
            MESSAGE("skipped: " << name << " is not there");
            continue;
        }
        const std::vector<float> input = numbers_of(golden / name / "input.npy");
        const std::size_t ticks = input.size() / (2 * 34 * 34);
        for (const auto& [key, dialect] : {std::pair{"sinabs", "sinabs"},
                                           std::pair{"norse", "norse"},
                                           std::pair{"sj_soft", "spikingjelly-subtract"},
                                           std::pair{"sj_hard", "spikingjelly"}}) {
            if (!fs::exists(golden / name / (std::string(key) + "_L1_spikes.npy"))) {
                continue;
            }
            NirImportOptions options;
            options.dialect = dialect;
            const NirRun run = run_nir(golden / name / file, options, input, ticks);
            for (const char* const layer : {"1", "3", "6", "10", "12"}) {
                CAPTURE(name);
                CAPTURE(key);
                CAPTURE(layer);
                CHECK(differences(
                          run.spikes.at(layer),
                          golden / name / (std::string(key) + "_L" + layer + "_spikes.npy")) == 0);
            }
        }
    }
}
