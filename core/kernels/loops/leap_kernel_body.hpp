// The body of leap_kernel.hpp. Included by kernels_body.hpp alone, inside its namespaces, for
// whatever instruction set that is compiled for.

// A bit a segment: those that stay below `need`. What is not a number does not.
inline std::uint32_t staying_below(const Floats& highest, const Floats& need) {
#if defined(__AVX512F__)
    return _mm512_cmp_ps_mask(highest, need, _CMP_LT_OQ);
#else
    return bits_of(highest < need);
#endif
}

// Rounding of the closed form, of its bounds and of their tables together is below 40 units in the
// last place (2^-24) of the terms' magnitudes: those of the state at hand, from which the bounds
// look ahead, and those of the state stored, from which the test will be computed.
constexpr float k_leap_margin = 4e-6F;

inline float greater(float a, float b) {
    return a > b ? a : b;
}

inline float magnitude(float a) {
    return __builtin_fabsf(a);
}

// The factor that makes the term greatest.
inline const float* worst(const LeapBounds::Range& range, float value) {
    return value > 0 ? range.greatest : range.least;
}

inline float worst_ever(const LeapBounds::Range& range, float value) {
    return greater(value * range.greatest_ever, value * range.least_ever);
}

// Looks far ahead come a little early, so that many fall on the same tick: rounded down to a
// multiple of the largest power of two below a quarter of the way.
inline Tick gather(Tick now, std::uint32_t ahead) {
    const std::uint32_t step = (0x80000000U >> __builtin_clz(ahead | 4)) >> 2;
    return (now + ahead) & ~static_cast<Tick>(step - 1);
}

// Ticks ahead at which the neuron may pass its test for the first time without new input, never
// later than it does; 0: never.
template <std::uint32_t k_receptors, bool k_driven>
inline std::uint32_t ticks_to_look(
    const LeapRun& run, float v, const float* i, const LeapCell& stored, std::uint32_t slot) {
    const LeapBounds& bounds = *run.bounds;
    const float dv = v - run.v_rest;
    const float gap = run.theta - run.v_rest;
    float scale = magnitude(run.v_rest) * 2 + magnitude(v) + magnitude(run.theta);
    scale += magnitude(stored.v);
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        scale += (magnitude(i[k]) + magnitude(stored.i[k])) * bounds.c[k].magnitude;
        if (k_driven && run.effective[k] != nullptr) {
            scale += magnitude(run.effective[k][slot]) * bounds.d[k].magnitude;
        }
    }
    if (gap > 0) {  // else it passes at rest
        float highest = greater(dv, 0);
        float scale_ever = 0;
        for (std::uint32_t k = 0; k < k_receptors; ++k) {
            const float term = worst_ever(bounds.c[k], i[k]);
            highest += term;
            scale_ever += term;
            if (k_driven && run.effective[k] != nullptr) {
                const float driven = worst_ever(bounds.d[k], run.effective[k][slot]);
                highest += driven;
                scale_ever += driven;
            }
        }
        if (highest < gap - k_leap_margin * (scale + scale_ever)) {
            return 0;
        }
    }
    const float need = gap - k_leap_margin * scale;
    const float* const leak = worst(bounds.leak, dv);
    const float* c[k_receptors];
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        c[k] = worst(bounds.c[k], i[k]);
    }
    // All segments, rather than up to the first that reaches: no branch to mispredict.
    static_assert(k_segments < 32);
    std::uint32_t below = 0;
    const Floats wanted = all_lanes(need);
    for (std::uint32_t s = 0; s < k_segments; s += k_lanes) {
        Floats most = load<Floats>(leak + s) * dv;
        for (std::uint32_t k = 0; k < k_receptors; ++k) {
            most = most + load<Floats>(c[k] + s) * i[k];
            if (k_driven && run.effective[k] != nullptr) {
                const float drive = run.effective[k][slot];
                most = most + load<Floats>(worst(bounds.d[k], drive) + s) * drive;
            }
        }
        below |= staying_below(most, wanted) << s;
    }
    return bounds.start[__builtin_ctzll(~std::uint64_t{below})];
}

// v and i of a neuron at run.t, n >= 1 ticks after they were stored, without what arrives.
template <std::uint32_t k_receptors, bool k_driven>
inline void leap_over(
    const LeapRun& run, Tick n, std::uint32_t slot, bool held, float& v, float* i) {
    const float* const row = run.rows + (n - 1) * run.row_stride;
    const bool drops = held && run.drops_held;
    float h = run.v_rest == 0 ? row[0] * v : row[0] * (v - run.v_rest) + run.v_rest;
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        const float old = i[k];
        if (run.remembers[k]) {
            h = h + row[2 + 2 * k] * old;
            i[k] = row[1 + 2 * k] * old;
        }
        if (k_driven && run.effective[k] != nullptr && !drops) {
            const float drive = run.effective[k][slot];
            h = h + row[2 + 2 * k_receptors + 2 * k] * drive;
            if (run.remembers[k]) {
                i[k] = i[k] + row[1 + 2 * k_receptors + 2 * k] * drive;
            }
        }
    }
    if (!(held && run.keeps_held)) {
        v = h;
    }
}

// What has arrived is added to v and i.
template <std::uint32_t k_receptors>
inline void take_input(const LeapRun& run, std::uint32_t at, bool held, float& v, float* i) {
    const bool uses = !run.current_before && !(held && run.keeps_held);
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        const float x = run.x[k] == nullptr ? 0 : run.x[k][at];
        if (run.remembers[k]) {
            i[k] = i[k] + x;
        }
        if (uses) {
            v = v + run.gain[k] * x;
        }
    }
}

// The neuron at run.slots[result.done]; false if its gap is longer than the rows.
template <std::uint32_t k_receptors, bool k_driven>
inline bool leap_neuron(const LeapRun& run, const LeapOut& out, LeapResult& result) {
    const std::uint32_t slot = run.slots[result.done];
    LeapCell& cell = run.cells[slot];
    const Tick n = run.t - cell.last;
    if (n > run.row_count) {
        return false;
    }
    const bool held = run.held != nullptr && ((run.held[slot / 64] >> (slot % 64)) & 1) != 0;
    const bool takes = run.arrived && !(held && run.drops_held);
    float v = cell.v;
    float i[k_receptors];
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        i[k] = cell.i[k];
    }
    if (n > 0) {
        leap_over<k_receptors, k_driven>(run, n, slot, held, v, i);
    }
    if (takes) {
        take_input<k_receptors>(run, result.done, held, v, i);
    }
    ++result.done;
    if (!(v - v == 0) && (!result.failed || slot < result.not_finite)) {
        result.failed = true;
        result.not_finite = slot;
    }
    const bool fires = run.may_fire && !held && passes(v, run.theta, run.above);
    if (fires) {
        v = run.subtracts ? v - run.theta : run.v_reset;
        out.fired[result.fired++] = slot;
    }
    if (fires || takes) {
        cell.last = run.t;
        cell.v = v;
        for (std::uint32_t k = 0; k < k_receptors; ++k) {
            cell.i[k] = i[k];
        }
    }
    std::uint32_t ahead = 0;
    if (run.looks_on && !held && !(fires && run.has_refractory)) {
        ahead = ticks_to_look<k_receptors, k_driven>(run, v, i, cell, slot);
    }
    if (ahead == 0) {
        cell.look = k_no_tick;
        return true;
    }
    // An entry in the wheel that comes before the look stays and is then renewed.
    const NearTick now = near_tick(run.t);
    const NearTick due = cell.due;
    cell.look = near_tick(gather(run.t, ahead));
    const bool sooner = due == k_no_tick || ticks_between(now, due) > ticks_between(now, cell.look);
    cell.due = sooner ? cell.look : due;
    out.look_ticks[result.looks] = cell.look;  // taken back if it is not sooner: no branch
    out.look_slots[result.looks] = slot;
    result.looks += sooner ? 1 : 0;
    return true;
}

// leap_neuron for some of the neurons from run.slots[result.done] on, where the instruction set has
// lanes for it (leap_lanes_body.hpp); false if it takes none.
template <std::uint32_t k_receptors, bool k_driven>
inline bool leap_lanes(const LeapRun& run, const LeapOut& out, LeapResult& result);

template <std::uint32_t k_receptors, bool k_driven>
LeapResult leap_run(const LeapRun& given, const LeapOut& out) {
    const LeapRun run = given;
    constexpr std::uint32_t k_early = 16;  // neurons that a cell is fetched ahead of its turn
    LeapResult result;
    while (result.done < run.count) {
        if (leap_lanes<k_receptors, k_driven>(run, out, result)) {
            continue;
        }
        const std::uint32_t left = run.count - result.done;
        const std::uint32_t end = result.done + (left < k_early ? left : k_early);
        while (result.done < end) {
            if (result.done + k_early < run.count) {
                __builtin_prefetch(run.cells + run.slots[result.done + k_early], 1);
            }
            if (!leap_neuron<k_receptors, k_driven>(run, out, result)) {
                return result;
            }
        }
    }
    return result;
}

LeapResult leap_neurons(const LeapRun& run, const LeapOut& out) {
    const bool driven = run.effective[0] != nullptr || run.effective[1] != nullptr;
    if (run.receptors == 1) {
        return driven ? leap_run<1, true>(run, out) : leap_run<1, false>(run, out);
    }
    return driven ? leap_run<2, true>(run, out) : leap_run<2, false>(run, out);
}
