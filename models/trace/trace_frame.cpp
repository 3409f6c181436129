#include "models/trace/trace_frame.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "models/trace/crc32c.hpp"

namespace saltus {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie");

constexpr char k_footer_end[] = "SALX";

template <class T>
T number_at(const std::byte* at) {
    T value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

template <class T>
void put(std::byte* at, T value) {
    std::memcpy(at, &value, sizeof value);
}

}  // namespace

std::array<std::byte, k_frame_bytes> frame_of(std::span<const std::byte> chunk) {
    std::array<std::byte, k_frame_bytes> head = {};
    std::copy(k_frame_sync.begin(), k_frame_sync.end(), head.begin());
    put(head.data() + 4, static_cast<std::uint32_t>(chunk.size()));
    put(head.data() + 8, crc32c(chunk));
    put(head.data() + 12, crc32c(std::span(head).first(12)));
    return head;
}

std::optional<FrameHead> frame_head(std::span<const std::byte, k_frame_bytes> bytes) {
    if (!std::equal(k_frame_sync.begin(), k_frame_sync.end(), bytes.begin()) ||
        number_at<std::uint32_t>(bytes.data() + 12) != crc32c(bytes.first(12))) {
        return std::nullopt;
    }
    return FrameHead{number_at<std::uint32_t>(bytes.data() + 4),
                     number_at<std::uint32_t>(bytes.data() + 8)};
}

std::array<std::byte, k_footer_bytes> footer_of(const TraceFooter& footer) {
    std::array<std::byte, k_footer_bytes> bytes = {};
    put(bytes.data(), footer.index);
    put(bytes.data() + 8, footer.length);
    put(bytes.data() + 16, crc32c(std::span(bytes).first(16)));
    std::memcpy(bytes.data() + 20, k_footer_end, 4);
    return bytes;
}

std::optional<TraceFooter> footer_in(std::span<const std::byte, k_footer_bytes> bytes) {
    if (std::memcmp(bytes.data() + 20, k_footer_end, 4) != 0 ||
        number_at<std::uint32_t>(bytes.data() + 16) != crc32c(bytes.first(16))) {
        return std::nullopt;
    }
    return TraceFooter{number_at<std::uint64_t>(bytes.data()),
                       number_at<std::uint64_t>(bytes.data() + 8)};
}

}  // namespace saltus
