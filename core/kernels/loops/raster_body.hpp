// What kernels.hpp does with rasters (product_kernel.hpp). Included by kernels_body.hpp alone,
// inside its namespace, for whatever instruction set it is compiled for.

// Swaps blocks of k_half x k_half bits across the diagonals of blocks twice as large.
template <std::uint32_t k_half>
void swap_blocks(std::uint64_t* rows, std::uint64_t left) {
    for (std::uint32_t base = 0; base < 64; base += 2 * k_half) {
        for (std::uint32_t k = base; k < base + k_half; ++k) {
            const std::uint64_t differ = ((rows[k] >> k_half) ^ rows[k + k_half]) & left;
            rows[k] ^= differ << k_half;
            rows[k + k_half] ^= differ;
        }
    }
}

void transpose_bits(std::uint64_t* raster,
                    const std::uint64_t* words,
                    std::size_t pitch,
                    std::uint32_t rows) {
    for (std::uint32_t t = 0; t < 64; ++t) {
        raster[t] = t < rows ? words[t * pitch] : 0;
    }
    swap_blocks<32>(raster, 0x00000000ffffffff);
    swap_blocks<16>(raster, 0x0000ffff0000ffff);
    swap_blocks<8>(raster, 0x00ff00ff00ff00ff);
    swap_blocks<4>(raster, 0x0f0f0f0f0f0f0f0f);
    swap_blocks<2>(raster, 0x3333333333333333);
    swap_blocks<1>(raster, 0x5555555555555555);
}

std::size_t find_active(std::uint32_t* active,
                        std::uint8_t* counts,
                        const std::uint64_t* raster,
                        std::uint32_t sources) {
    std::size_t n = 0;
    for (std::uint32_t s = 0; s < sources; ++s) {
        int spikes = 0;
        for (std::uint32_t w = 0; w < k_raster_words; ++w) {
            spikes += __builtin_popcountll(raster[std::size_t{w} * sources + s]);
        }
        active[n] = s;
        counts[n] = static_cast<std::uint8_t>(spikes);
        n += spikes != 0 ? 1 : 0;
    }
    return n;
}

// The bits of each possible block of ticks as numbers, and two places more.
struct BitsAsFloats {
    float of[1U << k_product_ticks][8] = {};

    constexpr BitsAsFloats() {
        for (std::uint32_t bits = 0; bits < 1U << k_product_ticks; ++bits) {
            for (std::uint32_t t = 0; t < k_product_ticks; ++t) {
                of[bits][t] = static_cast<float>(bits >> t & 1);
            }
        }
    }
};

constexpr BitsAsFloats k_bits_as_floats;

void spread_spikes(float* spikes,
                   const std::uint64_t* raster,
                   std::uint32_t sources,
                   const std::uint32_t* slots,
                   std::uint32_t count,
                   std::uint32_t ticks) {
    constexpr std::uint32_t k_last = (1U << k_product_ticks) - 1;
    for (std::uint32_t t = 0; t < ticks; t += k_product_ticks) {
        const std::uint32_t shift = t % 64;
        const std::uint64_t* const words = raster + std::size_t{t / 64} * sources;
        const bool both = shift > 64 - k_product_ticks && t / 64 + 1 < k_raster_words;
        for (std::uint32_t k = 0; k < count; ++k, spikes += k_product_ticks) {
            std::uint64_t bits = words[slots[k]] >> shift;
            if (both) {
                bits |= words[sources + slots[k]] << (64 - shift);
            }
            __builtin_memcpy(spikes, k_bits_as_floats.of[bits & k_last], 8 * sizeof(float));
        }
    }
}
