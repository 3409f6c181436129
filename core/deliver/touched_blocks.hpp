// Which blocks (lazy) or neurons (leaps) of a population something reaches at a tick. Internal to
// core.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace saltus::detail {

// A mark a block, and a list of the marked ones. Cost: O(1) a touch, nothing for blocks that are
// not touched.
class TouchedBlocks {
  public:
    void assign(std::uint32_t blocks) {
        marks_.assign(blocks, 0);
        list_.resize(blocks + 1);
        count_ = 0;
    }

    [[nodiscard]] bool empty() const { return marks_.empty(); }

    void touch(std::uint32_t block) {
        list_[count_] = block;
        count_ += marks_[block] ^ 1U;
        marks_[block] = 1;
    }

    [[nodiscard]] bool has(std::uint32_t block) const { return marks_[block] != 0; }

    // In the order they were touched.
    [[nodiscard]] std::span<const std::uint32_t> list() const { return {list_.data(), count_}; }

    // Puts the list in ascending order.
    void sort() {
        if (count_ * 16 < marks_.size()) {
            std::sort(list_.begin(), list_.begin() + count_);
            return;
        }
        count_ = 0;
        for (std::uint32_t block = 0; block < marks_.size(); ++block) {
            list_[count_] = block;
            count_ += marks_[block];
        }
    }

    void clear() {
        for (const std::uint32_t block : list()) {
            marks_[block] = 0;
        }
        count_ = 0;
    }

  private:
    std::vector<std::uint8_t> marks_;
    std::vector<std::uint32_t> list_;  // one more than blocks: touch() writes before it knows
    std::uint32_t count_ = 0;
};

}  // namespace saltus::detail
