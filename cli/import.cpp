// saltus import FILE.nir -o MODEL: another framework's network as a model of ours, with what was
// assumed.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "cli/command_line.hpp"
#include "cli/file_roles.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_output.hpp"
#include "cli/verbs.hpp"
#include "core/error.hpp"
#include "models/interchange/nir/nir_import.hpp"

namespace saltus::cli {

namespace {

struct ImportOptions {
    std::string file;
    std::string output;
    std::string json;
    NirImportOptions nir;
    double tick = 0;
};

std::string import_text(const NirImport& import) {
    std::string text =
        fmt::format("read as {} ({}){}\n",
                    import.convention.name,
                    import.convention.title,
                    import.recognised.empty() ? "" : ": known by " + import.recognised);
    if (import.tick) {
        text += fmt::format("  tick={} s\n", *import.tick);
    }
    for (const std::string& words : convention_words(import.convention)) {
        text += "  " + words + "\n";
    }
    text += "  (--dialect NAME, --assume KEY=WORD and --tick SECONDS say otherwise)\n\n";
    for (const NirNodeWord& node : import.nodes) {
        const bool exact = node.word == NirNodeWord::Word::exact;
        text += fmt::format("{:<12}{} ({}){}\n",
                            exact ? "exact" : "approximate",
                            node.node,
                            node.type,
                            node.note.empty() ? "" : ": " + node.note);
    }
    for (const std::string& note : import.notes) {
        text += "note: " + note + "\n";
    }
    return text;
}

nlohmann::ordered_json import_json(const NirImport& import, const ImportOptions& options) {
    nlohmann::ordered_json nodes = nlohmann::ordered_json::array();
    for (const NirNodeWord& node : import.nodes) {
        nodes.push_back({{"node", node.node},
                         {"type", node.type},
                         {"word", node.word == NirNodeWord::Word::exact ? "exact" : "approximate"},
                         {"note", node.note}});
    }
    return {{"file", options.file},
            {"dialect", import.convention.name},
            {"recognised_by", import.recognised},
            {"tick_seconds",
             import.tick ? nlohmann::ordered_json(*import.tick) : nlohmann::ordered_json(nullptr)},
            {"assumptions", convention_words(import.convention)},
            {"nodes", nodes},
            {"notes", import.notes}};
}

int import(ImportOptions options) {
    const std::filesystem::path output = options.output;
    if (output.extension() != ".saltus" && output.extension() != ".textproto") {
        throw InputError("--output", output.string(), "a name that ends in .saltus or .textproto");
    }
    if (options.tick != 0) {
        options.nir.tick = options.tick;
    }
    FileRoles files;
    files.reads("FILE", options.file);
    files.writes("--output", options.output);
    files.writes_or_prints("--json", options.json);
    const NirImport found = import_nir(options.file, options.nir);
    if (output.extension() == ".saltus") {
        save_saltus(*found.model, output, stop_if_interrupted);
    } else {
        save_textproto(*found.model, output, stop_if_interrupted);
    }
    if (!options.json.empty()) {
        write_json(import_json(found, options), options.json);
    }
    if (options.json != "-") {
        std::cout << import_text(found);
    }
    return 0;
}

std::string dialects_text() {
    std::string text = "What a tick does, where the file does not say:";
    for (const NirConvention& convention : nir_conventions()) {
        text += (text.back() == ':' ? " " : ", ") + convention.name;
    }
    return text + " (default: recognised by the file, else nir)";
}

}  // namespace

void add_import(CLI::App& app, Chosen& chosen) {
    auto options = std::make_shared<ImportOptions>();
    CLI::App* const verb = app.add_subcommand(
        "import", "Make a model of a NIR file (snnTorch, Norse, sinabs, SpikingJelly, ...)");
    verb->add_option("FILE", options->file, "A .nir file")->required();
    verb->add_option("-o,--output", options->output, "MODEL.saltus or MODEL.textproto")->required();
    verb->add_option("--dialect", options->nir.dialect, dialects_text());
    verb->add_option("--assume",
                     options->nir.assumptions,
                     "KEY=WORD over the dialect's own, such as reset=subtract; may be repeated");
    takes_positive_number(verb->add_option(
        "--tick", options->tick, "Seconds a tick (default: the dialect's own, where it has one)"));
    takes_whole_number(
        verb->add_option("--horizon",
                         options->nir.horizon,
                         "Ticks a sample (default: 100; run --horizon takes another)"),
        1,
        k_most_ticks);
    verb->add_option("--json", options->json, k_json_help);
    verb->callback([options, &chosen] { chosen = [options] { return import(*options); }; });
}

}  // namespace saltus::cli
