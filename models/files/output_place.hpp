// Where the name of a file to write leads: to a file that is replaced or made, or to something that
// is written as it stands (standard output under any of its names, a fifo, a device).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace saltus {

// What makes two names one file: device and inode, and for a file that does not exist yet those of
// its folder, with its name there.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::string name;  // empty: the file exists

    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

struct OutputPlace {
    enum class Kind {
        file,        // a regular file, or none yet: what AtomicFile replaces by renaming
        descriptor,  // open in this program already: /dev/stdout, /dev/fd/N, /proc/self/fd/N
        other,       // a fifo, a device, a folder, another program's descriptor
    };

    Kind kind = Kind::file;
    std::filesystem::path path;  // links followed, but for those of descriptors
    int descriptor = -1;         // of Kind::descriptor
    bool keeps_nothing = false;  // /dev/null, /dev/full: any number of outputs may go there
    std::optional<FileIdentity> identity;  // nothing: neither the file nor its folder is there
};

// Follows links, those that point to nothing too. Opens nothing and never throws.
OutputPlace find_output_place(const std::filesystem::path& path);

// Of a file that is read, or of a descriptor. Nothing if it is not there.
std::optional<FileIdentity> identity_of(const std::filesystem::path& path);
std::optional<FileIdentity> identity_of(int descriptor);

}  // namespace saltus
