#include "models/trace/trace_diff.hpp"

#include <algorithm>
#include <bit>
#include <future>
#include <iterator>
#include <span>
#include <system_error>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "models/trace/stream_changes.hpp"

namespace saltus {

namespace {

constexpr std::uint64_t k_window_spikes = std::uint64_t{1} << 20;  // of one side, about
constexpr std::uint64_t k_worth_a_thread = std::uint64_t{1} << 15;
constexpr std::size_t k_most_changed = 100;

TraceFile open_whole(const std::filesystem::path& path) {
    TraceFile file(path);
    if (!file.warnings().empty()) {
        throw InputError(file.warnings().front(), "", "");  // the line begins with the file's name
    }
    return file;
}

void check_comparable(const std::filesystem::path& b_path,
                      const TraceHeader& a,
                      const TraceHeader& b) {
    const auto text = [](const TracePopulation& population) {
        return fmt::format("\"{}\" {}", population.name, population.shape.text());
    };
    for (std::size_t id = 0; id < std::min(a.populations.size(), b.populations.size()); ++id) {
        const TracePopulation& in_a = a.populations[id];
        const TracePopulation& in_b = b.populations[id];
        if (in_a.name != in_b.name || in_a.shape != in_b.shape) {
            throw InputError(b_path.string(),
                             fmt::format("population {}", text(in_b)),
                             fmt::format("{}, number {} of the first trace", text(in_a), id));
        }
    }
    if (a.populations.size() != b.populations.size()) {
        const bool more = b.populations.size() > a.populations.size();
        const TracePopulation& odd =
            more ? b.populations[a.populations.size()] : a.populations[b.populations.size()];
        throw InputError(b_path.string(),
                         fmt::format("{} populations", b.populations.size()),
                         fmt::format("{}, as the first trace has: {} is in the {} only",
                                     a.populations.size(),
                                     text(odd),
                                     more ? "second" : "first"));
    }
}

bool same_bits(float a, float b) {
    return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

// Invalid where there is no thread to be had.
template <class Read>
std::future<StreamTrace> start(const Read& read) {
    try {
        return std::async(std::launch::async, read);
    } catch (const std::system_error&) {
        return {};
    }
}

class TraceComparison {
  public:
    TraceComparison(const std::filesystem::path& a,
                    const std::filesystem::path& b,
                    const TraceDiffOptions& options)
        : options_(options), a_(open_whole(a)), b_(open_whole(b)) {
        check_comparable(b, a_.header(), b_.header());
        TraceHeader common = a_.header();
        common.horizon = std::min(common.horizon, b_.header().horizon);
        window_ = chosen_ticks(common, options.choice.ticks);
        out_.from = window_.from;
        out_.until = window_.until;
        out_.ticks_chosen = options.choice.ticks.has_value();
        out_.horizon_a = a_.header().horizon;
        out_.horizon_b = b_.header().horizon;
        out_.readouts_compared = options.choice.populations.empty() && !options.choice.ticks &&
                                 out_.horizon_a == out_.horizon_b;
        out_.populations.resize(common.populations.size());
        for (const PopulationId id : chosen_populations(common, options.choice.populations)) {
            const TracePopulation& in_a = common.populations[id];
            const TracePopulation& in_b = b_.header().populations[id];
            if (in_a.recorded == TracePopulation::Recorded::every_spike &&
                in_b.recorded == TracePopulation::Recorded::every_spike) {
                compared_.push_back(id);
            } else if ((in_a.fires && !in_a.holds_values) || (in_b.fires && !in_b.holds_values)) {
                out_.not_compared.push_back(id);
            }
        }
    }

    TraceDifference run() {
        for (const std::uint64_t number : numbers()) {
            if (stopped()) {
                break;
            }
            const std::optional<std::uint64_t> in_a = a_.find(number);
            const std::optional<std::uint64_t> in_b = b_.find(number);
            if (in_a && in_b) {
                compare_sample(number, *in_a, *in_b);
            } else {
                ++(in_a ? out_.samples_only_a : out_.samples_only_b);
            }
        }
        return std::move(out_);
    }

  private:
    [[nodiscard]] bool stopped() const { return options_.stop && options_.stop(); }

    [[nodiscard]] Level level(PopulationId id) const {
        return options_.levels.empty() ? 0 : options_.levels[id];
    }

    // Of the samples asked for, in ascending order.
    [[nodiscard]] std::vector<std::uint64_t> numbers() const {
        const auto of = [](const TraceFile& file) {
            std::vector<std::uint64_t> all(file.samples());
            for (std::uint64_t place = 0; place < all.size(); ++place) {
                all[place] = file.number(place);
            }
            return all;
        };
        const std::vector<std::uint64_t> a = of(a_);
        const std::vector<std::uint64_t> b = of(b_);
        std::vector<std::uint64_t> either;
        std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(either));
        if (!options_.choice.samples) {
            return either;
        }
        std::vector<std::uint64_t> chosen;
        for (const std::uint64_t place :
             chosen_places(either, *options_.choice.samples, "the traces")) {
            chosen.push_back(either[place]);
        }
        return chosen;
    }

    void compare_sample(std::uint64_t number, std::uint64_t in_a, std::uint64_t in_b) {
        ++out_.samples;
        bool different = false;
        std::optional<FirstDifference> first;
        std::optional<FirstDifference> first_of_neurons;
        for (const PopulationId id : compared_) {
            detail::StreamChanges changes(options_.tolerance_ticks);
            compare_stream(in_a, in_b, id, changes);
            if (changes.first_tick() < 0) {
                continue;
            }
            different = true;
            const detail::StreamChanges::Counts counts = changes.counted();
            PopulationDifference& population = out_.populations[id];
            population.moved += counts.moved;
            population.only_a += counts.only_a;
            population.only_b += counts.only_b;
            population.payload += counts.payload;
            const auto earlier = [&](const std::optional<FirstDifference>& than) {
                return !than || std::tuple(changes.first_tick(), level(id)) <
                                    std::tuple(than->tick, than->level);
            };
            if (!out_.first && earlier(first)) {
                first = describe(number, id, changes);
            }
            const bool encodes = a_.header().populations[id].kind == TracePopulation::Kind::encoder;
            if (!out_.first_of_neurons && !encodes && earlier(first_of_neurons)) {
                first_of_neurons = describe(number, id, changes);
            }
        }
        out_.first = out_.first ? out_.first : first;
        out_.first_of_neurons = out_.first_of_neurons ? out_.first_of_neurons : first_of_neurons;
        out_.samples_different += different ? 1 : 0;
        const bool read_alike = !out_.readouts_compared || !compare_readouts(number, in_a, in_b);
        if (!different && read_alike) {
            compare_unseen(in_a, in_b);
        }
    }

    // In windows of some million spikes, by the counts that the records hold.
    void compare_stream(std::uint64_t in_a,
                        std::uint64_t in_b,
                        PopulationId id,
                        detail::StreamChanges& changes) {
        const Tick bin = level_ticks(a_.header().horizon);
        const std::size_t bins = level_count(a_.header().horizon);
        const std::vector<std::uint64_t> levels = a_.record(in_a).levels;
        const auto spikes_of = [&](Tick tick) {
            const std::size_t at = id * bins + static_cast<std::size_t>(tick / bin);
            return at < levels.size() ? levels[at] : 0;
        };
        for (Tick from = window_.from; from < window_.until && !stopped();) {
            Tick until = from;
            std::uint64_t spikes = 0;
            while (until < window_.until && spikes < k_window_spikes) {
                spikes += spikes_of(until);
                until = std::min(window_.until, (until / bin + 1) * bin);
            }
            const auto read_b = [&, ticks = TickRange{from, until}] {
                return b_.spikes(in_b, id, ticks);
            };
            std::future<StreamTrace> reading;
            if (spikes >= k_worth_a_thread) {
                reading = start(read_b);
            }
            const StreamTrace a = a_.spikes(in_a, id, {from, until});
            const StreamTrace b = reading.valid() ? reading.get() : read_b();
            out_.spikes_a += a.slots.size();
            out_.spikes_b += b.slots.size();
            changes.add(a, b);
            from = until;
        }
    }

    [[nodiscard]] FirstDifference describe(std::uint64_t sample,
                                           PopulationId id,
                                           const detail::StreamChanges& changes) const {
        const Shape& shape = a_.header().populations[id].shape;
        FirstDifference first{sample,
                              changes.first_tick(),
                              level(id),
                              id,
                              shape.index_of(changes.slots()[0]),
                              changes.fired_a(),
                              changes.fired_b(),
                              {}};
        for (const Slot slot : std::span(changes.slots()).subspan(1)) {
            first.others.push_back(shape.index_of(slot));
        }
        return first;
    }

    // Whether they differ.
    bool compare_readouts(std::uint64_t number, std::uint64_t in_a, std::uint64_t in_b) {
        const std::vector<ReadoutTrace> a = a_.record(in_a).readouts;
        const std::vector<ReadoutTrace>& b = b_.record(in_b).readouts;
        bool differ = a.size() != b.size();
        for (std::size_t r = 0; r < std::min(a.size(), b.size()); ++r) {
            const auto [in_left, in_right] = std::mismatch(a[r].values.begin(),
                                                           a[r].values.end(),
                                                           b[r].values.begin(),
                                                           b[r].values.end(),
                                                           same_bits);
            const bool values = in_left != a[r].values.end() || in_right != b[r].values.end();
            if (!values && a[r].prediction == b[r].prediction) {
                continue;
            }
            differ = true;
            if (!out_.first_readout) {
                FirstReadoutDifference& first = out_.first_readout.emplace();
                first.sample = number;
                first.readout = r;
                first.answer_a = a[r].prediction;
                first.answer_b = b[r].prediction;
                if (in_left != a[r].values.end() && in_right != b[r].values.end()) {
                    first.value = static_cast<NeuronIndex>(in_left - a[r].values.begin());
                    first.a = *in_left;
                    first.b = *in_right;
                }
            }
        }
        out_.readouts += differ ? 1 : 0;
        if (!a.empty() && !b.empty() && a[0].prediction != b[0].prediction) {
            ++out_.predictions;
            if (out_.changed_answers.size() < k_most_changed) {
                out_.changed_answers.push_back(number);
            }
        }
        return differ;
    }

    // What was not recorded is told by the digests that the run took of everything.
    void compare_unseen(std::uint64_t in_a, std::uint64_t in_b) {
        if (out_.not_compared.empty()) {
            return;
        }
        const auto digest_of = [](const TraceFile& file, std::uint64_t place) {
            return file.header().whole() ? std::optional<Digest>(file.digest(place))
                                         : file.record(place).digest;
        };
        const std::optional<Digest> a = digest_of(a_, in_a);
        const std::optional<Digest> b = digest_of(b_, in_b);
        if (!a || !b || !out_.readouts_compared) {
            ++out_.unseen_unknown;
        } else if (*a != *b) {
            ++out_.unseen_different;
        }
    }

    const TraceDiffOptions& options_;
    TraceFile a_;
    TraceFile b_;
    TickRange window_;
    std::vector<PopulationId> compared_;
    TraceDifference out_;
};

}  // namespace

TraceDifference diff_traces(const std::filesystem::path& a,
                            const std::filesystem::path& b,
                            const TraceDiffOptions& options) {
    return TraceComparison(a, b, options).run();
}

}  // namespace saltus
