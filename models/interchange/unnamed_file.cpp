#include "models/interchange/unnamed_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <span>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/output_place.hpp"

namespace saltus::detail {

UnnamedFile::UnnamedFile(const std::filesystem::path& out) {
    const OutputPlace place = find_output_place(out);
    const std::filesystem::path folder = place.kind != OutputPlace::Kind::file
                                             ? std::filesystem::temp_directory_path()
                                         : place.path.has_parent_path() ? place.path.parent_path()
                                                                        : ".";
    name_ = (folder / ".saltus_XXXXXX").string();
    descriptor_ = mkstemp(name_.data());
    if (descriptor_ < 0) {
        name_.clear();
        throw InputError(
            out.string(), std::strerror(errno), "a folder in which files can be written");
    }
}

UnnamedFile::~UnnamedFile() {
    drop_name();
    close(descriptor_);
}

void UnnamedFile::drop_name() {
    if (!name_.empty()) {
        unlink(name_.c_str());
        name_.clear();
    }
}

void UnnamedFile::append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t put = write(descriptor_, bytes.data(), bytes.size());
        if (put < 0 && errno != EINTR) {
            throw Error(fmt::format("writing a temporary file: {}", std::strerror(errno)));
        }
        bytes = bytes.subspan(put < 0 ? 0 : static_cast<std::size_t>(put));
    }
}

void UnnamedFile::copy_to(AtomicFile& file) const {
    std::vector<std::byte> buffer(std::size_t{1} << 20);
    for (off_t at = 0;;) {
        const ssize_t got = pread(descriptor_, buffer.data(), buffer.size(), at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            throw Error(fmt::format("reading a temporary file: {}", std::strerror(errno)));
        }
        if (got == 0) {
            return;
        }
        file.write(std::span(buffer).first(static_cast<std::size_t>(got)));
        at += got;
    }
}

}  // namespace saltus::detail
