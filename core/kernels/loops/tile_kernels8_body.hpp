// The bodies of tile_kernels.hpp for weights of int8. Included by kernels_body.hpp alone, inside
// its namespace, for whatever instruction set it is compiled for.

// Twice as many int16 as a register holds floats: a register full.
using WideBytes = std::int8_t __attribute__((vector_size(k_lanes * 2)));
using WideShorts = std::int16_t __attribute__((vector_size(k_lanes * 4)));

// Widenings, by one instruction where there is one: compilers take several.
WideShorts widen_bytes(const std::int8_t* from) {
    const auto bytes = load<WideBytes>(from);
#if defined(__AVX512F__)
    return reinterpret_cast<WideShorts>(_mm512_cvtepi8_epi16(reinterpret_cast<__m256i>(bytes)));
#elif defined(__AVX2__)
    return reinterpret_cast<WideShorts>(_mm256_cvtepi8_epi16(reinterpret_cast<__m128i>(bytes)));
#else
    return __builtin_convertvector(bytes, WideShorts);
#endif
}

// Half 0 or 1 of a register of int16. By value: a copy through memory would keep sums there.
template <std::uint32_t k_half>
Ints widen_half(WideShorts shorts) {
#if defined(__AVX512F__)
    const __m256i half =
        _mm512_maskz_extracti64x4_epi64(0xff, reinterpret_cast<__m512i>(shorts), k_half);
    return reinterpret_cast<Ints>(_mm512_maskz_cvtepi16_epi32(0xffff, half));
#elif defined(__AVX2__)
    const __m128i half = _mm256_extracti128_si256(reinterpret_cast<__m256i>(shorts), k_half);
    return reinterpret_cast<Ints>(_mm256_cvtepi16_epi32(half));
#else
    Ints half;
    for (std::uint32_t k = 0; k < k_lanes; ++k) {
        half[k] = shorts[k_half * k_lanes + k];
    }
    return half;
#endif
}

Floats float_bytes(const std::int8_t* from) {
#if defined(__AVX512F__)
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    return reinterpret_cast<Floats>(
        _mm512_maskz_cvtepi32_ps(0xffff, _mm512_maskz_cvtepi8_epi32(0xffff, bytes)));
#elif defined(__AVX2__)
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
    return reinterpret_cast<Floats>(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)));
#else
    return __builtin_convertvector(load<Bytes>(from), Floats);
#endif
}

// One tick of k_wide x 2 k_lanes targets: exact sums in int16 for as many rows as those hold.
template <std::uint32_t k_wide>
inline __attribute__((always_inline)) void sum_spikes8(const float* start,
                                                       const std::int8_t* weights,
                                                       std::uint64_t pitch,
                                                       const float* scales,
                                                       const Events& events,
                                                       Floats (&x)[2 * k_wide]) {
    constexpr std::size_t k_exact = 32767 / 127;
    constexpr std::uint32_t k_vectors = 2 * k_wide;
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        x[k] = load<Floats>(start + k * k_lanes);
    }
    if (events.count == 0) {
        return;
    }
    Ints total[k_vectors] = {};
    for (std::size_t first = 0; first < events.count; first += k_exact) {
        const std::size_t end = events.count - first < k_exact ? events.count : first + k_exact;
        WideShorts part[k_wide] = {};
        for (std::size_t e = first; e < end; ++e) {
            const std::int8_t* const row = weights + events.slots[e] * pitch;
            for (std::uint32_t k = 0; k < k_wide; ++k) {
                part[k] = part[k] + widen_bytes(row + k * 2 * k_lanes);
            }
        }
        for (std::uint32_t k = 0; k < k_wide; ++k) {
            total[2 * k] = total[2 * k] + widen_half<0>(part[k]);
            total[2 * k + 1] = total[2 * k + 1] + widen_half<1>(part[k]);
        }
    }
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        const Floats sum = __builtin_convertvector(total[k], Floats);
        x[k] = x[k] + load<Floats>(scales + k * k_lanes) * sum;
    }
}

// The same with payloads: one weight, rounded to float32, after the other.
template <std::uint32_t k_vectors>
inline __attribute__((always_inline)) void sum_graded8(const float* start,
                                                       const std::int8_t* weights,
                                                       std::uint64_t pitch,
                                                       const float* scales,
                                                       const Events& events,
                                                       Floats (&sum)[k_vectors]) {
    Floats scale[k_vectors];
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        scale[k] = load<Floats>(scales + k * k_lanes);
        sum[k] = load<Floats>(start + k * k_lanes);
    }
    for (std::size_t e = 0; e < events.count; ++e) {
        const std::int8_t* const row = weights + events.slots[e] * pitch;
        for (std::uint32_t k = 0; k < k_vectors; ++k) {
            const Floats weight = scale[k] * float_bytes(row + k * k_lanes);
            sum[k] = sum[k] + weight * events.payloads[e];
        }
    }
}

// The same by rows that stand there as float32, of a tick or of it and the next. Returns how many.
template <bool k_graded>
std::uint32_t add_graded_rows(const TileSums& sums, std::uint32_t t, std::uint64_t pitch) {
    const bool two = t + 1 < sums.ticks && sums.graded_ticks[t + 1] != 0;
    std::uint32_t at = 0;
    for (; at + k_tile_vectors * k_lanes <= sums.lanes; at += k_tile_vectors * k_lanes) {
        if (two) {
            add_two_ticks<k_tile_vectors, k_graded>(sums, t, at, sums.graded + at, pitch);
        } else {
            add_one_tick<k_tile_vectors>(sums, t, at, sums.graded + at, pitch);
        }
    }
    for (; at < sums.lanes; at += k_lanes) {
        add_one_tick<1>(sums, t, at, sums.graded + at, pitch);
        if (two) {
            add_one_tick<1>(sums, t + 1, at, sums.graded + at, pitch);
        }
    }
    return two ? 2 : 1;
}

template <std::uint32_t k_wide>
void add_tile8_by(const TileSums& sums,
                  const std::int8_t* weights,
                  std::uint64_t pitch,
                  const float* scales) {
    constexpr std::uint32_t k_vectors = k_wide >= 2 ? 4 : 2;
    std::uint32_t t = 0;
    while (t < sums.ticks) {
        const Events& events = sums.events[t];
        if (sums.graded != nullptr && sums.graded_ticks[t] != 0) {
            t += events.payloads != nullptr ? add_graded_rows<true>(sums, t, pitch)
                                            : add_graded_rows<false>(sums, t, pitch);
            continue;
        }
        float* const x = sums.x + std::size_t{t} * k_tile;
        const float* const start = sums.start + std::size_t{t} * sums.start_pitch;
        ++t;
        if (events.payloads == nullptr) {
            Floats sum[2 * k_wide];
            sum_spikes8<k_wide>(start, weights, pitch, scales, events, sum);
            store_sums(x, sum);
            continue;
        }
        for (std::uint32_t at = 0; at < k_wide * 2 * k_lanes; at += k_vectors * k_lanes) {
            Floats sum[k_vectors];
            sum_graded8<k_vectors>(start + at, weights + at, pitch, scales + at, events, sum);
            store_sums(x + at, sum);
        }
    }
}

void add_tile8(const TileSums& sums,
               const std::int8_t* weights,
               std::uint64_t pitch,
               const float* scales) {
    if (sums.lanes <= k_tile / 2) {
        add_tile8_by<k_tile / 4 / k_lanes>(sums, weights, pitch, scales);
    } else {
        add_tile8_by<k_tile / 2 / k_lanes>(sums, weights, pitch, scales);
    }
}

#if defined(__AVX512F__)
// Ticks whose input is summed on the way, in registers but for payloads without rows of their own.
template <class Rule>
struct AddAndIntegrate8 {
    static TileResult call(const TileRun& run,
                           const TileSums& sums,
                           const std::int8_t* weights,
                           std::uint64_t pitch,
                           const float* scales) {
        constexpr std::uint32_t k_vectors = Rule::k_vectors;
        if constexpr (k_vectors % 2 != 0) {
            add_tile8(sums, weights, pitch, scales);
            return Integrate<Rule>::call(run);
        } else {
            const auto is_graded = [&](std::uint32_t t) {
                return sums.graded != nullptr && sums.graded_ticks[t] != 0;
            };
            TilePass<Rule> tile(run);
            std::uint32_t t = 0;
            while (t < sums.ticks) {
                const Events& events = sums.events[t];
                Floats a[k_vectors];
                if (is_graded(t) && t + 1 < sums.ticks && is_graded(t + 1)) {
                    Floats b[k_vectors];
                    if (events.payloads != nullptr) {
                        sum_two_ticks<k_vectors, true>(sums, t, 0, sums.graded, pitch, a, b);
                    } else {
                        sum_two_ticks<k_vectors, false>(sums, t, 0, sums.graded, pitch, a, b);
                    }
                    tile.take(t, a);
                    tile.take(t + 1, b);
                    t += 2;
                    continue;
                }
                const float* const start = sums.start + std::size_t{t} * sums.start_pitch;
                if (is_graded(t)) {
                    sum_one_tick(sums, t, 0, sums.graded, pitch, a);
                } else if (events.payloads == nullptr) {
                    sum_spikes8<k_vectors / 2>(start, weights, pitch, scales, events, a);
                } else {
                    sum_graded8<k_vectors>(start, weights, pitch, scales, events, a);
                }
                tile.take(t, a);
                t += 1;
            }
            return tile.end(false);
        }
    }
};
#endif

TileResult run_tile8(const TileRun& run,
                     const TileSums& sums,
                     const std::int8_t* weights,
                     std::uint64_t pitch,
                     const float* scales) {
#if defined(__AVX512F__)
    return run_by_rule<AddAndIntegrate8>(run, sums, weights, pitch, scales);
#else
    add_tile8(sums, weights, pitch, scales);
    return integrate_tile(run);
#endif
}

void pack_rows8(std::int8_t* rows,
                const std::int8_t* weights,
                std::uint64_t pitch,
                const std::uint32_t* slots,
                std::size_t count) {
    for (std::size_t e = 0; e < count; ++e) {
        __builtin_memcpy(rows + std::size_t{slots[e]} * k_tile, weights + slots[e] * pitch, k_tile);
    }
}
