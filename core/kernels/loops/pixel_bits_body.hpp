// What kernels.hpp does with bits of pixels. Included by kernels_body.hpp alone, inside its
// namespace, for whatever instruction set it is compiled for.

inline std::uint64_t popcount(std::uint64_t word) {
    return static_cast<std::uint64_t>(__builtin_popcountll(word));
}

inline std::uint32_t words_of(std::uint32_t channels) {
    return (channels + 63) / 64;
}

// Channels 64 word ... of a pixel.
template <bool k_packed>
inline std::uint64_t pixel_word(const PixelBits& pixels,
                                const std::uint64_t* tick,
                                std::size_t pixel,
                                std::uint32_t word) {
    if constexpr (!k_packed) {
        return tick[pixel * words_of(pixels.channels) + word];
    }
    const std::size_t bit = pixel * pixels.channels + std::size_t{word} * 64;
    const std::uint64_t* const at = tick + bit / 64;
    const std::uint64_t low = at[0] >> bit % 64;
    const std::uint64_t high = at[1] << 1 << (63 - bit % 64);
    const std::uint32_t left = pixels.channels - word * 64;
    return (low | high) & (left < 64 ? (std::uint64_t{1} << left) - 1 : ~std::uint64_t{0});
}

// How many spikes of a window each channel of a word has, a binary digit a word.
struct WindowCount {
    std::uint64_t ones = 0;
    std::uint64_t twos = 0;
    std::uint64_t fours = 0;
    std::uint64_t eights = 0;

    [[nodiscard]] std::uint64_t any() const { return ones | twos | fours | eights; }
};

static_assert(k_most_window * k_most_window < 16);

// Of the window behind which the pool's pixel (row, column) stands.
template <bool k_packed>
inline WindowCount count_window(const PixelBits& pixels,
                                const std::uint64_t* tick,
                                std::uint32_t row,
                                std::uint32_t column,
                                std::uint32_t word) {
    const std::size_t first = (std::size_t{row} * pixels.width + column) * pixels.stride;
    WindowCount count;
    for (std::uint32_t y = 0; y < pixels.k; ++y) {
        for (std::uint32_t x = 0; x < pixels.k; ++x) {
            const std::uint64_t fired =
                pixel_word<k_packed>(pixels, tick, first + std::size_t{y} * pixels.width + x, word);
            const std::uint64_t two = count.ones & fired;
            const std::uint64_t four = count.twos & two;
            count.ones ^= fired;
            count.twos ^= two;
            count.eights |= count.fours & four;
            count.fours ^= four;
        }
    }
    return count;
}

// Appends a slot first + k for each channel k of a word whose window has spikes, and `block` for
// each spike but the first. May write 16 places more.
inline __attribute__((always_inline)) void append_windows(std::uint32_t* slots,
                                                          std::uint32_t first,
                                                          const WindowCount& count,
                                                          std::uint32_t block) {
    const std::uint64_t any = count.any();
#if defined(__AVX512F__)
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const auto add = [](__m512i to, std::uint64_t lanes, std::uint32_t number) {
        return _mm512_mask_add_epi32(
            to, static_cast<__mmask16>(lanes), to, _mm512_set1_epi32(static_cast<int>(number)));
    };
    const bool many = (count.fours | count.eights) != 0;
    for (std::uint32_t at = 0; at < 64 && any >> at != 0; at += 16) {
        __m512i sent =
            _mm512_add_epi32(lane, _mm512_set1_epi32(static_cast<int>(first + at - block)));
        sent = add(sent, count.ones >> at, block);
        sent = add(sent, count.twos >> at, 2 * block);
        if (many) {
            sent = add(sent, count.fours >> at, 4 * block);
            sent = add(sent, count.eights >> at, 8 * block);
        }
        _mm512_storeu_si512(slots,
                            _mm512_maskz_compress_epi32(static_cast<__mmask16>(any >> at), sent));
        slots += popcount(any >> at & 0xffff);
    }
#else
    for (std::uint64_t left = any; left != 0; left &= left - 1) {
        const auto bit = static_cast<std::uint32_t>(__builtin_ctzll(left));
        const auto digit = [bit](std::uint64_t word) {
            return static_cast<std::uint32_t>(word >> bit & 1);
        };
        const std::uint32_t spikes = digit(count.ones) + 2 * digit(count.twos) +
                                     4 * digit(count.fours) + 8 * digit(count.eights);
        *slots++ = first + bit + (spikes - 1) * block;
    }
#endif
}

// One word of a pixel's channels: lists what it sends, and returns how much.
template <bool k_packed, bool k_pools>
inline __attribute__((always_inline)) std::uint64_t list_word(const PixelBits& pixels,
                                                              const std::uint64_t* tick,
                                                              std::uint32_t row,
                                                              std::uint32_t column,
                                                              std::uint32_t word,
                                                              std::uint32_t block,
                                                              std::uint32_t* slots) {
    const std::uint32_t pixel = row * pixels.seen_width + column;
    const std::uint32_t first = pixel * pixels.channels + word * 64;
    if constexpr (k_pools) {
        const WindowCount count = count_window<k_packed>(pixels, tick, row, column, word);
        append_windows(slots, first, count, block);
        return popcount(count.any());
    }
    const std::uint64_t sent = pixel_word<k_packed>(pixels, tick, pixel, word);
    append_tile(slots, first, sent);
    return popcount(sent);
}

// Tick by tick: what a tick sends is written one behind the other. Takes copies, since nothing that
// is written may look as if it changed them.
template <bool k_packed, bool k_pools, bool k_one_word>
void list_columns_by(const PixelBits pixels, const Columns columns, const ColumnLists lists) {
    const std::uint32_t rows = pixels.seen_pixels / pixels.seen_width;
    const std::uint32_t words = k_one_word ? 1 : words_of(pixels.channels);
    const std::uint64_t* tick = pixels.words;
    for (std::uint32_t t = 0; t < pixels.ticks; ++t, tick += pixels.pitch) {
        std::uint32_t* const slots = lists.slots + t * lists.room;
        const std::uint32_t block = k_pools && lists.blocked[t] != 0 ? pixels.block : 0;
        std::uint32_t* starts = lists.starts + t;
        std::uint64_t listed = 0;
        *starts = 0;
        for (std::uint32_t row = 0; row < rows; ++row) {
            for (std::uint32_t column = columns.first; column < columns.end; ++column) {
                for (std::uint32_t word = 0; word < words; ++word) {
                    listed += list_word<k_packed, k_pools>(
                        pixels, tick, row, column, word, block, slots + listed);
                }
                starts += pixels.ticks;
                *starts = static_cast<std::uint32_t>(listed);
            }
        }
    }
}

template <bool k_packed, bool k_pools>
void list_columns_by(const PixelBits& pixels, const Columns& columns, const ColumnLists& lists) {
    if (words_of(pixels.channels) == 1) {
        list_columns_by<k_packed, k_pools, true>(pixels, columns, lists);
    } else {
        list_columns_by<k_packed, k_pools, false>(pixels, columns, lists);
    }
}

void list_columns(const PixelBits& pixels, const Columns& columns, const ColumnLists& lists) {
    const auto list =
        pixels.packed
            ? (pixels.pools ? list_columns_by<true, true> : list_columns_by<true, false>)
            : (pixels.pools ? list_columns_by<false, true> : list_columns_by<false, false>);
    list(pixels, columns, lists);
}

// Pixel by pixel, wherever their bits begin.
template <bool k_packed>
std::uint64_t count_synapses_by_pixel(const PixelBits& pixels, const std::uint32_t* synapses) {
    std::uint64_t total = 0;
    for (std::uint32_t t = 0; t < pixels.ticks; ++t) {
        const std::uint64_t* const tick = pixels.words + t * pixels.pitch;
        for (std::uint32_t pixel = 0; pixel < pixels.pixels; ++pixel) {
            for (std::uint32_t word = 0; word < words_of(pixels.channels); ++word) {
                const std::uint64_t fired = pixel_word<k_packed>(pixels, tick, pixel, word);
                total += popcount(fired) * synapses[pixel];
            }
        }
    }
    return total;
}

using Words = std::uint64_t __attribute__((vector_size(k_lanes * 4)));

// How many bits of each byte are set, added up over some ticks, of `count` words.
void count_by_byte(std::uint64_t* counts,
                   const std::uint64_t* words,
                   std::size_t pitch,
                   std::uint32_t ticks,
                   std::uint32_t count) {
    const auto by_byte = [](auto bits) {
        bits = bits - (bits >> 1 & 0x5555555555555555);
        bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
        return (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
    };
    constexpr std::uint32_t k_many = sizeof(Words) / sizeof(std::uint64_t);
    std::uint32_t w = 0;
    for (; w + k_many <= count; w += k_many) {
        Words sum = {};
        for (std::uint32_t t = 0; t < ticks; ++t) {
            sum = sum + by_byte(load<Words>(words + t * pitch + w));
        }
        store(counts + w, sum);
    }
    for (; w < count; ++w) {
        counts[w] = 0;
        for (std::uint32_t t = 0; t < ticks; ++t) {
            counts[w] += by_byte(words[t * pitch + w]);
        }
    }
}

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "byte k of a word is its k-th lowest");

// If they are whole bytes: some words at a time, each over as many ticks as a byte holds.
std::uint64_t count_synapses(const PixelBits& pixels, const std::uint32_t* synapses) {
    constexpr std::uint32_t k_words = 64;
    constexpr std::uint32_t k_ticks = 255 / 8;
    const std::uint32_t bits = pixels.packed ? pixels.channels : words_of(pixels.channels) * 64;
    if (bits % 8 != 0 || k_words * 64 % bits != 0) {
        return pixels.packed ? count_synapses_by_pixel<true>(pixels, synapses)
                             : count_synapses_by_pixel<false>(pixels, synapses);
    }
    const std::uint32_t many = k_words * 64 / bits;  // pixels
    std::uint64_t total = 0;
    for (std::uint32_t t = 0; t < pixels.ticks; t += k_ticks) {
        const std::uint32_t ticks = pixels.ticks - t < k_ticks ? pixels.ticks - t : k_ticks;
        for (std::uint32_t first = 0; first < pixels.pixels; first += many) {
            const std::uint32_t end = pixels.pixels - first < many ? pixels.pixels : first + many;
            std::uint64_t counts[k_words];
            count_by_byte(counts,
                          pixels.words + t * pixels.pitch + std::size_t{first} * bits / 64,
                          pixels.pitch,
                          ticks,
                          ((end - first) * bits + 63) / 64);
            const auto* byte = reinterpret_cast<const unsigned char*>(counts);
            for (std::uint32_t pixel = first; pixel < end; ++pixel) {
                std::uint64_t spikes = 0;
                for (std::uint32_t k = 0; k < bits / 8; ++k) {
                    spikes += *byte++;
                }
                total += spikes * synapses[pixel];
            }
        }
    }
    return total;
}

// The channels of a window that send 1: `unit` spikes, 0: none do.
inline std::uint64_t sending_one(const WindowCount& count, std::uint32_t unit) {
    const auto digit = [unit](std::uint64_t word, std::uint32_t place) {
        return (unit & place) != 0 ? word : ~word;
    };
    return unit == 0 ? 0
                     : digit(count.ones, 1) & digit(count.twos, 2) & digit(count.fours, 4) &
                           digit(count.eights, 8);
}

template <bool k_packed>
bool sends_payloads_by(const PixelBits& pixels, const std::uint64_t* tick) {
    std::uint32_t unit = 0;
    for (std::uint32_t n = 1; n <= pixels.k * pixels.k; ++n) {
        unit = static_cast<float>(n) * pixels.factor == 1 ? n : unit;
    }
    for (std::uint32_t row = 0; row < pixels.seen_pixels / pixels.seen_width; ++row) {
        for (std::uint32_t column = 0; column < pixels.seen_width; ++column) {
            for (std::uint32_t word = 0; word < words_of(pixels.channels); ++word) {
                const auto count = count_window<k_packed>(pixels, tick, row, column, word);
                if ((count.any() & ~sending_one(count, unit)) != 0) {
                    return true;
                }
            }
        }
    }
    return false;
}

bool sends_payloads(const PixelBits& pixels, std::uint32_t t) {
    const std::uint64_t* const tick = pixels.words + t * pixels.pitch;
    return pixels.packed ? sends_payloads_by<true>(pixels, tick)
                         : sends_payloads_by<false>(pixels, tick);
}
