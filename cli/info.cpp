// saltus info MODEL [--json FILE|-] [--dot [FILE|-]] [--verify]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include "cli/coding_notes.hpp"
#include "cli/file_roles.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_output.hpp"
#include "cli/model_dot.hpp"
#include "cli/measured.hpp"
#include "cli/model_summary.hpp"
#include "cli/verbs.hpp"
#include "core/error.hpp"
#include "models/files/atomic_file.hpp"
#include "models/model.hpp"

#include "saltus/model.pb.h"

namespace saltus::cli {

namespace {

using Json = nlohmann::ordered_json;

struct InfoOptions {
    std::string model;
    std::string json;
    std::string dot;
    bool verify = false;
};

std::string bytes_text(std::uint64_t bytes) {
    if (bytes < 1000) {
        return fmt::format("{} B", bytes);
    }
    if (bytes < 1000000) {
        return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
    }
    return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

void print_header(const LoadedModel& model, const InfoOptions& options) {
    const proto::Model& message = model.message();
    fmt::print(std::cout,
               "{}{}{}\n",
               model.name().empty() ? "(no name)" : model.name(),
               message.description().empty() ? "" : ": ",
               message.description());
    const auto line = [](const char* what, const std::string& text) {
        if (!text.empty()) {
            fmt::print(std::cout, "  {:<12}{}\n", what, text);
        }
    };
    line("file",
         fmt::format(
             "{}, {}", options.model, bytes_text(std::filesystem::file_size(options.model))));
    line("horizon",
         fmt::format(
             "{} ticks{}",
             model.horizon(),
             model.tick_seconds() > 0 ? fmt::format(" of {:g} s", model.tick_seconds()) : ""));
    line("needs", fmt::format("{}", fmt::join(message.needs(), ", ")));
    const proto::Provenance& provenance = message.provenance();
    line("trained", provenance.how_trained());
    line("data set", provenance.data_set());
    if (provenance.has_seed()) {
        line("seed", std::to_string(provenance.seed()));
    }
    line("source", provenance.source());
    line("licence", provenance.license());
    for (const ModelInput& input : model.inputs()) {
        std::string text = input.name + " " + input.shape.text();
        if (input.divide_by != 1) {
            text += fmt::format(", divided by {:g}", input.divide_by);
        }
        if (!input.mean.empty()) {
            text += ", less the mean";
        }
        if (!input.deviation.empty()) {
            text += ", over the deviation";
        }
        if (input.sequence) {
            text += fmt::format(", a frame every {} ticks", input.ticks_per_frame);
        }
        if (input.spikes) {
            text += ", spikes";
        }
        line("input", text);
    }
}

void print_coding_notes(const LoadedModel& model) {
    for (const std::string& note : coding_notes(model, model.horizon())) {
        fmt::print(std::cout, "  note: {}\n", note);
    }
}

void print_summary(const ModelSummary& summary) {
    const auto width = [](std::size_t least, const auto& rows) {
        for (const auto& row : rows) {
            least = std::max(least, row.name.size() + 2);
        }
        return least;
    };
    const std::size_t name = width(10, summary.nodes);
    fmt::print(std::cout,
               "\n  {:<{}}{:<20}{:<16}{:>6}  {:<8}{:>12}{:>12}\n",
               "node",
               name,
               "kind",
               "shape",
               "level",
               "clock",
               "parameters",
               "bytes");
    for (const NodeRow& row : summary.nodes) {
        fmt::print(std::cout,
                   "  {:<{}}{:<20}{:<16}{:>6}  {:<8}{:>12}{:>12}\n",
                   row.name,
                   name,
                   row.kind,
                   row.shape.text(),
                   row.level ? std::to_string(*row.level) : "",
                   row.clock,
                   row.parameters,
                   bytes_text(row.bytes));
    }
    const std::size_t projection = width(12, summary.projections);
    fmt::print(std::cout,
               "\n  {:<{}}{:<26}{:>6}{:>12}{:>12}{:>12}  {}\n",
               "projection",
               projection,
               "kind",
               "delay",
               "synapses",
               "parameters",
               "bytes",
               "stored as");
    for (const ProjectionRow& row : summary.projections) {
        fmt::print(std::cout,
                   "  {:<{}}{:<26}{:>6}{:>12}{:>12}{:>12}  {}\n",
                   row.name,
                   projection,
                   row.kind,
                   row.delay,
                   row.synapses,
                   row.parameters,
                   bytes_text(row.bytes),
                   row.storage);
    }
    fmt::print(std::cout, "\n");
    for (const ReadoutRow& row : summary.readouts) {
        fmt::print(std::cout, "  readout {} of {}: {}\n", row.name, row.population, row.text);
    }
    fmt::print(std::cout,
               "  {} parameters, {}; {} neurons, {} synapses\n",
               summary.parameters,
               bytes_text(summary.tensor_bytes),
               summary.neurons,
               summary.synapses);
    for (const NodeRow& row : summary.nodes) {
        if (!row.unreachable.empty()) {
            fmt::print(std::cout, "  note: {} is unreachable: {}\n", row.name, row.unreachable);
        }
    }
}

Json inputs_json(const LoadedModel& model) {
    Json rows = Json::array();
    for (const ModelInput& input : model.inputs()) {
        rows.push_back({{"name", input.name},
                        {"shape", input.shape.dims},
                        {"divide_by", input.divide_by},
                        {"mean", input.mean},
                        {"deviation", input.deviation},
                        {"sequence", input.sequence},
                        {"ticks_per_frame", input.ticks_per_frame},
                        {"spikes", input.spikes}});
    }
    return rows;
}

Json nodes_json(const ModelSummary& summary) {
    Json rows = Json::array();
    for (const NodeRow& row : summary.nodes) {
        rows.push_back({{"name", row.name},
                        {"kind", row.kind},
                        {"input", row.input.empty() ? Json() : Json(row.input)},
                        {"shape", row.shape.dims},
                        {"level", row.level ? Json(*row.level) : Json()},
                        {"clock", row.clock.empty() ? Json() : Json(row.clock)},
                        {"parameters", row.parameters},
                        {"bytes", row.bytes},
                        {"unreachable", row.unreachable.empty() ? Json() : Json(row.unreachable)}});
    }
    return rows;
}

Json projections_json(const ModelSummary& summary) {
    Json rows = Json::array();
    for (const ProjectionRow& row : summary.projections) {
        rows.push_back({{"name", row.name},
                        {"source", row.source},
                        {"target", row.target},
                        {"receptor", row.receptor},
                        {"kind", row.kind},
                        {"delay", row.delay},
                        {"synapses", row.synapses},
                        {"parameters", row.parameters},
                        {"bytes", row.bytes},
                        {"stored_as", row.storage}});
    }
    return rows;
}

Json info_json(const LoadedModel& model, const ModelSummary& summary, const InfoOptions& options) {
    const proto::Model& message = model.message();
    const proto::Provenance& provenance = message.provenance();
    Json readouts = Json::array();
    for (const ReadoutRow& row : summary.readouts) {
        readouts.push_back(
            {{"name", row.name}, {"population", row.population}, {"kind", row.text}});
    }
    Json tensors = Json::array();
    for (const TensorSummary& tensor : model.tensors()) {
        tensors.push_back({{"name", tensor.name},
                           {"type", tensor.type},
                           {"layout", tensor.layout},
                           {"shape", tensor.shape},
                           {"bytes", tensor.bytes},
                           {"checksum", tensor.checksum.empty() ? Json() : Json(tensor.checksum)}});
    }
    Json json = {
        {"name", model.name()},
        {"description", message.description()},
        {"file", options.model},
        {"file_bytes", std::filesystem::file_size(options.model)},
        {"format_version", message.format_version()},
        {"needs", std::vector<std::string>(message.needs().begin(), message.needs().end())},
        {"horizon", model.horizon()},
        {"tick_seconds", model.tick_seconds() > 0 ? Json(model.tick_seconds()) : Json()},
        {"provenance",
         {{"how_trained", provenance.how_trained()},
          {"data_set", provenance.data_set()},
          {"seed", provenance.has_seed() ? Json(provenance.seed()) : Json()},
          {"source", provenance.source()},
          {"license", provenance.license()},
          {"measured", measured_json(message)},
          {"baselines", baselines_json(message)}}},
        {"inputs", inputs_json(model)},
        {"nodes", nodes_json(summary)},
        {"projections", projections_json(summary)},
        {"readouts", readouts},
        {"tensors", tensors},
        {"parameters", summary.parameters},
        {"tensor_bytes", summary.tensor_bytes},
        {"neurons", summary.neurons},
        {"synapses", summary.synapses},
        {"notes", coding_notes(model, model.horizon())}};
    if (options.verify) {
        json["verified"] = true;
    }
    return json;
}

void verify(const LoadedModel& model) {
    std::vector<Fault> faults = model.verify(stop_if_interrupted);
    if (!faults.empty()) {
        throw ModelError(std::move(faults));
    }
}

int info(const InfoOptions& options) {
    const LoadedModel model = LoadedModel::load(options.model);
    FileRoles files;
    files.reads(model);
    files.writes_or_prints("--dot", options.dot);
    files.writes_or_prints("--json", options.json);
    if (options.verify) {
        verify(model);
    }
    const ModelSummary summary = summarise(model);
    if (options.dot == "-") {
        std::cout << model_dot(model, summary);
    } else if (!options.dot.empty()) {
        write_whole_file(options.dot, model_dot(model, summary));
    }
    if (!options.json.empty()) {
        write_json(info_json(model, summary, options), options.json);
    }
    if (options.json != "-" && options.dot != "-") {
        print_header(model, options);
        print_summary(summary);
        print_coding_notes(model);
        std::cout << measured_text(model.message());
        if (options.verify) {
            fmt::print(std::cout, "\n  verified: every tensor is whole and finite\n");
        }
    }
    return 0;
}

}  // namespace

void add_info(CLI::App& app, Chosen& chosen) {
    auto options = std::make_shared<InfoOptions>();
    CLI::App* verb = app.add_subcommand(
        "info", "Show a model: layers, shapes, parameters, levels, clocks, bytes");
    verb->add_option("MODEL", options->model, "A .saltus or .textproto file")->required();
    verb->add_option("--json", options->json, k_json_help)->type_name("FILE|-");
    verb->add_option(
            "--dot",
            options->dot,
            "Write the graph for Graphviz to FILE, or to standard output (for - or nothing)")
        ->expected(0, 1)
        ->default_str("-")
        ->type_name("[FILE|-]");
    verb->add_flag("--verify",
                   options->verify,
                   "Read every tensor: checksums as recorded, every number finite, padding zero");
    verb->callback([&chosen, options] { chosen = [options] { return info(*options); }; });
}

}  // namespace saltus::cli
