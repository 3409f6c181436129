#include "models/trace/trace_frames.hpp"

#include <algorithm>
#include <array>
#include <saltus/trace.pb.h>
#include <span>

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>

#include "core/error.hpp"
#include "models/trace/crc32c.hpp"

namespace saltus::detail {

std::string Frames::name(std::uint64_t at) const {
    return fmt::format("{}: chunk at byte {}", path(), at);
}

std::optional<FrameHead> Frames::head(std::uint64_t at) const {
    std::array<std::byte, k_frame_bytes> bytes = {};
    if (at > size() || size() - at < bytes.size()) {
        return std::nullopt;
    }
    bytes_->read(at, bytes);
    return frame_head(bytes);
}

std::uint64_t Frames::read(std::uint64_t at, proto::TraceChunk& chunk) {
    const std::optional<FrameHead> found = head(at);
    if (!found) {
        throw InputError(name(at),
                         at >= size() ? "the end of the file" : "no frame",
                         "a frame (the file is cut off or damaged)");
    }
    const std::uint64_t left = size() - at - k_frame_bytes;
    if (found->length > k_most_chunk_bytes || found->length > left) {
        throw InputError(name(at),
                         fmt::format("{} bytes left", left),
                         fmt::format("{} (the file is cut off)", found->length));
    }
    buffer_.resize(found->length);
    bytes_->read(at + k_frame_bytes, buffer_);
    const std::uint32_t check = crc32c(buffer_);
    if (check != found->check) {
        throw InputError(name(at),
                         fmt::format("checksum {:08x}", check),
                         fmt::format("{:08x} (the chunk is damaged)", found->check));
    }
    const google::protobuf::LogSilencer silence;  // a library does not print
    if (!chunk.ParseFromArray(buffer_.data(), static_cast<int>(buffer_.size()))) {
        throw InputError(name(at), "bytes that are no message", "a TraceChunk");
    }
    return at + k_frame_bytes + found->length;
}

std::uint64_t Frames::next_head(std::uint64_t at) const {
    constexpr std::size_t k_window = std::size_t{1} << 16;
    std::vector<std::byte> window;
    while (at + k_frame_bytes <= size()) {
        window.resize(std::min<std::uint64_t>(k_window, size() - at));
        bytes_->read(at, window);
        for (std::size_t k = 0; k + k_frame_bytes <= window.size(); ++k) {
            if (window[k] == k_frame_sync[0] &&
                frame_head(std::span(window).subspan(k).first<k_frame_bytes>())) {
                return at + k;
            }
        }
        at += window.size() - k_frame_bytes + 1;
    }
    return size();
}

}  // namespace saltus::detail
