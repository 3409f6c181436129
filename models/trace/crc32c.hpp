// CRC-32C (Castagnoli, 1993; RFC 3720): the checksum of a trace's chunks. Eight bytes at a time by
// tables (Kounavis and Berry, 2005), about 2 GB/s; Debian's libraries for it are not in every
// release that we build on. Internal to models/trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace saltus {

// `before`: the checksum of what lies in front of these bytes.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0);

}  // namespace saltus
