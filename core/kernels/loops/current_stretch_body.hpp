// Neurons with synaptic currents over consecutive ticks: the body of CurrentStretch
// (current_kernel.hpp). Included by kernels_body.hpp alone, behind current_kernel_body.hpp.

// Vectors that go through the ticks together, to hide the latency of one another's additions.
constexpr std::uint32_t k_together = 4;
constexpr std::uint32_t k_neurons_together = k_together * k_lanes;  // neurons; divides 64
constexpr std::uint64_t k_whole_group =
    k_neurons_together == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << k_neurons_together) - 1;

enum class WhileHeld { integrates, keeps, drops };

// Not below, so that it is true of NaN as well.
inline LaneMask not_below(const Floats& a, const Floats& b) {
#if defined(__AVX512F__)
    return _mm512_cmp_ps_mask(a, b, _CMP_NLT_UQ);
#else
    return ~(a < b);
#endif
}

inline bool any_of(const LaneMask* masks) {
    static_assert(k_together == 4);
    return any(either(masks[0], masks[1]), either(masks[2], masks[3]));
}

// The state of a group of neurons, in registers.
template <std::uint32_t k_receptors>
struct GroupLanes {
    Floats v[k_together];
    Floats i[k_receptors][k_together];
    LaneMask free[k_together];  // not held
};

// Where a group of neurons lies. Bits of a mask count from the group's first neuron.
struct Group {
    std::uint32_t at = 0;  // place in the run
    float* v = nullptr;    // padded to whole vectors
    float* i[k_most_currents] = {};
    std::uint64_t used = 0;
    std::uint64_t held = 0;
    std::uint64_t* released = nullptr;  // of all 64 neurons of the group's word, as are fires
    std::uint64_t* fires = nullptr;
    std::uint32_t shift = 0;  // of the group in its word
};

template <std::uint32_t k_receptors>
inline void free_lanes(GroupLanes<k_receptors>& lanes, std::uint64_t held) {
    constexpr std::uint32_t k_all = (std::uint64_t{1} << k_lanes) - 1;
    for (std::uint32_t g = 0; g < k_together; ++g) {
        lanes.free[g] = lanes_of(static_cast<std::uint32_t>(~held >> (g * k_lanes)) & k_all);
    }
}

// Resets the neurons that fire. Returns their bits; false in `finite` if an h is not.
template <std::uint32_t k_receptors>
inline std::uint64_t fire_lanes(const CurrentRun& run,
                                const LaneMask* fires,
                                GroupLanes<k_receptors>& lanes,
                                bool& finite) {
    std::uint64_t bits = 0;
    for (std::uint32_t g = 0; g < k_together; ++g) {
        const std::uint32_t here = bits_of(fires[g]);
        const Floats h = lanes.v[g];
        finite = finite && bits_of(both(fires[g], not_finite(h))) == 0;
        lanes.v[g] = choose(fires[g], run.subtracts ? h - run.theta : all_lanes(run.v_reset), h);
        bits |= std::uint64_t{here} << (g * k_lanes);
    }
    return bits;
}

// Takes a group through the ticks. Returns who is held afterwards. If not all h are finite, v and i
// stay as they were.
template <std::uint32_t k_receptors, bool k_before, WhileHeld k_held>
inline std::uint64_t stretch_group(const CurrentStretch& stretch,
                                   const CurrentConstants& c,
                                   const Group& group,
                                   CurrentStretchResult& result) {
    const CurrentRun& run = stretch.run;
    GroupLanes<k_receptors> lanes;
    for (std::uint32_t g = 0; g < k_together; ++g) {
        lanes.v[g] = load<Floats>(group.v + g * k_lanes);
        for (std::uint32_t k = 0; k < k_receptors; ++k) {
            lanes.i[k][g] = load<Floats>(group.i[k] + g * k_lanes);
        }
    }
    std::uint64_t held = group.held | (~group.used & k_whole_group);
    free_lanes(lanes, held);
    bool finite = true;
    float* x[k_receptors];
    for (std::uint32_t k = 0; k < k_receptors; ++k) {
        x[k] = run.x[k] + group.at;
    }
    for (std::uint32_t t = 0; t < stretch.ticks; ++t) {
        const std::uint64_t released = (group.released[t] >> group.shift) & group.used;
        if (__builtin_expect(released != 0, 0)) {
            held &= ~released;
            free_lanes(lanes, held);
        }
        LaneMask fires[k_together];
        for (std::uint32_t g = 0; g < k_together; ++g) {
            Floats h = c.beta * (lanes.v[g] - c.rest) + c.rest_back;
            for (std::uint32_t k = 0; k < k_receptors; ++k) {
                Floats in = load<Floats>(x[k] + g * k_lanes);
                if (k_held == WhileHeld::drops) {
                    in = choose(lanes.free[g], in, Floats{});
                }
                const Floats next = c.alpha[k] * lanes.i[k][g] + in;
                store(x[k] + g * k_lanes, Floats{});
                h = h + c.gain[k] * (k_before ? lanes.i[k][g] : next);
                lanes.i[k][g] = next;
            }
            lanes.v[g] = k_held == WhileHeld::keeps ? choose(lanes.free[g], h, lanes.v[g]) : h;
            fires[g] = both(not_below(lanes.v[g], c.test), lanes.free[g]);
        }
        for (std::uint32_t k = 0; k < k_receptors; ++k) {
            x[k] += stretch.x_pitch;
        }
        if (__builtin_expect(any_of(fires), 0)) {
            const std::uint64_t bits = fire_lanes(run, fires, lanes, finite);
            group.fires[t * stretch.fires_pitch] |= bits << group.shift;
            if (stretch.refractory != 0) {
                held |= bits;
                free_lanes(lanes, held);
                if (t + stretch.refractory < stretch.ticks) {
                    group.released[t + stretch.refractory] |= bits << group.shift;
                }
            }
        }
    }

    std::uint64_t changed = 0;
    for (std::uint32_t g = 0; g < k_together; ++g) {
        const auto used = static_cast<std::uint32_t>(group.used >> (g * k_lanes));
        finite = finite && (bits_of(not_finite(lanes.v[g])) & used) == 0;
    }
    if (__builtin_expect(!finite, 0)) {
        result.finite = false;
        return group.held;
    }
    for (std::uint32_t g = 0; g < k_together; ++g) {
        if (run.ask_changed) {
            const auto used = static_cast<std::uint32_t>(group.used >> (g * k_lanes));
            Ints bits = bits_changed(lanes.v[g], load<Floats>(group.v + g * k_lanes));
            for (std::uint32_t k = 0; k < k_receptors; ++k) {
                bits = bits | bits_changed(lanes.i[k][g], load<Floats>(group.i[k] + g * k_lanes));
            }
            changed |= bits_of(not_zero(bits)) & used;
        }
        store(group.v + g * k_lanes, lanes.v[g]);
        for (std::uint32_t k = 0; k < k_receptors; ++k) {
            store(group.i[k] + g * k_lanes, lanes.i[k][g]);
        }
    }
    result.changed = result.changed || changed != 0;
    return held & group.used;
}

template <std::uint32_t k_receptors, bool k_before, WhileHeld k_held>
inline CurrentStretchResult current_stretch(const CurrentStretch& given) {
    const CurrentStretch stretch = given;  // a copy that no store can reach
    const CurrentRun& run = stretch.run;
    CurrentConstants c = prepare(run);
    if (!run.may_fire) {
        c.test = all_lanes(__builtin_inff());  // what passes is not finite, which is looked at
    }
    CurrentStretchResult result;
    for (std::uint32_t at = 0; at < run.size; at += k_neurons_together) {
        const std::uint32_t word = at / 64;
        Group group;
        group.at = at;
        group.shift = at % 64;
        group.released = stretch.released + std::uint64_t{word} * stretch.ticks;
        group.fires = stretch.fires + word;
        group.held = (stretch.held[word] >> group.shift) & k_whole_group;
        const std::uint32_t size =
            run.size - at < k_neurons_together ? run.size - at : k_neurons_together;
        group.used = size == k_neurons_together ? k_whole_group : (std::uint64_t{1} << size) - 1;
        float padded[1 + k_most_currents][k_neurons_together];
        const std::size_t bytes = size * sizeof(float);
        group.v = run.v + at;
        for (std::uint32_t k = 0; k < k_receptors; ++k) {
            group.i[k] = run.i[k] + at;
        }
        if (size < k_neurons_together) {
            __builtin_memset(padded, 0, sizeof padded);
            __builtin_memcpy(padded[0], group.v, bytes);
            group.v = padded[0];
            for (std::uint32_t k = 0; k < k_receptors; ++k) {
                __builtin_memcpy(padded[1 + k], group.i[k], bytes);
                group.i[k] = padded[1 + k];
            }
        }
        CurrentStretchResult here;
        const std::uint64_t held =
            stretch_group<k_receptors, k_before, k_held>(stretch, c, group, here);
        result.changed = result.changed || here.changed;
        if (!here.finite) {
            result.finite = false;
            stretch.stuck[word] |= group.used << group.shift;
        }
        stretch.held[word] &= ~(k_whole_group << group.shift);
        stretch.held[word] |= held << group.shift;
        if (size < k_neurons_together) {
            __builtin_memcpy(run.v + at, padded[0], bytes);
            for (std::uint32_t k = 0; k < k_receptors; ++k) {
                __builtin_memcpy(run.i[k] + at, padded[1 + k], bytes);
            }
        }
    }
    return result;
}

template <std::uint32_t k_receptors, bool k_before>
inline CurrentStretchResult current_stretch(const CurrentStretch& stretch) {
    if (stretch.run.keeps_held) {
        return current_stretch<k_receptors, k_before, WhileHeld::keeps>(stretch);
    }
    return stretch.run.drops_held
               ? current_stretch<k_receptors, k_before, WhileHeld::drops>(stretch)
               : current_stretch<k_receptors, k_before, WhileHeld::integrates>(stretch);
}

CurrentStretchResult integrate_current_stretch(const CurrentStretch& stretch) {
    if (stretch.run.receptors == 1) {
        return stretch.run.current_before ? current_stretch<1, true>(stretch)
                                          : current_stretch<1, false>(stretch);
    }
    return stretch.run.current_before ? current_stretch<2, true>(stretch)
                                      : current_stretch<2, false>(stretch);
}
