// The bodies of kernels.hpp, for whatever instruction set the including file is compiled for.
// Included by kernels_*.cpp alone, once each; SALTUS_KERNELS_NAME is the table to define. Uses
// nothing of the standard library that is compiled: an inline function compiled here for one
// processor must not be the copy that the linker keeps for all.
#include "core/kernels/kernels.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace saltus::detail {

namespace {

// As many floats as a register holds, wherever they lie.
#if defined(__AVX512F__)
constexpr std::uint32_t k_lanes = 16;
#elif defined(__AVX2__)
constexpr std::uint32_t k_lanes = 8;
#else
constexpr std::uint32_t k_lanes = 4;
#endif
using Floats = float __attribute__((vector_size(k_lanes * 4)));
using Bytes = std::int8_t __attribute__((vector_size(k_lanes)));
using Shorts = std::int16_t __attribute__((vector_size(k_lanes * 2)));
using Ints = std::int32_t __attribute__((vector_size(k_lanes * 4)));

// Loads and stores by copy, since rows and sums lie anywhere: a vector type with a smaller
// alignment is not one to every compiler.
template <class Vector, class Number>
Vector load(const Number* p) {
    Vector v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
}

template <class Vector, class Number>
void store(Number* p, const Vector& v) {
    __builtin_memcpy(p, &v, sizeof v);
}

// No branch a slot, so that many are taken at a time: of slots below 2^31, a - b - 1 has its
// highest bit set unless a > b.
bool ascend(const std::uint32_t* slots, std::size_t count) {
    std::uint32_t bits = count > 0 ? slots[0] : 0;
    for (std::size_t k = 1; k < count; ++k) {
        bits |= slots[k] | (slots[k] - slots[k - 1] - 1);
    }
    return bits >> 31 == 0;
}

// A tile of k_vectors x k_lanes targets: their sums stay in registers while all rows pass. Rows are
// those of slots[k] - base.
template <std::uint32_t k_vectors>
void add_rows_tile(
    float* x, const float* weights, std::uint64_t pitch, std::uint32_t base, const Events& events) {
    Floats sums[k_vectors];
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        sums[k] = load<Floats>(x + k * k_lanes);
    }
    for (std::size_t e = 0; e < events.count; ++e) {
        const float* const row = weights + (events.slots[e] - base) * pitch;
        if (events.payloads == nullptr) {
            for (std::uint32_t k = 0; k < k_vectors; ++k) {
                sums[k] = sums[k] + load<Floats>(row + k * k_lanes);
            }
        } else {
            const float payload = events.payloads[e];
            for (std::uint32_t k = 0; k < k_vectors; ++k) {
                sums[k] = sums[k] + load<Floats>(row + k * k_lanes) * payload;
            }
        }
    }
    for (std::uint32_t k = 0; k < k_vectors; ++k) {
        store(x + k * k_lanes, sums[k]);
    }
}

void add_rows_from(float* x,
                   std::uint32_t n,
                   const float* weights,
                   std::uint64_t pitch,
                   std::uint32_t base,
                   const Events& events) {
    // half of sixteen registers; a quarter of the thirty-two that AVX-512 has, by measurement
    constexpr std::uint32_t k_vectors = k_lanes == 16 ? 4 : 8;
    std::uint32_t at = 0;
    for (; at + k_vectors * k_lanes <= n; at += k_vectors * k_lanes) {
        add_rows_tile<k_vectors>(x + at, weights + at, pitch, base, events);
    }
    for (; at + k_lanes <= n; at += k_lanes) {
        add_rows_tile<1>(x + at, weights + at, pitch, base, events);
    }
    for (; at < n; ++at) {
        for (std::size_t e = 0; e < events.count; ++e) {
            const float weight = weights[(events.slots[e] - base) * pitch + at];
            x[at] = x[at] + (events.payloads == nullptr ? weight : weight * events.payloads[e]);
        }
    }
}

void add_rows(
    float* x, std::uint32_t n, const float* weights, std::uint64_t pitch, const Events& events) {
    add_rows_from(x, n, weights, pitch, 0, events);
}

void scatter(float* x, const ConvScatter& conv, const Events& events) {
    const std::uint64_t channel_pitch = conv.pitch * conv.kernel_height * conv.kernel_width;
    std::size_t first = 0;
    while (first < events.count) {
        const std::uint32_t pixel = events.slots[first] / conv.channels;
        const std::uint32_t base = pixel * conv.channels;
        const std::uint32_t group = (events.slots[first] - base) / conv.group_channels;
        const std::uint32_t end_slot = base + (group + 1) * conv.group_channels;
        std::size_t end = first + 1;
        while (end < events.count && events.slots[end] < end_slot) {
            ++end;
        }
        const Events together = {events.slots + first,
                                 events.payloads == nullptr ? nullptr : events.payloads + first,
                                 end - first};
        const std::uint32_t row = pixel / conv.source_width;
        const std::uint32_t column = pixel % conv.source_width;
        for (std::uint32_t r = conv.row_starts[row]; r < conv.row_starts[row + 1]; ++r) {
            const Tap down = conv.row_taps[r];
            for (std::uint32_t c = conv.column_starts[column]; c < conv.column_starts[column + 1];
                 ++c) {
                const Tap across = conv.column_taps[c];
                const std::uint64_t tap =
                    std::uint64_t{down.kernel} * conv.kernel_width + across.kernel;
                const std::uint64_t to =
                    (std::uint64_t{down.target} * conv.target_width + across.target) *
                        conv.out_channels +
                    group * conv.run;
                add_rows_from(x + to,
                              conv.run,
                              conv.weights + tap * conv.pitch,
                              channel_pitch,
                              base,
                              together);
            }
        }
        first = end;
    }
}

void sum_rows8(std::int32_t* sums,
               std::uint32_t n,
               const std::int8_t* weights,
               std::uint64_t pitch,
               const std::uint32_t* slots,
               std::size_t count) {
    constexpr std::uint32_t k_vectors = 4;
    constexpr std::size_t k_exact = 32767 / 127;  // rows that an int16 sum holds
    for (std::uint32_t at = 0; at < n; at += k_vectors * k_lanes) {
        Ints total[k_vectors] = {};
        for (std::size_t first = 0; first < count; first += k_exact) {
            const std::size_t end = count - first < k_exact ? count : first + k_exact;
            Shorts part[k_vectors] = {};
            for (std::size_t s = first; s < end; ++s) {
                const std::int8_t* const row = weights + slots[s] * pitch + at;
                for (std::uint32_t k = 0; k < k_vectors; ++k) {
                    const auto bytes = load<Bytes>(row + k * k_lanes);
                    part[k] = part[k] + __builtin_convertvector(bytes, Shorts);
                }
            }
            for (std::uint32_t k = 0; k < k_vectors; ++k) {
                total[k] = total[k] + __builtin_convertvector(part[k], Ints);
            }
        }
        for (std::uint32_t k = 0; k < k_vectors; ++k) {
            store(sums + at + k * k_lanes, total[k]);
        }
    }
}

bool passes(float h, float theta, bool above) {
    return above ? h > theta : h >= theta;
}

// One neuron: the whole of kernels.hpp's rule.
void integrate_one(const IntegrateRun& run,
                   std::uint32_t j,
                   std::uint32_t* fired,
                   IntegrateResult& result) {
    const float before = run.v[j];
    float h = run.beta * before + run.x[j];
    if (h - h != 0 && result.not_finite == run.size) {
        result.not_finite = j;
    }
    if (run.may_fire && passes(h, run.theta, run.above)) {
        h = run.subtracts ? h - run.theta : run.v_reset;
        fired[result.fired++] = run.first + j;
    }
    result.passes = result.passes || passes(h, run.theta, run.above);
    result.changed = result.changed || __builtin_bit_cast(std::uint32_t, h) !=
                                           __builtin_bit_cast(std::uint32_t, before);
    run.v[j] = h;
}

#if defined(__AVX512F__)

template <bool k_above>
__mmask16 passing(__m512 h, __m512 theta) {
    return _mm512_cmp_ps_mask(h, theta, k_above ? _CMP_GT_OQ : _CMP_GE_OQ);
}

template <bool k_above>
std::uint32_t integrate_vectors(const IntegrateRun& run,
                                std::uint32_t* fired,
                                IntegrateResult& result) {
    const __m512 beta = _mm512_set1_ps(run.beta);
    const __m512 theta = _mm512_set1_ps(run.theta);
    const __m512 v_reset = _mm512_set1_ps(run.v_reset);
    const __mmask16 may = run.may_fire ? 0xffff : 0;
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    __mmask16 left = 0;
    __m512i changed = _mm512_setzero_si512();
    std::uint32_t j = 0;
    for (; j + 16 <= run.size; j += 16) {
        const __m512 before = _mm512_loadu_ps(run.v + j);
        __m512 h = _mm512_add_ps(_mm512_mul_ps(beta, before), _mm512_loadu_ps(run.x + j));
        const __mmask16 bad =
            _mm512_cmp_ps_mask(_mm512_sub_ps(h, h), _mm512_setzero_ps(), _CMP_NEQ_UQ);
        if (bad != 0 && result.not_finite == run.size) {
            result.not_finite = j + static_cast<std::uint32_t>(__builtin_ctz(bad));
        }
        const __mmask16 fires = passing<k_above>(h, theta) & may;
        h = run.subtracts ? _mm512_mask_sub_ps(h, fires, h, theta)
                          : _mm512_mask_mov_ps(h, fires, v_reset);
        left |= passing<k_above>(h, theta);
        changed = _mm512_or_si512(
            changed, _mm512_xor_si512(_mm512_castps_si512(h), _mm512_castps_si512(before)));
        _mm512_storeu_ps(run.v + j, h);
        if (fires != 0) {
            const __m512i slots =
                _mm512_add_epi32(lane, _mm512_set1_epi32(static_cast<int>(run.first + j)));
            _mm512_mask_compressstoreu_epi32(fired + result.fired, fires, slots);
            result.fired += static_cast<std::uint32_t>(__builtin_popcount(fires));
        }
    }
    result.passes = left != 0;
    result.changed = _mm512_test_epi32_mask(changed, changed) != 0;
    return j;
}

#elif defined(__AVX2__)

template <bool k_above>
int passing(__m256 h, __m256 theta, __m256& mask) {
    mask = _mm256_cmp_ps(h, theta, k_above ? _CMP_GT_OQ : _CMP_GE_OQ);
    return _mm256_movemask_ps(mask);
}

template <bool k_above>
std::uint32_t integrate_vectors(const IntegrateRun& run,
                                std::uint32_t* fired,
                                IntegrateResult& result) {
    const __m256 beta = _mm256_set1_ps(run.beta);
    const __m256 theta = _mm256_set1_ps(run.theta);
    const __m256 v_reset = _mm256_set1_ps(run.v_reset);
    int left = 0;
    __m256i changed = _mm256_setzero_si256();
    std::uint32_t j = 0;
    for (; j + 8 <= run.size; j += 8) {
        const __m256 before = _mm256_loadu_ps(run.v + j);
        __m256 h = _mm256_add_ps(_mm256_mul_ps(beta, before), _mm256_loadu_ps(run.x + j));
        const int bad = _mm256_movemask_ps(
            _mm256_cmp_ps(_mm256_sub_ps(h, h), _mm256_setzero_ps(), _CMP_NEQ_UQ));
        if (bad != 0 && result.not_finite == run.size) {
            result.not_finite =
                j + static_cast<std::uint32_t>(__builtin_ctz(static_cast<unsigned>(bad)));
        }
        __m256 mask;
        int fires = passing<k_above>(h, theta, mask);
        if (run.may_fire && fires != 0) {
            h = _mm256_blendv_ps(h, run.subtracts ? _mm256_sub_ps(h, theta) : v_reset, mask);
            for (; fires != 0; fires &= fires - 1) {
                fired[result.fired++] =
                    run.first + j +
                    static_cast<std::uint32_t>(__builtin_ctz(static_cast<unsigned>(fires)));
            }
        }
        left |= passing<k_above>(h, theta, mask);
        changed = _mm256_or_si256(
            changed, _mm256_xor_si256(_mm256_castps_si256(h), _mm256_castps_si256(before)));
        _mm256_storeu_ps(run.v + j, h);
    }
    result.passes = left != 0;
    result.changed = _mm256_testz_si256(changed, changed) == 0;
    return j;
}

#endif

IntegrateResult integrate(const IntegrateRun& run, std::uint32_t* fired) {
    IntegrateResult result;
    result.not_finite = run.size;
    std::uint32_t j = 0;
#if defined(__AVX2__)
    j = run.above ? integrate_vectors<true>(run, fired, result)
                  : integrate_vectors<false>(run, fired, result);
#endif
    for (; j < run.size; ++j) {
        integrate_one(run, j, fired, result);
    }
    return result;
}

#include "core/kernels/lanes/lane_mask_body.hpp"
//
#include "core/kernels/loops/current_kernel_body.hpp"
#include "core/kernels/loops/current_stretch_body.hpp"
#include "core/kernels/loops/leap_kernel_body.hpp"
//
#include "core/kernels/loops/leap_lanes_body.hpp"
//
#include "core/kernels/loops/row_cut_body.hpp"
#include "core/kernels/loops/tile_kernels_body.hpp"
//
#include "core/kernels/loops/tile_run_body.hpp"
//
#include "core/kernels/loops/pixel_bits_body.hpp"
//
#include "core/kernels/loops/tile_kernels8_body.hpp"
//
#include "core/kernels/loops/product_kernel_body.hpp"
#include "core/kernels/loops/raster_body.hpp"
//
#include "core/kernels/loops/narrow_product_body.hpp"

}  // namespace

const Kernels SALTUS_KERNELS_TABLE = {SALTUS_KERNELS_NAME,
                                      ascend,
                                      add_rows,
                                      scatter,
                                      sum_rows8,
                                      integrate,
                                      add_tile,
                                      k_multiply_tile,
                                      k_product_percent,
                                      add_tile8,
                                      transpose_bits,
                                      find_active,
                                      k_multiply_tile8,
                                      k_multiply_narrow8,
                                      k_pack_groups8,
                                      k_spread_spikes8,
                                      spread_spikes,
                                      k_product8_percent,
                                      pack_rows,
                                      pack_rows8,
                                      join_strip,
                                      list_columns,
                                      integrate_tile,
                                      run_tile,
                                      k_run_product,
                                      k_run_product8,
                                      run_tile8,
                                      count_fired,
                                      sends_payloads,
                                      count_synapses,
                                      list_fired,
                                      integrate_currents,
                                      integrate_current_stretch,
                                      cut_rows,
                                      leap_neurons};

}  // namespace saltus::detail
