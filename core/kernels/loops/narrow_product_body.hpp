// What kernels.hpp does with a NarrowProduct8 (product_kernel.hpp). Included by kernels_body.hpp
// alone, inside its namespace, for whatever instruction set it is compiled for.

#if defined(__AVX512VNNI__)

// Ticks [0, ticks) of `words` as bytes of 0 or 1, each [k_most_narrow_sources].
inline void spread_words(std::uint8_t* spikes,
                         const std::uint64_t* words,
                         std::size_t pitch,
                         std::uint32_t count,
                         std::uint32_t ticks) {
    for (std::uint32_t t = 0; t < ticks; ++t, words += pitch, spikes += k_most_narrow_sources) {
        for (std::uint32_t k = 0; k < count; ++k) {
            store(spikes + k * 64, bits_as_bytes(words[k]));
        }
    }
}

// Six ticks at once, even and odd groups apart: an instruction takes several cycles, and twelve
// sums do not wait for each other.
void multiply_narrow8(const TileSums& sums, const NarrowProduct8& product, const float* scales) {
    alignas(64) std::uint8_t spikes[k_product_ticks * k_most_narrow_sources] = {};
    const std::uint32_t groups = product.words * (64 / k_group);
    const auto scale = load<Floats>(scales);
    for (std::uint32_t first = 0; first < sums.ticks; first += k_product_ticks) {
        const std::uint32_t left = sums.ticks - first;
        const std::uint32_t ticks = left < k_product_ticks ? left : k_product_ticks;
        spread_words(
            spikes, product.fires + first * product.pitch, product.pitch, product.words, ticks);
        Ints dots[k_product_ticks][2] = {};
        for (std::uint32_t g = 0; g < groups; g += 2) {
            for (std::uint32_t odd = 0; odd < 2; ++odd) {
                const std::uint32_t at = (g + odd) * k_group;
                const auto four = load<Ints>(product.weights + std::size_t{at} * k_narrow);
#pragma GCC unroll 8  // else the sums would not stay in registers
                for (std::uint32_t t = 0; t < k_product_ticks; ++t) {
                    std::int32_t fired;
                    __builtin_memcpy(&fired, spikes + t * k_most_narrow_sources + at, sizeof fired);
                    dots[t][odd] = add_dots(dots[t][odd], fired, four);
                }
            }
        }
        for (std::uint32_t t = 0; t < ticks; ++t) {
            const float* const start = sums.start + std::size_t{first + t} * sums.start_pitch;
            const Floats sum = __builtin_convertvector(dots[t][0] + dots[t][1], Floats);
            store(sums.x + std::size_t{first + t} * k_tile, load<Floats>(start) + scale * sum);
        }
    }
}

constexpr auto k_multiply_narrow8 = multiply_narrow8;

#else

constexpr auto k_multiply_narrow8 = nullptr;

#endif
