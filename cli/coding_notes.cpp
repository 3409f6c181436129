#include "cli/coding_notes.hpp"

#include <optional>
#include <variant>

#include <fmt/format.h>

#include "models/data/time_axis.hpp"

namespace saltus::cli {

namespace {

// What a coding spreads one activation over, if it says so itself.
struct StatedSpan {
    const char* setting;
    Tick ticks;
    bool from_frame;  // begins with each frame; else with tick 0, over and over
};

std::optional<StatedSpan> stated_span(const Coding& coding) {
    if (const auto* latency = std::get_if<LatencyCoding>(&coding)) {
        return latency->T ? std::optional(StatedSpan{"latency T", *latency->T, true})
                          : std::nullopt;
    }
    if (const auto* phase = std::get_if<PhaseCoding>(&coding)) {
        return StatedSpan{"phase period", Tick{phase->period}, false};
    }
    return std::nullopt;
}

// A latency spike that switches on a lasting current drives on after the code's last tick: neurons that
// fire one spike a tick by then count more than the values that were sent.
void note_lasting_currents(const LoadedModel& model,
                           Tick horizon,
                           std::vector<std::string>& notes) {
    const NetworkSpec network = model.network_spec(horizon);
    for (const EncoderBinding& encoder : model.encoders()) {
        const auto* const latency = std::get_if<LatencyCoding>(&encoder.coding);
        if (latency == nullptr || latency->T.value_or(horizon) < 2 ||
            model.inputs()[encoder.input].sequence) {
            continue;
        }
        const Tick span = latency->T.value_or(horizon);
        for (const ProjectionSpec& projection : network.projections) {
            if (projection.source != encoder.population) {
                continue;
            }
            const PopulationSpec& target = network.populations[projection.target];
            const auto* const neurons = std::get_if<NeuronSpec>(&target.kind);
            if (neurons == nullptr || !neurons->fires ||
                neurons->spikes_per_tick == SpikesPerTick::trunc ||
                neurons->firing_window.until.value_or(horizon) <= span + projection.delay) {
                continue;
            }
            const ReceptorSpec& receptor = neurons->receptors[projection.receptor];
            if (receptor.alpha.is_one() && receptor.alpha.at(0) == 1.0) {
                notes.push_back(fmt::format(
                    "{} fires after tick {}, the last of {}'s latency code, whose currents go on: its "
                    "counts are not those of the values sent (docs/training.md: execution)",
                    target.name,
                    span + projection.delay - 1,
                    encoder.name));
            }
        }
    }
}

}  // namespace

std::vector<std::string> coding_notes(const LoadedModel& model, Tick horizon) {
    std::vector<std::string> notes;
    for (const EncoderBinding& encoder : model.encoders()) {
        const std::optional<StatedSpan> span = stated_span(encoder.coding);
        if (!span) {
            continue;
        }
        const ModelInput& input = model.inputs()[encoder.input];
        const auto frames = static_cast<Tick>(frames_run(input, horizon));
        const Tick start = span->from_frame ? (frames - 1) * input.ticks_per_frame : 0;
        if (span->ticks <= horizon - start) {
            continue;
        }
        std::string note = fmt::format("{} has a {} of {}, and {} tick{} run",
                                       encoder.name,
                                       span->setting,
                                       span->ticks,
                                       horizon,
                                       horizon == 1 ? " is" : "s are");
        if (start > 0) {
            note += fmt::format(", the last frame from tick {}", start);
        }
        notes.push_back(note + ": what it would send later is lost");
    }
    note_lasting_currents(model, horizon, notes);
    return notes;
}

}  // namespace saltus::cli
