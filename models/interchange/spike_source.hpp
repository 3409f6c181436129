// Spikes of another program's file, as it says them: times not yet ticks, in the file's order.
// Internal to models/interchange.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/shape.hpp"

namespace saltus::detail {

enum class TimeUnit { ticks, milliseconds, seconds, microseconds };

// The unit that a text names: "ms", "milliseconds", "s", ...; nothing for another.
std::optional<TimeUnit> time_unit_of(const std::string& text);
const char* time_unit_text(TimeUnit unit);

// Spikes of one population in one sample. 24 bytes a spike.
struct SourceStream {
    std::string where;  // for messages: "x.h5: /spikes/v1"
    std::string population;
    std::uint64_t sample = 0;
    TimeUnit unit = TimeUnit::milliseconds;
    std::vector<double> times;
    std::vector<std::uint64_t> neurons;
    std::vector<float> payloads;  // one a spike, or none if all are 1
    std::optional<Shape> shape;
};

struct SpikeSource {
    std::vector<SourceStream> streams;
    double tick_seconds = 0;  // 0: not said
    std::int64_t horizon = 0;  // 0: not said
};

// `population`: the name where the file has none. `unit`: of times whose unit the file does not
// say. Throw InputError for a file of another form.
SpikeSource read_sonata(const std::filesystem::path& path,
                        const std::string& population,
                        std::optional<TimeUnit> unit,
                        const std::function<void()>& poll);
SpikeSource read_spike_csv(const std::filesystem::path& path,
                           const std::string& population,
                           std::optional<TimeUnit> unit,
                           const std::function<void()>& poll);

}  // namespace saltus::detail
