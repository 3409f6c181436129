#include "models/files/mapped_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "core/error.hpp"

namespace saltus {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& path) {
    throw InputError(
        path.string(), std::string("\"") + std::strerror(errno) + "\"", "a file that can be read");
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
    // O_NONBLOCK: a fifo must not hang the open; it is refused below.
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        refuse(path);
    }

    struct stat status {};

    if (fstat(descriptor, &status) != 0) {
        close(descriptor);
        refuse(path);
    }
    if (!S_ISREG(status.st_mode)) {
        close(descriptor);
        throw InputError(
            path.string(), S_ISDIR(status.st_mode) ? "a folder" : "a device", "a file");
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size != 0) {
        void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (address == MAP_FAILED) {
            close(descriptor);
            refuse(path);
        }
        bytes_ = {static_cast<const std::byte*>(address), size};
    }
    close(descriptor);
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
}

MappedFile::~MappedFile() {
    // munmap takes what mmap gave; nothing was ever written through it.
    if (!bytes_.empty()) {
        munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
    }
}

}  // namespace saltus
