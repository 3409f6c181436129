// A .saltrace file, as it stands and with its chunks' lengths and checksums put right: read to the
// end, digested, exported and drawn.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>
#include <zlib.h>

#include "core/error.hpp"
#include "models/interchange/trace_export.hpp"
#include "models/trace/crc32c.hpp"
#include "models/trace/raster.hpp"
#include "models/trace/trace_file.hpp"
#include "models/trace/trace_frame.hpp"

#include "tests/fuzz/fuzz_one.hpp"
#include "tests/fuzz/input_file.hpp"

namespace saltus::fuzz {

namespace {

// Version 1: lengths and checksums put right.
std::vector<std::byte> sealed_1(std::span<const std::byte> input) {
    std::vector<std::byte> bytes(input.begin(), input.end());
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

// Version 2: every frame from the first on made sound, and the footer with them.
std::vector<std::byte> sealed_2(std::span<const std::byte> input) {
    std::vector<std::byte> bytes(input.begin(), input.end());
    std::memcpy(bytes.data(), "SALTRAC2", 8);
    const std::size_t end = bytes.size() > k_footer_bytes ? bytes.size() - k_footer_bytes : 0;
    for (std::size_t at = 8; at + k_frame_bytes <= end;) {
        std::uint32_t length = 0;
        std::memcpy(&length, bytes.data() + at + 4, sizeof length);
        length =
            static_cast<std::uint32_t>(std::min<std::size_t>(length, end - at - k_frame_bytes));
        const auto head =
            frame_of(std::span<const std::byte>(bytes).subspan(at + k_frame_bytes, length));
        std::copy(head.begin(), head.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
        at += k_frame_bytes + length;
    }
    if (end > 0) {
        TraceFooter footer;
        std::memcpy(&footer.index, bytes.data() + end, 8);
        std::memcpy(&footer.length, bytes.data() + end + 8, 8);
        const auto last = footer_of(footer);
        std::copy(last.begin(), last.end(), bytes.begin() + static_cast<std::ptrdiff_t>(end));
    }
    return bytes;
}

void use(const TraceFile& trace) {
    for (std::uint64_t place = 0; place < trace.samples(); ++place) {
        (void)trace.find(trace.number(place));
        for (PopulationId p = 0; p < trace.header().populations.size(); ++p) {
            (void)trace.neuron_counts(place, p);
        }
        for (std::size_t k = 0; k < trace.header().series.size(); ++k) {
            (void)trace.series(place, k, {1, 5});
        }
        raster_svg(trace.header(), trace.sample(place));
        (void)trace.digest(place);
    }
    (void)trace.levels();
}

void read(std::span<const std::byte> bytes, TraceFile::Trust trust) {
    static InputFile file("t.saltrace");
    try {
        const TraceFile trace(file.holding(bytes), trust);
        use(trace);
        for (const char* name : {"t.csv", "t.npz", "t.perfetto-trace"}) {
            export_trace(trace, file.path().parent_path() / name);
        }
    } catch (const InputError&) {
    }
}

}  // namespace

void fuzz_one(std::span<const std::byte> input) {
    read(input, TraceFile::Trust::index);
    read(input, TraceFile::Trust::nothing);
    if (input.size() >= 8) {
        read(sealed_1(input), TraceFile::Trust::index);
        read(sealed_2(input), TraceFile::Trust::index);
        read(sealed_2(input), TraceFile::Trust::nothing);
    }
}

}  // namespace saltus::fuzz
