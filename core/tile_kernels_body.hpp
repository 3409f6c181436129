// The bodies of tile_kernels.hpp. Included by kernels_body.hpp alone, inside its namespace, for
// whatever instruction set it is compiled for.

// Vectors whose sums stay in registers while a tick's rows pass.
constexpr std::uint32_t k_tile_vectors = 4;

// Adds one event's row to sums.
template <std::uint32_t k_vectors, bool k_graded>
inline __attribute__((always_inline)) void add_event(Floats (&sums)[k_vectors],
                                                     const float* weights,
                                                     std::uint64_t pitch,
                                                     const Events& events,
                                                     std::size_t e) {
    const float* const row = weights + events.slots[e] * pitch;
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        if constexpr (k_graded) {
            sums[k] = sums[k] + load<Floats>(row + k * k_lanes) * events.payloads[e];
        } else {
            sums[k] = sums[k] + load<Floats>(row + k * k_lanes);
        }
    }
}

// Two ticks side by side: an addition takes several cycles, and the two sums do not wait for each
// other.
template <std::uint32_t k_vectors, bool k_graded>
void add_two_ticks(const TileSums& sums,
                   std::uint32_t t,
                   std::uint32_t at,
                   const float* weights,
                   std::uint64_t pitch) {
    const Events& one = sums.events[t];
    const Events& two = sums.events[t + 1];
    Floats a[k_vectors];
    Floats b[k_vectors];
    const float* const start = sums.start + std::size_t{t} * sums.start_pitch + at;
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        a[k] = load<Floats>(start + k * k_lanes);
        b[k] = load<Floats>(start + sums.start_pitch + k * k_lanes);
    }
    const std::size_t both = one.count < two.count ? one.count : two.count;
    for (std::size_t e = 0; e < both; ++e) {
        add_event<k_vectors, k_graded>(a, weights, pitch, one, e);
        add_event<k_vectors, k_graded>(b, weights, pitch, two, e);
    }
    for (std::size_t e = both; e < one.count; ++e) {
        add_event<k_vectors, k_graded>(a, weights, pitch, one, e);
    }
    for (std::size_t e = both; e < two.count; ++e) {
        add_event<k_vectors, k_graded>(b, weights, pitch, two, e);
    }
    float* const x = sums.x + std::size_t{t} * k_tile + at;
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        store(x + k * k_lanes, a[k]);
        store(x + k_tile + k * k_lanes, b[k]);
    }
}

template <std::uint32_t k_vectors>
void add_one_tick(const TileSums& sums,
                  std::uint32_t t,
                  std::uint32_t at,
                  const float* weights,
                  std::uint64_t pitch) {
    const Events& events = sums.events[t];
    Floats a[k_vectors];
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        a[k] = load<Floats>(sums.start + std::size_t{t} * sums.start_pitch + at + k * k_lanes);
    }
    const bool graded = events.payloads != nullptr;
    for (std::size_t e = 0; !graded && e < events.count; ++e) {
        add_event<k_vectors, false>(a, weights, pitch, events, e);
    }
    for (std::size_t e = 0; graded && e < events.count; ++e) {
        add_event<k_vectors, true>(a, weights, pitch, events, e);
    }
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        store(sums.x + std::size_t{t} * k_tile + at + k * k_lanes, a[k]);
    }
}

template <std::uint32_t k_vectors>
void add_ticks(const TileSums& sums, std::uint32_t at, const float* weights, std::uint64_t pitch) {
    weights += at;
    std::uint32_t t = 0;
    while (t < sums.ticks) {
        const bool pair = t + 1 < sums.ticks;
        const bool graded = sums.events[t].payloads != nullptr;
        if (!pair || graded != (sums.events[t + 1].payloads != nullptr)) {
            add_one_tick<k_vectors>(sums, t, at, weights, pitch);
            t += 1;
        } else if (graded) {
            add_two_ticks<k_vectors, true>(sums, t, at, weights, pitch);
            t += 2;
        } else {
            add_two_ticks<k_vectors, false>(sums, t, at, weights, pitch);
            t += 2;
        }
    }
}

void add_tile(const TileSums& sums, const float* weights, std::uint64_t pitch) {
    std::uint32_t at = 0;
    for (; at + k_tile_vectors * k_lanes <= sums.lanes; at += k_tile_vectors * k_lanes) {
        add_ticks<k_tile_vectors>(sums, at, weights, pitch);
    }
    for (; at + 2 * k_lanes <= sums.lanes; at += 2 * k_lanes) {
        add_ticks<2>(sums, at, weights, pitch);
    }
    for (; at < sums.lanes; at += k_lanes) {
        add_ticks<1>(sums, at, weights, pitch);
    }
}

template <std::uint32_t k_vectors>
void pack_vectors(float* rows,
                  const float* weights,
                  std::uint64_t pitch,
                  const std::uint32_t* slots,
                  std::size_t count,
                  bool side_by_side) {
    for (std::size_t e = 0; e < count; ++e) {
        const float* const from = weights + slots[e] * pitch;
        float* const to = rows + (side_by_side ? e : std::size_t{slots[e]}) * k_tile;
        for (std::uint32_t k = 0; k < k_vectors; ++k) {
            store(to + k * k_lanes, load<Floats>(from + k * k_lanes));
        }
    }
}

void pack_rows(float* rows,
               const float* weights,
               std::uint64_t pitch,
               std::uint32_t lanes,
               const std::uint32_t* slots,
               std::size_t count,
               bool side_by_side) {
    if (lanes == k_tile) {
        pack_vectors<k_tile / k_lanes>(rows, weights, pitch, slots, count, side_by_side);
        return;
    }
    for (std::uint32_t at = 0; at < lanes; at += 16) {
        pack_vectors<16 / k_lanes>(rows + at, weights + at, pitch, slots, count, side_by_side);
    }
}

// One tick of join_strip. `at`: where the first row begins.
template <bool k_graded>
void join_tick(const Events events,
               const std::uint32_t* pixel_starts,
               std::uint32_t ticks,
               const StripRow* rows,
               std::uint32_t row_count,
               std::uint32_t* slots,
               float* payloads,
               std::uint32_t* starts) {
    using Words = std::uint32_t __attribute__((vector_size(k_lanes * 4)));
    std::uint32_t at = *starts;
    for (std::uint32_t r = 0; r < row_count; ++r) {
        const std::uint32_t first = pixel_starts[std::size_t{rows[r].first} * ticks];
        const std::uint32_t count = pixel_starts[std::size_t{rows[r].end} * ticks] - first;
        const Words shifts = Words{} + rows[r].shift;
        std::uint32_t k = 0;
        do {  // at least one: few branches go astray
            store(slots + at + k, load<Words>(events.slots + first + k) + shifts);
            if constexpr (k_graded) {
                store(payloads + at + k, load<Floats>(events.payloads + first + k));
            }
            k += k_lanes;
        } while (k < count);
        at += count;
        starts += ticks;
        *starts = at;
    }
}

void join_strip(const PixelEvents& pixels,
                const StripRow* rows,
                std::uint32_t row_count,
                std::uint32_t* slots,
                float* payloads,
                std::uint32_t* starts) {
    for (std::uint32_t t = 0; t < pixels.ticks; ++t) {
        const Events& events = pixels.events[t];
        const auto join = events.payloads != nullptr ? join_tick<true> : join_tick<false>;
        join(events, pixels.starts + t, pixels.ticks, rows, row_count, slots, payloads, starts + t);
    }
}

bool any_bit(Ints words) {
#if defined(__AVX512F__)
    const auto all = reinterpret_cast<__m512i>(words);
    return _mm512_test_epi32_mask(all, all) != 0;
#else
    std::int32_t bits = 0;
    for (std::uint32_t k = 0; k < k_lanes; ++k) {
        bits |= words[k];
    }
    return bits != 0;
#endif
}

// Some lanes of a register: a bit each, or a word of ones.
#if defined(__AVX512F__)
using LaneMask = __mmask16;
#else
using LaneMask = Ints;
#endif

// The lanes of h that pass the test; none where theta is not a number.
template <bool k_above>
LaneMask passing_lanes(Floats h, Floats theta) {
#if defined(__AVX512F__)
    return _mm512_cmp_ps_mask(reinterpret_cast<__m512>(h),
                              reinterpret_cast<__m512>(theta),
                              k_above ? _CMP_GT_OQ : _CMP_GE_OQ);
#else
    return k_above ? h > theta : h >= theta;
#endif
}

// h, but its reset in some lanes.
template <bool k_subtracts>
Floats reset_lanes(Floats h, LaneMask fires, Floats theta, Floats v_reset) {
#if defined(__AVX512F__)
    const auto before = reinterpret_cast<__m512>(h);
    return reinterpret_cast<Floats>(
        k_subtracts ? _mm512_mask_sub_ps(before, fires, before, reinterpret_cast<__m512>(theta))
                    : _mm512_mask_mov_ps(before, fires, reinterpret_cast<__m512>(v_reset)));
#else
    const Floats after = k_subtracts ? h - theta : v_reset;
    const Ints mixed =
        (__builtin_bit_cast(Ints, h) & ~fires) | (__builtin_bit_cast(Ints, after) & fires);
    return __builtin_bit_cast(Floats, mixed);
#endif
}

#if defined(__AVX512F__)
// The bits k < 16 of `fires` as slots first + k; writes 16 places.
inline void store_lanes(std::uint32_t* out, std::uint32_t first, std::uint64_t fires) {
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i slots = _mm512_add_epi32(lane, _mm512_set1_epi32(static_cast<int>(first)));
    _mm512_storeu_si512(out, _mm512_maskz_compress_epi32(static_cast<__mmask16>(fires), slots));
}
#endif

// Appends the slots first + k of the bits k of `fires`; may write up to 16 places more.
inline __attribute__((always_inline)) std::uint32_t* append_tile(std::uint32_t* out,
                                                                 std::uint32_t first,
                                                                 std::uint64_t fires) {
#if defined(__AVX512F__)
    store_lanes(out, first, fires);
    store_lanes(out + __builtin_popcountll(fires & 0xffff), first + 16, fires >> 16);
    if (fires >> 32 != 0) {
        store_lanes(out + __builtin_popcountll(fires & 0xffffffff), first + 32, fires >> 32);
        store_lanes(out + __builtin_popcountll(fires & 0xffffffffffff), first + 48, fires >> 48);
    }
    return out + __builtin_popcountll(fires);
#else
    for (; fires != 0; fires &= fires - 1) {
        *out++ = first + static_cast<std::uint32_t>(__builtin_ctzll(fires));
    }
    return out;
#endif
}

std::size_t count_fired(const std::uint64_t* fires, std::size_t words) {
    std::size_t count = 0;
    for (std::size_t k = 0; k < words; ++k) {
        count += static_cast<std::size_t>(__builtin_popcountll(fires[k]));
    }
    return count;
}

std::uint32_t* list_fired(const TileOrder& order,
                          const std::uint64_t* fires,
                          std::uint32_t* slots) {
    for (std::uint32_t base = 0; base < order.neurons; base += order.group) {
        for (std::uint32_t at = 0; at < order.group; at += k_tile, ++fires) {
            if (*fires != 0) {
                slots = append_tile(slots, base + at, *fires);
            }
        }
    }
    return slots;
}

// A bit a lane of some registers.
template <std::uint32_t k_vectors>
inline std::uint64_t tile_bits(const LaneMask (&lanes)[k_vectors]) {
#if defined(__AVX512F__)
    // From mask register to mask register: compilers would take them through others.
    const __mmask32 low = k_vectors > 1 ? _mm512_kunpackw(lanes[k_vectors > 1 ? 1 : 0], lanes[0])
                                        : __mmask32{lanes[0]};
    if constexpr (k_vectors > 2) {
        const __mmask32 high =
            k_vectors > 3 ? _mm512_kunpackw(lanes[k_vectors - 1], lanes[2]) : __mmask32{lanes[2]};
        return _mm512_kunpackd(high, low);
    }
    return low;
#else
    std::uint64_t bits = 0;
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
#if defined(__AVX2__)
        const int some = _mm256_movemask_ps(reinterpret_cast<__m256>(lanes[k]));
#elif defined(__SSE2__)
        const int some = _mm_movemask_ps(reinterpret_cast<__m128>(lanes[k]));
#else
        std::uint32_t some = 0;
        for (std::uint32_t j = 0; j < k_lanes; ++j) {
            some |= (lanes[k][j] != 0 ? 1U : 0U) << j;
        }
#endif
        bits |= std::uint64_t{static_cast<std::uint32_t>(some)} << (k * k_lanes);
    }
    return bits;
#endif
}

// The lanes of a tile's vectors that pass the test, as bits.
template <std::uint32_t k_vectors, bool k_above>
inline std::uint64_t passing_neurons(const Floats (&v)[k_vectors], Floats theta) {
    LaneMask passing[k_vectors];
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        passing[k] = passing_lanes<k_above>(v[k], theta);
    }
    return tile_bits(passing);
}

// What a tile's ticks need.
template <std::uint32_t k_vectors>
struct TileLanes {
    Floats v[k_vectors];
    Floats theta[k_vectors];  // not a number where nobody may fire
    Floats beta;
    Floats v_reset;
    Ints bad = {};  // signs of what was not finite before a reset
};

template <std::uint32_t k_vectors>
TileLanes<k_vectors> load_tile(const TileRun& run) {
    TileLanes<k_vectors> tile;
    tile.beta = Floats{} + run.beta;
    tile.v_reset = Floats{} + run.v_reset;
    const Floats nan = Floats{} + __builtin_nanf("");
    Ints lane;
    for (std::uint32_t j = 0; j < k_lanes; ++j) {
        lane[j] = static_cast<std::int32_t>(j);
    }
    const auto firing = static_cast<std::int32_t>(run.may_fire ? run.size : 0);
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        tile.v[k] = load<Floats>(run.v + k * k_lanes);
        tile.theta[k] =
            lane + static_cast<std::int32_t>(k * k_lanes) < firing ? Floats{} + run.theta : nan;
    }
    return tile;
}

// One tick. Returns who fires; no branch asks whether anybody does.
template <std::uint32_t k_vectors, bool k_above, bool k_subtracts, bool k_leaks>
inline __attribute__((always_inline)) std::uint64_t advance_tile(TileLanes<k_vectors>& tile,
                                                                 const float* x) {
    LaneMask fires[k_vectors];
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        const Floats before = k_leaks ? tile.beta * tile.v[k] : tile.v[k];
        const Floats h = before + load<Floats>(x + k * k_lanes);
        if constexpr (!k_subtracts) {
            tile.bad = tile.bad | __builtin_bit_cast(Ints, h - h);
        }
        fires[k] = passing_lanes<k_above>(h, tile.theta[k]);
        tile.v[k] = reset_lanes<k_subtracts>(h, fires[k], tile.theta[k], tile.v_reset);
    }
    return tile_bits(fires);
}

template <std::uint32_t k_vectors>
bool same_bits(const Floats (&a)[k_vectors], const Floats (&b)[k_vectors]) {
    Ints differ = {};
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        differ = differ | (__builtin_bit_cast(Ints, a[k]) ^ __builtin_bit_cast(Ints, b[k]));
    }
    return !any_bit(differ);
}

// A tile over its ticks. A tick at which nothing arrives is left out once the tile has settled:
// another one like it would leave every bit, and fire nothing. What is not finite stays so unless a
// reset sets it.
template <std::uint32_t k_vectors, bool k_above, bool k_subtracts, bool k_leaks>
TileResult integrate_vectors_of_tile(const TileRun& run) {
    constexpr auto advance = advance_tile<k_vectors, k_above, k_subtracts, k_leaks>;
    TileLanes<k_vectors> tile = load_tile<k_vectors>(run);
    const std::uint64_t neurons =
        run.size == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << run.size) - 1;
    const auto passes = [&] {
        return (passing_neurons<k_vectors, k_above>(tile.v, Floats{} + run.theta) & neurons) != 0;
    };
    const std::uint32_t ticks = run.ticks;
    const std::uint8_t* const due = run.due;
    const float* x = run.x;
    std::uint64_t* fired = run.fires;
    TileResult result;
    bool settled = false;
    for (std::uint32_t t = 0; t < ticks; ++t, x += run.x_pitch, fired += run.fires_pitch) {
        if (due[t] != 0) {
            *fired = advance(tile, x);
            settled = false;
        } else {
            settled = settled || (run.keeps && !passes());
            if (settled) {
                continue;
            }
            const TileLanes<k_vectors> before = tile;
            *fired = advance(tile, x);
            settled = !run.keeps && *fired == 0 && same_bits(before.v, tile.v);
        }
        ++result.ticks_run;
    }
    Floats v[k_vectors];
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        tile.bad = tile.bad | __builtin_bit_cast(Ints, tile.v[k] - tile.v[k]);
        v[k] = load<Floats>(run.v + k * k_lanes);
    }
    result.finite = !any_bit(tile.bad);
    result.passes = passes();
    result.changed = !same_bits(v, tile.v);
    for (std::uint32_t k = 0; k < k_vectors && result.finite; ++k) {
        store(run.v + k * k_lanes, tile.v[k]);
    }
    return result;
}

template <bool k_above, bool k_subtracts, bool k_leaks>
TileResult integrate_tile_by(const TileRun& run) {
    switch (run.lanes / 16) {
        case 1:
            return integrate_vectors_of_tile<16 / k_lanes, k_above, k_subtracts, k_leaks>(run);
        case 2:
            return integrate_vectors_of_tile<32 / k_lanes, k_above, k_subtracts, k_leaks>(run);
        case 3:
            return integrate_vectors_of_tile<48 / k_lanes, k_above, k_subtracts, k_leaks>(run);
        default:
            return integrate_vectors_of_tile<64 / k_lanes, k_above, k_subtracts, k_leaks>(run);
    }
}

template <bool k_above, bool k_subtracts>
TileResult integrate_tile_by(const TileRun& run) {
    return run.beta != 1 ? integrate_tile_by<k_above, k_subtracts, true>(run)
                         : integrate_tile_by<k_above, k_subtracts, false>(run);
}

TileResult integrate_tile(const TileRun& run) {
    if (run.subtracts) {
        return run.above ? integrate_tile_by<true, true>(run) : integrate_tile_by<false, true>(run);
    }
    return run.above ? integrate_tile_by<true, false>(run) : integrate_tile_by<false, false>(run);
}
