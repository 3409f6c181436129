// The frames of a trace file of version 2: length, checksum, message. Internal to models/trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/trace/trace_frame.hpp"
#include "models/trace/trace_source.hpp"

namespace saltus::proto {
class TraceChunk;
}

namespace saltus::detail {

class Frames {
  public:
    explicit Frames(std::unique_ptr<TraceBytes> bytes) : bytes_(std::move(bytes)) {}

    [[nodiscard]] const std::string& path() const { return bytes_->path(); }

    [[nodiscard]] std::uint64_t size() const { return bytes_->size(); }

    [[nodiscard]] const TraceBytes& bytes() const { return *bytes_; }

    // What messages call the chunk at `at`.
    [[nodiscard]] std::string name(std::uint64_t at) const;

    // The head at `at`, if there is one.
    [[nodiscard]] std::optional<FrameHead> head(std::uint64_t at) const;

    // Reads the chunk at `at` and returns where its frame ends. Throws InputError naming it.
    std::uint64_t read(std::uint64_t at, proto::TraceChunk& chunk);

    // The first place from `at` on where a head is; the end of the file if there is none.
    [[nodiscard]] std::uint64_t next_head(std::uint64_t at) const;

  private:
    std::unique_ptr<TraceBytes> bytes_;
    std::vector<std::byte> buffer_;
};

}  // namespace saltus::detail
