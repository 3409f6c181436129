#include "models/run/input_digest.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <xxhash.h>

namespace saltus {

namespace {

struct FreeState {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

}  // namespace

std::uint64_t input_digest(std::span<const SampleInput> inputs) {
    const std::unique_ptr<XXH3_state_t, FreeState> state(XXH3_createState());
    if (!state) {
        throw std::bad_alloc();
    }
    XXH3_64bits_reset(state.get());
    std::array<float, 1024> piece;
    for (const SampleInput& input : inputs) {
        XXH3_64bits_update(state.get(), input.values.data(), input.values.size_bytes());
        for (std::size_t at = 0; at < input.bytes.size(); at += piece.size()) {
            const std::span<const std::uint8_t> bytes =
                input.bytes.subspan(at, std::min(piece.size(), input.bytes.size() - at));
            std::copy(bytes.begin(), bytes.end(), piece.begin());
            XXH3_64bits_update(state.get(), piece.data(), bytes.size() * sizeof(float));
        }
    }
    return XXH3_64bits_digest(state.get());
}

}  // namespace saltus
