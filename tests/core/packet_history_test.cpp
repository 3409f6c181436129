#include "core/schedule/packet_history.hpp"

#include <random>

#include <doctest/doctest.h>

using namespace saltus;
using saltus::detail::PacketHistory;

TEST_CASE("packet history: packets keep their numbers while the ring turns and grows") {
    std::mt19937 random(1);
    PacketHistory history;
    for (int sample = 0; sample < 3; ++sample) {
        history.clear();
        std::uint64_t first = 0;
        for (std::uint64_t n = 0; n < 2000; ++n) {
            Packet& packet = history.start();
            packet.tick = static_cast<Tick>(3 * n);
            packet.slots.assign(n % 5, static_cast<Slot>(n));
            REQUIRE(&packet == &history.open());
            history.push();
            REQUIRE(history.end() == n + 1);
            if (random() % 4 == 0) {
                first += random() % (n + 2 - first);
                history.forget_before(first);
            }
            for (std::uint64_t k = first; k <= n; ++k) {
                REQUIRE(history.at(k) != nullptr);
                REQUIRE(history.at(k)->tick == static_cast<Tick>(3 * k));
                REQUIRE(history.at(k)->slots == std::vector<Slot>(k % 5, static_cast<Slot>(k)));
            }
            REQUIRE(history.at(n + 1) == nullptr);
        }
    }
}
