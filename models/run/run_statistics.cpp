#include "models/run/run_statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/error.hpp"

namespace saltus {

namespace {

// Neurons times samples times ticks: beyond 2^64 for a long horizon.
__extension__ using Wide = unsigned __int128;

constexpr std::array<const char*, 7> k_front_kinds = {
    "dense", "conv2d", "bias", "relu", "sigmoid", "pool", "flatten"};

void add(FrontLayerCounts& to, const FrontLayerCounts& from) {
    to.outputs += from.outputs;
    to.zero_outputs += from.zero_outputs;
    to.macs += from.macs;
    to.macs_nonzero += from.macs_nonzero;
    to.macs_effective += from.macs_effective;
}

void add(Counts& to, const Counts& from) {
    to.populations.resize(from.populations.size());
    to.projections.resize(from.projections.size());
    to.zero_weights.resize(from.projections.size());
    for (std::size_t p = 0; p < from.populations.size(); ++p) {
        to.populations[p].spikes += from.populations[p].spikes;
        to.populations[p].graded_events += from.populations[p].graded_events;
    }
    for (std::size_t p = 0; p < from.projections.size(); ++p) {
        to.projections[p].acs += from.projections[p].acs;
        to.projections[p].graded_macs += from.projections[p].graded_macs;
        to.projections[p].held_macs += from.projections[p].held_macs;
        to.projections[p].pool_operations += from.projections[p].pool_operations;
        to.zero_weights[p].acs += from.zero_weights[p].acs;
        to.zero_weights[p].graded_macs += from.zero_weights[p].graded_macs;
        to.zero_weights[p].held_macs += from.zero_weights[p].held_macs;
    }
    to.execution.neuron_updates += from.execution.neuron_updates;
    to.execution.queue_operations += from.execution.queue_operations;
    to.execution.weight_bytes += from.execution.weight_bytes;
    to.execution.state_bytes += from.execution.state_bytes;
}

// What of a projection's counts goes through weights that are not zero.
struct EffectiveCounts {
    EffectiveCounts(const ProjectionCounts& all, const ZeroWeightCounts& zero)
        : acs(all.acs - zero.acs),
          graded_macs(all.graded_macs - zero.graded_macs),
          held_macs(all.held_macs - zero.held_macs) {}

    std::uint64_t acs;
    std::uint64_t graded_macs;
    std::uint64_t held_macs;
};

// The smallest value that at least `share` of the values do not exceed.
double quantile(std::vector<double> values, double share) {
    if (values.empty()) {
        return 0;
    }
    const auto rank =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    const std::size_t place = std::max<std::size_t>(rank, 1) - 1;
    std::nth_element(
        values.begin(), values.begin() + static_cast<std::ptrdiff_t>(place), values.end());
    return values[place];
}

}  // namespace

struct RunStatistics::Pooled {
    Wide outputs = 0;
    Wide zeros = 0;
};

NeuronActivity::NeuronActivity(const Network& network) : ticks_fired(network.population_count()) {
    for (std::size_t p = 0; p < ticks_fired.size(); ++p) {
        ticks_fired[p].resize(network.population(static_cast<PopulationId>(p)).shape.size());
    }
}

void NeuronActivity::add(const NeuronActivity& other) {
    for (std::size_t p = 0; p < ticks_fired.size(); ++p) {
        for (std::size_t j = 0; j < ticks_fired[p].size(); ++j) {
            ticks_fired[p][j] += other.ticks_fired[p][j];
        }
    }
}

Proportion wilson(std::uint64_t hits, std::uint64_t of) {
    if (of == 0) {
        return {};
    }
    constexpr double z = 1.959963984540054;  // 97.5th percentile of the normal distribution
    const auto n = static_cast<double>(of);
    const double p = static_cast<double>(hits) / n;
    const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return {p, std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

RunStatistics::RunStatistics(const Pipeline& pipeline)
    : pipeline_(pipeline), readouts_(pipeline.network().readout_count()) {
    for (const EncoderBinding& encoder : pipeline.model().encoders()) {
        front_layers_.emplace_back(encoder.front.layers.size());
    }
}

void RunStatistics::add_failure(std::uint64_t number, std::string text) {
    failed_.push_back({number, std::move(text)});
}

void RunStatistics::add(const SampleOutcome& outcome,
                        const std::vector<std::vector<FrontLayerCounts>>& front,
                        std::optional<std::int64_t> label) {
    if (outcome.result.error) {
        return;  // nothing else is said of a sample that failed
    }
    if (outcome.result.counts.zero_weights.size() != outcome.result.counts.projections.size()) {
        throw InternalError("a sample's effective operations were not counted");
    }
    ++samples_;
    front_.macs += outcome.front.macs;
    front_.macs_nonzero += outcome.front.macs_nonzero;
    front_.macs_effective += outcome.front.macs_effective;
    saltus::add(counts_, outcome.result.counts);
    for (std::size_t e = 0; e < front.size(); ++e) {
        for (std::size_t l = 0; l < front[e].size(); ++l) {
            saltus::add(front_layers_[e][l], front[e][l]);
        }
    }
    seconds_.push_back(outcome.seconds);
    for (std::size_t r = 0; r < outcome.result.readouts.size(); ++r) {
        add_readout(readouts_[r], outcome.result.readouts[r], label);
    }
}

void RunStatistics::add_readout(ReadoutSums& sums,
                                const ReadoutResult& result,
                                std::optional<std::int64_t> label) const {
    sums.undecided += result.undecided ? 1 : 0;
    if (!label) {
        return;
    }
    ++sums.labelled;
    sums.label_beyond |= static_cast<std::uint64_t>(*label) >= result.values.size();
    if (*label == static_cast<std::int64_t>(result.prediction)) {
        ++sums.right;
        sums.right_undecided += result.undecided ? 1 : 0;
    }
}

ReadoutActivity RunStatistics::report_readout(std::size_t r) const {
    const ReadoutSums& sums = readouts_[r];
    const ReadoutSpec& spec = pipeline_.network().readout(r);
    ReadoutActivity report;
    report.name = spec.name;
    report.population = pipeline_.network().population(spec.population).name;
    report.kind = spec.kind;
    report.logit = spec.logit.has_value();
    report.undecided = sums.undecided;
    report.labelled = sums.labelled;
    report.right = sums.right;
    report.right_undecided = sums.right_undecided;
    if (sums.labelled > 0 && !sums.label_beyond) {
        report.accuracy = wilson(sums.right, sums.labelled);
        report.accuracy_decided = wilson(sums.right - sums.right_undecided, sums.labelled);
    }
    return report;
}

void RunStatistics::report_front(RunReport& report, Pooled& pooled) const {
    const auto samples = static_cast<double>(samples_);
    const std::vector<EncoderBinding>& encoders = pipeline_.model().encoders();
    for (std::size_t e = 0; e < encoders.size(); ++e) {
        for (std::size_t l = 0; l < encoders[e].front.layers.size(); ++l) {
            const FrontLayer& layer = encoders[e].front.layers[l];
            const FrontLayerCounts& counts = front_layers_[e][l];
            LayerActivity activity;
            activity.name = layer.name;
            activity.kind = k_front_kinds[layer.kind.index()];
            activity.neurons = pipeline_.front(e).layer_output(l).size();
            activity.macs_per_sample = static_cast<double>(counts.macs) / samples;
            activity.effective_macs_per_sample =
                static_cast<double>(counts.macs_effective) / samples;
            const bool rectifies = std::holds_alternative<FrontRelu>(layer.kind) ||
                                   std::holds_alternative<FrontSigmoid>(layer.kind);
            if (rectifies && counts.outputs > 0) {
                activity.activation_sparsity =
                    static_cast<double>(counts.zero_outputs) / static_cast<double>(counts.outputs);
                pooled.outputs += counts.outputs;
                pooled.zeros += counts.zero_outputs;
            }
            report.layers.push_back(activity);
        }
    }
}

void RunStatistics::report_populations(RunReport& report,
                                       const NeuronActivity& activity,
                                       Pooled& pooled) const {
    const auto samples = static_cast<double>(samples_);
    const Network& network = pipeline_.network();
    const Wide ticks = Wide{samples_} * static_cast<std::uint64_t>(network.horizon());
    for (std::size_t p = 0; p < network.population_count(); ++p) {
        const auto id = static_cast<PopulationId>(p);
        const PopulationSpec& population = network.population(id);
        LayerActivity layer;
        layer.name = population.name;
        layer.neurons = population.shape.size();
        layer.spikes_per_sample = static_cast<double>(counts_.populations[p].spikes) / samples;
        layer.spiking = true;
        if (const auto* encoder = std::get_if<EncoderSpec>(&population.kind)) {
            layer.kind = "encoder";
            layer.spiking = !encoder->holds_values;
            report.means.encoder_spikes += layer.spikes_per_sample;
        } else if (const auto* rule = std::get_if<NeuronSpec>(&population.kind)) {
            layer.kind = "neurons";
            layer.spiking = rule->fires;
            report.means.spikes += layer.spikes_per_sample;
        } else {
            layer.kind = "max_pool";
            report.means.max_pool_spikes += layer.spikes_per_sample;
        }
        report.means.graded_events +=
            static_cast<double>(counts_.populations[p].graded_events) / samples;
        for (std::size_t j = 0; j < network.projection_count(); ++j) {
            if (network.target(static_cast<ProjectionId>(j)) != id) {
                continue;
            }
            const ProjectionCounts& into = counts_.projections[j];
            layer.synaptic_operations_per_sample += static_cast<double>(into.acs) / samples;
            layer.macs_per_sample +=
                static_cast<double>(into.graded_macs + into.held_macs) / samples;
            const EffectiveCounts effective(into, counts_.zero_weights[j]);
            layer.effective_synaptic_operations_per_sample +=
                static_cast<double>(effective.acs) / samples;
            layer.effective_macs_per_sample +=
                static_cast<double>(effective.graded_macs + effective.held_macs) / samples;
        }
        if (layer.spiking) {
            const Wide outputs = layer.neurons * ticks;
            Wide fired = 0;
            for (const std::uint64_t n : activity.ticks_fired[p]) {
                fired += n;
                layer.silent_neurons += n == 0 ? 1 : 0;
                layer.saturated_neurons += n == ticks ? 1 : 0;
            }
            layer.activation_sparsity =
                1 - static_cast<double>(fired) / static_cast<double>(outputs);
            if (layer.kind == "neurons") {
                pooled.outputs += outputs;
                pooled.zeros += outputs - fired;
            }
        }
        report.layers.push_back(layer);
    }
}

RunReport RunStatistics::report(const NeuronActivity& activity) const {
    RunReport report;
    report.samples = samples_;
    report.failed = failed_;
    for (std::size_t r = 0; r < readouts_.size(); ++r) {
        report.readouts.push_back(report_readout(r));
    }
    if (samples_ == 0) {
        return report;
    }
    report.median_seconds = quantile(seconds_, 0.5);
    report.p99_seconds = quantile(seconds_, 0.99);

    const auto samples = static_cast<double>(samples_);
    SampleMeans& means = report.means;
    means.front_macs = static_cast<double>(front_.macs) / samples;
    means.front_macs_nonzero = static_cast<double>(front_.macs_nonzero) / samples;
    means.effective_front_macs = static_cast<double>(front_.macs_effective) / samples;
    for (std::size_t p = 0; p < counts_.projections.size(); ++p) {
        const ProjectionCounts& projection = counts_.projections[p];
        const EffectiveCounts effective(projection, counts_.zero_weights[p]);
        means.effective_synaptic_operations += static_cast<double>(effective.acs) / samples;
        means.effective_graded_macs += static_cast<double>(effective.graded_macs) / samples;
        means.effective_held_drive_macs += static_cast<double>(effective.held_macs) / samples;
        means.synaptic_operations += static_cast<double>(projection.acs) / samples;
        means.graded_macs += static_cast<double>(projection.graded_macs) / samples;
        means.held_drive_macs += static_cast<double>(projection.held_macs) / samples;
        means.pool_operations += static_cast<double>(projection.pool_operations) / samples;
    }
    const ExecutionCounts& execution = counts_.execution;
    means.neuron_updates = static_cast<double>(execution.neuron_updates) / samples;
    means.queue_operations = static_cast<double>(execution.queue_operations) / samples;
    means.bytes_touched =
        static_cast<double>(execution.weight_bytes + execution.state_bytes) / samples;

    Pooled pooled;
    report_front(report, pooled);
    report_populations(report, activity, pooled);
    if (pooled.outputs > 0) {
        report.activation_sparsity =
            static_cast<double>(pooled.zeros) / static_cast<double>(pooled.outputs);
    }
    return report;
}

}  // namespace saltus
