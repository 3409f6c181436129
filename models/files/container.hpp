// The .saltus container: what stands at which byte. proto/README.md draws it.
//
//   0   8   magic
//   8   8   length of the header in bytes, little-endian
//   16  16  XXH3-128 of the header, canonical (high half first)
//   32  .   the header: a saltus.proto.Model
//           zeros to the next multiple of 64: the data area starts
//           tensor segments, each padded with zeros to a multiple of 64
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace saltus {

constexpr std::uint64_t k_segment_alignment = 64;

constexpr std::uint64_t padded(std::uint64_t bytes) {
    return (bytes + k_segment_alignment - 1) / k_segment_alignment * k_segment_alignment;
}

struct Container {
    std::span<const std::byte> header;
    std::span<const std::byte> data;  // the data area, to the end of the file
};

// Finds the parts of a mapped container. Throws ModelError with `path` in front: wrong magic,
// truncated, or a damaged header. Reads the header only.
Container open_container(const std::string& path, std::span<const std::byte> file);

// Throws ModelError for a header longer than open_container() takes.
void check_header_size(std::uint64_t bytes, const std::string& path);

// Writes a container whole or not at all; `segments` are laid one after another, each padded.
// Throws ModelError for a header that is too long. `poll`: called before each segment and before
// the file gets its name; what it throws ends the work.
void write_container(const std::filesystem::path& path,
                     const std::string& header,
                     std::span<const std::span<const std::byte>> segments,
                     const std::function<void()>& poll = {});

// XXH3-128 in canonical form, 32 hex digits.
std::string checksum_text(std::span<const std::byte> bytes);

}  // namespace saltus
