// Sparse rows cut at the borders of chunks of targets (chunks.hpp), compiled once for each
// instruction set (kernels.hpp). Internal to core.
#pragma once

#include <cstddef>
#include <cstdint>

namespace saltus::detail {

// Targets that are looked at together: so many more may be read and written than there are.
inline constexpr std::uint32_t k_piece = 32;

// What is left of a row whose targets ascend, and where in x its contributions go.
struct RowLeft {
    std::uint32_t next = 0;
    std::uint32_t end = 0;
    std::uint32_t place = 0;  // in x, of a chunk's first target
};

// The next chunk [first, last] of the targets.
struct RowCut {
    const std::uint16_t* targets = nullptr;
    const float* adds = nullptr;  // what each contributes; nullptr: not wanted
    std::uint32_t first = 0;
    std::uint32_t last = 0;
};

}  // namespace saltus::detail
