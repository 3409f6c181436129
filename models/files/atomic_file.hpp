// A file that appears under its final name only when it is whole: written under a temporary name in
// the same folder, synced, renamed. Destroyed before commit(), it leaves nothing behind and an
// older file of that name untouched. Every output file of the project is written through this.
//
// A name that stands for something other than a regular file (/dev/stdout, a fifo) is written
// straight. Not thread safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace saltus {

class AtomicFile {
  public:
    // Throws InputError if the folder cannot be written.
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

    // Syncs, closes, renames. Nothing may be written after it.
    void commit();

  private:
    void flush();
    void write_through(std::span<const std::byte> bytes);
    [[noreturn]] void fail(const char* what) const;

    std::filesystem::path path_;       // the final name
    std::filesystem::path temporary_;  // empty if written straight
    int descriptor_ = -1;
    std::uint64_t position_ = 0;
    std::vector<std::byte> buffer_;
};

}  // namespace saltus
