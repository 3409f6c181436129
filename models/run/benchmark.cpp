#include "models/run/benchmark.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <deque>
#include <new>
#include <numeric>
#include <string>

#include <fmt/format.h>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "models/run/sample_reader.hpp"

namespace saltus {

namespace {

constexpr unsigned k_checked_passes = 2;  // with digests, compared
constexpr unsigned k_warm_up_passes = 1;  // as the timed ones
constexpr unsigned k_profile_passes = 3;  // or as many as there are timed ones

unsigned profile_passes(const BenchmarkOptions& options) {
    return std::min(options.repetitions, k_profile_passes);
}

// Everything that must not differ from repetition to repetition, but for the spikes' digest.
bool same_outcome(const Result& a, const Result& b) {
    const auto same_readout = [](const ReadoutResult& x, const ReadoutResult& y) {
        return x.values == y.values && x.prediction == y.prediction && x.tied == y.tied &&
               x.undecided == y.undecided;
    };
    return a.ticks_run == b.ticks_run && a.counts.populations == b.counts.populations &&
           a.counts.projections == b.counts.projections &&
           std::equal(a.readouts.begin(),
                      a.readouts.end(),
                      b.readouts.begin(),
                      b.readouts.end(),
                      same_readout);
}

class Benchmark {
  public:
    Benchmark(const Pipeline& pipeline,
              const BenchmarkOptions& options,
              const std::function<void(std::uint64_t)>& advanced,
              const std::function<bool()>& stop)
        : pipeline_(pipeline),
          options_(options),
          advanced_(advanced),
          stop_(stop),
          zeros_(pipeline.network()),
          outcomes_(options.samples.size()),
          digests_(options.samples.size()),
          fronts_(options.samples.size()),
          workers_(static_cast<unsigned>(std::clamp<std::size_t>(
                       options.samples.size(), 1, std::max(1U, options.threads))),
                   options.start_thread,
                   options.short_of_threads) {
        read_inputs();
        sit_down();
    }

    std::optional<BenchmarkReport> go() {
        BenchmarkReport report;
        report.threads = static_cast<unsigned>(seats_.size());
        if (!check(report)) {
            return std::nullopt;
        }
        for (unsigned n = 0; n < k_warm_up_passes + options_.repetitions; ++n) {
            const std::optional<double> seconds = repeat();
            if (!seconds) {
                return std::nullopt;
            }
            if (n >= k_warm_up_passes) {
                report.seconds.push_back(*seconds / static_cast<double>(outcomes_.size()));
            }
        }
        report.spread = spread_of(report.seconds);
        report.synaptic_operations_per_second =
            report.means.synaptic_operations / report.spread.median;
        return profile(report) ? std::optional(std::move(report)) : std::nullopt;
    }

  private:
    using Clock = std::chrono::steady_clock;

    // One thread's own.
    struct Seat {
        Seat(const Pipeline& pipeline, std::uint64_t seed)
            : worker(pipeline, seed), digest(pipeline.network().population_count()) {}

        PipelineWorker worker;
        DigestHook digest;
    };

    // A seat a thread, as far as memory goes: the others do the work of a thread without one.
    void sit_down() {
        try {
            while (seats_.size() < workers_.count()) {
                seats_.emplace_back(pipeline_, options_.seed);
            }
        } catch (const std::bad_alloc&) {
            if (seats_.empty()) {
                throw;
            }
            if (options_.short_of_threads) {
                options_.short_of_threads(
                    fmt::format("{} of {} threads found memory", seats_.size(), workers_.count()));
            }
        }
    }

    void read_inputs() {
        std::uint64_t left = k_most_input_bytes;
        for (const DataSet* const set : options_.inputs) {
            const bool as_bytes = !set->bytes(options_.samples.front()).empty();
            const std::uint64_t each = (as_bytes ? 1 : sizeof(float)) * options_.samples.size();
            // Divided, not multiplied: a long horizon times many samples is no 64-bit number.
            if (set->values_per_sample() > left / each) {
                throw InputError(
                    "--samples",
                    fmt::format("{} samples, {} numbers each of {}",
                                options_.samples.size(),
                                set->values_per_sample(),
                                set->name()),
                    fmt::format("at most {} GiB of input, which is held in memory while timing",
                                k_most_input_bytes >> 30));
            }
            left -= each * set->values_per_sample();
        }
        for (const std::uint64_t number : options_.samples) {
            inputs_.push_back(readers_.emplace_back(options_.inputs).read(number));
        }
    }

    void run_one(Seat& seat, std::size_t place, bool digests) {
        const std::uint64_t number = options_.samples[place];
        if (digests) {
            seat.digest.begin();
        }
        try {
            outcomes_[place] = seat.worker.run(number, inputs_[place], stop_);
        } catch (const InputError& error) {
            const Fault& fault = error.fault();
            throw InputError(
                data_names(options_.inputs) + ": " + fault.path, fault.found, fault.needed);
        }
        const Result& result = outcomes_[place].result;
        if (result.error) {
            throw Error(fmt::format("sample {}: {}", number, result.error->text));
        }
        if (digests) {
            digests_[place] = seat.digest.sample(result.readouts);
            fronts_[place].clear();
            for (std::size_t e = 0; e < pipeline_.model().encoders().size(); ++e) {
                fronts_[place].push_back(seat.worker.front_layers(e));
            }
        }
    }

    void work(Seat& seat, bool digests) {
        seat.worker.set_hook(digests ? &seat.digest : nullptr);
        seat.worker.set_zero_weights(digests ? &zeros_ : nullptr);
        for (std::size_t place = next_++; place < outcomes_.size() && !stop_(); place = next_++) {
            run_one(seat, place, digests);
        }
    }

    // Every sample once, on all threads. Returns the seconds on the wall clock.
    double run_all(bool digests) {
        next_ = 0;
        const Clock::time_point began = Clock::now();
        workers_.run([&](unsigned n) {
            if (n < seats_.size()) {
                work(seats_[n], digests);
            }
        });
        return std::chrono::duration<double>(Clock::now() - began).count();
    }

    [[noreturn]] void fail_different(std::size_t place, const std::string& what) const {
        throw InternalError(fmt::format(
            "sample {}: two repetitions gave different {}", options_.samples[place], what));
    }

    // Twice with digests: whether the results repeat, and what the samples cost. False: stopped.
    bool check(BenchmarkReport& report) {
        std::vector<Digest> first;
        for (unsigned n = 0; n < k_checked_passes; ++n) {
            run_all(true);
            if (stop_()) {
                return false;
            }
            advanced_(outcomes_.size());
            for (std::size_t place = 0; place < first.size(); ++place) {
                if (first[place] != digests_[place]) {
                    fail_different(place, "spikes or readouts");
                }
            }
            first = digests_;
        }
        report.digest = digest_text(run_digest(digests_));
        RunStatistics statistics(pipeline_);
        for (std::size_t place = 0; place < outcomes_.size(); ++place) {
            statistics.add(outcomes_[place], fronts_[place], std::nullopt);
            expected_.push_back(outcomes_[place].result);
        }
        const RunReport run = statistics.report(NeuronActivity(pipeline_.network()));
        report.means = run.means;
        add_layers(report, run);
        return true;
    }

    // Once without a hook, compared with before. Nothing: stopped.
    std::optional<double> repeat() {
        const double seconds = run_all(false);
        if (stop_()) {
            return std::nullopt;
        }
        for (std::size_t place = 0; place < outcomes_.size(); ++place) {
            if (!same_outcome(expected_[place], outcomes_[place].result)) {
                fail_different(place, "counts or readouts");
            }
        }
        advanced_(outcomes_.size());
        return seconds;
    }

    // One row an encoder for its front, one a population, one for the rest.
    void add_layers(BenchmarkReport& report, const RunReport& run) const {
        auto row = run.layers.begin();
        const std::vector<EncoderBinding>& encoders = pipeline_.model().encoders();
        for (const EncoderBinding& encoder : encoders) {
            BenchmarkLayer front;
            front.name = encoder.front.layers.empty() ? "input scaling" : "front";
            if (encoders.size() > 1) {
                front.name += " of " + encoder.name;
            }
            front.kind = "front";
            for (std::size_t l = 0; l < encoder.front.layers.size(); ++l, ++row) {
                front.macs += row->macs_per_sample;
                front.operations += row->effective_macs_per_sample;
            }
            report.layers.push_back(front);
        }
        for (; row != run.layers.end(); ++row) {
            report.layers.push_back(
                {row->name,
                 row->kind,
                 row->neurons,
                 row->spikes_per_sample,
                 row->synaptic_operations_per_sample,
                 row->macs_per_sample,
                 row->effective_synaptic_operations_per_sample + row->effective_macs_per_sample,
                 0,
                 0});
        }
        report.layers.push_back({"rest", "rest", 0, 0, 0, 0, 0, 0, 0});
    }

    // On one thread with every part timed. False: stopped.
    bool profile(BenchmarkReport& report) {
        PipelineProfile profile;
        double total = 0;
        PipelineWorker& worker = seats_[0].worker;
        worker.set_hook(nullptr);
        worker.set_profile(&profile);
        for (unsigned n = 0; n < profile_passes(options_); ++n) {
            for (std::size_t place = 0; place < outcomes_.size(); ++place) {
                run_one(seats_[0], place, false);
                if (stop_()) {
                    return false;
                }
                total += outcomes_[place].seconds;
            }
            advanced_(outcomes_.size());
        }
        worker.set_profile(nullptr);
        std::vector<double> parts = profile.front;
        parts.insert(parts.end(), profile.populations.begin(), profile.populations.end());
        const double known = std::accumulate(parts.begin(), parts.end(), 0.0);
        parts.push_back(std::max(0.0, total - known));
        const double runs = static_cast<double>(outcomes_.size()) * profile_passes(options_);
        for (std::size_t k = 0; k < parts.size(); ++k) {
            report.layers[k].seconds = parts[k] / runs;
            report.layers[k].share = total > 0 ? parts[k] / total : 0;
        }
        return true;
    }

    const Pipeline& pipeline_;
    const BenchmarkOptions& options_;
    const std::function<void(std::uint64_t)>& advanced_;
    const std::function<bool()>& stop_;
    const ZeroWeights zeros_;  // asked for with the digests: a run that is timed need not know
    std::deque<SampleReader> readers_;                  // by place in the samples
    std::vector<std::span<const SampleInput>> inputs_;  // alike: what was read
    std::deque<Seat> seats_;
    std::vector<SampleOutcome> outcomes_;  // of the repetition at work, by place in the samples
    std::vector<Digest> digests_;
    std::vector<std::vector<std::vector<FrontLayerCounts>>> fronts_;  // [sample][encoder][layer]
    std::vector<Result> expected_;
    std::atomic<std::size_t> next_ = 0;
    Workers workers_;  // last: its threads end first
};

}  // namespace

Spread spread_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const auto n = static_cast<double>(values.size());
    Spread spread;
    spread.min = values.front();
    spread.max = values.back();
    const std::size_t half = values.size() / 2;
    spread.median = values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    spread.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
    double squares = 0;
    for (const double value : values) {
        squares += (value - spread.mean) * (value - spread.mean);
    }
    spread.deviation = values.size() > 1 ? std::sqrt(squares / (n - 1)) : 0;
    return spread;
}

std::uint64_t benchmark_samples(const BenchmarkOptions& options) {
    return std::uint64_t{options.samples.size()} *
           (k_checked_passes + k_warm_up_passes + options.repetitions + profile_passes(options));
}

std::optional<BenchmarkReport> run_benchmark(const Pipeline& pipeline,
                                             const BenchmarkOptions& options,
                                             const std::function<void(std::uint64_t)>& advanced,
                                             const std::function<bool()>& stop) {
    return Benchmark(pipeline, options, advanced, stop).go();
}

}  // namespace saltus
