// The digest of a trace: XXH3-128, nested as docs/semantics.md#digests lays down. Two traces are the
// same if their digests are equal.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/hook.hpp"
#include "core/packet.hpp"
#include "core/result.hpp"

namespace saltus {

// 16 canonical bytes, high half first.
using Digest = std::array<std::uint8_t, 16>;

std::string digest_text(const Digest& digest);  // 32 hex digits

// One (sample, population) stream: events in ascending (tick, slot).
class StreamDigest {
  public:
    StreamDigest();
    StreamDigest(StreamDigest&&) noexcept;
    StreamDigest& operator=(StreamDigest&&) noexcept;
    ~StreamDigest();

    void reset();
    void add(const Packet& packet);
    [[nodiscard]] Digest value() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// One readout as the digest takes it.
struct ReadoutDigestInput {
    std::uint32_t prediction = 0;
    std::span<const float> values;  // by neuron index
};

Digest sample_digest(std::span<const Digest> streams, std::span<const ReadoutDigestInput> readouts);
Digest run_digest(std::span<const Digest> samples);  // in ascending sample number

// Collects the streams of one sample while it runs.
class DigestHook final : public Hook {
  public:
    explicit DigestHook(std::size_t populations) : streams_(populations) {}

    void begin() {
        for (StreamDigest& stream : streams_) {
            stream.reset();
        }
    }

    void on_packet(PopulationId population, const Packet& packet) override {
        streams_[population].add(packet);
    }

    [[nodiscard]] Digest stream(PopulationId population) const {
        return streams_[population].value();
    }

    [[nodiscard]] Digest sample(std::span<const ReadoutResult> readouts) const;

  private:
    std::vector<StreamDigest> streams_;
};

}  // namespace saltus
