#include "models/files/array_files.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "core/error.hpp"
#include "models/files/container.hpp"
#include "models/files/mapped_file.hpp"
#include "models/files/utf8.hpp"

namespace saltus {

namespace {

// Of a file's name at most this much comes from the text's name, and from the tensor's.
constexpr std::size_t k_kept_of_name = 90;
constexpr std::size_t k_digest_digits = 8;

std::string kept_stem(const std::filesystem::path& text) {
    std::string stem = text.stem().string().substr(0, k_kept_of_name);
    if (!is_utf8(stem)) {  // the text, which is UTF-8, could not name the file
        std::replace_if(
            stem.begin(),
            stem.end(),
            [](char c) { return static_cast<unsigned char>(c) > 127; },
            '_');
    }
    return stem;
}

// "fc1/weight" -> "fc1_weight"
std::string kept_tensor(const std::string& tensor) {
    std::string name = tensor.substr(0, k_kept_of_name);
    std::replace_if(
        name.begin(),
        name.end(),
        [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-' &&
                   c != '_';
        },
        '_');
    return name;
}

bool holds(const std::filesystem::path& path,
           const std::string& header,
           std::span<const std::byte> bytes) {
    const MappedFile file(path);
    const std::span<const std::byte> all = file.bytes();
    return all.size() == header.size() + bytes.size() &&
           std::memcmp(all.data(), header.data(), header.size()) == 0 &&
           (bytes.empty() ||
            std::memcmp(all.data() + header.size(), bytes.data(), bytes.size()) == 0);
}

// Names given in a folder are safe once the folder is synced. Some file systems cannot; then the
// order in which names reach the disk is theirs.
void sync_folder(const std::filesystem::path& folder) {
    const int descriptor =
        open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
}

}  // namespace

ArrayFiles::ArrayFiles(const std::filesystem::path& text)
    : folder_(text.parent_path()), stem_(kept_stem(text)) {}

ArrayFiles::~ArrayFiles() {
    for (const std::filesystem::path& path : appeared_) {
        unlink(path.c_str());
    }
}

std::string ArrayFiles::add(const std::string& tensor,
                            NpyType type,
                            std::span<const std::uint64_t> shape,
                            std::span<const std::byte> bytes) {
    const std::string header = npy_header(type, shape);
    const std::string whole = header + checksum_text(bytes);
    const std::string digest = checksum_text(std::as_bytes(std::span(whole)));
    const std::string front =
        stem_ + "." + kept_tensor(tensor) + "." + digest.substr(0, k_digest_digits);
    std::string name = front + ".npy";
    for (int k = 2; taken_.count(name) != 0 && taken_[name] != digest; ++k) {
        name = front + "-" + std::to_string(k) + ".npy";
    }
    if (!taken_.emplace(name, digest).second) {
        return name;  // two tensors of one name in files and the same numbers share a file
    }
    const std::filesystem::path path = folder_ / name;
    std::error_code error;
    if (std::filesystem::exists(std::filesystem::symlink_status(path, error))) {
        if (!holds(path, header, bytes)) {
            throw InputError(path.string(),
                             "an array that was changed since it was written",
                             "no file of this name, or another name for the model: it would be "
                             "overwritten");
        }
        return name;
    }
    Written& written = written_.emplace_back(Written{AtomicFile(path), path});
    written.file.write(header);
    written.file.write(bytes);
    written.file.close();
    return name;
}

void ArrayFiles::appear() {
    appeared_.reserve(written_.size());
    for (Written& written : written_) {
        written.file.commit();
        appeared_.push_back(written.path);
    }
    if (!written_.empty()) {
        sync_folder(folder_);
    }
    written_.clear();
}

}  // namespace saltus
