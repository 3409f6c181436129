// Spikes as simulators often keep them, [tick, sample, ...], to what `saltus run --events` takes:
// [sample, tick, ...]. Any element type.
//
//   transpose_events IN.npy OUT.npy
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "models/files/npy.hpp"

namespace {

void transpose(const char* from, const char* to) {
    const saltus::NpyArray in(from);
    std::vector<std::uint64_t> shape = in.shape();
    if (shape.size() < 2 || in.size() == 0) {
        throw saltus::InputError(from, "shape " + in.shape_text(), "[tick, sample, ...]");
    }
    const auto ticks = static_cast<std::size_t>(shape[0]);
    const auto samples = static_cast<std::size_t>(shape[1]);
    const std::size_t row = in.bytes().size() / ticks / samples;
    std::vector<std::byte> out(in.bytes().size());
    for (std::size_t t = 0; t < ticks; ++t) {
        for (std::size_t s = 0; s < samples; ++s) {
            std::memcpy(out.data() + (s * ticks + t) * row,
                        in.bytes().data() + (t * samples + s) * row,
                        row);
        }
    }
    std::swap(shape[0], shape[1]);
    saltus::write_npy(to, in.type(), shape, out);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "use: transpose_events IN.npy OUT.npy\n");
        return 2;
    }
    try {
        transpose(argv[1], argv[2]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "transpose_events: %s\n", error.what());
        return 2;
    }
    return 0;
}
