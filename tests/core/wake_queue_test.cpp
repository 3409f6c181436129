#include "core/wake_queue.hpp"

#include <random>
#include <set>
#include <utility>

#include <doctest/doctest.h>

using saltus::Tick;
using saltus::detail::WakeQueue;
using saltus::detail::WakeUp;

TEST_CASE("queue: wake-ups of one tick pop in rank order, ticks ascending") {
    WakeQueue queue(100);
    for (const auto& [tick, rank] :
         {std::pair<Tick, unsigned>{5, 70}, {5, 3}, {2, 99}, {100000, 0}}) {
        CHECK(queue.push(tick, rank));
    }
    std::vector<std::pair<Tick, unsigned>> popped;
    WakeUp out;
    while (queue.pop(1000000, out)) {
        popped.emplace_back(out.tick, out.rank);
    }
    CHECK(popped == std::vector<std::pair<Tick, unsigned>>{{2, 99}, {5, 3}, {5, 70}, {100000, 0}});
}

TEST_CASE("queue: asking twice for one wake-up keeps one, near and far") {
    WakeQueue queue(4);
    CHECK(queue.push(7, 1));
    CHECK_FALSE(queue.push(7, 1));
    CHECK(queue.push(9000, 1));
    CHECK_FALSE(queue.push(9000, 1));
    CHECK(queue.size() == 2);
}

TEST_CASE("queue: nothing later than asked for is popped") {
    WakeQueue queue(4);
    queue.push(7, 1);
    WakeUp out;
    CHECK_FALSE(queue.pop(6, out));
    CHECK(queue.pop(7, out));
}

TEST_CASE("queue: equals an ordered set over random pushes and pops") {
    for (unsigned seed = 0; seed < 50; ++seed) {
        std::mt19937 random(seed);
        const auto ranks = static_cast<unsigned>(1 + random() % 200);
        WakeQueue queue(ranks);
        std::set<std::pair<Tick, unsigned>> model;
        Tick now = 0;
        for (int step = 0; step < 3000; ++step) {
            if (random() % 3 != 0) {
                const Tick ahead =
                    static_cast<Tick>(random() % 4 == 0 ? random() % 5000 : random() % 20);
                const auto rank = static_cast<unsigned>(random() % ranks);
                // a wake-up of the tick at work must come after the one popped
                if (model.empty() && ahead == 0) {
                    continue;
                }
                REQUIRE(queue.push(now + ahead, rank) == model.emplace(now + ahead, rank).second);
            } else {
                const Tick until = now + static_cast<Tick>(random() % 3000);
                WakeUp out;
                const bool expected = !model.empty() && model.begin()->first <= until;
                REQUIRE(queue.pop(until, out) == expected);
                if (expected) {
                    REQUIRE(std::pair<Tick, unsigned>(out.tick, out.rank) == *model.begin());
                    now = out.tick;
                    model.erase(model.begin());
                }
            }
            REQUIRE(queue.size() == model.size());
            REQUIRE(queue.first_tick(-1) == (model.empty() ? -1 : model.begin()->first));
        }
    }
}
