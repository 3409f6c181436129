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
// Bytes of the final name that the temporary one shows: with what is added it fits where that does.
constexpr std::size_t k_kept_of_name = 200;

std::string error_text() {
    return std::string("\"") + std::strerror(errno) + "\"";
}

// Opened by name and not by mkstemp, so that the file gets the permissions the user's umask gives.
int open_temporary(const std::filesystem::path& path, std::filesystem::path& temporary) {
    static std::atomic<unsigned> counter{0};
    for (int attempt = 0; attempt < 100; ++attempt) {
        temporary = path;
        temporary.replace_filename("." + path.filename().string().substr(0, k_kept_of_name) + "." +
                                   std::to_string(getpid()) + "." + std::to_string(counter++) +
                                   ".part");
        const int descriptor =
            open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0 || errno != EEXIST) {
            return descriptor;
        }
    }
    return -1;
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& path) {
    const OutputPlace place = find_output_place(path);
    path_ = place.path;
    std::error_code error;
    if (std::filesystem::is_directory(path_, error) || !path_.has_filename()) {
        throw InputError(path.string(), "a folder", "the name of a file to write");
    }
    if (place.kind == OutputPlace::Kind::file && std::filesystem::is_symlink(path_, error)) {
        throw InputError(path.string(), "a loop of links", "the name of a file to write");
    }
    if (place.kind != OutputPlace::Kind::file) {
        open_straight(place);
    } else {
        descriptor_ = open_temporary(path_, temporary_);
        if (descriptor_ < 0) {
            throw InputError(path_.string(), error_text(), "a folder that can be written");
        }
    }
    buffer_.reserve(k_buffer_bytes);
}

void AtomicFile::open_straight(const OutputPlace& place) {
    if (place.kind == OutputPlace::Kind::other) {
        descriptor_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
    } else {
        const int flags = fcntl(place.descriptor, F_GETFL);
        if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY) {
            throw InputError(
                path_.string(), "a descriptor to read from", "one that can be written");
        }
        // A copy shares the place in the file: what others write there stands behind ours.
        descriptor_ = fcntl(place.descriptor, F_DUPFD_CLOEXEC, 0);
    }
    if (descriptor_ < 0) {
        throw InputError(path_.string(), error_text(), "something that can be written");
    }
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
        ::close(descriptor_);
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

void AtomicFile::close() {
    flush();
    std::vector<std::byte>().swap(buffer_);
    if (!temporary_.empty() && fsync(descriptor_) != 0) {
        fail("synced");
    }
    if (::close(std::exchange(descriptor_, -1)) != 0) {
        fail("closed");
    }
}

void AtomicFile::commit() {
    if (descriptor_ >= 0) {
        close();
    }
    if (temporary_.empty()) {
        return;
    }
    if (rename(temporary_.c_str(), path_.c_str()) != 0) {
        fail("renamed");
    }
    temporary_.clear();
}

void write_whole_file(const std::filesystem::path& path, std::string_view text) {
    AtomicFile file(path);
    file.write(text);
    file.commit();
}

}  // namespace saltus
