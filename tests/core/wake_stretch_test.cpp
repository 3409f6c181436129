#include "core/schedule/wake_stretch.hpp"

#include <random>
#include <set>

#include <doctest/doctest.h>

using namespace saltus::detail;
using saltus::Tick;

TEST_CASE("wake stretch: each rank has its own ticks, once each and in order, as sets have them") {
    std::mt19937 random(1);
    for (int round = 0; round < 200; ++round) {
        const Tick from = static_cast<Tick>(random() % 1000);
        const Tick ticks = 1 + static_cast<Tick>(random() % WakeStretch::k_ticks);
        const Tick none = from + ticks;
        WakeStretch stretch(3);
        stretch.begin(from, from + ticks);
        std::set<Tick> expected[3];
        for (int step = 0; step < 100; ++step) {
            const auto rank = static_cast<std::uint32_t>(random() % 3);
            std::set<Tick>& wakes = expected[rank];
            const Tick tick =
                from + static_cast<Tick>(random() % static_cast<std::uint32_t>(ticks));
            switch (random() % 4) {
                case 0:
                    CHECK(stretch.push(tick, rank) == wakes.insert(tick).second);
                    break;
                case 1: {  // those behind the stretch are left out
                    const StretchTicks some =
                        StretchTicks{random()} << random() % 128 | StretchTicks{random()};
                    std::uint64_t news = 0;
                    for (Tick at = 0; at < ticks; ++at) {
                        if ((some & stretch_tick(at)) != 0) {
                            news += wakes.insert(from + at).second ? 1 : 0;
                        }
                    }
                    CHECK(stretch.push(some, rank) == news);
                    break;
                }
                case 2: {
                    const bool any = !wakes.empty() && *wakes.begin() <= tick;
                    CHECK(stretch.pop(rank, tick, none) == (any ? *wakes.begin() : none));
                    if (any) {
                        wakes.erase(wakes.begin());
                    }
                    break;
                }
                default: {
                    const auto end = wakes.upper_bound(tick);
                    const auto taken =
                        static_cast<std::uint64_t>(std::distance(wakes.begin(), end));
                    CHECK(stretch.pop_all(rank, tick) == taken);
                    wakes.erase(wakes.begin(), end);
                }
            }
            CHECK(stretch.first(rank, none) == (wakes.empty() ? none : *wakes.begin()));
        }
    }
}
