// The bodies of tile_kernels.hpp that take a tile's membranes through its ticks. Included by
// kernels_body.hpp alone, inside its namespace, for whatever instruction set it is compiled for.

template <bool k_above>
inline LaneMask passing_lanes(const Floats& h, const Floats& theta) {
    return k_above ? above(h, theta) : at_least(h, theta);
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
        bits |= std::uint64_t{bits_of(lanes[k])} << (k * k_lanes);
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

template <std::uint32_t k_vectors>
bool same_bits(const Floats (&a)[k_vectors], const Floats (&b)[k_vectors]) {
    Ints differ = {};
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        differ = differ | (__builtin_bit_cast(Ints, a[k]) ^ __builtin_bit_cast(Ints, b[k]));
    }
    return bits_of(not_zero(differ)) == 0;
}

// How a tile's neurons are updated.
template <std::uint32_t k_vectors_, bool k_above_, bool k_subtracts_, bool k_leaks_>
struct TileRule {
    static constexpr std::uint32_t k_vectors = k_vectors_;
    static constexpr bool k_above = k_above_;
    static constexpr bool k_subtracts = k_subtracts_;
    static constexpr bool k_leaks = k_leaks_;
};

// A tile on its way through its ticks, one after the other. A tick at which nothing arrives is left
// out once the tile has settled: another one like it would leave every bit, and fire nothing. What
// is not finite stays so unless a reset sets it.
template <class Rule>
class TilePass {
  public:
    static constexpr std::uint32_t k_vectors = Rule::k_vectors;
    using Vectors = Floats[k_vectors];

    explicit TilePass(const TileRun& run) : run_(run) {
        const Floats nan = all_lanes(__builtin_nanf(""));
        Ints lane;
        for (std::uint32_t j = 0; j < k_lanes; ++j) {
            lane[j] = static_cast<std::int32_t>(j);
        }
        const auto firing = static_cast<std::int32_t>(run.may_fire ? run.size : 0);
        for (std::uint32_t k = 0; k < k_vectors; ++k) {
            v_[k] = load<Floats>(run.v + k * k_lanes);
            theta_[k] =
                lane + static_cast<std::int32_t>(k * k_lanes) < firing ? all_lanes(run.theta) : nan;
        }
    }

    inline __attribute__((always_inline)) void take(std::uint32_t t, const Vectors& x) {
        std::uint64_t& fired = run_.fires[t * run_.fires_pitch];
        if (run_.due[t] != 0) {
            fired = advance(x);
            settled_ = false;
        } else {
            settled_ = settled_ || (run_.keeps && !passes());
            if (settled_) {
                fired = 0;
                return;
            }
            Vectors before;
            __builtin_memcpy(&before, &v_, sizeof before);
            fired = advance(x);
            settled_ = !run_.keeps && fired == 0 && same_bits(before, v_);
        }
        ++ticks_;
    }

    // Ticks [first, end), whose input is in run.x.
    void take_summed(std::uint32_t first, std::uint32_t end) {
        const float* x = run_.x + std::size_t{first} * run_.x_pitch;
        for (std::uint32_t t = first; t < end; ++t, x += run_.x_pitch) {
            Vectors sum;
            for (std::uint32_t k = 0; k < k_vectors; ++k) {
                sum[k] = load<Floats>(x + k * k_lanes);
            }
            take(t, sum);
        }
    }

    // `summed`: the input was in memory.
    TileResult end(bool summed) {
        Vectors before;
        for (std::uint32_t k = 0; k < k_vectors; ++k) {
            bad_ = either(bad_, not_finite(v_[k]));
            before[k] = load<Floats>(run_.v + k * k_lanes);
        }
        const TileResult result = {
            ticks_, bits_of(bad_) == 0, passes(), !same_bits(before, v_), summed};
        for (std::uint32_t k = 0; k < k_vectors && result.finite; ++k) {
            store(run_.v + k * k_lanes, v_[k]);
        }
        return result;
    }

  private:
    // One tick. Returns who fires; no branch asks whether anybody does.
    inline __attribute__((always_inline)) std::uint64_t advance(const Vectors& x) {
        LaneMask fires[k_vectors];
        for (std::uint32_t k = 0; k < k_vectors; ++k) {
            const Floats h = (Rule::k_leaks ? all_lanes(run_.beta) * v_[k] : v_[k]) + x[k];
            if constexpr (!Rule::k_subtracts) {
                bad_ = either(bad_, not_finite(h));
            }
            fires[k] = passing_lanes<Rule::k_above>(h, theta_[k]);
            v_[k] =
                choose(fires[k], Rule::k_subtracts ? h - theta_[k] : all_lanes(run_.v_reset), h);
        }
        return tile_bits(fires);
    }

    [[nodiscard]] bool passes() const {
        const std::uint64_t neurons =
            run_.size == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << run_.size) - 1;
        const Floats theta = all_lanes(run_.theta);
        return (passing_neurons<k_vectors, Rule::k_above>(v_, theta) & neurons) != 0;
    }

    const TileRun& run_;
    Vectors v_;
    Vectors theta_;      // not a number where nobody may fire
    LaneMask bad_ = {};  // what was not finite before a reset
    std::uint32_t ticks_ = 0;
    bool settled_ = false;
};

// Ticks whose input is summed.
template <class Rule>
struct Integrate {
    static TileResult call(const TileRun& run) {
        TilePass<Rule> tile(run);
        tile.take_summed(0, run.ticks);
        return tile.end(true);
    }
};

// Ticks whose input is summed on the way: it never leaves registers.
template <class Rule>
struct AddAndIntegrate {
    static TileResult call(const TileRun& run,
                           const TileSums& sums,
                           const float* weights,
                           std::uint64_t pitch) {
        TilePass<Rule> tile(run);
        sum_ticks<Rule::k_vectors>(
            sums,
            0,
            weights,
            pitch,
            [&](std::uint32_t t, const auto& x)
                __attribute__((always_inline)) { tile.take(t, x); });
        return tile.end(false);
    }
};

template <template <class> class Loop, bool k_above, bool k_subtracts, bool k_leaks, class... More>
TileResult run_by_lanes(const TileRun& run, const More&... more) {
    switch (run.lanes / 16) {
        case 1:
            return Loop<TileRule<16 / k_lanes, k_above, k_subtracts, k_leaks>>::call(run, more...);
        case 2:
            return Loop<TileRule<32 / k_lanes, k_above, k_subtracts, k_leaks>>::call(run, more...);
        case 3:
            return Loop<TileRule<48 / k_lanes, k_above, k_subtracts, k_leaks>>::call(run, more...);
        default:
            return Loop<TileRule<64 / k_lanes, k_above, k_subtracts, k_leaks>>::call(run, more...);
    }
}

template <template <class> class Loop, bool k_above, bool k_subtracts, class... More>
TileResult run_by_leak(const TileRun& run, const More&... more) {
    return run.beta != 1 ? run_by_lanes<Loop, k_above, k_subtracts, true>(run, more...)
                         : run_by_lanes<Loop, k_above, k_subtracts, false>(run, more...);
}

template <template <class> class Loop, class... More>
TileResult run_by_rule(const TileRun& run, const More&... more) {
    if (run.subtracts) {
        return run.above ? run_by_leak<Loop, true, true>(run, more...)
                         : run_by_leak<Loop, false, true>(run, more...);
    }
    return run.above ? run_by_leak<Loop, true, false>(run, more...)
                     : run_by_leak<Loop, false, false>(run, more...);
}

TileResult integrate_tile(const TileRun& run) {
    return run_by_rule<Integrate>(run);
}

TileResult run_tile(const TileRun& run,
                    const TileSums& sums,
                    const float* weights,
                    std::uint64_t pitch) {
#if defined(__AVX512F__)
    return run_by_rule<AddAndIntegrate>(run, sums, weights, pitch);
#else
    add_tile(sums, weights, pitch);  // sums and membranes would not fit the registers
    return integrate_tile(run);
#endif
}
