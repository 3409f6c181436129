// A .saltrace file, as it stands and with its chunks' lengths and checksums put right: read to the
// end, digested, exported and drawn.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>
#include <zlib.h>

#include "core/error.hpp"
#include "models/trace/raster.hpp"
#include "models/trace/trace_export.hpp"
#include "models/trace/trace_reader.hpp"

#include "tests/fuzz/fuzz_one.hpp"
#include "tests/fuzz/input_file.hpp"

namespace saltus::fuzz {

namespace {

std::vector<std::byte> sealed(std::span<const std::byte> input) {
    std::vector<std::byte> bytes(input.begin(), input.end());
    if (bytes.size() < 8) {
        return bytes;
    }
    std::memcpy(bytes.data(), "SALTRACE", 8);
    for (std::size_t at = 8; at + 8 <= bytes.size();) {
        std::uint32_t length = 0;
        std::memcpy(&length, bytes.data() + at, sizeof length);
        length = static_cast<std::uint32_t>(std::min<std::size_t>(length, bytes.size() - at - 8));
        const auto sum = static_cast<std::uint32_t>(
            crc32(0, reinterpret_cast<const Bytef*>(bytes.data() + at + 8), length));
        std::memcpy(bytes.data() + at, &length, sizeof length);
        std::memcpy(bytes.data() + at + 4, &sum, sizeof sum);
        at += 8 + length;
    }
    return bytes;
}

void read(std::span<const std::byte> bytes) {
    static InputFile file("t.saltrace");
    try {
        TraceReader reader(file.holding(bytes));
        SampleTrace sample;
        while (reader.next(sample)) {
            digest_of(sample);
            raster_svg(reader.header(), sample);
        }
        for (const char* name : {"t.csv", "t.npz"}) {
            export_trace(file.path(), file.path().parent_path() / name);
        }
    } catch (const InputError&) {
    }
}

}  // namespace

void fuzz_one(std::span<const std::byte> input) {
    read(input);
    read(sealed(input));
}

}  // namespace saltus::fuzz
