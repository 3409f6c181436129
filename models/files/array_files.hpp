// The .npy files beside a model as text. They appear together, just before the text that names
// them, and nothing that was there before is overwritten: a name ends in a digest of what the file
// holds, m.fc1_weight.5c1e0f3a.npy, so that other numbers have another name. Whenever it is
// stopped, the text in place, old or new, finds the arrays it was written with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "models/files/atomic_file.hpp"
#include "models/files/npy.hpp"

namespace saltus {

class ArrayFiles {
  public:
    // Arrays of the model that is written to `text`.
    explicit ArrayFiles(const std::filesystem::path& text);
    ArrayFiles(const ArrayFiles&) = delete;
    ArrayFiles& operator=(const ArrayFiles&) = delete;
    // Removes what has appeared, unless it was kept.
    ~ArrayFiles();

    // Writes an array under a temporary name; returns the name it will have, UTF-8, in the text's
    // folder. A file of that name that holds the same already is used as it is; one that holds
    // something else throws InputError. Throws Error if the disk is full.
    std::string add(const std::string& tensor,
                    NpyType type,
                    std::span<const std::uint64_t> shape,
                    std::span<const std::byte> bytes);

    // All get their names, on disk too. Throws Error.
    void appear();

    // The text that names them is in place.
    void keep() { appeared_.clear(); }

  private:
    struct Written {
        AtomicFile file;
        std::filesystem::path path;
    };

    std::filesystem::path folder_;
    std::string stem_;
    std::map<std::string, std::string> taken_;  // digest of the whole array, by file name
    std::vector<Written> written_;
    std::vector<std::filesystem::path> appeared_;
};

}  // namespace saltus
