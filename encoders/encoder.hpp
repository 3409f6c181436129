// The contract every encoder keeps, and how one is made. An encoder turns activations (the front's
// output, or scaled pixels) into packets, lazily and in ascending ticks. It sees numbers, never the
// front.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "core/error.hpp"
#include "core/packet.hpp"
#include "core/shape.hpp"

namespace saltus {

// Settings of each coding; the header of each says its formula, ranges and source.
struct DuplicateCoding {};

struct GaussianCoding {
    // The activations are [2, ...shape]: first the means, then the log-variances. relu: the seed
    // code's variant, max(0, .) on both.
    bool relu = false;
};

struct BernoulliCoding {
    float c = 1;
};

struct PoissonCoding {
    float c = 1;
};

struct LatencyCoding {
    float c = 1;
    std::optional<Tick> T;  // absent: the network's horizon
};

struct PhaseCoding {
    float c = 1;
    std::uint32_t period = 8;  // ticks; a power-of-two weight a tick of the period
};

struct BurstCoding {
    float c = 1;
    std::uint32_t max_spikes = 5;
};

struct DeltaCoding {
    float threshold = 0.1F;  // send-on-change
};

struct EventsCoding {};  // spikes come from a file: see EventsEncoder

using Coding = std::variant<DuplicateCoding,
                            GaussianCoding,
                            BernoulliCoding,
                            PoissonCoding,
                            LatencyCoding,
                            PhaseCoding,
                            BurstCoding,
                            DeltaCoding,
                            EventsCoding>;

// What a sample shows to an encoder.
struct EncoderInput {
    std::uint64_t sample = 0;  // its number in the data set, not in the run
    // Frame f is shown from tick f * ticks_per_frame on; the last one stays. By index, row-major;
    // [frames, activations_per_frame]. One frame for a still input.
    std::span<const float> activations;
    std::size_t frames = 1;
    Tick ticks_per_frame = 1;
};

// One encoder population's source. One a simulator; start() for each sample.
class Encoder : public PacketSource {
  public:
    // Throws InputError if an activation is not finite or the length does not fit. `input`'s span
    // must live until the sample is finished.
    virtual void start(const EncoderInput& input) = 0;

    // `stop` is asked now and then while a packet is looked for over many ticks; once it says true,
    // next() throws Stopped. It must live on; nullptr: nobody asks.
    void set_stop(const std::function<bool()>* stop) { stop_ = stop; }

  protected:
    // Throws Stopped if it is to stop.
    void ask_to_stop() const {
        if (stop_ != nullptr && *stop_ && (*stop_)()) {
            throw Stopped();
        }
    }

  private:
    const std::function<bool()>* stop_ = nullptr;
};

struct EncoderContext {
    Shape shape;              // of the encoder population
    PopulationId population;  // its number: part of the random key
    Tick horizon;             // T
    std::uint64_t seed = 0;
    std::string origin = {};  // where the coding stands, for messages; empty: populations[k].coding
};

// Activations a frame that an encoder of this coding and shape takes (gaussian: twice the neurons).
std::size_t activations_per_frame(const Coding& coding, const Shape& shape);

// Throws ModelError for a setting out of range.
std::unique_ptr<Encoder> make_encoder(const Coding& coding, const EncoderContext& context);

// True for codings whose packets are held values (duplicate).
bool holds_values(const Coding& coding);
// True for codings whose payload is a number of spikes (poisson).
bool payload_counts(const Coding& coding);

}  // namespace saltus
