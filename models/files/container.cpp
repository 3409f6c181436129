#include "models/files/container.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <xxhash.h>

#include "core/error.hpp"
#include "models/files/atomic_file.hpp"

namespace saltus {

namespace {

// The first byte is no text and the last a line end, so that a file mangled as text is noticed.
constexpr std::array<unsigned char, 8> k_magic = {0x89, 'S', 'A', 'L', 'T', 'U', 'S', '\n'};
constexpr std::size_t k_prefix = 32;
// Protobuf reads messages below 2 GiB; tensors stand outside, so a header this long is no model.
constexpr std::uint64_t k_max_header = std::uint64_t{1} << 28;

static_assert(std::endian::native == std::endian::little, "segments are mapped as they are");

XXH128_canonical_t checksum(std::span<const std::byte> bytes) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
    return canonical;
}

}  // namespace

std::string checksum_text(std::span<const std::byte> bytes) {
    const XXH128_canonical_t canonical = checksum(bytes);
    std::string text;
    for (const unsigned char byte : canonical.digest) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

void check_header_size(std::uint64_t bytes, const std::string& path) {
    if (bytes > k_max_header) {
        throw ModelError(path + ": header length",
                         std::to_string(bytes),
                         "at most " + std::to_string(k_max_header) + " bytes");
    }
}

Container open_container(const std::string& path, std::span<const std::byte> file) {
    if (file.size() < k_magic.size() ||
        std::memcmp(file.data(), k_magic.data(), k_magic.size()) != 0) {
        throw ModelError(path + ": magic number",
                         file.empty() ? "an empty file" : "something else",
                         "a .saltus file (it starts with 89 'SALTUS' 0a)");
    }
    if (file.size() < k_prefix) {
        throw ModelError(
            path, std::to_string(file.size()) + " bytes: truncated", "a whole .saltus file");
    }
    std::uint64_t length = 0;
    std::memcpy(&length, file.data() + k_magic.size(), sizeof length);
    check_header_size(length, path);
    const std::uint64_t data_start = padded(k_prefix + length);
    if (data_start > file.size()) {
        throw ModelError(path,
                         std::to_string(file.size()) + " bytes: truncated",
                         std::to_string(data_start) + " for the header alone");
    }
    const auto header = file.subspan(k_prefix, static_cast<std::size_t>(length));
    const XXH128_canonical_t sum = checksum(header);
    if (std::memcmp(sum.digest, file.data() + 16, sizeof sum.digest) != 0) {
        throw ModelError(
            path + ": header", "another checksum: damaged", "the header as it was written");
    }
    return {header, file.subspan(static_cast<std::size_t>(data_start))};
}

void write_container(const std::filesystem::path& path,
                     const std::string& header,
                     std::span<const std::span<const std::byte>> segments,
                     const std::function<void()>& poll) {
    check_header_size(header.size(), path.string());
    AtomicFile file(path);
    file.write(std::as_bytes(std::span(k_magic)));
    const std::uint64_t length = header.size();
    file.write(std::as_bytes(std::span(&length, 1)));
    const XXH128_canonical_t sum = checksum(std::as_bytes(std::span(header)));
    file.write(std::as_bytes(std::span(sum.digest)));
    file.write(header);
    file.pad_to(k_segment_alignment);
    for (const auto& segment : segments) {
        if (poll) {
            poll();
        }
        file.write(segment);
        file.pad_to(k_segment_alignment);
    }
    file.close();
    if (poll) {
        poll();
    }
    file.commit();
}

}  // namespace saltus
