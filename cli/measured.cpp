#include "cli/measured.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "saltus/model.pb.h"

namespace saltus::cli {

namespace {

using Json = nlohmann::ordered_json;

double percent_right(std::uint64_t right, std::uint64_t samples) {
    return 100 * static_cast<double>(right) /
           (samples == 0 ? 1 : static_cast<double>(samples));
}

std::string measurements_text(const proto::Model& message) {
    std::string text = fmt::format(
        "\nmeasured by its makers, a sample\n  {:<22}{:>6}{:>10}{:>10}{:>12}{:>14}{:>14}\n",
        "data",
        "T",
        "accuracy",
        "spikes",
        "encoder's",
        "SynOps",
        "operations");
    for (const proto::Measurement& row : message.provenance().measured()) {
        text += fmt::format("  {:<22}{:>6}{:>8.2f} %{:>10.2f}{:>12.2f}{:>14.1f}{:>14}\n",
                            row.data_set(),
                            row.horizon(),
                            percent_right(row.right(), row.samples()),
                            row.spikes_per_sample(),
                            row.encoder_spikes_per_sample(),
                            row.synaptic_operations_per_sample(),
                            row.has_total_operations_per_sample()
                                ? fmt::format("{:.1f}", row.total_operations_per_sample())
                                : "-");
    }
    return text;
}

std::string baselines_text(const proto::Model& message) {
    std::string text = fmt::format(
        "\nartificial networks to compare with, a sample\n  {:<12}{:<22}{:>10}{:>14}{:>12}{:>12}\n",
        "kind",
        "data",
        "accuracy",
        "MACs",
        "weights",
        "activations");
    for (const proto::Baseline& row : message.baselines()) {
        text += fmt::format("  {:<12}{:<22}{:>8.2f} %{:>14.1f}{:>12}{:>12}\n",
                            row.kind(),
                            row.data_set(),
                            percent_right(row.right(), row.samples()),
                            row.effective_macs_per_sample(),
                            row.weights(),
                            row.activation_bits() == 0
                                ? "float32"
                                : fmt::format("{} bits", row.activation_bits()));
    }
    return text;
}

}  // namespace

std::string measured_text(const proto::Model& message) {
    return (message.provenance().measured().empty() ? "" : measurements_text(message)) +
           (message.baselines().empty() ? "" : baselines_text(message));
}

Json measured_json(const proto::Model& message) {
    Json rows = Json::array();
    for (const proto::Measurement& row : message.provenance().measured()) {
        rows.push_back({{"data_set", row.data_set()},
                        {"horizon", row.horizon()},
                        {"samples", row.samples()},
                        {"right", row.right()},
                        {"spikes_per_sample", row.spikes_per_sample()},
                        {"encoder_spikes_per_sample", row.encoder_spikes_per_sample()},
                        {"synaptic_operations_per_sample", row.synaptic_operations_per_sample()},
                        {"total_operations_per_sample",
                         row.has_total_operations_per_sample()
                             ? Json(row.total_operations_per_sample())
                             : Json()},
                        {"note", row.note()}});
    }
    return rows;
}

Json baselines_json(const proto::Model& message) {
    Json rows = Json::array();
    for (const proto::Baseline& row : message.baselines()) {
        rows.push_back({{"kind", row.kind()},
                        {"data_set", row.data_set()},
                        {"samples", row.samples()},
                        {"right", row.right()},
                        {"effective_macs_per_sample", row.effective_macs_per_sample()},
                        {"weights", row.weights()},
                        {"activation_bits", row.activation_bits()},
                        {"seed", row.has_seed() ? Json(row.seed()) : Json()}});
    }
    return rows;
}

}  // namespace saltus::cli
