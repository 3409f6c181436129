// A file to seek in that loses its name once it is open: gone then, however the program ends.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "models/files/atomic_file.hpp"

namespace saltus::detail {

class UnnamedFile {
  public:
    // On the disk of `out` if that is a file to be, else in the folder of temporary files. Throws
    // InputError if there can be none.
    explicit UnnamedFile(const std::filesystem::path& out);
    UnnamedFile(const UnnamedFile&) = delete;
    UnnamedFile& operator=(const UnnamedFile&) = delete;
    ~UnnamedFile();

    // By which this program opens it, once, before drop_name().
    [[nodiscard]] const std::string& path() const { return name_; }
    void drop_name();
    // Behind what is there, through this object alone. Throws Error.
    void append(std::span<const std::byte> bytes);
    // All of it. Throws Error.
    void copy_to(AtomicFile& file) const;

  private:
    std::string name_;
    int descriptor_ = -1;
};

}  // namespace saltus::detail
