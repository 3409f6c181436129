// The stored state of the neurons of a leaping population. Internal to core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "core/tick.hpp"

namespace saltus::detail {

// A tick not far from now, in 31 bits, + 1; k_no_tick stands for none.
using NearTick = std::uint32_t;
inline constexpr NearTick k_no_tick = 0;

inline NearTick near_tick(Tick tick) {
    return (static_cast<std::uint32_t>(tick) & 0x7FFFFFFFU) + 1;
}

// Ticks from `from` to `to`, which is not before it.
inline std::uint32_t ticks_between(NearTick from, NearTick to) {
    return (to - from) & 0x7FFFFFFFU;
}

// What is stored of one neuron in float32, by a kernel's view.
struct alignas(32) LeapCell {
    Tick last;      // when v and i were stored
    NearTick look;  // the next tick at which the neuron may fire by itself
    NearTick due;   // its entry in the wheel that counts: not after `look`
    float v;
    float i[3];  // by receptor
};

// One cell a neuron, all of it in one place, since neurons are looked at in no order: 32 bytes for
// float32 with up to three receptors. The number of receptors is known when it runs.
template <class Real>
class LeapCells {
  public:
    void allocate(std::uint32_t neurons, std::size_t receptors) {
        neurons_ = neurons;
        stride_ = (k_head + (1 + receptors) * sizeof(Real) + 31) / 32 * 32;
        memory_.reset(static_cast<std::byte*>(
            ::operator new (neurons* stride_ + k_line, std::align_val_t{k_line})));
        for (std::uint32_t slot = 0; slot < neurons; ++slot) {
            new (&last(slot)) Tick(-1);
            new (&look(slot)) NearTick(k_no_tick);
            new (&due(slot)) NearTick(k_no_tick);
            for (std::size_t k = 0; k < 1 + receptors; ++k) {
                new (&v(slot) + k) Real(0);
            }
        }
    }

    [[nodiscard]] std::uint32_t size() const { return neurons_; }

    [[nodiscard]] Tick& last(Slot slot) { return *reinterpret_cast<Tick*>(at(slot)); }

    [[nodiscard]] Tick last(Slot slot) const { return *reinterpret_cast<const Tick*>(at(slot)); }

    [[nodiscard]] NearTick& look(Slot slot) {
        return *reinterpret_cast<NearTick*>(at(slot) + sizeof(Tick));
    }

    [[nodiscard]] NearTick& due(Slot slot) {
        return *reinterpret_cast<NearTick*>(at(slot) + sizeof(Tick) + sizeof(NearTick));
    }

    [[nodiscard]] Real& v(Slot slot) { return *reinterpret_cast<Real*>(at(slot) + k_head); }

    [[nodiscard]] const Real& v(Slot slot) const {
        return *reinterpret_cast<const Real*>(at(slot) + k_head);
    }

    [[nodiscard]] Real* i(Slot slot) { return &v(slot) + 1; }  // [receptors]

    [[nodiscard]] const Real* i(Slot slot) const { return &v(slot) + 1; }

    // Of float32 with up to three receptors.
    [[nodiscard]] LeapCell* cells() { return reinterpret_cast<LeapCell*>(memory_.get()); }

  private:
    static constexpr std::size_t k_line = 64;
    static constexpr std::size_t k_head = sizeof(Tick) + 2 * sizeof(NearTick);

    struct Free {
        void operator()(std::byte* p) const { ::operator delete (p, std::align_val_t{k_line}); }
    };

    [[nodiscard]] std::byte* at(Slot slot) const { return memory_.get() + slot * stride_; }

    std::unique_ptr<std::byte, Free> memory_;
    std::size_t stride_ = 0;
    std::uint32_t neurons_ = 0;
};

}  // namespace saltus::detail
