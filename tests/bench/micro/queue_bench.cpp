// How long a push and pop of a wake-up takes, by queue, by how many are pending, and by pattern of
// delays. The counter `pair` is the time of one push and one pop; a push that finds its wake-up
// there already is tried again and its time is in it too (a queue that finds duplicates out late is
// asked for nearly none: it would come to hold fewer). Before it is timed, every queue is run
// beside an ordered set, and must pop the same.
#include <benchmark/benchmark.h>
#include <cstdint>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "tests/bench/micro/queue_candidates.hpp"

namespace saltus::bench {
namespace {

using detail::WakeQueue;

struct Pattern {
    std::uint32_t ranks = 1000;
    Tick least_delay = 1;
    Tick longest_delay = 10000;
    Tick reach = 10000;
    std::int64_t pending = 0;
};

// Wake-ups to ask for, drawn once: drawing is no part of what is timed. Two lists of lengths
// without a common factor, so that their pairs do not repeat for 2^32 steps.
struct Wishes {
    std::vector<Tick> delays;
    std::vector<std::uint32_t> ranks;

    explicit Wishes(const Pattern& pattern) {
        std::mt19937_64 random(7);
        std::uniform_int_distribution<Tick> delay(pattern.least_delay, pattern.longest_delay);
        std::uniform_int_distribution<std::uint32_t> rank(0, pattern.ranks - 1);
        for (std::uint32_t k = 0; k < 1U << 16; ++k) {
            delays.push_back(delay(random));
        }
        for (std::uint32_t k = 0; k < (1U << 16) - 1; ++k) {
            ranks.push_back(rank(random));
        }
    }
};

template <class Queue>
class Steps {
  public:
    Steps(const Pattern& pattern, const Wishes& wishes)
        : queue_(pattern.ranks, pattern.reach), wishes_(wishes), pending_(pattern.pending) {
        fill();
    }

    // Takes the first wake-up and asks for another one, so that as many are pending as before.
    WakeUp step() {
        WakeUp out;
        if (!queue_.pop(k_end, out)) {
            return {-1, 0};
        }
        now_ = out.tick;
        ask();
        return out;
    }

    // Starts again before keys of 40 bits of tick run out.
    void restart_if_late() {
        if (now_ > k_end / 2) {
            queue_.clear();
            fill();
        }
    }

  private:
    static constexpr Tick k_end = Tick{1} << 39;

    void fill() {
        now_ = 0;
        for (std::int64_t k = 0; k < pending_; ++k) {
            ask();
        }
    }

    void ask() {
        bool asked = false;
        while (!asked) {
            next_delay_ = next_delay_ + 1 == wishes_.delays.size() ? 0 : next_delay_ + 1;
            next_rank_ = next_rank_ + 1 == wishes_.ranks.size() ? 0 : next_rank_ + 1;
            asked = queue_.push(now_ + wishes_.delays[next_delay_], wishes_.ranks[next_rank_]);
        }
    }

    Queue queue_;
    const Wishes& wishes_;
    std::int64_t pending_;
    std::size_t next_delay_ = 0;
    std::size_t next_rank_ = 0;
    Tick now_ = 0;
};

// The reference of a queue that finds duplicates out late: it does not tell of them either.
struct QuietSet : SetQueue {
    using SetQueue::SetQueue;

    bool push(Tick tick, std::uint32_t rank) {
        SetQueue::push(tick, rank);
        return true;
    }
};

template <class Queue>
bool pops_as_a_set(const Pattern& pattern, const Wishes& wishes) {
    using Reference = std::conditional_t<Queue::k_knows_duplicates, SetQueue, QuietSet>;
    Steps<Queue> queue(pattern, wishes);
    Steps<Reference> reference(pattern, wishes);
    for (int k = 0; k < 50000; ++k) {
        const WakeUp got = queue.step();
        const WakeUp expected = reference.step();
        if (got.tick != expected.tick || got.rank != expected.rank) {
            return false;
        }
    }
    return true;
}

template <class Queue>
void steady(benchmark::State& state, Pattern pattern) {
    pattern.pending = state.range(0);
    if constexpr (!Queue::k_knows_duplicates) {
        pattern.ranks = 1U << 24;
    }
    const Wishes wishes(pattern);
    if (!pops_as_a_set<Queue>(pattern, wishes)) {
        state.SkipWithError("pops otherwise than an ordered set");
        return;
    }
    constexpr std::int64_t k_batch = 1024;
    Steps<Queue> queue(pattern, wishes);
    for (std::int64_t k = 0; k < pattern.pending; ++k) {
        queue.step();  // to the steady state
    }
    for (auto _ : state) {
        for (std::int64_t k = 0; k < k_batch; ++k) {
            benchmark::DoNotOptimize(queue.step());
        }
        queue.restart_if_late();
    }
    state.counters["pair"] =
        benchmark::Counter(static_cast<double>(state.iterations() * k_batch),
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// Four layers without delays: at each tick they wake in turn, and the first wakes itself again.
// The time of a whole sample of 8 ticks, its clear included.
template <class Queue>
void feed_forward_sample(benchmark::State& state) {
    constexpr Tick k_ticks = 8;
    constexpr std::uint32_t k_layers = 4;
    Queue queue(k_layers, 0);
    std::uint64_t popped = 0;
    const auto sample = [&] {
        queue.clear();
        queue.push(0, 0);
        WakeUp out;
        while (queue.pop(k_ticks - 1, out)) {
            ++popped;
            if (out.rank + 1 < k_layers) {
                queue.push(out.tick, out.rank + 1);
            }
            if (out.rank == 0 && out.tick + 1 < k_ticks) {
                queue.push(out.tick + 1, 0);
            }
        }
    };
    sample();
    if (popped != k_ticks * k_layers) {
        state.SkipWithError("pops too few or too many");
        return;
    }
    for (auto _ : state) {
        sample();
    }
    state.counters["pair"] =
        benchmark::Counter(static_cast<double>(state.iterations() * k_ticks * k_layers),
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

template <class Queue>
void add(const std::string& name) {
    const auto with = [&](const std::string& pattern_name, const Pattern& pattern) {
        return benchmark::RegisterBenchmark(
            ("queue/" + name + "/" + pattern_name).c_str(),
            [pattern](benchmark::State& state) { steady<Queue>(state, pattern); });
    };
    with("delays_1_to_10000", {})->Arg(1000)->Arg(100000)->Arg(1000000);
    with("delays_1_to_15", {.ranks = 64, .longest_delay = 15, .reach = 15})->Arg(16);
    with("one_delay_of_15", {.ranks = 64, .least_delay = 15, .longest_delay = 15, .reach = 15})
        ->Arg(16);
    with("short_in_a_long_wheel", {.longest_delay = 15})->Arg(1000);
    with("beyond_reach", {.longest_delay = 1000000})->Arg(1000);
    benchmark::RegisterBenchmark(("queue/" + name + "/feed_forward_sample").c_str(),
                                 feed_forward_sample<Queue>);
}

// What the product's queue needs to be measured as the others are.
struct ProductQueue : WakeQueue {
    static constexpr bool k_knows_duplicates = true;
    using WakeQueue::WakeQueue;
};

}  // namespace
}  // namespace saltus::bench

int main(int argc, char** argv) {
    using namespace saltus::bench;
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 2;
    }
    add<ProductQueue>("wake_queue");
    add<CalendarQueue>("calendar");
    add<RadixQueue>("radix_heap");
    add<HeapQueue<FourAryHeap>>("four_ary_heap");
    add<HeapQueue<BinaryHeap>>("binary_heap");
    add<SetQueue>("set");
    benchmark::RunSpecifiedBenchmarks();
}
