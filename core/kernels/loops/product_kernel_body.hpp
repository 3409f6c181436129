// The bodies of product_kernel.hpp. Included by kernels_body.hpp alone, inside its namespace, for
// whatever instruction set it is compiled for; one that cannot multiply bytes has none.

#if defined(__AVX512VNNI__)

// Sums of products of four bytes each: one sum a target.
using Dots = Ints;

Dots add_dots(Dots sums, std::int32_t spikes, Ints weights) {
    return reinterpret_cast<Dots>(_mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sums),
                                                      _mm512_set1_epi32(spikes),
                                                      reinterpret_cast<__m512i>(weights)));
}

Ints whole_dots(Dots sums) {
    return sums;
}

#elif defined(__AVX2__)

// Two sums a target, of pairs, in int16. Those of ticks behind the last, of whatever stands there,
// may wrap around.
using Dots = WideShorts;

Dots add_dots(Dots sums, std::int32_t spikes, Ints weights) {
#if defined(__AVX512F__)
    return reinterpret_cast<Dots>(_mm512_add_epi16(
        reinterpret_cast<__m512i>(sums),
        _mm512_maddubs_epi16(_mm512_set1_epi32(spikes), reinterpret_cast<__m512i>(weights))));
#else
    return reinterpret_cast<Dots>(_mm256_add_epi16(
        reinterpret_cast<__m256i>(sums),
        _mm256_maddubs_epi16(_mm256_set1_epi32(spikes), reinterpret_cast<__m256i>(weights))));
#endif
}

Ints whole_dots(Dots sums) {
#if defined(__AVX512F__)
    return reinterpret_cast<Ints>(
        _mm512_madd_epi16(reinterpret_cast<__m512i>(sums), _mm512_set1_epi16(1)));
#else
    return reinterpret_cast<Ints>(
        _mm256_madd_epi16(reinterpret_cast<__m256i>(sums), _mm256_set1_epi16(1)));
#endif
}

#endif

#if defined(__AVX2__)

// Ticks and vectors of targets whose sums fill the registers, with a group's weights and spikes.
constexpr std::uint32_t k_dot_ticks = k_lanes == 16 ? 6 : 2;
constexpr std::uint32_t k_dot_vectors = 4;
static_assert(k_product_ticks % k_dot_ticks == 0);

using DotBlock = Dots[k_dot_ticks][k_dot_vectors];

inline __attribute__((always_inline)) void multiply_groups(DotBlock& dots,
                                                           const std::uint8_t* spikes,
                                                           const std::int8_t* weights,
                                                           std::uint32_t groups) {
    for (std::uint32_t g = 0; g < groups; ++g) {
        Ints four[k_dot_vectors];
        for (std::uint32_t k = 0; k < k_dot_vectors; ++k) {
            four[k] = load<Ints>(weights + (std::size_t{g} * k_tile + k * k_lanes) * k_group);
        }
        for (std::uint32_t t = 0; t < k_dot_ticks; ++t) {
            std::int32_t fired;
            __builtin_memcpy(&fired, spikes + g * k_spikes_pitch + t * k_group, sizeof fired);
            for (std::uint32_t k = 0; k < k_dot_vectors; ++k) {
                dots[t][k] = add_dots(dots[t][k], fired, four[k]);
            }
        }
    }
}

// Groups that are taken over all ticks before the next: their weights and spikes stay in the
// nearest cache (768 sources: 167 to 230 Gsynops/s), and their sums of pairs in int16.
constexpr std::uint32_t k_near_groups = 48;
static_assert(k_near_groups * 2 * 127 <= 32767);

// Some ticks of a part of a tile: what has been summed before, [ticks, pitch], and what is added.
struct DotSums {
    const std::int32_t* before = nullptr;
    std::uint32_t pitch = 0;  // 0: the same at every tick
    const std::uint8_t* spikes = nullptr;
    const std::int8_t* weights = nullptr;
    std::uint32_t groups = 0;
};

// sums [ticks, k_tile] = before + product. Not inlined, as the next: compilers would keep what the
// loop around it needs in the registers of the sums.
__attribute__((noinline)) void add_groups(const DotSums& part, std::int32_t* sums) {
    DotBlock dots = {};
    multiply_groups(dots, part.spikes, part.weights, part.groups);
#pragma GCC unroll 8  // else the sums would not stay in registers
    for (std::uint32_t t = 0; t < k_dot_ticks; ++t) {
        for (std::uint32_t k = 0; k < k_dot_vectors; ++k) {
            const auto before = load<Ints>(part.before + t * part.pitch + k * k_lanes);
            store(sums + t * k_tile + k * k_lanes, before + whole_dots(dots[t][k]));
        }
    }
}

// x = start + scale * (before + product). Where nothing arrives this adds a zero, which changes no
// bit: no start is -0.
__attribute__((noinline)) void scale_groups(const DotSums& part,
                                            float* x,
                                            const float* start,
                                            std::uint32_t start_pitch,
                                            const float* scales) {
    DotBlock dots = {};
    multiply_groups(dots, part.spikes, part.weights, part.groups);
#pragma GCC unroll 8
    for (std::uint32_t t = 0; t < k_dot_ticks; ++t) {
        for (std::uint32_t k = 0; k < k_dot_vectors; ++k) {
            const auto before = load<Ints>(part.before + t * part.pitch + k * k_lanes);
            const Floats sum = __builtin_convertvector(before + whole_dots(dots[t][k]), Floats);
            const auto begun = load<Floats>(start + t * start_pitch + k * k_lanes);
            store(x + t * k_tile + k * k_lanes, begun + load<Floats>(scales + k * k_lanes) * sum);
        }
    }
}

// Calls after(first, end) for the ticks whose sums are whole.
template <class After>
void multiply_tile8(const TileSums& sums,
                    const Product8& product,
                    const float* scales,
                    After after) {
    alignas(64) std::int32_t summed[(64 * k_raster_words + k_product_ticks) * k_tile];
    const std::uint32_t passes = (product.groups + k_near_groups - 1) / k_near_groups;
    const std::uint32_t near = passes < 2 ? product.groups : (product.groups + passes - 1) / passes;
    std::uint32_t g = 0;
    do {
        const std::uint32_t left = product.groups - g;
        for (std::uint32_t t = 0; t < sums.ticks; t += k_dot_ticks) {
            for (std::uint32_t at = 0; at < k_tile; at += k_dot_vectors * k_lanes) {
                DotSums part;
                part.before = g == 0 ? product.constant + at : summed + t * k_tile + at;
                part.pitch = g == 0 ? 0 : k_tile;
                part.spikes = product.spikes + g * k_spikes_pitch + t * k_group;
                part.weights = product.weights + (std::size_t{g} * k_tile + at) * k_group;
                part.groups = left < near ? left : near;
                if (left > near) {
                    add_groups(part, summed + t * k_tile + at);
                } else {
                    scale_groups(part,
                                 sums.x + std::size_t{t} * k_tile + at,
                                 sums.start + std::size_t{t} * sums.start_pitch + at,
                                 sums.start_pitch,
                                 scales + at);
                }
            }
            if (left <= near) {
                after(t, t + k_dot_ticks < sums.ticks ? t + k_dot_ticks : sums.ticks);
            }
        }
        g += near;
    } while (g < product.groups);
}

void multiply_tile8(const TileSums& sums, const Product8& product, const float* scales) {
    multiply_tile8(sums, product, scales, [](std::uint32_t, std::uint32_t) {});
}

// The same, and takes neurons through ticks while the next product is on its way.
template <class Rule>
struct MultiplyAndIntegrate8 {
    static TileResult call(const TileRun& run,
                           const TileSums& sums,
                           const Product8& product,
                           const float* scales) {
        TilePass<Rule> tile(run);
        multiply_tile8(sums, product, scales, [&](std::uint32_t first, std::uint32_t end) {
            tile.take_summed(first, end);
        });
        return tile.end(true);
    }
};

TileResult run_product8(const TileRun& run,
                        const TileSums& sums,
                        const Product8& product,
                        const float* scales) {
    return run_by_rule<MultiplyAndIntegrate8>(run, sums, product, scales);
}

#endif

#if defined(__AVX512F__)

using GroupRow = __m512i;

// [k_group][64] bytes to [64][k_group].
void interleave(std::int8_t* to, const GroupRow (&rows)[k_group]) {
    // Unpacking is by parts of 16 bytes: the words of part p are to be words p, 4 + p, 8 + p ...
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m512i row[k_group];
    for (std::uint32_t s = 0; s < k_group; ++s) {
        row[s] = _mm512_maskz_permutexvar_epi32(0xffff, order, rows[s]);
    }
    const __m512i low01 = _mm512_unpacklo_epi8(row[0], row[1]);
    const __m512i low23 = _mm512_unpacklo_epi8(row[2], row[3]);
    const __m512i high01 = _mm512_unpackhi_epi8(row[0], row[1]);
    const __m512i high23 = _mm512_unpackhi_epi8(row[2], row[3]);
    store(to, _mm512_unpacklo_epi16(low01, low23));
    store(to + 64, _mm512_unpackhi_epi16(low01, low23));
    store(to + 128, _mm512_unpacklo_epi16(high01, high23));
    store(to + 192, _mm512_unpackhi_epi16(high01, high23));
}

// The bits of a word as bytes of 0 or 1.
GroupRow bits_as_bytes(std::uint64_t bits) {
    return _mm512_maskz_set1_epi8(bits, 1);
}

#elif defined(__AVX2__)

using GroupRow = __m128i;

// [k_group][16] bytes to [16][k_group].
void interleave(std::int8_t* to, const GroupRow (&rows)[k_group]) {
    const __m128i low01 = _mm_unpacklo_epi8(rows[0], rows[1]);
    const __m128i low23 = _mm_unpacklo_epi8(rows[2], rows[3]);
    const __m128i high01 = _mm_unpackhi_epi8(rows[0], rows[1]);
    const __m128i high23 = _mm_unpackhi_epi8(rows[2], rows[3]);
    store(to, _mm_unpacklo_epi16(low01, low23));
    store(to + 16, _mm_unpackhi_epi16(low01, low23));
    store(to + 32, _mm_unpacklo_epi16(high01, high23));
    store(to + 48, _mm_unpackhi_epi16(high01, high23));
}

// The lowest bits of a word as bytes of 0 or 1.
GroupRow bits_as_bytes(std::uint64_t bits) {
    const __m128i byte_of = _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
    const __m128i bit_of = _mm_set1_epi64x(static_cast<long long>(0x8040201008040201));
    const __m128i copies =
        _mm_shuffle_epi8(_mm_set1_epi16(static_cast<std::int16_t>(bits)), byte_of);
    return _mm_and_si128(_mm_cmpeq_epi8(_mm_and_si128(copies, bit_of), bit_of), _mm_set1_epi8(1));
}

#endif

#if defined(__AVX2__)

void pack_groups8(std::int8_t* groups,
                  const std::int8_t* weights,
                  std::uint64_t pitch,
                  const std::uint32_t* slots,
                  std::uint32_t count) {
    GroupRow rows[k_group];
    for (std::uint32_t first = 0; first < count; first += k_group) {
        for (std::uint32_t at = 0; at < k_tile; at += sizeof(GroupRow)) {
            for (std::uint32_t s = 0; s < k_group; ++s) {
                const std::uint32_t slot = slots[first + s < count ? first + s : count - 1];
                rows[s] = load<GroupRow>(weights + slot * pitch + at);
            }
            interleave(groups + (first * k_tile + at * k_group), rows);
        }
    }
}

void spread_spikes8(std::uint8_t* spikes,
                    const std::uint64_t* raster,
                    std::uint32_t sources,
                    const std::uint32_t* slots,
                    std::uint32_t count) {
    constexpr std::uint32_t k_bits = sizeof(GroupRow);
    GroupRow rows[k_group];
    for (std::uint32_t first = 0; first < count; first += k_group, spikes += k_spikes_pitch) {
        for (std::uint32_t at = 0; at < 64 * k_raster_words; at += k_bits) {
            const std::uint64_t* const words = raster + std::size_t{at / 64} * sources;
            for (std::uint32_t s = 0; s < k_group; ++s) {
                const std::uint64_t word = first + s < count ? words[slots[first + s]] : 0;
                rows[s] = bits_as_bytes(word >> at % 64);
            }
            interleave(reinterpret_cast<std::int8_t*>(spikes) + at * k_group, rows);
        }
    }
}

#endif

#if defined(__FMA__)

// sum + factor * w, rounded once.
inline Floats add_product(Floats sum, float factor, Floats w) {
#if defined(__AVX512F__)
    return reinterpret_cast<Floats>(_mm512_fmadd_ps(
        _mm512_set1_ps(factor), reinterpret_cast<__m512>(w), reinterpret_cast<__m512>(sum)));
#else
    return reinterpret_cast<Floats>(_mm256_fmadd_ps(
        _mm256_set1_ps(factor), reinterpret_cast<__m256>(w), reinterpret_cast<__m256>(sum)));
#endif
}

// k_ticks ticks of k_vectors vectors of targets. A spike adds 1 * w, whose product needs no
// rounding: the bits of a + w. No spike adds 0 * w, a zero since weights are finite: the bits of a,
// unless a is -0; but sums start from what is not -0, and a sum is -0 only if both its terms are.
template <std::uint32_t k_ticks, std::uint32_t k_vectors>
void add_product32(const TileSums& sums,
                   const Product32& product,
                   std::uint32_t first,
                   std::uint32_t at) {
    Floats x[k_ticks][k_vectors];
    const float* const start = sums.start + std::size_t{first} * sums.start_pitch + at;
#pragma GCC unroll 8  // else the sums would not stay in registers
    for (std::uint32_t t = 0; t < k_ticks; ++t) {
        for (std::uint32_t k = 0; k < k_vectors; ++k) {
            x[t][k] = load<Floats>(start + t * sums.start_pitch + k * k_lanes);
        }
    }
    const float* spikes = product.spikes +
                          std::size_t{first / k_product_ticks} * product.sources * k_product_ticks +
                          first % k_product_ticks;
    for (std::uint32_t s = 0; s < product.sources; ++s, spikes += k_product_ticks) {
        const float* const row = product.weights + std::size_t{s} * k_tile + at;
        Floats w[k_vectors];
        for (std::uint32_t k = 0; k < k_vectors; ++k) {
            w[k] = load<Floats>(row + k * k_lanes);
        }
        for (std::uint32_t t = 0; t < k_ticks; ++t) {
            for (std::uint32_t k = 0; k < k_vectors; ++k) {
                x[t][k] = add_product(x[t][k], spikes[t], w[k]);
            }
        }
    }
#pragma GCC unroll 8
    for (std::uint32_t t = 0; t < k_ticks; ++t) {
        for (std::uint32_t k = 0; k < k_vectors; ++k) {
            store(sums.x + std::size_t{first + t} * k_tile + at + k * k_lanes, x[t][k]);
        }
    }
}

template <class After>
void multiply_tile(const TileSums& sums, const Product32& product, After after) {
    // as many sums as registers hold
    constexpr std::uint32_t k_ticks = k_lanes == 16 ? 6 : 3;
    static_assert(k_product_ticks % k_ticks == 0);
    for (std::uint32_t t = 0; t < sums.ticks; t += k_ticks) {
        std::uint32_t at = 0;
        for (; at + 4 * k_lanes <= sums.lanes; at += 4 * k_lanes) {
            add_product32<k_ticks, 4>(sums, product, t, at);
        }
        for (; at < sums.lanes; at += k_lanes) {
            add_product32<k_ticks, 1>(sums, product, t, at);
        }
        after(t, t + k_ticks < sums.ticks ? t + k_ticks : sums.ticks);
    }
}

void multiply_tile(const TileSums& sums, const Product32& product) {
    multiply_tile(sums, product, [](std::uint32_t, std::uint32_t) {});
}

template <class Rule>
struct MultiplyAndIntegrate {
    static TileResult call(const TileRun& run, const TileSums& sums, const Product32& product) {
        TilePass<Rule> tile(run);
        multiply_tile(sums, product, [&](std::uint32_t first, std::uint32_t end) {
            tile.take_summed(first, end);
        });
        return tile.end(true);
    }
};

TileResult run_product(const TileRun& run, const TileSums& sums, const Product32& product) {
    return run_by_rule<MultiplyAndIntegrate>(run, sums, product);
}

#endif

// Rows in Gsynops/s over products, zeros and all (kernels_bench and workload A): 50 / 230, 50 / 130
// and 30 / 70 of int8; 20 / 60 and 12 / 24 of float32; and something for laying the spikes out.
#if defined(__AVX512VNNI__)
constexpr std::uint32_t k_product8_percent = 25;
#else
constexpr std::uint32_t k_product8_percent = 45;
#endif
#if defined(__AVX512F__)
constexpr std::uint32_t k_product_percent = 45;
#else
constexpr std::uint32_t k_product_percent = 80;
#endif
#if defined(__AVX2__)
constexpr void (*k_multiply_tile8)(const TileSums&, const Product8&, const float*) = multiply_tile8;
constexpr auto k_run_product8 = run_product8;
constexpr auto k_pack_groups8 = pack_groups8;
constexpr auto k_spread_spikes8 = spread_spikes8;
#else
constexpr auto k_multiply_tile8 = nullptr;
constexpr auto k_run_product8 = nullptr;
constexpr auto k_pack_groups8 = nullptr;
constexpr auto k_spread_spikes8 = nullptr;
#endif
#if defined(__FMA__)
constexpr void (*k_multiply_tile)(const TileSums&, const Product32&) = multiply_tile;
constexpr auto k_run_product = run_product;
#else
constexpr auto k_multiply_tile = nullptr;
constexpr auto k_run_product = nullptr;
#endif
