// The frame around a chunk of version 2: 16 bytes that find it again in a damaged file.
//   4 bytes  C5 53 50 4B
//   4        length n of the chunk
//   4        CRC-32C of the chunk
//   4        CRC-32C of the 12 bytes before
//   n        the chunk
// All numbers little-endian. Internal to models/trace.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace saltus {

inline constexpr std::size_t k_frame_bytes = 16;
inline constexpr std::uint32_t k_most_chunk_bytes = std::uint32_t{1} << 30;
inline constexpr std::array<std::byte, 4> k_frame_sync = {
    std::byte{0xC5}, std::byte{'S'}, std::byte{'P'}, std::byte{'K'}};

struct FrameHead {
    std::uint32_t length = 0;
    std::uint32_t check = 0;  // of the chunk
};

std::array<std::byte, k_frame_bytes> frame_of(std::span<const std::byte> chunk);

// The head in these 16 bytes, if it is one.
std::optional<FrameHead> frame_head(std::span<const std::byte, k_frame_bytes> bytes);

// The last 24 bytes of a whole file: the index's offset from the end of the provenance's frame (8),
// the length of its frame (8), CRC-32C of these 16 bytes (4), "SALX".
inline constexpr std::size_t k_footer_bytes = 24;

struct TraceFooter {
    std::uint64_t index = 0;
    std::uint64_t length = 0;
};

std::array<std::byte, k_footer_bytes> footer_of(const TraceFooter& footer);
std::optional<TraceFooter> footer_in(std::span<const std::byte, k_footer_bytes> bytes);

}  // namespace saltus
