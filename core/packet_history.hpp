// The packets of one source that have not yet arrived everywhere. Internal to core.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/packet.hpp"

namespace saltus::detail {

// A ring of packets in ascending ticks, numbered from 0 on in the order they were fired. Each
// projection keeps the number of the next packet it waits for. Packets are recycled: no allocation
// once grown.
class PacketHistory {
  public:
    void clear() { first_ = end_ = 0; }

    // Empties the packet to be filled next; open() gives it again; push() makes it the newest.
    Packet& start() {
        if (end_ - first_ == ring_.size()) {
            grow();
        }
        open().clear();
        return open();
    }

    Packet& open() { return ring_[end_ & (ring_.size() - 1)]; }

    void push() { ++end_; }

    // Packet `number`, or nullptr if it has not been fired yet.
    [[nodiscard]] const Packet* at(std::uint64_t number) const {
        return number < end_ ? &ring_[number & (ring_.size() - 1)] : nullptr;
    }

    // Packets before `number` are no longer needed.
    void forget_before(std::uint64_t number) {
        if (number > first_) {
            first_ = number;
        }
    }

    [[nodiscard]] std::uint64_t end() const { return end_; }

  private:
    void grow() {
        std::vector<Packet> larger(ring_.empty() ? 2 : ring_.size() * 2);
        for (std::uint64_t n = first_; n < end_; ++n) {
            larger[n & (larger.size() - 1)] = std::move(ring_[n & (ring_.size() - 1)]);
        }
        ring_ = std::move(larger);
    }

    std::vector<Packet> ring_;  // a power of two of them: a division here is felt
    std::uint64_t first_ = 0;
    std::uint64_t end_ = 0;
};

}  // namespace saltus::detail
