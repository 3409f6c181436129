// What the target pixels of a convolution pull: column by column, since a column's windows share
// their rows. Internal to core.
#pragma once

#include <cstdint>
#include <vector>

#include "core/compiled/compiled_network.hpp"
#include "core/kernels/tile_kernels.hpp"
#include "core/memory/aligned_buffer.hpp"

namespace saltus::detail {

// A target pixel's events over the ticks of a stretch, as rows of weights that count from `base`.
struct WindowEvents {
    const Events* events = nullptr;  // [ticks]
    std::size_t count = 0;           // of all ticks
    std::int64_t base = 0;
    const std::uint8_t* graded = nullptr;  // [ticks]: something that is not one is sent
};

// The source columns that one column of target pixels sees, their events joined row by row: a
// window is some of these rows, which lie behind each other. (With dilation, the rows of each
// residue do.) Made anew for another column.
class PixelStrip {
  public:
    // What arrives through `projection` as packets behind its pool. All must live on.
    void begin(const CompiledProjection<float>& projection, const PixelEvents& pixels);

    // What arrives as bits, some columns of which are listed at a time. Behind a pool, they read
    // the rows that are multiplied already, but int8 where all send one.
    void begin(const CompiledProjection<float>& projection, const PixelBits& pixels);

    // Of a target pixel. Valid until the next call. Cost: O(ticks); for another column than before,
    // one copy of an event a source pixel that the column sees.
    WindowEvents window(std::uint32_t row, std::uint32_t column);

  private:
    // What the windows of a row of targets see of the strip.
    struct WindowRows {
        std::uint32_t place = 0;  // the first of them
        std::uint32_t count = 0;
        std::int64_t base = 0;
    };

    void begin(const CompiledProjection<float>& projection, std::uint32_t ticks);
    void place_rows();
    [[nodiscard]] WindowRows window_rows(std::uint32_t target_row) const;
    void list(const Columns& columns);
    void join(std::uint32_t column);
    void join_rows();

    const CompiledProjection<float>* projection_ = nullptr;
    std::vector<std::uint8_t> graded_;   // by tick
    std::vector<std::uint32_t> places_;  // of source rows in the strip
    std::vector<WindowRows> windows_;    // by row of targets
    std::vector<std::uint32_t> counts_;  // scratch, by tick

    PixelBits bits_;
    PixelEvents events_;  // of the columns listed_
    Columns listed_;
    std::vector<Events> list_events_;
    AlignedBuffer<std::uint32_t> slots_;
    AlignedBuffer<std::uint32_t> starts_;  // [rows, columns, ticks], and the end

    std::uint32_t joined_for_ = 0;  // target column + 1; 0: none
    std::vector<StripRow> rows_;    // by place
    AlignedBuffer<std::uint32_t> strip_slots_;
    AlignedBuffer<float> strip_payloads_;        // packets have some; of bits, rows tell
    AlignedBuffer<std::uint32_t> strip_starts_;  // [rows + 1, ticks]
    std::vector<Events> window_;
};

}  // namespace saltus::detail
