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

// Two ticks side by side, t and t + 1: an addition takes several cycles, and the two sums do not
// wait for each other.
template <std::uint32_t k_vectors, bool k_graded>
inline __attribute__((always_inline)) void sum_two_ticks(const TileSums& sums,
                                                         std::uint32_t t,
                                                         std::uint32_t at,
                                                         const float* weights,
                                                         std::uint64_t pitch,
                                                         Floats (&a)[k_vectors],
                                                         Floats (&b)[k_vectors]) {
    const Events& one = sums.events[t];
    const Events& two = sums.events[t + 1];
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
}

template <std::uint32_t k_vectors>
inline __attribute__((always_inline)) void sum_one_tick(const TileSums& sums,
                                                        std::uint32_t t,
                                                        std::uint32_t at,
                                                        const float* weights,
                                                        std::uint64_t pitch,
                                                        Floats (&a)[k_vectors]) {
    const Events& events = sums.events[t];
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
}

template <std::uint32_t k_vectors>
void store_sums(float* x, const Floats (&sums)[k_vectors]) {
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        store(x + k * k_lanes, sums[k]);
    }
}

template <std::uint32_t k_vectors, bool k_graded>
void add_two_ticks(const TileSums& sums,
                   std::uint32_t t,
                   std::uint32_t at,
                   const float* weights,
                   std::uint64_t pitch) {
    Floats a[k_vectors];
    Floats b[k_vectors];
    sum_two_ticks<k_vectors, k_graded>(sums, t, at, weights, pitch, a, b);
    float* const x = sums.x + std::size_t{t} * k_tile + at;
    store_sums(x, a);
    store_sums(x + k_tile, b);
}

template <std::uint32_t k_vectors>
void add_one_tick(const TileSums& sums,
                  std::uint32_t t,
                  std::uint32_t at,
                  const float* weights,
                  std::uint64_t pitch) {
    Floats a[k_vectors];
    sum_one_tick(sums, t, at, weights, pitch, a);
    store_sums(sums.x + std::size_t{t} * k_tile + at, a);
}

// Calls take(t, sums) for every tick, one after the other.
template <std::uint32_t k_vectors, class Take>
inline __attribute__((always_inline)) void sum_ticks(
    const TileSums& sums, std::uint32_t at, const float* weights, std::uint64_t pitch, Take take) {
    weights += at;
    std::uint32_t t = 0;
    while (t < sums.ticks) {
        const bool graded = sums.events[t].payloads != nullptr;
        Floats a[k_vectors];
        if (t + 1 == sums.ticks || graded != (sums.events[t + 1].payloads != nullptr)) {
            sum_one_tick(sums, t, at, weights, pitch, a);
            take(t, a);
            t += 1;
            continue;
        }
        Floats b[k_vectors];
        if (graded) {
            sum_two_ticks<k_vectors, true>(sums, t, at, weights, pitch, a, b);
        } else {
            sum_two_ticks<k_vectors, false>(sums, t, at, weights, pitch, a, b);
        }
        take(t, a);
        take(t + 1, b);
        t += 2;
    }
}

template <std::uint32_t k_vectors>
void add_ticks(const TileSums& sums, std::uint32_t at, const float* weights, std::uint64_t pitch) {
    sum_ticks<k_vectors>(
        sums, at, weights, pitch, [&](std::uint32_t t, const Floats(&x)[k_vectors]) {
            store_sums(sums.x + std::size_t{t} * k_tile + at, x);
        });
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

// Appends the slots first + k of the bits k of `fires`; may write up to 16 places more.
inline __attribute__((always_inline)) std::uint32_t* append_tile(std::uint32_t* out,
                                                                 std::uint32_t first,
                                                                 std::uint64_t fires) {
#if defined(__AVX512F__)
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i slots = _mm512_add_epi32(lane, _mm512_set1_epi32(static_cast<int>(first)));
    const auto append = [&](std::uint32_t at) {  // the 16 bits from `at` on
        const auto lanes = static_cast<__mmask16>(fires >> at);
        const __m512i some = _mm512_add_epi32(slots, _mm512_set1_epi32(static_cast<int>(at)));
        const std::uint64_t before = fires & ((std::uint64_t{1} << at) - 1);
        _mm512_storeu_si512(out + __builtin_popcountll(before),
                            _mm512_maskz_compress_epi32(lanes, some));
    };
    append(0);
    append(16);
    if (fires >> 32 != 0) {
        append(32);
        append(48);
    }
    return out + __builtin_popcountll(fires);
#else
    for (; fires != 0; fires &= fires - 1) {
        *out++ = first + static_cast<std::uint32_t>(__builtin_ctzll(fires));
    }
    return out;
#endif
}

void count_fired(std::size_t* counts,
                 std::size_t runs,
                 const std::uint64_t* fires,
                 std::size_t words,
                 std::size_t pitch) {
    for (std::size_t r = 0; r < runs; ++r, fires += pitch) {
        std::size_t count = 0;
        for (std::size_t k = 0; k < words; ++k) {
            count += static_cast<std::size_t>(__builtin_popcountll(fires[k]));
        }
        counts[r] = count;
    }
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
