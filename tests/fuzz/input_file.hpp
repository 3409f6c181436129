// The input as a file, for readers that take a path: one file a process, overwritten each time.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>

namespace saltus::fuzz {

class InputFile {
  public:
    explicit InputFile(const std::string& name) {
        const std::filesystem::path memory = "/dev/shm";
        std::string folder =
            ((std::filesystem::is_directory(memory) ? memory
                                                    : std::filesystem::temp_directory_path()) /
             "saltus_fuzz_XXXXXX")
                .string();
        if (mkdtemp(folder.data()) == nullptr) {
            throw std::runtime_error("no folder for the input");
        }
        folder_ = folder;
        path_ = folder_ / name;
    }

    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    ~InputFile() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    // A new file each time: a reader may still map the old one.
    const std::filesystem::path& holding(std::span<const std::byte> bytes) {
        std::filesystem::remove(path_);
        std::ofstream(path_, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
        return path_;
    }

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path folder_;
    std::filesystem::path path_;
};

}  // namespace saltus::fuzz
