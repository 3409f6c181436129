#include "models/files/atomic_file.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <utility>

#include "core/error.hpp"

namespace saltus {

namespace {

constexpr std::size_t k_buffer_bytes = std::size_t{1} << 18;

// Opened by name and not by mkstemp, so that the file gets the permissions the user's umask gives.
int open_temporary(const std::filesystem::path& path, std::filesystem::path& temporary) {
    static std::atomic<unsigned> counter{0};
    for (int attempt = 0; attempt < 100; ++attempt) {
        temporary = path;
        temporary.replace_filename("." + path.filename().string() + "." + std::to_string(getpid()) +
                                   "." + std::to_string(counter++) + ".part");
        const int descriptor =
            open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0 || errno != EEXIST) {
            return descriptor;
        }
    }
    return -1;
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& path) : path_(path) {
    std::error_code error;
    // A link stays a link: what it points to is replaced.
    if (std::filesystem::is_symlink(path_, error)) {
        const auto target = std::filesystem::canonical(path_, error);
        if (!error) {
            path_ = target;
        }
    }
    const auto status = std::filesystem::status(path_, error);
    if (std::filesystem::is_directory(status) || !path_.has_filename()) {
        throw InputError(path_.string(), "a folder", "the name of a file to write");
    }
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
        descriptor_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    } else {
        descriptor_ = open_temporary(path_, temporary_);
    }
    if (descriptor_ < 0) {
        throw InputError(path_.string(),
                         std::string("\"") + std::strerror(errno) + "\"",
                         "a folder that can be written");
    }
    buffer_.reserve(k_buffer_bytes);
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      position_(other.position_),
      buffer_(std::move(other.buffer_)) {
    other.temporary_.clear();
}

AtomicFile::~AtomicFile() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
    if (!temporary_.empty()) {
        unlink(temporary_.c_str());
    }
}

void AtomicFile::fail(const char* what) const {
    throw Error(path_.string() + ": could not be " + what + ": " + std::strerror(errno));
}

void AtomicFile::write_through(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            fail("written");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

void AtomicFile::flush() {
    write_through(buffer_);
    buffer_.clear();
}

void AtomicFile::write(std::span<const std::byte> bytes) {
    position_ += bytes.size();
    if (buffer_.size() + bytes.size() > k_buffer_bytes) {
        flush();
    }
    if (bytes.size() >= k_buffer_bytes) {
        write_through(bytes);
    } else {
        buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    }
}

void AtomicFile::pad_to(std::uint64_t alignment) {
    const std::uint64_t over = position_ % alignment;
    if (over == 0) {
        return;
    }
    const std::vector<std::byte> zeros(static_cast<std::size_t>(alignment - over));
    write(zeros);
}

void AtomicFile::commit() {
    flush();
    if (temporary_.empty()) {
        if (close(std::exchange(descriptor_, -1)) != 0) {
            fail("closed");
        }
        return;
    }
    if (fsync(descriptor_) != 0) {
        fail("synced");
    }
    if (close(std::exchange(descriptor_, -1)) != 0) {
        fail("closed");
    }
    if (rename(temporary_.c_str(), path_.c_str()) != 0) {
        fail("renamed");
    }
    temporary_.clear();
}

}  // namespace saltus
