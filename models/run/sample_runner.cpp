#include "models/run/sample_runner.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "models/run/input_digest.hpp"
#include "models/run/sample_reader.hpp"
#include "models/trace/series_recorder.hpp"

namespace saltus {

namespace {

// Finished samples a thread that may wait for an earlier one to be handed on: enough to ride out a
// time slice that another program takes from a thread; fewer where each holds a trace.
constexpr std::size_t k_waiting = 64;
constexpr std::size_t k_waiting_traces = 16;
// Chunks of traces that may wait for their sample's turn.
constexpr std::uint64_t k_waiting_chunk_bytes = std::uint64_t{1} << 26;

// Shows packets to the neurons' activity and, if wanted, to a trace. What a sample that fails has
// shown before it did depends on the schedule, so a sample's activity counts when it is accepted.
class RunHook final : public Hook {
  public:
    RunHook(const Network& network, const TraceHeader* header, SampleRecorder::Full full)
        : activity_(network), sample_(network), fired_(network.population_count()) {
        if (header != nullptr) {
            trace.emplace(*header, std::move(full));
            if (!header->series.empty()) {
                series.emplace(*header, *trace);
            }
        }
    }

    void on_packet(PopulationId population, const Packet& packet) override {
        sample_.add(population, packet);
        fired_[population] = 1;
        if (recording) {
            trace->on_packet(population, packet);
        }
    }

    void on_held(PopulationId encoder, const Packet& packet) override {
        if (recording && series) {
            series->on_held(encoder, packet);
        }
    }

    // What must see every tick of the sample at work; nullptr: nothing.
    [[nodiscard]] TickWatch* watch() {
        return recording && series && series->watches_ticks() ? &*series : nullptr;
    }

    // Ends a sample; it counts if `accepted`.
    void end_sample(bool accepted) {
        for (std::size_t p = 0; p < fired_.size(); ++p) {
            if (std::exchange(fired_[p], std::uint8_t{0}) == 0) {
                continue;
            }
            std::vector<std::uint64_t>& sample = sample_.ticks_fired[p];
            std::vector<std::uint64_t>& all = activity_.ticks_fired[p];
            for (std::size_t j = 0; accepted && j < sample.size(); ++j) {
                all[j] += sample[j];
            }
            std::fill(sample.begin(), sample.end(), 0);
        }
    }

    // Of all samples accepted.
    [[nodiscard]] const NeuronActivity& activity() const { return activity_; }

    std::optional<SampleRecorder> trace;
    std::optional<SeriesRecorder> series;  // into the trace
    bool recording = false;                // this sample

  private:
    NeuronActivity activity_;
    NeuronActivity sample_;
    std::vector<std::uint8_t> fired_;  // by population: in this sample
};

class Run {
  public:
    Run(const Pipeline& pipeline,
        const SampleRunnerOptions& options,
        const std::function<void(FinishedSample&&)>& finished,
        const std::function<bool()>& stop)
        : pipeline_(pipeline),
          options_(options),
          finished_(finished),
          stop_(stop),
          zeros_(pipeline.network()),
          activity_(pipeline.network()) {}

    NeuronActivity go() {
        const auto threads = static_cast<unsigned>(
            std::clamp<std::size_t>(options_.samples.size(), 1, std::max(1U, options_.threads)));
        Workers workers(threads, options_.start_thread, [this](const std::string& text) {
            const std::lock_guard lock(mutex_);
            say_shortage(text);
        });
        workers.run([&](unsigned /*n*/) { work(workers.count()); });
        if (!failure_ && seats_ == 0) {
            failure_ = no_seat_;
        }
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        return std::move(activity_);
    }

  private:
    // A sample that is done but whose turn has not come, or why it failed.
    struct Waiting {
        FinishedSample sample;
        std::exception_ptr failure;
        std::uint64_t chunk_bytes = 0;  // of its trace, counted in waiting_chunk_bytes_
    };

    // One thread's own.
    struct Seat {
        Seat(const Pipeline& pipeline, const SampleRunnerOptions& options, Run& run)
            : reader(options.inputs),
              worker(pipeline, options.seed),
              hook(pipeline.network(),
                   options.recording.header,
                   [this, &run](std::vector<PackedChunk>& chunks) {
                       run.offer(place, chunks, waiting_bytes);
                   }) {
            worker.set_hook(&hook);
            worker.set_zero_weights(&run.zeros_);
        }

        SampleReader reader;
        PipelineWorker worker;
        RunHook hook;
        std::size_t place = 0;            // of the sample at work
        std::uint64_t waiting_bytes = 0;  // of its chunks that wait
    };

    // Under the lock.
    void say_shortage(const std::string& text) {
        if (!shortage_said_ && options_.short_of_threads) {
            shortage_said_ = true;
            options_.short_of_threads(text);
        }
    }

    // A thread's seat; nothing if there is no memory for it: the others do its work.
    std::unique_ptr<Seat> sit_down(unsigned threads) {
        try {
            auto seat = std::make_unique<Seat>(pipeline_, options_, *this);
            const std::lock_guard lock(mutex_);
            ++seats_;
            return seat;
        } catch (const std::bad_alloc&) {
            const std::lock_guard lock(mutex_);
            no_seat_ = std::current_exception();
            say_shortage("one of " + std::to_string(threads) + " threads found no memory");
            return nullptr;
        }
    }

    // One thread: takes the next sample until none is left.
    void work(unsigned threads) {
        try {
            const std::unique_ptr<Seat> own = sit_down(threads);
            if (own == nullptr) {
                return;
            }
            Seat& seat = *own;
            while (const std::optional<std::size_t> place = take(threads)) {
                seat.place = *place;
                seat.waiting_bytes = 0;
                Waiting sample = try_one(seat, options_.samples[*place]);
                sample.chunk_bytes = seat.waiting_bytes;
                hand_on(*place, std::move(sample));
            }
            const std::lock_guard lock(mutex_);
            activity_.add(seat.hook.activity());
        } catch (...) {
            const std::lock_guard lock(mutex_);
            fail(std::current_exception());
        }
    }

    // Under the lock. The first failure counts.
    void fail(const std::exception_ptr& failure) {
        if (!failure_) {
            failure_ = failure;
        }
        drained_.notify_all();
    }

    // The place of the next sample in options_.samples; waits while too many wait to be handed on.
    std::optional<std::size_t> take(unsigned threads) {
        const std::size_t waiting = options_.recording.header != nullptr ? k_waiting_traces : k_waiting;
        std::unique_lock lock(mutex_);
        drained_.wait(
            lock, [&] { return failure_ || stop_() || next_ < handed_on_ + waiting * threads; });
        if (failure_ || next_ == options_.samples.size() || stop_()) {
            return std::nullopt;
        }
        return next_++;
    }

    // A sample that failed waits its turn too, so that the first one is reported whichever thread
    // was quicker.
    Waiting try_one(Seat& seat, std::uint64_t number) {
        try {
            return {run_one(seat, number), nullptr, 0};
        } catch (const InputError& error) {
            const Fault& fault = error.fault();
            const InputError named(
                data_names(options_.inputs) + ": " + fault.path, fault.found, fault.needed);
            if (!options_.keep_going) {
                return {{}, std::make_exception_ptr(named), 0};
            }
            Waiting failed;
            failed.sample.number = number;
            failed.sample.label = label_of(number);
            failed.sample.outcome.result.error = SampleError{0, 0, 0, named.what()};
            return failed;
        } catch (...) {
            return {{}, std::current_exception(), 0};
        }
    }

    [[nodiscard]] std::optional<std::int64_t> label_of(std::uint64_t number) const {
        return options_.labels != nullptr ? options_.labels->label(number) : std::nullopt;
    }

    FinishedSample run_one(Seat& seat, std::uint64_t number) {
        FinishedSample sample;
        sample.number = number;
        sample.label = label_of(number);
        const std::span<const SampleInput> inputs = seat.reader.read(number);
        seat.hook.recording = records(number);
        if (seat.hook.recording) {
            seat.hook.trace->begin(number, sample.label);
            if (options_.recording.header->input_digests) {
                seat.hook.trace->set_input(input_digest(inputs));
            }
        }
        seat.hook.end_sample(false);  // one that threw has not ended
        seat.worker.set_watch(seat.hook.watch());
        sample.outcome = seat.worker.run(number, inputs, stop_);
        seat.hook.end_sample(!sample.outcome.result.error);
        for (std::size_t e = 0; e < pipeline_.model().encoders().size(); ++e) {
            sample.front.push_back(seat.worker.front_layers(e));
        }
        if (seat.hook.recording && !sample.outcome.result.error) {
            sample.trace = seat.hook.trace->take(sample.outcome.result);
        }
        return sample;
    }

    [[nodiscard]] bool records(std::uint64_t number) const {
        const TraceRecording& recording = options_.recording;
        return recording.header != nullptr &&
               (!recording.samples || std::binary_search(recording.samples->begin(),
                                                         recording.samples->end(),
                                                         number));
    }

    // Whether all earlier samples have been handed on; nobody else can hand on then. Under the lock.
    [[nodiscard]] bool has_turn(std::size_t place) const {
        return handed_on_ == place && !handing_on_;
    }

    // Chunks of the sample at `place`, which still runs: handed over if it is its turn, else kept,
    // as long as there is room.
    void offer(std::size_t place, std::vector<PackedChunk>& chunks, std::uint64_t& waiting) {
        std::unique_lock lock(mutex_);
        const std::uint64_t bytes = chunks.back().bytes.size();
        drained_.wait(lock, [&] {
            return has_turn(place) || waiting_chunk_bytes_ + bytes <= k_waiting_chunk_bytes ||
                   failure_ || stop_();
        });
        if (!has_turn(place)) {
            waiting_chunk_bytes_ += bytes;
            waiting += bytes;
            return;
        }
        waiting_chunk_bytes_ -= waiting;
        waiting = 0;
        lock.unlock();
        options_.recording.take_chunks(chunks);
        drained_.notify_all();
    }

    // One thread at a time hands on; the others leave theirs for it and go on, so that nobody waits
    // while `finished` is at work. The lock is held only to look into the list.
    void hand_on(std::size_t place, Waiting&& sample) {
        std::unique_lock lock(mutex_);
        waiting_.emplace(place, std::move(sample));
        if (handing_on_) {
            return;
        }
        handing_on_ = true;
        try {
            while (!failure_ && !waiting_.empty() && waiting_.begin()->first == handed_on_) {
                Waiting first = std::move(waiting_.begin()->second);
                waiting_.erase(waiting_.begin());
                ++handed_on_;
                waiting_chunk_bytes_ -= first.chunk_bytes;
                lock.unlock();
                const bool more = finish(std::move(first));
                lock.lock();
                if (!more) {
                    break;
                }
            }
        } catch (...) {
            if (!lock.owns_lock()) {
                lock.lock();
            }
            fail(std::current_exception());
        }
        handing_on_ = false;
        drained_.notify_all();
    }

    // False once stopped: what stop() may have cut short is not handed on.
    bool finish(Waiting&& sample) {
        if (stop_()) {
            return false;
        }
        if (sample.failure) {
            std::rethrow_exception(sample.failure);
        }
        try {
            finished_(std::move(sample.sample));
        } catch (const Stopped&) {
            return false;
        }
        return true;
    }

    const Pipeline& pipeline_;
    const SampleRunnerOptions& options_;
    const std::function<void(FinishedSample&&)>& finished_;
    const std::function<bool()>& stop_;
    const ZeroWeights zeros_;
    std::mutex mutex_;
    std::condition_variable drained_;
    std::map<std::size_t, Waiting> waiting_;  // by place
    std::size_t next_ = 0;
    std::size_t handed_on_ = 0;
    bool handing_on_ = false;  // a thread is at it
    std::uint64_t waiting_chunk_bytes_ = 0;
    unsigned seats_ = 0;  // threads that found memory to work in
    std::exception_ptr no_seat_;
    bool shortage_said_ = false;
    std::exception_ptr failure_;
    NeuronActivity activity_;
};

}  // namespace

NeuronActivity run_samples(const Pipeline& pipeline,
                           const SampleRunnerOptions& options,
                           const std::function<void(FinishedSample&&)>& finished,
                           const std::function<bool()>& stop) {
    return Run(pipeline, options, finished, stop).go();
}

}  // namespace saltus
