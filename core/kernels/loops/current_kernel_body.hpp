// The body of current_kernel.hpp. Included by kernels_body.hpp alone, inside its namespaces, for
// whatever instruction set that is compiled for.

// The numbers of a run, prepared so that no lane needs a branch.
struct CurrentConstants {
    Floats beta;
    Floats rest;
    Floats rest_back;  // added after the leak; -0, which changes no bit, for a rest of 0
    Floats test;       // v > theta is v >= the next float32 above theta
    Floats alpha[k_most_currents];
    Floats gain[k_most_currents];
    std::uint32_t keeps;  // all bits or none
    std::uint32_t drops;
    std::uint32_t may;
};

// The next float32 above a finite one.
inline float next_above(float value) {
    const auto bits = __builtin_bit_cast(std::int32_t, value);
    if (value == 0) {
        return __builtin_bit_cast(float, 1);
    }
    return __builtin_bit_cast(float, bits > 0 ? bits + 1 : bits - 1);
}

inline CurrentConstants prepare(const CurrentRun& run) {
    CurrentConstants c;
    c.beta = all_lanes(run.beta);
    c.rest = all_lanes(run.v_rest == 0 ? 0.0F : run.v_rest);
    c.rest_back = all_lanes(run.v_rest == 0 ? -0.0F : run.v_rest);
    c.test = all_lanes(run.above ? next_above(run.theta) : run.theta);
    for (std::uint32_t k = 0; k < k_most_currents; ++k) {
        c.alpha[k] = all_lanes(run.alpha[k]);
        c.gain[k] = all_lanes(run.gain[k]);
    }
    c.keeps = run.keeps_held ? ~0U : 0;
    c.drops = run.drops_held ? ~0U : 0;
    c.may = run.may_fire ? ~0U : 0;
    return c;
}

// What a run's neurons take in: nothing, and alpha i needs no + 0 to be what the rule says;
// nothing; x.
enum class Input { none, zero, given };

// True if no product alpha i is -0, so that + 0 would change no bit: currents are never -0, and
// with an alpha above 1/2 none of them is rounded to 0.
inline bool decays_slowly(const CurrentRun& run) {
    bool slowly = true;
    for (std::uint32_t k = 0; k < run.receptors; ++k) {
        slowly = slowly && run.alpha[k] > 0.5F;
    }
    return slowly;
}

// What comes out of a vector of neurons before the test; v and i are those it started from.
struct CurrentLanes {
    Floats v;
    Floats i[k_most_currents];
    Floats next[k_most_currents];
    Floats h;
};

template <std::uint32_t k_receptors, bool k_before, Input k_input>
inline void advance_lanes(const CurrentConstants& c, const Floats* x, CurrentLanes& lanes) {
    Floats h = c.beta * (lanes.v - c.rest) + c.rest_back;
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        const Floats decayed = c.alpha[k] * lanes.i[k];
        lanes.next[k] = k_input == Input::none ? decayed : decayed + x[k];
        h = h + c.gain[k] * (k_before ? lanes.i[k] : lanes.next[k]);
    }
    lanes.h = h;
}

// Lanes that fire: their slots, and what their membranes become.
inline Floats reset_lanes(const CurrentRun& run,
                          const Floats& h,
                          const LaneMask& fires,
                          std::uint32_t at,
                          std::uint32_t* fired,
                          CurrentResult& result) {
    for (std::uint32_t bits = bits_of(fires); bits != 0; bits &= bits - 1) {
        fired[result.fired++] = run.first + at + static_cast<std::uint32_t>(__builtin_ctz(bits));
    }
    return choose(fires, run.subtracts ? h - run.theta : all_lanes(run.v_reset), h);
}

inline Ints bits_changed(const Floats& a, const Floats& b) {
    return __builtin_bit_cast(Ints, a) ^ __builtin_bit_cast(Ints, b);
}

// One vector of neurons at place `at`; lanes beyond `used` are padding that the caller throws away.
template <std::uint32_t k_receptors, bool k_before, Input k_input, bool k_changed>
inline void current_vector(const CurrentRun& run,
                           const CurrentConstants& c,
                           std::uint32_t at,
                           std::uint32_t held,
                           std::uint32_t used,
                           std::uint32_t* fired,
                           CurrentResult& result) {
    CurrentLanes lanes;
    Floats x[k_receptors] = {};
    lanes.v = load<Floats>(run.v + at);
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        lanes.i[k] = load<Floats>(run.i[k] + at);
        if (k_input == Input::given) {
            x[k] = choose(lanes_of(held & c.drops), Floats{}, load<Floats>(run.x[k] + at));
            store(run.x[k] + at, Floats{});
        }
    }
    advance_lanes<k_receptors, k_before, k_input>(c, x, lanes);
    Floats h = choose(lanes_of(held & c.keeps), lanes.v, lanes.h);
    const LaneMask fires = both(at_least(h, c.test), lanes_of(c.may & ~held & used));
    const LaneMask bad = both(not_finite(h), lanes_of(used));
    if (any(fires, bad)) {
        if (bits_of(bad) != 0 && result.not_finite == run.size) {
            result.not_finite = at + static_cast<std::uint32_t>(__builtin_ctz(bits_of(bad)));
        }
        h = reset_lanes(run, h, fires, at, fired, result);
    }
    if (k_changed) {
        Ints changed = bits_changed(h, lanes.v);
        for (std::uint32_t k = 0; k < k_receptors; ++k) {
            changed = changed | bits_changed(lanes.next[k], lanes.i[k]);
        }
        result.changed = result.changed || (bits_of(not_zero(changed)) & used) != 0;
        result.passes = result.passes || (bits_of(at_least(h, c.test)) & used) != 0;
    }
    store(run.v + at, h);
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        store(run.i[k] + at, lanes.next[k]);
    }
}

template <std::uint32_t k_receptors, bool k_before, Input k_input, bool k_changed>
inline void current_run(const CurrentRun& given, std::uint32_t* fired, CurrentResult& result) {
    const CurrentRun run = given;  // a copy that no store can reach
    const CurrentConstants c = prepare(run);
    constexpr std::uint32_t k_all = (std::uint64_t{1} << k_lanes) - 1;
    std::uint32_t at = 0;
    for (; at + 64 <= run.size; at += 64) {
        const std::uint64_t held = run.held == nullptr ? 0 : run.held[at / 64];
        for (std::uint32_t k = 0; k < 64; k += 16) {
            __builtin_prefetch(run.v + at + 128 + k, 1);
            for (std::uint32_t r = 0; r < k_receptors; ++r) {
                __builtin_prefetch(run.i[r] + at + 128 + k, 1);
            }
        }
        for (std::uint32_t k = 0; k < 64; k += k_lanes) {
            current_vector<k_receptors, k_before, k_input, k_changed>(
                run,
                c,
                at + k,
                static_cast<std::uint32_t>(held >> k) & k_all,
                k_all,
                fired,
                result);
        }
    }
    const std::uint64_t last_held = run.held == nullptr || at == run.size ? 0 : run.held[at / 64];
    const auto held_at = [&](std::uint32_t place) {
        return static_cast<std::uint32_t>(last_held >> (place % 64)) & k_all;
    };
    for (; at + k_lanes <= run.size; at += k_lanes) {
        current_vector<k_receptors, k_before, k_input, k_changed>(
            run, c, at, held_at(at), k_all, fired, result);
    }
    if (at == run.size) {
        return;
    }
    // The rest goes through a padded copy.
    const std::uint32_t left = run.size - at;
    float copy[1 + 2 * k_most_currents][k_lanes] = {};
    CurrentRun tail = run;
    tail.first = run.first + at;
    tail.v = copy[0];
    const std::size_t bytes = left * sizeof(float);
    __builtin_memcpy(tail.v, run.v + at, bytes);
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        tail.i[k] = copy[1 + k];
        tail.x[k] = copy[1 + k_most_currents + k];
        __builtin_memcpy(tail.i[k], run.i[k] + at, bytes);
        if (k_input == Input::given) {
            __builtin_memcpy(tail.x[k], run.x[k] + at, bytes);
            __builtin_memset(run.x[k] + at, 0, bytes);
        }
    }
    CurrentResult more = result;
    more.not_finite = run.size;
    current_vector<k_receptors, k_before, k_input, k_changed>(
        tail, c, 0, held_at(at), (1U << left) - 1, fired, more);
    if (result.not_finite == run.size && more.not_finite != run.size) {
        more.not_finite += at;
    } else {
        more.not_finite = result.not_finite;
    }
    result = more;
    __builtin_memcpy(run.v + at, tail.v, bytes);
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        __builtin_memcpy(run.i[k] + at, tail.i[k], bytes);
    }
}

template <std::uint32_t k_receptors, bool k_before, bool k_changed>
inline void current_run(const CurrentRun& run, std::uint32_t* fired, CurrentResult& result) {
    if (run.x[0] != nullptr) {
        current_run<k_receptors, k_before, Input::given, k_changed>(run, fired, result);
    } else if (decays_slowly(run)) {
        current_run<k_receptors, k_before, Input::none, k_changed>(run, fired, result);
    } else {
        current_run<k_receptors, k_before, Input::zero, k_changed>(run, fired, result);
    }
}

template <std::uint32_t k_receptors, bool k_before>
inline void current_run(const CurrentRun& run, std::uint32_t* fired, CurrentResult& result) {
    run.ask_changed ? current_run<k_receptors, k_before, true>(run, fired, result)
                    : current_run<k_receptors, k_before, false>(run, fired, result);
}

CurrentResult integrate_currents(const CurrentRun& run, std::uint32_t* fired) {
    CurrentResult result;
    result.not_finite = run.size;
    if (run.receptors == 1) {
        run.current_before ? current_run<1, true>(run, fired, result)
                           : current_run<1, false>(run, fired, result);
    } else {
        run.current_before ? current_run<2, true>(run, fired, result)
                           : current_run<2, false>(run, fired, result);
    }
    return result;
}
