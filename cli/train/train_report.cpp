#include "cli/train/train_report.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "models/training/conversion_report.hpp"

#include "saltus/model.pb.h"

namespace saltus::cli {

namespace {

using Json = nlohmann::ordered_json;
using training::Evaluation;

std::string clock_text(double seconds) {
    const auto whole = static_cast<std::int64_t>(seconds + 0.5);
    return whole >= 3600 ? fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
                         : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

}  // namespace

Json counts_json(const Evaluation& e) {
    Json json;
    json["samples"] = e.samples;
    json["right"] = e.right;
    json["accuracy"] = e.accuracy();
    json["spikes"] = e.spikes;
    json["encoder_spikes"] = e.encoder_spikes;
    json["effective_macs"] = e.macs;
    json["effective_acs"] = e.acs;
    json["total_operations"] = e.macs + e.acs;
    return json;
}

std::string epoch_json(const training::EpochReport& r) {
    Json json;
    json["epoch"] = r.epoch;
    json["spiking"] = r.spiking;
    json["loss"] = r.loss;
    json["train_accuracy"] = r.train_accuracy;
    json["validation"] = counts_json(r.validation);
    json["weights_left"] = r.weights;
    json["seconds"] = r.seconds;
    return json.dump();
}

std::string epoch_head() {
    return fmt::format("{:>9}  {:<10} {:>8} {:>7} {:>10} {:>9} {:>11} {:>8} {:>7} {:>8}\n",
                             "epoch",
                             "network",
                             "loss",
                             "train",
                             "validation",
                             "spikes",
                             "operations",
                             "weights",
                             "time",
                             "left");
}

std::string epoch_line(const training::EpochReport& r) {
    const Evaluation& v = r.validation;
    const auto held_out = [&v](const std::string& text) { return v.samples == 0 ? "-" : text; };
    return fmt::format(
        "{:>9}  {:<10} {:>8.4f} {:>6.2f}% {:>10} {:>9} {:>11} {:>7.1f}% {:>7} {:>8}\n",
        fmt::format("{}/{}", r.epoch, r.epochs),
        r.spiking ? "spiking" : "artificial",
        r.loss,
        100 * r.train_accuracy,
        held_out(fmt::format("{:.2f}%", 100 * v.accuracy())),
        held_out(fmt::format("{:.1f}", v.spikes)),
        held_out(fmt::format("{:.0f}", v.macs + v.acs)),
        100 * r.weights,
        clock_text(r.seconds),
        clock_text(r.seconds_left));
}

Json baseline_json(const proto::Baseline& baseline) {
    Json json;
    json["kind"] = baseline.kind();
    json["samples"] = baseline.samples();
    json["right"] = baseline.right();
    json["accuracy"] = static_cast<double>(baseline.right()) / static_cast<double>(baseline.samples());
    json["effective_macs"] = baseline.effective_macs_per_sample();
    json["weights"] = baseline.weights();
    json["activation_bits"] = baseline.activation_bits();
    return json;
}

Json engine_json(const training::EngineCheck& check) {
    const SampleMeans& means = check.report.means;
    Json json;
    json["right"] = check.right;
    json["accuracy"] = static_cast<double>(check.right) / static_cast<double>(check.samples);
    json["other_predictions"] = check.other_predictions;
    json["spikes"] = means.spikes;
    json["encoder_spikes"] = means.encoder_spikes;
    json["effective_macs"] = means.total_operations() - means.effective_synaptic_operations;
    json["effective_acs"] = means.effective_synaptic_operations;
    json["total_operations"] = means.total_operations();
    json["median_seconds"] = check.report.median_seconds;
    return json;
}

std::string engine_text(const training::EngineCheck& check) {
    const SampleMeans& means = check.report.means;
    return fmt::format(
        ", {:.2f} % by the engine; {} of {} predictions differ\n"
        "a sample: {:.1f} spikes, {:.1f} encoder spikes, {:.1f} total operations ({:.1f} MACs, {:.1f} "
        "ACs), median {:.1f} us\n",
        100 * static_cast<double>(check.right) / static_cast<double>(check.samples),
        check.other_predictions,
        check.samples,
        means.spikes,
        means.encoder_spikes,
        means.total_operations(),
        means.total_operations() - means.effective_synaptic_operations,
        means.effective_synaptic_operations,
        1e6 * check.report.median_seconds);
}

std::string conversion_text(training::Trainer& trainer) {
    const std::vector<training::LayerConversion> layers = training::explain_conversion(trainer);
    if (layers.empty()) {
        return "";
    }
    std::string text =
              "error between spike counts and activations, shares of the mean activation:\n"
              + fmt::format("  {:<12} {:>11} {:>10} {:>13} {:>11}  {}\n",
                             "layer",
                             "mean count",
                             "clipping",
                             "quantisation",
                             "unevenness",
                             "would remove most of the first two");
    for (const training::LayerConversion& layer : layers) {
        text += fmt::format("  {:<12} {:>11.2f} {:>10} {:>13} {:>11}  {}\n",
                                 layer.name,
                                 layer.mean_count,
                                 percent(layer.clipping),
                                 percent(layer.quantisation),
                                 percent(layer.unevenness),
                                 layer.horizon ? fmt::format("horizon {}, percentile {}",
                                                             *layer.horizon,
                                                             layer.percentile)
                                               : "-");
    }
    return text;
}

}  // namespace saltus::cli
