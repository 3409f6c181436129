#include "models/data/idx_file.hpp"

#include <memory>
#include <string>
#include <zlib.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"

namespace saltus {

namespace {

// No deflate stream unpacks to more than this many times its size (zlib's technical notes), so that
// a larger declared size is a lie.
constexpr std::uint64_t k_deflate_bound = 1032;
constexpr std::uint64_t k_piece = std::uint64_t{1} << 20;

// zlib's file reader; it passes files through that are not gzip.
class GzipFile {
  public:
    explicit GzipFile(const std::filesystem::path& path) : path_(path.string()) {
        file_.reset(gzopen(path_.c_str(), "rb"));
        if (file_ == nullptr) {
            throw InputError(path_, "a file that cannot be opened", "a readable file");
        }
        gzbuffer(file_.get(), 1U << 17);
    }

    // Reads up to `count` bytes; fewer at the end of the file.
    std::size_t read(std::uint8_t* out, std::size_t count) {
        const std::size_t got = gzfread(out, 1, count, file_.get());
        int code = Z_OK;
        const char* text = gzerror(file_.get(), &code);
        if (code == Z_BUF_ERROR) {
            throw InputError(path_, "a gzip file that ends early", "the whole file");
        }
        if (code != Z_OK && code != Z_STREAM_END) {
            throw InputError(
                path_, fmt::format("damaged gzip data ({})", text), "the file as it was packed");
        }
        return got;
    }

    [[nodiscard]] bool packed() const { return gzdirect(file_.get()) == 0; }

  private:
    struct Close {
        void operator()(gzFile file) const { gzclose(file); }
    };

    std::string path_;
    std::unique_ptr<gzFile_s, Close> file_;
};

std::uint32_t big_endian(const std::uint8_t* at) {
    return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 |
           at[3];
}

// The product of the dimensions, or more than any file holds.
std::uint64_t declared_size(const std::vector<std::uint32_t>& dims) {
    std::uint64_t size = 1;
    for (const std::uint32_t d : dims) {
        if (d != 0 && size > (std::uint64_t{1} << 62) / d) {
            return std::uint64_t{1} << 62;
        }
        size *= d;
    }
    return size;
}

std::vector<std::uint32_t> read_header(GzipFile& file,
                                       const std::string& path,
                                       std::uint32_t dimensions) {
    std::vector<std::uint8_t> header(4 + 4 * std::size_t{dimensions});
    const std::size_t got = file.read(header.data(), header.size());
    const std::uint32_t wanted = 0x0800U | dimensions;
    if (got >= 4 && big_endian(header.data()) != wanted) {
        throw InputError(path,
                         fmt::format("magic number 0x{:08x}", big_endian(header.data())),
                         fmt::format("0x{:08x} (IDX, unsigned bytes, {} dimension{})",
                                     wanted,
                                     dimensions,
                                     dimensions == 1 ? "" : "s"));
    }
    if (got < header.size()) {
        throw InputError(
            path, fmt::format("{} bytes", got), fmt::format("an IDX header of {}", header.size()));
    }
    std::vector<std::uint32_t> dims(dimensions);
    for (std::size_t k = 0; k < dims.size(); ++k) {
        dims[k] = big_endian(header.data() + 4 + 4 * k);
    }
    return dims;
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& path, std::uint32_t dimensions) {
    const std::string name = path.string();
    GzipFile file(path);
    IdxArray array;
    array.dims = read_header(file, name, dimensions);
    const std::uint64_t declared = declared_size(array.dims);
    const auto declared_text = [&] { return fmt::format("[{}]", fmt::join(array.dims, ", ")); };
    if (declared == 0) {
        throw InputError(name, declared_text(), "dimensions of at least 1");
    }

    const std::uint64_t on_disk = std::filesystem::file_size(path);
    const std::uint64_t header = 4 + 4 * std::uint64_t{dimensions};
    if (!file.packed() && on_disk != header + declared) {
        throw InputError(name,
                         fmt::format("{} bytes", on_disk),
                         fmt::format("{} for {}", header + declared, declared_text()));
    }
    if (file.packed() && declared / k_deflate_bound > on_disk) {
        throw InputError(name,
                         fmt::format("{} packed bytes", on_disk),
                         fmt::format("enough to hold {} ({} bytes)", declared_text(), declared));
    }
    while (array.bytes.size() < declared) {
        const std::uint64_t before = array.bytes.size();
        const std::uint64_t piece = std::min(k_piece, declared - before);
        array.bytes.resize(before + piece);
        const std::size_t got = file.read(array.bytes.data() + before, piece);
        if (got < piece) {
            throw InputError(name,
                             fmt::format("{} elements", before + got),
                             fmt::format("{} for {}", declared, declared_text()));
        }
    }
    std::uint8_t beyond = 0;
    if (file.read(&beyond, 1) != 0) {
        throw InputError(name,
                         "more data than declared",
                         fmt::format("{} bytes for {}", declared, declared_text()));
    }
    return array;
}

}  // namespace saltus
