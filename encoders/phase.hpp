// phase: the binary digits of the activation, one a tick, the most significant first, over and
// over; a digit's place value is the payload (weighted spikes).
//
//   x = clip(fl(a / c), 0, 1)
//   n = min(floor(x * 2^P), 2^P - 1)           exact: a power of two only moves the point
//   k = t mod P
//   at tick t a graded event if bit P - 1 - k of n is set, payload 2^-(1 + k)
//
// The payloads of one period sum to n / 2^P. With P = 8 and pixels divided by 255, n is the pixel's
// byte.
//
// symbol | unit  | default | range       | meaning
// c      | of a  | 1       | finite, > 0 | the activation with all digits set
// P      | ticks | 8       | 1 to 24     | period
//
// Takes:  one finite activation a neuron, by index. The phase counts from tick 0 of the sample,
// also for a
//         sequence; whole periods a frame need ticks_per_frame to be a multiple of P.
// Sends:  graded events, never payload 1.
// Cost:   one test a nonzero activation and tick.
// Errors: ModelError for c, P; InputError for a value that is not finite.
// Source: Kim, Kim, Huh, Lee, Choi, "Deep neural networks with weighted spikes" (2018), equation 4.
#pragma once

#include <vector>

#include "encoders/tickwise.hpp"

namespace saltus {

class PhaseEncoder final : public TickwiseEncoder {
  public:
    PhaseEncoder(const PhaseCoding& coding, const EncoderContext& context);

  protected:
    bool prepare(std::span<const float> frame) override;
    void send(Tick tick, Packet& out) override;

  private:
    struct Active {
        Slot slot;
        std::uint32_t digits;
    };

    float c_;
    std::uint32_t period_;
    std::vector<Active> active_;
};

}  // namespace saltus
