// The body of row_cut.hpp. Included by kernels_body.hpp alone, inside its namespaces, for whatever
// instruction set that is compiled for.

using Targets = std::uint16_t __attribute__((vector_size(k_lanes * 4)));

// How many of k_piece ascending targets come before the first one beyond `last`.
inline std::uint32_t count_up_to(const std::uint16_t* targets, std::uint16_t last) {
#if defined(__AVX512BW__)
    static_assert(sizeof(Targets) == k_piece * sizeof(std::uint16_t));
    const auto words = __builtin_bit_cast(__m512i, load<Targets>(targets));
    const __mmask32 beyond =
        _mm512_cmpgt_epu16_mask(words, _mm512_set1_epi16(static_cast<short>(last)));
    return static_cast<std::uint32_t>(__builtin_ctzll(std::uint64_t{beyond} | 1ULL << k_piece));
#elif defined(__SSE2__)
    std::uint64_t beyond = 0;  // two bits a target
    for (std::uint32_t k = 0; k < k_piece; k += k_lanes * 2) {
        const auto words = load<Targets>(targets + k) > last;
#if defined(__AVX2__)
        const auto bits =
            static_cast<std::uint32_t>(_mm256_movemask_epi8(__builtin_bit_cast(__m256i, words)));
#else
        const auto bits =
            static_cast<std::uint32_t>(_mm_movemask_epi8(__builtin_bit_cast(__m128i, words)));
#endif
        beyond |= std::uint64_t{bits} << (2 * k);
    }
    return beyond == 0 ? k_piece : static_cast<std::uint32_t>(__builtin_ctzll(beyond)) / 2;
#else
    std::uint32_t k = 0;
    while (k < k_piece && targets[k] <= last) {
        ++k;
    }
    return k;
#endif
}

template <bool k_adds>
inline std::size_t cut_rows(
    const RowCut& given, RowLeft* rows, std::size_t count, std::uint16_t* places, float* adds) {
    const RowCut cut = given;  // a copy that no store can reach
    const auto last = static_cast<std::uint16_t>(cut.last);
    std::size_t written = 0;
    for (RowLeft* row = rows; row < rows + count; ++row) {
        const auto shift = static_cast<std::uint16_t>(row->place - cut.first);
        std::uint32_t at = row->next;
        std::uint32_t piece = k_piece;
        while (piece == k_piece) {
            for (std::uint32_t k = 0; k < k_piece; k += k_lanes * 2) {
                store(places + written + k, load<Targets>(cut.targets + at + k) + shift);
            }
            for (std::uint32_t k = 0; k_adds && k < k_piece; k += k_lanes) {
                store(adds + written + k, load<Floats>(cut.adds + at + k));
            }
            const std::uint32_t left = row->end - at;
            piece = count_up_to(cut.targets + at, last);
            piece = piece < left ? piece : left;
            at += piece;
            written += piece;
        }
        row->next = at;
    }
    return written;
}

std::size_t cut_rows(
    const RowCut& cut, RowLeft* rows, std::size_t count, std::uint16_t* places, float* adds) {
    return cut.adds != nullptr ? cut_rows<true>(cut, rows, count, places, adds)
                               : cut_rows<false>(cut, rows, count, places, adds);
}
