#include "models/trace/trace_choice.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>
#include <string_view>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/data/sample_range.hpp"

namespace saltus {

namespace {

constexpr std::size_t k_most_ranges = 8;  // of a message

std::vector<std::uint64_t> numbers_of(const TraceFile& file) {
    std::vector<std::uint64_t> numbers(file.samples());
    for (std::uint64_t place = 0; place < numbers.size(); ++place) {
        numbers[place] = file.number(place);
    }
    return numbers;
}

// "one of the samples of the trace: 0-9, 12, 15"
std::string what_there_is(std::span<const std::uint64_t> numbers, const std::string& whose) {
    if (numbers.empty()) {
        return fmt::format("a trace with samples: {} has none", whose);
    }
    std::string text = fmt::format("one of the samples of {}: ", whose);
    std::size_t listed = 0;
    for (std::size_t at = 0; at < numbers.size(); ++listed) {
        if (listed == k_most_ranges) {
            return text +
                   fmt::format(" and others up to {} ({} in all)", numbers.back(), numbers.size());
        }
        std::size_t last = at;
        while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) {
            ++last;
        }
        text += listed == 0 ? "" : ", ";
        text += last == at ? std::to_string(numbers[at])
                           : fmt::format("{}-{}", numbers[at], numbers[last]);
        at = last + 1;
    }
    return text;
}

}  // namespace

std::vector<std::uint64_t> chosen_places(std::span<const std::uint64_t> numbers,
                                         const std::string& samples,
                                         const std::string& whose) {
    const std::string valid = what_there_is(numbers, whose);
    const std::uint64_t end = numbers.empty() ? 0 : numbers.back() + 1;
    std::vector<std::uint64_t> places;
    for (const std::uint64_t number : parse_sample_range(samples, end, "--sample", valid)) {
        const auto found = std::lower_bound(numbers.begin(), numbers.end(), number);
        if (found == numbers.end() || *found != number) {
            throw InputError("--sample", fmt::format("sample {}", number), valid);
        }
        places.push_back(static_cast<std::uint64_t>(found - numbers.begin()));
    }
    return places;
}

std::vector<std::uint64_t> chosen_places(const TraceFile& file,
                                         const std::optional<std::string>& samples) {
    if (samples) {
        return chosen_places(numbers_of(file), *samples);
    }
    std::vector<std::uint64_t> places(file.samples());
    std::iota(places.begin(), places.end(), std::uint64_t{0});
    return places;
}

std::uint64_t chosen_place(const TraceFile& file, const std::optional<std::string>& sample) {
    if (!sample) {
        if (file.samples() == 0) {
            throw InputError(file.path(), "no samples", "a trace with samples");
        }
        return 0;
    }
    const std::vector<std::uint64_t> places = chosen_places(file, sample);
    if (places.size() != 1) {
        throw InputError("--sample", fmt::format("{} samples", places.size()), "one");
    }
    return places.front();
}

std::vector<PopulationId> chosen_populations(const TraceHeader& header,
                                             const std::vector<std::string>& names) {
    std::vector<bool> named(header.populations.size(), names.empty());
    for (const std::string& name : names) {
        const auto found = std::find_if(header.populations.begin(),
                                        header.populations.end(),
                                        [&](const TracePopulation& p) { return p.name == name; });
        if (found == header.populations.end()) {
            std::string valid;
            for (const TracePopulation& population : header.populations) {
                valid += (valid.empty() ? "" : ", ") + population.name;
            }
            throw InputError("--population", '"' + name + '"', "one of " + valid);
        }
        named[static_cast<std::size_t>(found - header.populations.begin())] = true;
    }
    std::vector<PopulationId> chosen;
    for (PopulationId id = 0; id < named.size(); ++id) {
        if (named[id]) {
            chosen.push_back(id);
        }
    }
    return chosen;
}

TickRange chosen_ticks(const TraceHeader& header,
                       const std::optional<std::pair<Tick, Tick>>& ticks) {
    if (!ticks) {
        return {0, header.horizon};
    }
    const auto [first, last] = *ticks;
    if (first < 0 || first > last || last >= header.horizon) {
        throw InputError("--ticks",
                         fmt::format("{}-{}", first, last),
                         fmt::format("ticks of 0-{}", header.horizon - 1));
    }
    return {first, last + 1};
}

std::pair<Tick, Tick> parse_ticks(const std::string& text) {
    const std::string_view all = text;
    const std::size_t dash = all.find('-');
    const auto number = [&](std::string_view part) {
        Tick tick = 0;
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), tick);
        if (error != std::errc() || end != part.data() + part.size() || part.empty()) {
            throw InputError("--ticks", '"' + text + '"', "first-last, such as 0-99");
        }
        return tick;
    };
    const Tick first = number(all.substr(0, dash));
    return {first, dash == std::string_view::npos ? first : number(all.substr(dash + 1))};
}

}  // namespace saltus
