// A file that appears under its final name only when it is whole: written under a temporary name in
// the same folder, synced, renamed. Destroyed before commit(), it leaves nothing behind and an
// older file of that name untouched. Every output file of the project is written through this.
//
// A name that stands for something other than a regular file is written straight, as it stands: a
// fifo or device is opened, and /dev/stdout, /dev/fd/N and links to them go on where that
// descriptor is, so that a file behind `>>` is added to, never replaced (output_place.hpp). A link
// stays a link: what it leads to is replaced or made. Not thread safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "models/files/output_place.hpp"

namespace saltus {

class AtomicFile {
  public:
    // Throws InputError if the folder, or what is written straight, cannot be written.
    explicit AtomicFile(const std::filesystem::path& path);
    AtomicFile(AtomicFile&& other) noexcept;
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    AtomicFile& operator=(AtomicFile&&) = delete;
    ~AtomicFile();

    // Buffered. Throw Error (the run failed) if the disk is full or fails.
    void write(std::span<const std::byte> bytes);

    void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

    void pad_to(std::uint64_t alignment);  // zeros up to a multiple of `alignment`

    [[nodiscard]] std::uint64_t position() const { return position_; }  // bytes written so far

    // Syncs and closes: nothing may be written after it, and a full disk has been met. Throws
    // Error.
    void close();

    // Closes and renames: the file is there. Throws Error.
    void commit();

  private:
    void open_straight(const OutputPlace& place);
    void flush();
    void write_through(std::span<const std::byte> bytes);
    [[noreturn]] void fail(const char* what) const;

    std::filesystem::path path_;       // the final name
    std::filesystem::path temporary_;  // empty if written straight
    int descriptor_ = -1;
    std::uint64_t position_ = 0;
    std::vector<std::byte> buffer_;
};

// A file of `text` and nothing else. Throws as AtomicFile does.
void write_whole_file(const std::filesystem::path& path, std::string_view text);

}  // namespace saltus
