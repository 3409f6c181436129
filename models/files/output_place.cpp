#include "models/files/output_place.hpp"

#include <charconv>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

namespace saltus {

namespace {

namespace fs = std::filesystem;

constexpr int k_most_links = 40;         // as Linux follows at most
constexpr long k_proc_magic = 0x9fa0;    // PROC_SUPER_MAGIC of <linux/magic.h>
constexpr unsigned k_memory_device = 1;  // major number of /dev/null, zero and full
constexpr unsigned k_null = 3;
constexpr unsigned k_zero = 5;
constexpr unsigned k_full = 7;

FileIdentity identity(const struct stat& status) {
    return {status.st_dev, status.st_ino, ""};
}

fs::path folder_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// The links in /proc are no names: what they point to has to be taken from them, not looked up.
bool in_proc(const fs::path& folder) {
    struct statfs system {};

    return statfs(folder.c_str(), &system) == 0 && system.f_type == k_proc_magic;
}

// N of /proc/self/fd/N, or -1.
int own_descriptor(const fs::path& path) {
    const std::string name = path.filename().string();
    int number = -1;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc() || end != name.data() + name.size() || number < 0) {
        return -1;
    }
    std::error_code ignored;
    const fs::path folder = folder_of(path);
    for (const char* const own : {"/proc/self/fd", "/proc/thread-self/fd"}) {
        if (fs::equivalent(folder, own, ignored)) {
            return number;
        }
    }
    return -1;
}

bool keeps_nothing(const struct stat& status) {
    const unsigned minor_number = minor(status.st_rdev);
    return S_ISCHR(status.st_mode) && major(status.st_rdev) == k_memory_device &&
           (minor_number == k_null || minor_number == k_zero || minor_number == k_full);
}

}  // namespace

std::optional<FileIdentity> identity_of(const fs::path& path) {
    struct stat status {};

    if (stat(path.c_str(), &status) != 0) {
        return std::nullopt;
    }
    return identity(status);
}

std::optional<FileIdentity> identity_of(int descriptor) {
    struct stat status {};

    if (fstat(descriptor, &status) != 0) {
        return std::nullopt;
    }
    return identity(status);
}

OutputPlace find_output_place(const fs::path& path) {
    OutputPlace place;
    place.path = path;
    std::error_code error;

    struct stat status {};

    for (int link = 0; link < k_most_links; ++link) {
        if (in_proc(folder_of(place.path))) {
            place.descriptor = own_descriptor(place.path);
            break;
        }
        if (!fs::is_symlink(place.path, error)) {
            break;
        }
        const fs::path target = fs::read_symlink(place.path, error);
        if (error) {
            break;
        }
        place.path = folder_of(place.path) / target;  // an absolute target stands for itself
    }
    const bool found = place.descriptor >= 0 ? fstat(place.descriptor, &status) == 0
                                             : stat(place.path.c_str(), &status) == 0;
    if (found) {
        place.identity = identity(status);
        place.keeps_nothing = keeps_nothing(status);
    }
    if (place.descriptor >= 0) {
        place.kind = OutputPlace::Kind::descriptor;
    } else if (found && (!S_ISREG(status.st_mode) || in_proc(folder_of(place.path)))) {
        place.kind = OutputPlace::Kind::other;
    } else if (!found) {
        place.identity = identity_of(folder_of(place.path));
        if (place.identity) {
            place.identity->name = place.path.filename().string();
        }
    }
    return place;
}

}  // namespace saltus
