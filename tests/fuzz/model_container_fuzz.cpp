// A .saltus file, as it stands and with its header's length and checksum put right, so that what is
// behind them is reached too.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>
#include <xxhash.h>

#include "core/error.hpp"
#include "models/model.hpp"

#include "tests/fuzz/fuzz_one.hpp"
#include "tests/fuzz/input_file.hpp"
#include "tests/fuzz/run_model.hpp"

namespace saltus::fuzz {

namespace {

// 8 bytes of magic, 8 of length, 16 of checksum.
constexpr std::size_t k_prefix = 32;

std::vector<std::byte> sealed(std::span<const std::byte> input) {
    std::vector<std::byte> bytes(input.begin(), input.end());
    if (bytes.size() < k_prefix) {
        return bytes;
    }
    std::memcpy(bytes.data(), "\x89SALTUS\n", 8);
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data() + 8, sizeof length);
    length = std::min<std::uint64_t>(length, bytes.size() - k_prefix);
    std::memcpy(bytes.data() + 8, &length, sizeof length);
    bytes.resize(std::max<std::size_t>(bytes.size(), (k_prefix + length + 63) / 64 * 64));
    XXH128_canonical_t sum;
    XXH128_canonicalFromHash(&sum, XXH3_128bits(bytes.data() + k_prefix, length));
    std::memcpy(bytes.data() + 16, sum.digest, sizeof sum.digest);
    return bytes;
}

void load(std::span<const std::byte> bytes) {
    static InputFile file("m.saltus");
    try {
        const LoadedModel model = LoadedModel::load(file.holding(bytes));
        const bool whole = model.verify().empty();
        // Numbers recorded as finite are not looked at again, so a false record may make a run
        // fail, but no more than that.
        run_model(model);
        if (whole) {
            save_saltus(model, file.path().parent_path() / "again.saltus");
            LoadedModel::load(file.path().parent_path() / "again.saltus");
        }
    } catch (const ModelError&) {
    } catch (const InputError&) {
    }
}

}  // namespace

void fuzz_one(std::span<const std::byte> input) {
    load(input);
    load(sealed(input));
}

}  // namespace saltus::fuzz
