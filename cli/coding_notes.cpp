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
    return notes;
}

}  // namespace saltus::cli
