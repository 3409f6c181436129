#include "models/data/time_axis.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus {

namespace {

constexpr std::uint64_t k_longest_run = std::uint64_t{1} << 53;  // of a model, in ticks

// "31 ticks", "3 frames of 2 ticks"
std::string length_text(std::uint64_t frames, const ModelInput& input) {
    const char* const plural = frames == 1 ? "" : "s";
    if (input.ticks_per_frame == 1) {
        return fmt::format("{} {}{}", frames, input.spikes ? "tick" : "frame", plural);
    }
    return fmt::format("{} frame{} of {} ticks", frames, plural, input.ticks_per_frame);
}

// Whether the axis taken for samples is as long as that of time should be.
bool looks_swapped(const DataSet& data, std::uint64_t needed) {
    return data.samples() == needed && data.frames() != needed;
}

}  // namespace

bool has_time_axis(const ModelInput& input) {
    return input.sequence || input.spikes;
}

std::uint64_t frames_run(const ModelInput& input, Tick horizon) {
    if (!has_time_axis(input)) {
        return 1;
    }
    return static_cast<std::uint64_t>((horizon - 1) / input.ticks_per_frame + 1);
}

void check_time_axis(const DataSet& data, const ModelInput& input, Tick horizon, bool time_first) {
    const std::uint64_t needed = frames_run(input, horizon);
    const std::uint64_t found = data.frames();
    if (found == needed) {
        return;
    }
    const bool swapped = looks_swapped(data, needed);
    if (data.samples() == 1 && !swapped) {
        return;
    }
    std::string causes;
    if (swapped && !time_first) {
        causes = fmt::format("its first axis has {}: if that is time, --time-first; else ", needed);
    } else if (swapped) {
        causes = "are its axes [sample, tick, ...]? Then no --time-first; else ";
    } else if (!time_first) {
        causes = "--time-first if its axes are [tick, sample, ...]; ";
    }
    if (found <= k_longest_run / static_cast<std::uint64_t>(input.ticks_per_frame)) {
        causes += fmt::format("--horizon {} to run as long as the data, ",
                              static_cast<Tick>(found) * input.ticks_per_frame);
    }
    throw InputError(
        data.name(),
        fmt::format("{} a sample, in {} samples", length_text(found, input), data.samples()),
        fmt::format(
            "{}, as a run of {} tick{} shows input \"{}\" ({}--horizon {} to run so all the same)",
            length_text(needed, input),
            horizon,
            horizon == 1 ? "" : "s",
            input.name,
            causes,
            horizon));
}

std::uint64_t count_unused_events(const DataSet& data,
                                  std::span<const std::uint64_t> samples,
                                  std::uint64_t first_frame,
                                  const std::function<bool()>& stop) {
    if (first_frame >= data.frames()) {
        return 0;
    }
    const std::uint64_t from = first_frame * data.shape().size();
    std::uint64_t events = 0;
    std::vector<float> values;
    const auto add = [&](const auto& numbers) {
        const auto begin = numbers.begin() + static_cast<std::ptrdiff_t>(from);
        events += static_cast<std::uint64_t>(
            std::count_if(begin, numbers.end(), [](auto number) { return number != 0; }));
    };
    for (const std::uint64_t sample : samples) {
        if (stop && stop()) {
            break;
        }
        if (const std::span<const std::uint8_t> bytes = data.bytes(sample); !bytes.empty()) {
            add(bytes);
            continue;
        }
        values.resize(data.values_per_sample());
        data.read(sample, values);
        add(values);
    }
    return events;
}

std::string time_axis_note(const DataSet& data,
                           const ModelInput& input,
                           Tick horizon,
                           std::uint64_t unused_events) {
    const std::uint64_t needed = frames_run(input, horizon);
    const std::uint64_t found = data.frames();
    if (found == needed) {
        return "";
    }
    std::string note = fmt::format(
        "{} has {} a sample, and {} were run: ", data.name(), length_text(found, input), needed);
    if (found > needed) {
        note += fmt::format("{} {} not used", found - needed, found - needed == 1 ? "is" : "are");
        if (input.spikes) {
            note += fmt::format(
                ", with {} event{} in all", unused_events, unused_events == 1 ? "" : "s");
        }
    } else if (input.spikes) {
        note += "nothing comes after its end";
    } else {
        note += "its last frame stays";
    }
    if (looks_swapped(data, needed)) {
        note += fmt::format(
            "; it was read as {} samples, as many as that: if its first axis is time, give "
            "--time-first",
            data.samples());
    }
    return note;
}

}  // namespace saltus
