// saltus export MODEL -o FILE.nir: a model's spiking part for other frameworks.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/command_line.hpp"
#include "cli/file_roles.hpp"
#include "cli/verbs.hpp"
#include "core/error.hpp"
#include "models/interchange/nir/nir_export.hpp"

namespace saltus::cli {

namespace {

struct ExportOptions {
    std::string model;
    std::string output;
    NirExportOptions nir;
};

int export_model(const ExportOptions& options) {
    if (std::filesystem::path(options.output).extension() != ".nir") {
        throw InputError("--output", options.output, "a name that ends in .nir");
    }
    const LoadedModel model = LoadedModel::load(options.model);
    FileRoles files;
    files.reads(model);
    files.writes("--output", options.output);
    const NirExport result = export_nir(model, options.output, options.nir);
    std::cout << fmt::format("read it back by: saltus import {} --tick {} --dialect {}",
                             options.output,
                             result.tick,
                             result.dialect);
    for (const std::string& assumption : result.assumptions) {
        std::cout << " --assume " << assumption;
    }
    std::cout << "\n(NIR states none of these; other frameworks have their own)\n";
    for (const std::string& note : result.notes) {
        std::cout << "note: " << note << "\n";
    }
    return 0;
}

}  // namespace

void add_export_model(CLI::App& app, Chosen& chosen) {
    auto options = std::make_shared<ExportOptions>();
    CLI::App* const verb =
        app.add_subcommand("export", "Write a model's spiking part as a NIR file");
    verb->add_option("MODEL", options->model, "A .saltus or .textproto model")->required();
    verb->add_option("-o,--output", options->output, "FILE.nir")->required();
    takes_positive_number(verb->add_option(
        "--tick",
        options->nir.tick,
        "Seconds a tick, for time constants (default: the model's own, else 1e-4)"));
    verb->add_flag("--spiking-part",
                   options->nir.spiking_part,
                   "Cut off artificial layers and encoders, which NIR cannot say; what they send "
                   "is the input");
    verb->callback([options, &chosen] { chosen = [options] { return export_model(*options); }; });
}

}  // namespace saltus::cli
