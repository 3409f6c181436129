// Workload H: where the queue matters. 1,000 populations of 100 integrate-and-fire neurons; each
// projects to two random ones by sparse rows (four targets a neuron) with a delay drawn from 1 to
// 10,000 ticks. All weights are 1/8 and a neuron reaches eight synapses, so what a spike takes off
// its membrane arrives elsewhere, sooner or later: activity stays where the first 10,000 ticks'
// input put it, about 140 spikes a tick; 10^6 wake-ups and 700,000 packets are pending.
//
// The queue's share of a run is told by replaying the run's pushes and pops, and nothing else.
#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "core/schedule/wake_queue.hpp"

#include "tests/bench/workloads/circulation.hpp"
#include "tests/bench/workloads/recorded_samples.hpp"
#include "tests/bench/workloads/workload.hpp"

namespace saltus::bench {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) {
    return std::chrono::duration<double>(Clock::now() - began).count();
}

// Who fired when, and how many spikes.
class FiringRecord final : public Hook {
  public:
    void on_packet(PopulationId population, const Packet& packet) override {
        firings.push_back(
            {packet.tick, population, static_cast<std::uint32_t>(packet.slots.size())});
    }

    std::vector<Firing> firings;
};

class QueueLoad final : public Workload {
  public:
    explicit QueueLoad(const Request& request)
        : window_(request.quick ? 1000 : 10000),
          circulation_(k_settled + window_),
          network_(compile(circulation_.spec())),
          simulator_(network_) {}

    Prepared prepare() override {
        FiringRecord record;
        simulator_.set_hook(&record);
        pass(answer_);
        simulator_.set_hook(nullptr);
        firings_ = std::move(record.firings);
        std::stable_sort(firings_.begin(), firings_.end(), [](const Firing& a, const Firing& b) {
            return a.tick < b.tick;
        });

        const double charge = circulation_.charge_after(firings_, simulator_);
        if (charge != circulation_.charge_given()) {
            throw CheckFailed(
                fmt::format("charge on membranes and on its way: {}, need {}: what was given",
                            charge,
                            circulation_.charge_given()));
        }
        replay();
        Prepared prepared;
        prepared.samples = 1;
        prepared.synops = static_cast<double>(answer_.synops);
        prepared.check = {{"charge", charge},
                          {"spikes", answer_.spikes},
                          {"queue_operations", answer_.queue_operations},
                          {"replayed_operations", replayed_.operations}};
        // Encoders' own wake-ups and a few of neurons left over the threshold are not replayed.
        const double share = static_cast<double>(replayed_.operations) /
                             static_cast<double>(answer_.queue_operations);
        if (share < 0.97 || share > 1.0) {
            throw CheckFailed(fmt::format("{} of {} queue operations replayed",
                                          replayed_.operations,
                                          answer_.queue_operations));
        }
        return prepared;
    }

    Timed run() override {
        Answer answer;
        Timed timed;
        timed.seconds = pass(answer);
        timed.samples = 1;
        if (answer != answer_) {
            throw CheckFailed("a repetition gives another answer");
        }
        const double queue_seconds = replay();
        const auto pairs = static_cast<double>(replayed_.operations) / 2;
        timed.more = {{"queue_ns", queue_seconds * 1e9 / pairs},
                      {"queue_share", queue_seconds / timed.seconds},
                      {"run_ns_per_wake_up", timed.seconds * 1e9 / pairs},
                      {"wake_ups_pending", replayed_.pending},
                      {"packets_pending", circulation_.packets_pending(firings_, k_settled)}};
        return timed;
    }

  private:
    // The input has ended, and what it gave has gone round.
    static constexpr Tick k_settled = 20000;

    struct Answer {
        std::uint64_t spikes = 0;
        std::uint64_t synops = 0;            // within the window
        std::uint64_t queue_operations = 0;  // within the window
        friend bool operator==(const Answer&, const Answer&) = default;
    };

    struct Replayed {
        std::uint64_t operations = 0;  // within the window
        std::uint64_t pending = 0;     // wake-ups, when it opens
    };

    // Seconds of the window's ticks.
    double pass(Answer& answer) {
        std::vector<StoredPackets> sources(circulation_.inputs().size());
        std::vector<PacketSource*> pointers;
        for (std::size_t e = 0; e < sources.size(); ++e) {
            sources[e].show(circulation_.inputs()[e]);
            pointers.push_back(&sources[e]);
        }
        simulator_.begin(pointers);
        simulator_.advance_to(k_settled - 1);
        const std::uint64_t synops = synops_of(simulator_.counts());
        const std::uint64_t operations = simulator_.counts().execution.queue_operations;
        const auto began = Clock::now();
        simulator_.advance_to(network_.horizon() - 1);
        const double seconds = seconds_since(began);
        const Result result = simulator_.finish();
        if (result.error) {
            throw Error(result.error->text);
        }
        answer = {};
        for (const PopulationCounts& counts : result.counts.populations) {
            answer.spikes += counts.spikes;
        }
        answer.synops = synops_of(result.counts) - synops;
        answer.queue_operations = result.counts.execution.queue_operations - operations;
        return seconds;
    }

    static std::uint64_t synops_of(const Counts& counts) {
        std::uint64_t synops = 0;
        for (const ProjectionCounts& projection : counts.projections) {
            synops += projection.acs;
        }
        return synops;
    }

    // The same pushes and pops, tick by tick, on a queue of its own. Seconds of the window's.
    double replay() {
        detail::WakeQueue queue(static_cast<std::uint32_t>(network_.population_count()),
                                k_longest_delay);
        std::size_t next = 0;
        const auto tick = [&](Tick t) {
            std::uint64_t operations = 0;
            detail::WakeUp popped;
            while (queue.pop(t, popped)) {
                ++operations;
            }
            for (; next < firings_.size() && firings_[next].tick == t; ++next) {
                for (const Circulation::Way& way : circulation_.ways(firings_[next].population)) {
                    if (t + way.delay < network_.horizon()) {
                        operations += queue.push(t + way.delay, way.target) ? 1 : 0;
                    }
                }
            }
            return operations;
        };
        for (Tick t = 0; t < k_settled; ++t) {
            tick(t);
        }
        replayed_ = {0, queue.size()};
        const auto began = Clock::now();
        for (Tick t = k_settled; t < network_.horizon(); ++t) {
            replayed_.operations += tick(t);
        }
        return seconds_since(began);
    }

    Tick window_;
    Circulation circulation_;
    Network network_;
    Simulator simulator_;
    std::vector<Firing> firings_;  // ascending ticks
    Answer answer_;
    Replayed replayed_;
};

}  // namespace

std::unique_ptr<Workload> make_queue_load(const Request& request) {
    if (request.form != "float32") {
        throw InputError("form of workload H", request.form, "float32");
    }
    return std::make_unique<QueueLoad>(request);
}

}  // namespace saltus::bench
