// A model to NIR and back: the same spikes, and for what came from NIR the same numbers.
#include "models/interchange/nir/nir_export.hpp"

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

NirImportOptions read_back(const NirExport& exported) {
    NirImportOptions options;
    options.tick = exported.tick;
    options.dialect = exported.dialect;
    options.assumptions = exported.assumptions;
    return options;
}

// NIR -> model -> NIR -> model.
void check_round_trip(const fs::path& file,
                      const NirImportOptions& options,
                      const std::vector<float>& input,
                      std::size_t ticks) {
    CAPTURE(file.string());
    const ScratchFolder folder;
    const NirRun first = run_nir(file, options, input, ticks);
    const NirExport exported = export_nir(*first.import.model, folder / "x.nir", {});
    const NirRun second = run_nir(folder / "x.nir", read_back(exported), input, ticks);
    CHECK(first.spikes == second.spikes);
    CHECK(first.readout == second.readout);
    // NIR has no sparse rows: what was one weight a neuron comes back as a matrix.
    const bool sparse = file.stem() == "scale" || file.stem() == "delay_each";
    CHECK((first.import.model->tensors().size() == second.import.model->tensors().size()) ==
          !sparse);
    // The same model, the same bytes.
    export_nir(*first.import.model, folder / "y.nir", {});
    CHECK(read_bytes(folder / "x.nir") == read_bytes(folder / "y.nir"));
}

LoadedModel model_of(const ScratchFolder& folder, const std::string& text) {
    write_bytes(folder / "m.textproto", "format_version: 1 name: \"m\" horizon: 8 " + text);
    return LoadedModel::load(folder / "m.textproto");
}

// in (events) -> a -> out, with what is said of `a` and of the way into it.
std::string chain(const std::string& a,
                  const std::string& way = "identity {}",
                  const std::string& encoder = "events {}") {
    return "inputs { name: \"x\" shape: [2] } tensors { name: \"w\" shape: [2, 2] values: [0.5, "
           "0.25, 0.75, -0.125] } "
           "nodes { name: \"in\" encoder { " +
           encoder + " } } nodes { name: \"a\" shape: [2] population { " + a +
           " } } "
           "projections { source: \"in\" target: \"a\" " +
           way +
           " } "
           "readouts { name: \"r\" population: \"a\" kind: spike_count ties: index }";
}

std::string refusal(const std::string& text, bool spiking_part = false) {
    const ScratchFolder folder;
    const LoadedModel model = model_of(folder, text);
    NirExportOptions options;
    options.spiking_part = spiking_part;
    try {
        export_nir(model, folder / "x.nir", options);
    } catch (const ModelError& error) {
        CHECK(!fs::exists(folder / "x.nir"));
        return error.what();
    }
    CHECK(fs::exists(folder / "x.nir"));
    return "";
}

bool contains(const std::string& text, const std::string& part) {
    CAPTURE(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("NIR: out and in again, the golden networks fire the same spikes") {
    NirImportOptions braille;
    braille.dialect = "snntorch";
    check_round_trip(k_golden / "braille/zero.nir",
                     braille,
                     numbers_of(k_golden / "braille/zero_real_input.npy"),
                     256);
    braille.dialect = "snntorch-subtract";
    check_round_trip(k_golden / "braille/subtract.nir",
                     braille,
                     numbers_of(k_golden / "braille/subtract_real_input.npy"),
                     256);
    NirImportOptions norse;
    norse.dialect = "norse";
    norse.tick = 0.001;
    check_round_trip(
        k_golden / "single/two_lif_neurons.nir", norse, std::vector<float>(200, 0.0F), 200);
}

TEST_CASE("NIR: out and in again, pools, paddings and delays are what they were") {
    NirImportOptions options;
    options.tick = 1e-4;
    for (const auto& [name, inputs] : {std::pair{"conv_same", 16U},
                                       std::pair{"sumpool", 25U},
                                       std::pair{"delay_7_ticks", 2U},
                                       std::pair{"delay_each", 2U},
                                       std::pair{"scale", 1U},
                                       std::pair{"residual", 2U}}) {
        std::vector<float> input(inputs * 20);
        for (std::size_t k = 0; k < input.size(); ++k) {
            input[k] = static_cast<float>((k * 7) % 5) / 4;
        }
        check_round_trip(k_golden / "small" / (std::string(name) + ".nir"), options, input, 20);
    }
}

TEST_CASE("NIR: weights laid out by source are written by target") {
    const ScratchFolder folder;
    const LoadedModel text = model_of(folder, chain("", "dense { weight: \"w\" }"));
    save_saltus(text, folder / "m.saltus");  // rows by source, padded
    const LoadedModel stored = LoadedModel::load(folder / "m.saltus");
    export_nir(text, folder / "text.nir", {});
    export_nir(stored, folder / "stored.nir", {});
    CHECK(read_bytes(folder / "text.nir") == read_bytes(folder / "stored.nir"));
}

TEST_CASE("NIR: how a file is to be read back is said, where NIR states nothing") {
    const ScratchFolder folder;
    const NirExport plain = export_nir(
        model_of(folder, chain("comparison: above reset: to_v_reset")), folder / "a.nir", {});
    CHECK(plain.assumptions.empty());
    const NirExport other = export_nir(model_of(folder, chain("beta: 0.5")), folder / "b.nir", {});
    CHECK(other.assumptions == std::vector<std::string>{"comparison=at_least", "reset=subtract"});
    CHECK(other.tick == 1e-4);
    CHECK(other.notes.size() == 1);
}

TEST_CASE("NIR: what it cannot say is refused by name, all of it, and nothing is written") {
    CHECK(refusal(chain("")) == "");
    CHECK(contains(refusal(chain("refractory_ticks: 3")), "a: got a refractory period"));
    CHECK(contains(refusal(chain("firing_window { from: 2 }")), "a: got a window"));
    CHECK(contains(refusal(chain("beta: 0.5 receptors { alpha: 1 }")), "a: got a lasting current"));
    CHECK(contains(refusal(chain("reset_when: next_before_leak")),
                   "a: got a reset at the next tick"));
    CHECK(contains(refusal(chain("v_init: 0.25")), "a: got an initial membrane of its own"));
    CHECK(contains(refusal(chain("", "identity {}", "duplicate {}")), "--spiking-part"));
    CHECK(refusal(chain("", "identity {}", "latency {}"), true) == "");
    const std::string both = refusal(chain("refractory_ticks: 3 v_init: 0.25"));
    CHECK(contains(both, "refractory"));
    CHECK(contains(both, "initial membrane"));
}
