// Some lanes of a register. Included by kernels_body.hpp alone, inside its namespaces, for whatever
// instruction set that is compiled for.

// A lane each: masks are bit masks on AVX-512, vectors of 0 and -1 elsewhere.
#if defined(__AVX512F__)

using LaneMask = __mmask16;

inline LaneMask at_least(const Floats& a, const Floats& b) {
    return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ);
}

inline LaneMask above(const Floats& a, const Floats& b) {
    return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ);
}

inline LaneMask not_finite(const Floats& h) {
    return _mm512_fpclass_ps_mask(h, 0x99);  // quiet and signalling NaN, both infinities
}

inline bool any(LaneMask a, LaneMask b) {
    return _mm512_kortestz(a, b) == 0;
}

inline Floats all_lanes(float value) {
    return _mm512_set1_ps(value);
}

inline LaneMask not_zero(const Ints& bits) {
    const auto words = __builtin_bit_cast(__m512i, bits);
    return _mm512_test_epi32_mask(words, words);
}

inline Floats choose(LaneMask mask, const Floats& a, const Floats& b) {
    return _mm512_mask_mov_ps(b, mask, a);
}

inline LaneMask lanes_of(std::uint32_t bits) {
    return static_cast<LaneMask>(bits);
}

inline std::uint32_t bits_of(LaneMask mask) {
    return mask;
}

inline LaneMask both(LaneMask a, LaneMask b) {
    return static_cast<LaneMask>(a & b);
}

inline LaneMask without(LaneMask a, LaneMask b) {
    return static_cast<LaneMask>(a & ~b);
}

inline LaneMask either(LaneMask a, LaneMask b) {
    return static_cast<LaneMask>(a | b);
}

#else

using LaneMask = Ints;

inline LaneMask at_least(const Floats& a, const Floats& b) {
    return a >= b;
}

inline LaneMask above(const Floats& a, const Floats& b) {
    return a > b;
}

inline LaneMask not_finite(const Floats& h) {
    const Floats zero = {};
    return (h - h) != zero;
}

inline LaneMask not_zero(const Ints& bits) {
    return bits != 0;
}

inline Floats choose(const LaneMask& mask, const Floats& a, const Floats& b) {
    const Ints bits = (mask & __builtin_bit_cast(Ints, a)) | (~mask & __builtin_bit_cast(Ints, b));
    return __builtin_bit_cast(Floats, bits);
}

inline LaneMask lanes_of(std::uint32_t bits) {
    Ints place;
    for (std::uint32_t lane = 0; lane < k_lanes; ++lane) {
        place[lane] = 1 << lane;
    }
    return (place & static_cast<std::int32_t>(bits)) != 0;
}

inline std::uint32_t bits_of(const LaneMask& mask) {
#if defined(__AVX2__)
    const auto floats = __builtin_bit_cast(__m256, mask);
    return static_cast<std::uint32_t>(_mm256_movemask_ps(floats));
#elif defined(__SSE2__)
    const auto floats = __builtin_bit_cast(__m128, mask);
    return static_cast<std::uint32_t>(_mm_movemask_ps(floats));
#else
    std::uint32_t bits = 0;
    for (std::uint32_t lane = 0; lane < k_lanes; ++lane) {
        bits |= (mask[lane] != 0 ? 1U : 0U) << lane;
    }
    return bits;
#endif
}

inline LaneMask both(const LaneMask& a, const LaneMask& b) {
    return a & b;
}

inline bool any(const LaneMask& a, const LaneMask& b) {
    return bits_of(a | b) != 0;
}

inline Floats all_lanes(float value) {
#if defined(__AVX2__)
    return _mm256_set1_ps(value);
#elif defined(__SSE2__)
    return _mm_set1_ps(value);
#else
    Floats lanes = {};
    for (std::uint32_t lane = 0; lane < k_lanes; ++lane) {
        lanes[lane] = value;  // not added to 0, which would lose the sign of a zero
    }
    return lanes;
#endif
}

inline LaneMask either(const LaneMask& a, const LaneMask& b) {
    return a | b;
}

inline LaneMask without(const LaneMask& a, const LaneMask& b) {
    return a & ~b;
}

#endif
