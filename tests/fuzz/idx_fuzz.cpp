// An IDX file, plain or gzip as it stands, and packed anew, so that the packing is sound and what
// is in it is not.
#include <filesystem>
#include <vector>
#include <zlib.h>

#include "core/error.hpp"
#include "models/data/idx_file.hpp"

#include "tests/fuzz/fuzz_one.hpp"
#include "tests/fuzz/input_file.hpp"

namespace saltus::fuzz {

namespace {

void read(const std::filesystem::path& path) {
    for (const std::uint32_t dimensions : {1U, 3U, 4U}) {
        try {
            read_idx(path, dimensions);
        } catch (const InputError&) {
        }
    }
}

}  // namespace

void fuzz_one(std::span<const std::byte> input) {
    static InputFile file("images");
    read(file.holding(input));
    gzFile packed = gzopen(file.path().c_str(), "wb1");
    if (!input.empty()) {
        gzwrite(packed, input.data(), static_cast<unsigned>(input.size()));
    }
    gzclose(packed);
    read(file.path());
}

}  // namespace saltus::fuzz
