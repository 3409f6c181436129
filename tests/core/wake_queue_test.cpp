#include "core/schedule/wake_queue.hpp"

#include <iterator>
#include <limits>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/bench/micro/queue_candidates.hpp"

using saltus::Tick;
using saltus::detail::WakeQueue;
using saltus::detail::WakeUp;
namespace bench = saltus::bench;

namespace {

constexpr Tick k_end = Tick{1} << 39;

// The product's queue, made for a network whose longest delay is `longest`.
template <Tick longest>
struct Wheel : WakeQueue {
    static constexpr bool k_knows_duplicates = true;

    explicit Wheel(std::uint32_t ranks) : WakeQueue(ranks, longest) {}
};

// A queue that it was chosen from.
template <class Queue>
struct Candidate : Queue {
    explicit Candidate(std::uint32_t ranks) : Queue(ranks, 0) {}
};

using Popped = std::vector<std::pair<Tick, unsigned>>;

template <class Queue>
Popped pop_all(Queue& queue, Tick until = k_end) {
    Popped popped;
    WakeUp out;
    while (queue.pop(until, out)) {
        popped.emplace_back(out.tick, out.rank);
    }
    return popped;
}

// What a network asks for: mostly soon, now and then later, at times very much later.
Tick random_delay(std::mt19937& random) {
    switch (random() % 16) {
        case 0:
            return static_cast<Tick>(random() % 1000000000);
        case 1:
            return static_cast<Tick>(random() % 300000);
        case 2:
        case 3:
        case 4:
            return static_cast<Tick>(random() % 5000);
        case 5:
            return static_cast<Tick>(255 + random() % 3);
        default:
            return static_cast<Tick>(random() % 20);
    }
}

}  // namespace

TYPE_TO_STRING(Wheel<0>);
TYPE_TO_STRING(Wheel<300>);
TYPE_TO_STRING(Wheel<10000>);
TYPE_TO_STRING(Wheel<1000000>);
TYPE_TO_STRING(Candidate<bench::SetQueue>);
TYPE_TO_STRING(Candidate<bench::HeapQueue<bench::BinaryHeap>>);
TYPE_TO_STRING(Candidate<bench::HeapQueue<bench::FourAryHeap>>);
TYPE_TO_STRING(Candidate<bench::RadixQueue>);
TYPE_TO_STRING(Candidate<bench::CalendarQueue>);

#define SALTUS_QUEUES                                                                  \
    Wheel<0>, Wheel<300>, Wheel<10000>, Wheel<1000000>, Candidate<bench::SetQueue>,    \
        Candidate<bench::HeapQueue<bench::BinaryHeap>>,                                \
        Candidate<bench::HeapQueue<bench::FourAryHeap>>, Candidate<bench::RadixQueue>, \
        Candidate<bench::CalendarQueue>

TEST_CASE_TEMPLATE("queue: wake-ups pop by tick, those of one tick by rank", Queue, SALTUS_QUEUES) {
    Queue queue(100);
    for (const auto& [tick, rank] : Popped{{5, 70}, {5, 3}, {2, 99}, {100000, 0}, {5, 64}}) {
        CHECK(queue.push(tick, rank));
    }
    CHECK(pop_all(queue) == Popped{{2, 99}, {5, 3}, {5, 64}, {5, 70}, {100000, 0}});
}

TEST_CASE_TEMPLATE("queue: asking twice for one wake-up gives one", Queue, SALTUS_QUEUES) {
    Queue queue(4);
    for (const Tick tick : {7, 7, 9000, 9000, 1000000000, 1000000000}) {
        queue.push(tick, 1);
    }
    CHECK(pop_all(queue) == Popped{{7, 1}, {9000, 1}, {1000000000, 1}});
}

TEST_CASE_TEMPLATE("queue: nothing later than asked for is popped", Queue, SALTUS_QUEUES) {
    Queue queue(4);
    queue.push(7, 1);
    queue.push(70000, 1);
    CHECK(pop_all(queue, 6).empty());
    // what comes before it may still be asked for
    queue.push(6, 3);
    CHECK(pop_all(queue, 7) == Popped{{6, 3}, {7, 1}});
    CHECK(pop_all(queue, 69999).empty());
    queue.push(10, 0);
    CHECK(pop_all(queue, 70000) == Popped{{10, 0}, {70000, 1}});
}

TEST_CASE_TEMPLATE("queue: sparse wake-ups far apart pop one by one", Queue, SALTUS_QUEUES) {
    Queue queue(2);
    Popped expected;
    for (Tick k = 1; k <= 100; ++k) {
        queue.push(k * 1000000000, static_cast<unsigned>(k % 2));
        expected.emplace_back(k * 1000000000, k % 2);
    }
    CHECK(pop_all(queue) == expected);
}

TEST_CASE_TEMPLATE("queue: equals an ordered set over random pushes, pops and clears",
                   Queue,
                   SALTUS_QUEUES) {
    for (unsigned seed = 0; seed < 40; ++seed) {
        std::mt19937 random(seed);
        const auto ranks = static_cast<unsigned>(1 + random() % 200);
        Queue queue(ranks);
        std::set<std::pair<Tick, unsigned>> model;
        std::pair<Tick, unsigned> last{0, 0};  // popped; nothing before it may be asked for
        for (int step = 0; step < 3000; ++step) {
            if (random() % 1000 == 0 || last.first > k_end / 2) {
                queue.clear();
                model.clear();
                last = {0, 0};
            }
            if (random() % 3 != 0) {
                const std::pair<Tick, unsigned> wish{last.first + random_delay(random),
                                                     static_cast<unsigned>(random() % ranks)};
                if (wish < last) {
                    continue;
                }
                const bool is_new = model.insert(wish).second;
                REQUIRE(queue.push(wish.first, wish.second) ==
                        (is_new || !Queue::k_knows_duplicates));
            } else {
                const Tick until = last.first + random_delay(random);
                WakeUp out;
                const bool expected = !model.empty() && model.begin()->first <= until;
                REQUIRE(queue.pop(until, out) == expected);
                if (expected) {
                    last = *model.begin();
                    REQUIRE(std::pair<Tick, unsigned>(out.tick, out.rank) == last);
                    model.erase(model.begin());
                }
            }
            if constexpr (std::is_base_of_v<WakeQueue, Queue>) {
                REQUIRE(queue.size() == model.size());
                REQUIRE(queue.first_tick(-1) == (model.empty() ? -1 : model.begin()->first));
            }
        }
        REQUIRE(pop_all(queue) == Popped(model.begin(), model.end()));
    }
}

TEST_CASE(
    "queue: at the tick at work, a lower rank than the last popped one may still be asked for") {
    WakeQueue queue(200);
    queue.push(3, 150);
    CHECK(pop_all(queue) == Popped{{3, 150}});
    queue.push(3, 170);
    queue.push(3, 2);
    CHECK(pop_all(queue) == Popped{{3, 2}, {3, 170}});
}

TEST_CASE("queue: the wheel takes the longest delay, and no more memory than it may") {
    CHECK(WakeQueue(10, 0).wheel_ticks() == 256);
    CHECK(WakeQueue(10, 255).wheel_ticks() == 256);
    CHECK(WakeQueue(10, 256).wheel_ticks() == 512);
    CHECK(WakeQueue(1000, 10000).wheel_ticks() == 16384);
    CHECK(WakeQueue(1000000, 10000).wheel_ticks() == 256);
    const Tick most = WakeQueue(1, std::numeric_limits<Tick>::max()).wheel_ticks();
    CHECK(most * 8 == static_cast<Tick>(WakeQueue::k_most_bytes));
}

TEST_CASE("queue: a wheel that memory keeps smaller than the longest delay pops the same") {
    WakeQueue queue(1000000, 10000);
    std::mt19937 random(1);
    std::set<std::pair<Tick, unsigned>> model;
    for (int k = 0; k < 2000; ++k) {
        const auto tick = static_cast<Tick>(random() % 10000);
        const auto rank = static_cast<unsigned>(random() % 1000000);
        CHECK(queue.push(tick, rank) == model.emplace(tick, rank).second);
    }
    CHECK(pop_all(queue) == Popped(model.begin(), model.end()));
}
