// A zip archive of deflated members, as .npz files are: enough of APPNOTE.TXT 6.3 for numpy, unzip
// and Python. Written by hand on zlib because it is a page, and saves a library that nothing else
// needs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/files/atomic_file.hpp"

namespace saltus {

namespace detail {
class UnnamedFile;
}

// One member: its bytes are deflated as they come.
class ZipMember {
  public:
    // Memory is what they deflate to.
    explicit ZipMember(std::string name);
    // What they deflate to goes to a file without a name on the disk of `beside`, a MiB at a time.
    // Throws InputError if there can be none.
    ZipMember(std::string name, const std::filesystem::path& beside);
    ZipMember(const ZipMember&) = delete;
    ZipMember& operator=(const ZipMember&) = delete;
    ~ZipMember();

    void write(std::span<const std::byte> bytes);

  private:
    friend class ZipWriter;
    struct Stream;
    void deflate_pending(bool last);
    void copy_packed_to(AtomicFile& file);

    std::string name_;
    std::unique_ptr<Stream> stream_;
    std::unique_ptr<detail::UnnamedFile> spilled_;
    std::vector<std::byte> packed_;  // behind what is spilled
    std::uint64_t packed_size_ = 0;
    std::uint64_t size_ = 0;
    std::uint32_t check_ = 0;
};

class ZipWriter {
  public:
    // zip64_from: sizes and offsets from this on are written in 64 bits (the format's own limit;
    // tests take 0).
    explicit ZipWriter(AtomicFile& file,
                       std::uint64_t zip64_from = std::numeric_limits<std::uint32_t>::max())
        : file_(&file), zip64_from_(zip64_from) {}

    void add(ZipMember& member);  // the member is used up
    void finish();                // the directory; the file is not committed

  private:
    struct Entry {
        std::string name;
        std::uint32_t check;
        std::uint64_t size;
        std::uint64_t packed;
        std::uint64_t offset;
    };

    void put(std::uint64_t value, int bytes);
    void put_common(const Entry& entry, bool wide);

    AtomicFile* file_;
    std::uint64_t zip64_from_;
    std::vector<Entry> entries_;
};

}  // namespace saltus
