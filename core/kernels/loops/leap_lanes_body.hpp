// leap_neuron (leap_kernel_body.hpp) for sixteen neurons at once, a lane each: the same operations
// on the same numbers, so the same bits. Included by kernels_body.hpp alone.
#if defined(__AVX512F__)

// Transposes the four by four numbers of each quarter: of rows that hold cells 0 to 3 (a quarter:
// 4 to 7, ...) it makes fields, and the other way round.
inline void transpose_quarters(__m512i (&rows)[4]) {
    const __m512i low01 = _mm512_maskz_unpacklo_epi32(0xffff, rows[0], rows[1]);
    const __m512i high01 = _mm512_maskz_unpackhi_epi32(0xffff, rows[0], rows[1]);
    const __m512i low23 = _mm512_maskz_unpacklo_epi32(0xffff, rows[2], rows[3]);
    const __m512i high23 = _mm512_maskz_unpackhi_epi32(0xffff, rows[2], rows[3]);
    rows[0] = _mm512_maskz_unpacklo_epi64(0xff, low01, low23);
    rows[1] = _mm512_maskz_unpackhi_epi64(0xff, low01, low23);
    rows[2] = _mm512_maskz_unpacklo_epi64(0xff, high01, high23);
    rows[3] = _mm512_maskz_unpackhi_epi64(0xff, high01, high23);
}

// Four numbers from each lane's place: fields.
template <class Place>
inline void load_quarters(__m512i (&fields)[4], Place place) {
    const auto four = [&](std::uint32_t lane) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(place(lane)));
    };
    for (std::uint32_t r = 0; r < 4; ++r) {
        __m512i row = _mm512_castsi128_si512(four(r));
        row = _mm512_inserti32x4(row, four(r + 4), 1);
        row = _mm512_inserti32x4(row, four(r + 8), 2);
        fields[r] = _mm512_inserti32x4(row, four(r + 12), 3);
    }
    transpose_quarters(fields);
}

// Sixteen cells: the neurons' fields, a lane each.
struct CellLanes {
    __m512i head[4];  // last, its low half and its high half; look; due
    __m512i tail[4];  // v; i by receptor

    void load(LeapCell* const* cells) {
        load_quarters(head, [&](std::uint32_t lane) { return &cells[lane]->last; });
        load_quarters(tail, [&](std::uint32_t lane) { return &cells[lane]->v; });
    }

    // Leaves the fields transposed.
    void store(LeapCell* const* cells) {
        transpose_quarters(head);
        transpose_quarters(tail);
        const __m512i lower = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
        const __m512i upper = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
        for (std::uint32_t r = 0; r < 4; ++r) {
            const __m512i early = _mm512_permutex2var_epi64(head[r], lower, tail[r]);
            const __m512i late = _mm512_permutex2var_epi64(head[r], upper, tail[r]);
            store_cell(cells[r], _mm512_maskz_extracti64x4_epi64(0xf, early, 0));
            store_cell(cells[r + 4], _mm512_maskz_extracti64x4_epi64(0xf, early, 1));
            store_cell(cells[r + 8], _mm512_maskz_extracti64x4_epi64(0xf, late, 0));
            store_cell(cells[r + 12], _mm512_maskz_extracti64x4_epi64(0xf, late, 1));
        }
    }

    static void store_cell(LeapCell* cell, __m256i bytes) {
        _mm256_store_si256(reinterpret_cast<__m256i*>(cell), bytes);
    }
};

// What the lanes of a step are.
struct LeapLanes {
    __mmask16 used;  // the first so many
    __mmask16 held;  // in their refractory period
    __m512i slots;
    __m512 v;
    __m512 i[k_most_leap_receptors];
    __m512 drive[k_most_leap_receptors];
};

inline __m512 gather_floats(const float* from, __m512i places) {
    return _mm512_mask_i32gather_ps(_mm512_setzero_ps(), 0xffff, places, from, 4);
}

inline __m512i numbers(std::uint32_t number) {
    return _mm512_set1_epi32(static_cast<int>(number));
}

// b unless a > b, as with one number.
inline __m512 greater(__m512 a, __m512 b) {
    return _mm512_maskz_max_ps(0xffff, a, b);
}

inline __m512 magnitude(__m512 a) {
    return _mm512_abs_ps(a);
}

inline __m512 worst_ever(const LeapBounds::Range& range, __m512 value) {
    return greater(value * range.greatest_ever, value * range.least_ever);
}

// A term of the bounds, and which of its factors are the worst.
struct LaneTerm {
    const LeapBounds::Range* range;
    __m512 value;
    __mmask16 rises;     // lanes whose worst factor is the greatest
    const float* worst;  // what the lanes asked have in common; nullptr: they differ
};

inline LaneTerm term_of(const LeapBounds::Range& range, __m512 value, __mmask16 asked) {
    const __mmask16 rises = _mm512_cmp_ps_mask(value, _mm512_setzero_ps(), _CMP_GT_OQ);
    const float* const all = (rises & asked) != 0 ? range.greatest : range.least;
    const bool mixed = (rises & asked) != 0 && (~rises & asked) != 0;
    return {&range, value, rises, mixed ? nullptr : all};
}

// The start of the first segment in which the terms reach `need`: from the last one to the first.
template <class Factor>
inline __m512i first_to_reach(const LeapBounds& bounds,
                              const LaneTerm* terms,
                              std::uint32_t count,
                              __m512 need,
                              Factor factor) {
    __m512i ahead = numbers(bounds.start[k_segments]);
    for (std::uint32_t s = k_segments; s-- > 0;) {
        __m512 most = factor(terms[0], s) * terms[0].value;
        for (std::uint32_t m = 1; m < count; ++m) {
            most = most + factor(terms[m], s) * terms[m].value;
        }
        const __mmask16 reaches = _mm512_cmp_ps_mask(most, need, _CMP_NLT_UQ);
        ahead = _mm512_mask_mov_epi32(ahead, reaches, numbers(bounds.start[s]));
    }
    return ahead;
}

// ticks_to_look of the lanes asked; in others anything.
template <std::uint32_t k_receptors, bool k_driven>
inline __m512i ticks_to_look(const LeapRun& run,
                             const LeapLanes& lanes,
                             const CellLanes& stored,
                             __mmask16 asked) {
    const LeapBounds& bounds = *run.bounds;
    const __m512 dv = lanes.v - run.v_rest;
    const float gap = run.theta - run.v_rest;
    __m512 scale = magnitude(run.v_rest) * 2 + magnitude(lanes.v) + magnitude(run.theta);
    scale += magnitude(_mm512_castsi512_ps(stored.tail[0]));
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        const __m512 before = magnitude(_mm512_castsi512_ps(stored.tail[1 + k]));
        scale += (magnitude(lanes.i[k]) + before) * bounds.c[k].magnitude;
        if (k_driven && run.effective[k] != nullptr) {
            scale += magnitude(lanes.drive[k]) * bounds.d[k].magnitude;
        }
    }
    __mmask16 never = 0;
    if (gap > 0) {
        __m512 highest = greater(dv, _mm512_setzero_ps());
        __m512 scale_ever = _mm512_setzero_ps();
        for (std::uint32_t k = 0; k < k_receptors; ++k) {
            const __m512 term = worst_ever(bounds.c[k], lanes.i[k]);
            highest += term;
            scale_ever += term;
            if (k_driven && run.effective[k] != nullptr) {
                const __m512 driven = worst_ever(bounds.d[k], lanes.drive[k]);
                highest += driven;
                scale_ever += driven;
            }
        }
        never = _mm512_cmp_ps_mask(highest, gap - k_leap_margin * (scale + scale_ever), _CMP_LT_OQ);
        if ((asked & ~never) == 0) {
            return _mm512_setzero_si512();
        }
    }
    const __m512 need = gap - k_leap_margin * scale;
    LaneTerm terms[1 + 2 * k_receptors];
    std::uint32_t count = 0;
    terms[count++] = term_of(bounds.leak, dv, asked);
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        terms[count++] = term_of(bounds.c[k], lanes.i[k], asked);
        if (k_driven && run.effective[k] != nullptr) {
            terms[count++] = term_of(bounds.d[k], lanes.drive[k], asked);
        }
    }
    bool same = count == 1 + k_receptors;
    for (std::uint32_t m = 0; m < count; ++m) {
        same = same && terms[m].worst != nullptr;
    }
    const __m512i ahead =
        same
            ? first_to_reach(bounds,
                             terms,
                             1 + k_receptors,
                             need,
                             [](const LaneTerm& term, std::uint32_t s) {
                                 return _mm512_set1_ps(term.worst[s]);
                             })
            : first_to_reach(bounds, terms, count, need, [](const LaneTerm& term, std::uint32_t s) {
                  return _mm512_mask_mov_ps(_mm512_set1_ps(term.range->least[s]),
                                            term.rises,
                                            _mm512_set1_ps(term.range->greatest[s]));
              });
    return _mm512_maskz_mov_epi32(static_cast<__mmask16>(~never), ahead);
}

// near_tick(gather(now, ahead)).
inline __m512i gather(Tick now, __m512i ahead) {
    // the exponent of a whole number below 2^24 is that of its highest bit
    const __m512i power =
        _mm512_maskz_srli_epi32(0xffff,
                                _mm512_castps_si512(_mm512_maskz_cvtepi32_ps(
                                    0xffff, _mm512_maskz_or_epi32(0xffff, ahead, numbers(4)))),
                                23);
    const __m512i step =
        _mm512_maskz_sllv_epi32(0xffff, numbers(1), _mm512_sub_epi32(power, numbers(127 + 2)));
    const __m512i tick = _mm512_maskz_andnot_epi32(
        0xffff,
        _mm512_sub_epi32(step, numbers(1)),
        _mm512_add_epi32(ahead, numbers(static_cast<std::uint32_t>(now))));
    return _mm512_add_epi32(_mm512_maskz_and_epi32(0xffff, tick, numbers(0x7FFFFFFFU)), numbers(1));
}

inline __m512i ticks_between(NearTick from, __m512i to) {
    return _mm512_maskz_and_epi32(
        0xffff, _mm512_sub_epi32(to, numbers(from)), numbers(0x7FFFFFFFU));
}

// The ticks since the cells were stored, less 1, which are below row_count in every lane if
// `within`.
inline __m512i gaps(const LeapRun& run, const CellLanes& cells, bool& within) {
    const auto low = static_cast<std::uint32_t>(run.t);
    const auto high = static_cast<std::uint32_t>(static_cast<std::uint64_t>(run.t) >> 32);
    const __m512i n = _mm512_sub_epi32(numbers(low), cells.head[0]);
    const __mmask16 borrows = _mm512_cmpgt_epu32_mask(cells.head[0], numbers(low));
    const __m512i far = _mm512_sub_epi32(numbers(high), cells.head[1]);
    const __m512i n_high = _mm512_mask_sub_epi32(far, borrows, far, numbers(1));
    const __m512i row = _mm512_sub_epi32(n, numbers(1));
    within = (_mm512_cmpge_epu32_mask(row, numbers(static_cast<std::uint32_t>(run.row_count))) |
              _mm512_test_epi32_mask(n_high, n_high)) == 0;
    return row;
}

template <std::uint32_t k_receptors, bool k_driven>
inline void leap_over(const LeapRun& run, __m512i row, LeapLanes& lanes) {
    const __m512i places = _mm512_mullo_epi32(row, numbers(run.row_stride));
    const auto drops = static_cast<__mmask16>(run.drops_held ? lanes.held : 0);
    alignas(64) std::uint32_t place[16];
    _mm512_store_si512(place, places);
    __m512i near[4];
    load_quarters(near, [&](std::uint32_t lane) { return run.rows + place[lane]; });
    const auto factor = [&](std::uint32_t column) {
        return column < 4 ? _mm512_castsi512_ps(near[column])
                          : gather_floats(run.rows + column, places);
    };
    __m512 h =
        run.v_rest == 0 ? factor(0) * lanes.v : factor(0) * (lanes.v - run.v_rest) + run.v_rest;
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        const __m512 old = lanes.i[k];
        if (run.remembers[k]) {
            h = h + factor(2 + 2 * k) * old;
            lanes.i[k] = factor(1 + 2 * k) * old;
        }
        if (k_driven && run.effective[k] != nullptr) {
            const auto driven = static_cast<__mmask16>(~drops);
            const __m512 drive = lanes.drive[k];
            h = _mm512_mask_add_ps(h, driven, h, factor(2 + 2 * k_receptors + 2 * k) * drive);
            if (run.remembers[k]) {
                lanes.i[k] = _mm512_mask_add_ps(
                    lanes.i[k], driven, lanes.i[k], factor(1 + 2 * k_receptors + 2 * k) * drive);
            }
        }
    }
    const auto keeps = static_cast<__mmask16>(run.keeps_held ? lanes.held : 0);
    lanes.v = _mm512_mask_mov_ps(h, keeps, lanes.v);
}

template <std::uint32_t k_receptors>
inline void take_input(const LeapRun& run, std::uint32_t at, __mmask16 takes, LeapLanes& lanes) {
    const auto uses = static_cast<__mmask16>(run.current_before ? 0
                                             : run.keeps_held   ? takes & ~lanes.held
                                                                : takes);
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        const __m512 x = run.x[k] == nullptr ? _mm512_setzero_ps()
                                             : _mm512_maskz_loadu_ps(lanes.used, run.x[k] + at);
        if (run.remembers[k]) {
            lanes.i[k] = _mm512_mask_add_ps(lanes.i[k], takes, lanes.i[k], x);
        }
        lanes.v = _mm512_mask_add_ps(lanes.v, uses, lanes.v, x * run.gain[k]);
    }
}

// Writes the lanes of `which`, in order, and returns how many.
inline std::uint32_t write_lanes(std::uint32_t* to, __mmask16 which, __m512i lanes) {
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(which, lanes));
    return static_cast<std::uint32_t>(__builtin_popcount(which));
}

// The next neurons, sixteen if there are as many; false if leap_neuron must take them, since there
// are few or something is out of the ordinary.
template <std::uint32_t k_receptors, bool k_driven>
inline bool leap_lanes(const LeapRun& run, const LeapOut& out, LeapResult& result) {
    constexpr std::uint32_t k_few = 4;
    const std::uint32_t left = run.count - result.done;
    if (left < k_few) {
        return false;
    }
    const std::uint32_t taken = left < 16 ? left : 16;
    LeapLanes lanes;
    lanes.used = static_cast<__mmask16>((1U << taken) - 1);
    lanes.slots = _mm512_maskz_loadu_epi32(lanes.used, run.slots + result.done);

    LeapCell spare = {run.t - 1, k_no_tick, k_no_tick, 0, {}};
    LeapCell* cells[16];
    for (std::uint32_t lane = 0; lane < 16; ++lane) {
        cells[lane] = lane < taken ? run.cells + run.slots[result.done + lane] : &spare;
    }
    for (std::uint32_t lane = 16; lane < 32 && lane < left; ++lane) {
        __builtin_prefetch(run.cells + run.slots[result.done + lane], 1);
    }
    CellLanes stored;
    stored.load(cells);
    bool within = false;
    const __m512i row = gaps(run, stored, within);
    if (!within) {
        return false;
    }
    lanes.held = 0;
    if (run.held != nullptr) {
        const __m512i words =
            _mm512_mask_i32gather_epi32(_mm512_setzero_si512(),
                                        0xffff,
                                        _mm512_maskz_srli_epi32(0xffff, lanes.slots, 5),
                                        reinterpret_cast<const int*>(run.held),
                                        4);
        const __m512i bit = _mm512_maskz_sllv_epi32(
            0xffff, numbers(1), _mm512_maskz_and_epi32(0xffff, lanes.slots, numbers(31)));
        lanes.held = _mm512_test_epi32_mask(words, bit);
    }
    lanes.v = _mm512_castsi512_ps(stored.tail[0]);
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        lanes.i[k] = _mm512_castsi512_ps(stored.tail[1 + k]);
        if (k_driven && run.effective[k] != nullptr) {
            lanes.drive[k] = gather_floats(run.effective[k], lanes.slots);
        } else {
            lanes.drive[k] = _mm512_setzero_ps();
        }
    }
    leap_over<k_receptors, k_driven>(run, row, lanes);
    const auto takes = static_cast<__mmask16>(!run.arrived     ? 0
                                              : run.drops_held ? ~lanes.held & 0xffff
                                                               : 0xffff);
    if (run.arrived) {
        take_input<k_receptors>(run, result.done, takes, lanes);
    }
    const __mmask16 finite = _mm512_cmp_ps_mask(lanes.v - lanes.v, _mm512_setzero_ps(), _CMP_EQ_OQ);
    if ((~finite & lanes.used) != 0) {
        return false;
    }

    const __m512 theta = _mm512_set1_ps(run.theta);
    const auto may = static_cast<__mmask16>(run.may_fire ? ~lanes.held & lanes.used : 0);
    const auto fires = static_cast<__mmask16>(
        may & (run.above ? passing<true>(lanes.v, theta) : passing<false>(lanes.v, theta)));
    lanes.v = run.subtracts ? _mm512_mask_sub_ps(lanes.v, fires, lanes.v, theta)
                            : _mm512_mask_mov_ps(lanes.v, fires, _mm512_set1_ps(run.v_reset));
    result.fired += write_lanes(out.fired + result.fired, fires, lanes.slots);

    const auto stores = static_cast<__mmask16>(fires | takes);
    const auto now64 = static_cast<std::uint64_t>(run.t);
    stored.head[0] =
        _mm512_mask_mov_epi32(stored.head[0], stores, numbers(static_cast<std::uint32_t>(now64)));
    stored.head[1] = _mm512_mask_mov_epi32(
        stored.head[1], stores, numbers(static_cast<std::uint32_t>(now64 >> 32)));
    stored.tail[0] = _mm512_mask_mov_epi32(stored.tail[0], stores, _mm512_castps_si512(lanes.v));
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        stored.tail[1 + k] =
            _mm512_mask_mov_epi32(stored.tail[1 + k], stores, _mm512_castps_si512(lanes.i[k]));
    }

    const auto asked = static_cast<__mmask16>(
        run.looks_on ? lanes.used & ~lanes.held & ~(run.has_refractory ? fires : 0) : 0);
    const __m512i ahead = asked == 0
                              ? _mm512_setzero_si512()
                              : ticks_to_look<k_receptors, k_driven>(run, lanes, stored, asked);
    const __mmask16 looks = _mm512_mask_test_epi32_mask(asked, ahead, ahead);
    const __m512i look = gather(run.t, ahead);
    const NearTick now = near_tick(run.t);
    const __m512i due = stored.head[3];
    const auto sooner = static_cast<__mmask16>(
        looks & (_mm512_cmpeq_epi32_mask(due, numbers(k_no_tick)) |
                 _mm512_cmpgt_epu32_mask(ticks_between(now, due), ticks_between(now, look))));
    stored.head[2] = _mm512_maskz_mov_epi32(looks, look);
    stored.head[3] = _mm512_mask_mov_epi32(due, sooner, look);
    write_lanes(out.look_ticks + result.looks, sooner, look);
    result.looks += write_lanes(out.look_slots + result.looks, sooner, lanes.slots);
    stored.store(cells);
    result.done += taken;
    return true;
}

#else

template <std::uint32_t k_receptors, bool k_driven>
inline bool leap_lanes(const LeapRun&, const LeapOut&, LeapResult&) {
    return false;
}

#endif
