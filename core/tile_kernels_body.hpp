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

// Copies a tick's events [first, first + count), slots moved by `shift`. May write a vector more.
template <bool k_graded>
inline void copy_events(const Events& events,
                        std::uint32_t first,
                        std::uint32_t count,
                        std::uint32_t shift,
                        std::uint32_t* slots,
                        float* payloads) {
    using Words = std::uint32_t __attribute__((vector_size(k_lanes * 4)));
    const Words shifts = Words{} + shift;
    const std::uint32_t* const from = events.slots + first;
    store(slots, load<Words>(from) + shifts);
    for (std::uint32_t k = k_lanes; k < count; k += k_lanes) {
        store(slots + k, load<Words>(from + k) + shifts);
    }
    for (std::uint32_t k = 0; k_graded && k < count; k += k_lanes) {
        store(payloads + k, load<Floats>(events.payloads + first + k));
    }
}

void join_strip(const PixelEvents& pixels,
                const StripRow* rows,
                std::uint32_t row_count,
                std::uint32_t* slots,
                float* payloads,
                std::uint32_t* starts) {
    const std::uint32_t ticks = pixels.ticks;
    for (std::uint32_t r = 0; r < row_count; ++r, starts += ticks) {
        const std::uint32_t* const first = pixels.starts + std::size_t{rows[r].first} * ticks;
        const std::uint32_t* const end = pixels.starts + std::size_t{rows[r].end} * ticks;
        const std::uint32_t shift = rows[r].shift;
        for (std::uint32_t t = 0; t < ticks; ++t) {
            const Events& events = pixels.events[t];
            const std::uint32_t at = starts[t];
            const std::uint32_t count = end[t] - first[t];
            if (events.payloads == nullptr) {
                copy_events<false>(events, first[t], count, shift, slots + at, payloads);
            } else {
                copy_events<true>(events, first[t], count, shift, slots + at, payloads + at);
            }
            starts[ticks + t] = starts[t] + count;
        }
    }
}

bool any_bit(Ints words) {
    std::int32_t bits = 0;
    for (std::uint32_t k = 0; k < k_lanes; ++k) {
        bits |= words[k];
    }
    return bits != 0;
}

// The lanes of h that pass the test, as bits.
template <bool k_above>
std::uint32_t passing_lanes(Floats h, Floats theta) {
#if defined(__AVX512F__)
    return _mm512_cmp_ps_mask(reinterpret_cast<__m512>(h),
                              reinterpret_cast<__m512>(theta),
                              k_above ? _CMP_GT_OQ : _CMP_GE_OQ);
#else
    const auto mask = k_above ? h > theta : h >= theta;
#if defined(__AVX2__)
    return static_cast<std::uint32_t>(_mm256_movemask_ps(reinterpret_cast<__m256>(mask)));
#elif defined(__SSE2__)
    return static_cast<std::uint32_t>(_mm_movemask_ps(reinterpret_cast<__m128>(mask)));
#else
    std::uint32_t bits = 0;
    for (std::uint32_t k = 0; k < k_lanes; ++k) {
        bits |= (mask[k] != 0 ? 1U : 0U) << k;
    }
    return bits;
#endif
#endif
}

// h where `fires` has no bit, else its reset.
template <bool k_subtracts>
Floats reset_lanes(Floats h, std::uint32_t fires, Floats theta, float v_reset) {
#if defined(__AVX512F__)
    const auto before = reinterpret_cast<__m512>(h);
    const auto lanes = static_cast<__mmask16>(fires);
    return reinterpret_cast<Floats>(
        k_subtracts ? _mm512_mask_sub_ps(before, lanes, before, reinterpret_cast<__m512>(theta))
                    : _mm512_mask_mov_ps(before, lanes, _mm512_set1_ps(v_reset)));
#else
    Ints lane;
    for (std::uint32_t k = 0; k < k_lanes; ++k) {
        lane[k] = static_cast<std::int32_t>(1U << k);
    }
    const Ints mask = (lane & static_cast<std::int32_t>(fires)) != 0;
    const Floats after = k_subtracts ? h - theta : Floats{} + v_reset;
    const Ints mixed =
        (__builtin_bit_cast(Ints, h) & ~mask) | (__builtin_bit_cast(Ints, after) & mask);
    return __builtin_bit_cast(Floats, mixed);
#endif
}

#if defined(__AVX512F__)
// The bits k < 16 of `fires` as slots first + k; writes 16 places.
void store_lanes(std::uint32_t* out, std::uint32_t first, std::uint64_t fires) {
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i slots = _mm512_add_epi32(lane, _mm512_set1_epi32(static_cast<int>(first)));
    _mm512_storeu_si512(out, _mm512_maskz_compress_epi32(static_cast<__mmask16>(fires), slots));
}
#endif

// Appends the slots first + k of the bits k of `fires`; may write up to 16 places more.
std::uint32_t* append_tile(std::uint32_t* out, std::uint32_t first, std::uint64_t fires) {
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

// The lanes of a tile's vectors that pass the test, as bits.
template <std::uint32_t k_vectors, bool k_above>
inline std::uint64_t passing_neurons(const Floats (&v)[k_vectors], Floats theta) {
    std::uint64_t passing = 0;
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        passing |= std::uint64_t{passing_lanes<k_above>(v[k], theta)} << (k * k_lanes);
    }
    return passing;
}

// A tile of k_vectors vectors over its ticks. A tick at which nothing arrives is left out once the
// tile has settled: another one like it would leave every bit, and fire nothing. What is not finite
// stays so unless a reset sets it.
template <std::uint32_t k_vectors, bool k_above, bool k_subtracts>
TileResult integrate_vectors_of_tile(const TileRun& run) {
    const Floats beta = Floats{} + run.beta;
    const Floats theta = Floats{} + run.theta;
    const std::uint64_t neurons =
        run.size == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << run.size) - 1;
    const std::uint64_t may_fire = run.may_fire ? neurons : 0;
    const bool leaks = run.beta != 1;
    const bool keeps = run.keeps;
    const float* x = run.x;
    std::uint64_t* fired = run.fires;
    Floats v[k_vectors];
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        v[k] = load<Floats>(run.v + k * k_lanes);
    }
    TileResult result;
    Ints bad = {};
    bool settled = false;
    for (std::uint32_t t = 0; t < run.ticks; ++t, x += run.x_pitch, fired += run.fires_pitch) {
        const bool arrives = run.due[t] != 0;
        if (!arrives && keeps) {
            settled = settled || (passing_neurons<k_vectors, k_above>(v, theta) & neurons) == 0;
        }
        if (!arrives && settled) {
            continue;
        }
        ++result.ticks_run;
        Floats h[k_vectors];
        for (std::uint32_t k = 0; k < k_vectors; ++k) {
            h[k] = (leaks ? beta * v[k] : v[k]) + load<Floats>(x + k * k_lanes);
            if constexpr (!k_subtracts) {
                bad = bad | __builtin_bit_cast(Ints, h[k] - h[k]);
            }
        }
        const std::uint64_t fires = passing_neurons<k_vectors, k_above>(h, theta) & may_fire;
        settled = !arrives && !keeps && fires == 0;
        if (settled) {
            Ints moved = {};
            for (std::uint32_t k = 0; k < k_vectors; ++k) {
                moved = moved | (__builtin_bit_cast(Ints, h[k]) ^ __builtin_bit_cast(Ints, v[k]));
            }
            settled = !any_bit(moved);
        }
        for (std::uint32_t k = 0; k < k_vectors; ++k) {
            v[k] = h[k];
        }
        if (fires != 0) {
            for (std::uint32_t k = 0; k < k_vectors; ++k) {
                v[k] = reset_lanes<k_subtracts>(
                    h[k], static_cast<std::uint32_t>(fires >> (k * k_lanes)), theta, run.v_reset);
            }
            *fired = fires;
        }
    }
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        bad = bad | __builtin_bit_cast(Ints, v[k] - v[k]);
        store(run.v + k * k_lanes, v[k]);
    }
    result.finite = !any_bit(bad);
    result.passes = (passing_neurons<k_vectors, k_above>(v, theta) & neurons) != 0;
    return result;
}

template <bool k_above, bool k_subtracts>
TileResult integrate_tile_by(const TileRun& run) {
    switch (run.lanes / 16) {
        case 1:
            return integrate_vectors_of_tile<16 / k_lanes, k_above, k_subtracts>(run);
        case 2:
            return integrate_vectors_of_tile<32 / k_lanes, k_above, k_subtracts>(run);
        case 3:
            return integrate_vectors_of_tile<48 / k_lanes, k_above, k_subtracts>(run);
        default:
            return integrate_vectors_of_tile<64 / k_lanes, k_above, k_subtracts>(run);
    }
}

TileResult integrate_tile(const TileRun& run) {
    if (run.subtracts) {
        return run.above ? integrate_tile_by<true, true>(run) : integrate_tile_by<false, true>(run);
    }
    return run.above ? integrate_tile_by<true, false>(run) : integrate_tile_by<false, false>(run);
}
