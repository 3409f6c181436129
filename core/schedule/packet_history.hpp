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
    void clear() {
        first_ = end_ = 0;
        start_ = 0;
    }

    // Empties the packet to be filled next; open() gives it again; push() makes it the newest.
    Packet& start() {
        if (end_ - first_ == ring_.size()) {
            grow();
        }
        open().clear();
        return open();
    }

    Packet& open() { return ring_[place(end_)]; }

    void push() { ++end_; }

    // Packet `number`, or nullptr if it has not been fired yet.
    [[nodiscard]] const Packet* at(std::uint64_t number) const {
        return number < end_ ? &ring_[place(number)] : nullptr;
    }

    // Packets before `number` are no longer needed.
    void forget_before(std::uint64_t number) {
        if (number > first_) {
            start_ = place(number);
            first_ = number;
        }
    }

    [[nodiscard]] std::uint64_t end() const { return end_; }

  private:
    // Where packet `number`, first_ or later, is. No division: it would be felt.
    [[nodiscard]] std::size_t place(std::uint64_t number) const {
        const std::size_t at = start_ + (number - first_);
        return at < ring_.size() ? at : at - ring_.size();
    }

    // By little: a packet keeps what it once held.
    void grow() {
        std::vector<Packet> larger(ring_.size() + ring_.size() / 8 + 1);
        for (std::uint64_t n = first_; n < end_; ++n) {
            larger[n - first_] = std::move(ring_[place(n)]);
        }
        ring_ = std::move(larger);
        start_ = 0;
    }

    std::vector<Packet> ring_;
    std::size_t start_ = 0;  // where packet first_ is
    std::uint64_t first_ = 0;
    std::uint64_t end_ = 0;
};

}  // namespace saltus::detail
