// saltus check FILE --input x.npy --spikes NAME=y.npy: a network against its producer's own spikes.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/command_line.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_output.hpp"
#include "cli/number_text.hpp"
#include "cli/verbs.hpp"
#include "core/error.hpp"
#include "models/files/npy.hpp"
#include "models/interchange/nir/spike_check.hpp"

namespace saltus::cli {

namespace {

constexpr int k_different = 3;

struct CheckOptions {
    std::string file;
    std::string input;
    std::vector<std::string> spikes;
    std::string json;
    NirImportOptions nir;
    double tick = 0;
    bool infer = false;
};

// [tick, ...] numbers; what arrives, or what fired.
struct Table {
    std::vector<float> values;
    std::size_t ticks = 0;
};

Table table_of(const std::string& file) {
    const NpyArray array(file);
    if (array.shape().empty() || array.shape()[0] == 0 || array.size() == 0) {
        throw InputError(file, array.shape_text(), "[ticks, ...]");
    }
    return {array.as<float>(), static_cast<std::size_t>(array.shape()[0])};
}

std::vector<ReferenceSpikes> references_of(const CheckOptions& options, std::size_t ticks) {
    std::vector<ReferenceSpikes> references;
    for (const std::string& spikes : options.spikes) {
        const std::size_t equals = spikes.find('=');
        if (equals == std::string::npos || equals == 0) {
            throw InputError("--spikes", '"' + spikes + '"', "POPULATION=FILE.npy");
        }
        Table table = table_of(spikes.substr(equals + 1));
        if (table.ticks != ticks) {
            throw InputError("--spikes " + spikes,
                             fmt::format("{} ticks", table.ticks),
                             fmt::format("{}, as the input", ticks));
        }
        references.push_back({spikes.substr(0, equals), std::move(table.values)});
    }
    return references;
}

std::string check_text(const PopulationCheck& check) {
    if (check.differences == 0) {
        return fmt::format(
            "equal      {}: {} spikes\n", check.population, grouped_text(check.spikes));
    }
    std::string text = fmt::format(
        "different  {}: {} differences in {} spikes; the first is {}[{}]@{}: {} there, {} here",
        check.population,
        grouped_text(check.differences),
        grouped_text(check.spikes),
        check.population,
        check.neuron,
        check.tick,
        check.expected,
        check.found);
    if (check.membrane) {
        text += fmt::format(
            "; its membrane is {} after that tick, its threshold {}", *check.membrane, check.theta);
    }
    return text + "\n";
}

nlohmann::ordered_json checks_json(const std::vector<PopulationCheck>& checks) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const PopulationCheck& check : checks) {
        nlohmann::ordered_json first = nullptr;
        if (check.differences > 0) {
            first = {{"neuron", check.neuron},
                     {"tick", check.tick},
                     {"expected", check.expected},
                     {"found", check.found},
                     {"membrane",
                      check.membrane ? nlohmann::ordered_json(*check.membrane)
                                     : nlohmann::ordered_json(nullptr)},
                     {"theta", check.theta}};
        }
        list.push_back({{"population", check.population},
                        {"spikes", check.spikes},
                        {"differences", check.differences},
                        {"first", first}});
    }
    return list;
}

int say(const std::string& text,
        const nlohmann::ordered_json& json,
        const CheckOptions& options,
        bool equal) {
    if (!options.json.empty()) {
        write_json(json, options.json);
    }
    if (options.json != "-") {
        std::cout << text;
    }
    return equal ? 0 : k_different;
}

int infer(const CheckOptions& options,
          const Table& input,
          const std::vector<ReferenceSpikes>& references) {
    const std::vector<ConventionFit> fits = infer_convention(
        options.file, options.nir, input.values, input.ticks, references, stop_if_interrupted);
    if (fits.empty()) {
        throw InputError(
            options.file, "no convention that it can be run by", "a file that saltus import takes");
    }
    const bool equal = fits[0].differences == 0;
    std::string text = fmt::format("{} of {} conventions tried\n",
                                   equal ? "explained by one or more" : "explained by none",
                                   fits.size());
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const ConventionFit& fit : fits) {
        all.push_back({{"dialect", fit.convention.name},
                       {"differences", fit.differences},
                       {"checks", checks_json(fit.checks)}});
        if (equal && fit.differences == 0) {
            text += fmt::format("equal      {} ({})\n", fit.convention.name, fit.convention.title);
        }
    }
    if (!equal) {
        text += fmt::format(
            "the nearest is {} ({})\n", fits[0].convention.name, fits[0].convention.title);
        for (const PopulationCheck& check : fits[0].checks) {
            text += check_text(check);
        }
    } else {
        for (const std::string& words : convention_words(fits[0].convention)) {
            text += "  " + words + "\n";
        }
    }
    return say(
        text, {{"file", options.file}, {"equal", equal}, {"conventions", all}}, options, equal);
}

int check(CheckOptions options) {
    if (options.tick != 0) {
        options.nir.tick = options.tick;
    }
    const bool nir = std::filesystem::path(options.file).extension() == ".nir";
    if (!nir &&
        (options.infer || !options.nir.dialect.empty() || !options.nir.assumptions.empty())) {
        throw InputError(
            options.file, "no NIR file", "one, for --dialect, --assume and --infer-dialect");
    }
    const Table input = table_of(options.input);
    const std::vector<ReferenceSpikes> references = references_of(options, input.ticks);
    if (options.infer) {
        return infer(options, input, references);
    }
    options.nir.horizon = static_cast<Tick>(input.ticks);
    const LoadedModel model = nir ? std::move(*import_nir(options.file, options.nir).model)
                                  : LoadedModel::load(options.file);
    const std::vector<PopulationCheck> checks =
        check_spikes(model, input.values, input.ticks, references);
    std::string text;
    bool equal = true;
    for (const PopulationCheck& one : checks) {
        text += check_text(one);
        equal = equal && one.differences == 0;
    }
    return say(text,
               {{"file", options.file}, {"equal", equal}, {"checks", checks_json(checks)}},
               options,
               equal);
}

}  // namespace

void add_check(CLI::App& app, Chosen& chosen) {
    auto options = std::make_shared<CheckOptions>();
    CLI::App* const verb = app.add_subcommand("check",
                                              "Hold a network against the spikes that its own "
                                              "framework gave; exit code 3 if they differ");
    verb->add_option("FILE", options->file, "A .nir file or a model")->required();
    verb->add_option("--input", options->input, "What arrived: FILE.npy, [ticks, ...]")->required();
    verb->add_option("--spikes",
                     options->spikes,
                     "What fired there: POPULATION=FILE.npy, [ticks, ...]; may be repeated")
        ->required();
    verb->add_flag(
        "--infer-dialect", options->infer, "Find the convention that gives these spikes");
    verb->add_option("--dialect",
                     options->nir.dialect,
                     "A convention by name (saltus import --help lists them)");
    verb->add_option(
        "--assume", options->nir.assumptions, "KEY=WORD over the dialect's own; may be repeated");
    takes_positive_number(verb->add_option("--tick", options->tick, "Seconds a tick"));
    verb->add_option("--json", options->json, k_json_help);
    verb->callback([options, &chosen] { chosen = [options] { return check(*options); }; });
}

}  // namespace saltus::cli
