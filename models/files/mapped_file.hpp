// A whole file, read-only in memory by mmap. Nothing is read until it is touched.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace saltus {

class MappedFile {
  public:
    MappedFile() = default;
    // Throws InputError naming the file if it is missing, no regular file, or cannot be read.
    explicit MappedFile(const std::filesystem::path& path);
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    // Page-aligned; empty for an empty file. Valid as long as this lives, moved or not.
    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

  private:
    std::span<const std::byte> bytes_;
};

}  // namespace saltus
