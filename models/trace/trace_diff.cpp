#include "models/trace/trace_diff.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "models/trace/stream_difference.hpp"
#include "models/trace/trace_reader.hpp"

namespace saltus {

namespace {

struct Spike {
    Slot slot = 0;
    Tick tick = 0;

    friend auto operator<=>(const Spike&, const Spike&) = default;
};

// What differs of one population in one sample.
struct StreamDifference {
    Tick first_tick = -1;     // -1: nothing differs
    std::vector<Slot> slots;  // that differ at first_tick, ascending
    float fired_a = 0;        // of the first of them
    float fired_b = 0;
    std::vector<Spike> only_a, only_b;
    std::uint64_t payload = 0;

    void add(Tick tick, Slot slot, float a, float b) {
        if (first_tick < 0) {
            first_tick = tick;
            fired_a = a;
            fired_b = b;
        }
        if (tick == first_tick) {
            slots.push_back(slot);
        }
        if (a == 0) {
            only_b.push_back({slot, tick});
        } else if (b == 0) {
            only_a.push_back({slot, tick});
        } else {
            ++payload;
        }
    }
};

StreamDifference compare(const StreamTrace& a, const StreamTrace& b) {
    StreamDifference out;
    detail::for_each_difference(a, b, [&](Tick tick, Slot slot, float fired_a, float fired_b) {
        out.add(tick, slot, fired_a, fired_b);
    });
    return out;
}

// Takes pairs of one neuron's spikes at most `tolerance` ticks apart out of both lists.
std::uint64_t match_moved(std::vector<Spike>& a, std::vector<Spike>& b, Tick tolerance) {
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    std::uint64_t moved = 0;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() && j < b.size()) {
        if (a[i].slot == b[j].slot && std::abs(a[i].tick - b[j].tick) <= tolerance) {
            ++moved;
            ++i;
            ++j;
        } else if (a[i] < b[j]) {
            ++i;
        } else {
            ++j;
        }
    }
    return moved;
}

void check_comparable(const std::filesystem::path& b_path,
                      const TraceHeader& a,
                      const TraceHeader& b) {
    const auto names = [](const TraceHeader& header) {
        std::vector<std::string> list;
        for (const TracePopulation& population : header.populations) {
            list.push_back(population.name + population.shape.text());
        }
        return fmt::format("{}", fmt::join(list, ", "));
    };
    if (names(a) != names(b)) {
        throw InputError(
            b_path.string(), "populations " + names(b), "those of the first trace, " + names(a));
    }
    if (a.horizon != b.horizon) {
        throw InputError(b_path.string(),
                         fmt::format("a horizon of {} ticks", b.horizon),
                         fmt::format("{}, as the first trace has", a.horizon));
    }
}

class TraceComparison {
  public:
    TraceComparison(const std::filesystem::path& a,
                    const std::filesystem::path& b,
                    const TraceDiffOptions& options)
        : options_(options), a_(a), b_(b) {
        check_comparable(b, a_.header(), b_.header());
        out_.populations.resize(a_.header().populations.size());
    }

    TraceDifference run() {
        SampleTrace a;
        SampleTrace b;
        bool has_a = a_.next(a);
        bool has_b = b_.next(b);
        while (has_a || has_b) {
            if (options_.stop && options_.stop()) {
                break;
            }
            const bool take_a = has_a && (!has_b || a.number <= b.number);
            const bool take_b = has_b && (!has_a || b.number <= a.number);
            if (take_a && take_b) {
                compare_sample(a, b);
            } else {
                ++(take_a ? out_.samples_only_a : out_.samples_only_b);
            }
            has_a = take_a ? a_.next(a) : has_a;
            has_b = take_b ? b_.next(b) : has_b;
        }
        return std::move(out_);
    }

  private:
    [[nodiscard]] Level level(PopulationId id) const {
        return options_.levels.empty() ? 0 : options_.levels[id];
    }

    void compare_sample(const SampleTrace& a, const SampleTrace& b) {
        ++out_.samples;
        bool different = false;
        std::optional<FirstDifference> first;
        std::optional<FirstDifference> first_of_neurons;
        for (PopulationId id = 0; id < a.streams.size(); ++id) {
            out_.spikes_a += a.streams[id].slots.size();
            out_.spikes_b += b.streams[id].slots.size();
            StreamDifference found = compare(a.streams[id], b.streams[id]);
            if (found.first_tick < 0) {
                continue;
            }
            different = true;
            PopulationDifference& population = out_.populations[id];
            const std::uint64_t moved =
                options_.tolerance_ticks == 0
                    ? 0
                    : match_moved(found.only_a, found.only_b, options_.tolerance_ticks);
            population.moved += moved;
            population.only_a += found.only_a.size() - moved;
            population.only_b += found.only_b.size() - moved;
            population.payload += found.payload;
            const auto earlier = [&](const std::optional<FirstDifference>& than) {
                return !than || std::tuple(found.first_tick, level(id)) <
                                    std::tuple(than->tick, than->level);
            };
            if (!out_.first && earlier(first)) {
                first = describe(a.number, id, found);
            }
            const bool encodes = a_.header().populations[id].kind == TracePopulation::Kind::encoder;
            if (!out_.first_of_neurons && !encodes && earlier(first_of_neurons)) {
                first_of_neurons = describe(a.number, id, found);
            }
        }
        out_.first = out_.first ? out_.first : first;
        out_.first_of_neurons = out_.first_of_neurons ? out_.first_of_neurons : first_of_neurons;
        out_.samples_different += different ? 1 : 0;
        compare_readouts(a, b);
    }

    [[nodiscard]] FirstDifference describe(std::uint64_t sample,
                                           PopulationId id,
                                           const StreamDifference& found) const {
        const Shape& shape = a_.header().populations[id].shape;
        FirstDifference first{sample,
                              found.first_tick,
                              level(id),
                              id,
                              shape.index_of(found.slots[0]),
                              found.fired_a,
                              found.fired_b,
                              {}};
        for (std::size_t k = 1; k < found.slots.size(); ++k) {
            first.others.push_back(shape.index_of(found.slots[k]));
        }
        return first;
    }

    void compare_readouts(const SampleTrace& a, const SampleTrace& b) {
        bool differ = a.readouts.size() != b.readouts.size();
        for (std::size_t r = 0; !differ && r < a.readouts.size(); ++r) {
            differ = a.readouts[r].prediction != b.readouts[r].prediction ||
                     a.readouts[r].values != b.readouts[r].values;
        }
        out_.readouts += differ ? 1 : 0;
        if (!a.readouts.empty() && !b.readouts.empty() &&
            a.readouts[0].prediction != b.readouts[0].prediction) {
            ++out_.predictions;
            if (out_.changed_answers.size() < 100) {
                out_.changed_answers.push_back(a.number);
            }
        }
    }

    const TraceDiffOptions& options_;
    TraceReader a_;
    TraceReader b_;
    TraceDifference out_;
};

}  // namespace

TraceDifference diff_traces(const std::filesystem::path& a,
                            const std::filesystem::path& b,
                            const TraceDiffOptions& options) {
    return TraceComparison(a, b, options).run();
}

}  // namespace saltus
