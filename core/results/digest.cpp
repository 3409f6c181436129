#include "core/digest.hpp"

#include <bit>
#include <cstring>
#include <new>
#include <xxhash.h>

namespace saltus {

namespace {

static_assert(std::endian::native == std::endian::little,
              "digests hash little-endian memory as it lies");

Digest canonical(XXH128_hash_t hash) {
    XXH128_canonical_t bytes;
    XXH128_canonicalFromHash(&bytes, hash);
    Digest digest;
    std::memcpy(digest.data(), bytes.digest, digest.size());
    return digest;
}

struct FreeState {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

using StatePointer = std::unique_ptr<XXH3_state_t, FreeState>;

StatePointer new_state() {
    StatePointer state(XXH3_createState());
    if (!state) {
        throw std::bad_alloc();
    }
    XXH3_128bits_reset(state.get());
    return state;
}

}  // namespace

std::string digest_text(const Digest& digest) {
    static constexpr char k_digits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : digest) {
        text += k_digits[byte >> 4];
        text += k_digits[byte & 15];
    }
    return text;
}

struct StreamDigest::State {
    StatePointer hash = new_state();
    std::vector<std::uint8_t> bytes;  // of one packet
};

StreamDigest::StreamDigest() : state_(std::make_unique<State>()) {}

StreamDigest::StreamDigest(StreamDigest&&) noexcept = default;
StreamDigest& StreamDigest::operator=(StreamDigest&&) noexcept = default;
StreamDigest::~StreamDigest() = default;

void StreamDigest::reset() {
    XXH3_128bits_reset(state_->hash.get());
}

void StreamDigest::add(const Packet& packet) {
    std::vector<std::uint8_t>& bytes = state_->bytes;
    bytes.resize(packet.slots.size() * 16);
    for (std::size_t k = 0; k < packet.slots.size(); ++k) {
        std::uint8_t* const event = &bytes[k * 16];
        const auto tick = static_cast<std::uint64_t>(packet.tick);
        const float payload = packet.payload(k);
        std::memcpy(event, &tick, 8);
        std::memcpy(event + 8, &packet.slots[k], 4);
        std::memcpy(event + 12, &payload, 4);
    }
    XXH3_128bits_update(state_->hash.get(), bytes.data(), bytes.size());
}

Digest StreamDigest::value() const {
    return canonical(XXH3_128bits_digest(state_->hash.get()));
}

Digest sample_digest(std::span<const Digest> streams,
                     std::span<const ReadoutDigestInput> readouts) {
    const StatePointer hash = new_state();
    for (const Digest& stream : streams) {
        XXH3_128bits_update(hash.get(), stream.data(), stream.size());
    }
    for (const ReadoutDigestInput& readout : readouts) {
        XXH3_128bits_update(hash.get(), &readout.prediction, sizeof readout.prediction);
        for (const float value : readout.values) {
            const float plus = value == 0 ? 0.0F : value;  // -0 as +0
            XXH3_128bits_update(hash.get(), &plus, sizeof plus);
        }
    }
    return canonical(XXH3_128bits_digest(hash.get()));
}

Digest run_digest(std::span<const Digest> samples) {
    const StatePointer hash = new_state();
    for (const Digest& sample : samples) {
        XXH3_128bits_update(hash.get(), sample.data(), sample.size());
    }
    return canonical(XXH3_128bits_digest(hash.get()));
}

Digest DigestHook::sample(std::span<const ReadoutResult> readouts) const {
    std::vector<Digest> streams;
    for (const StreamDigest& stream : streams_) {
        streams.push_back(stream.value());
    }
    std::vector<ReadoutDigestInput> inputs;
    for (const ReadoutResult& readout : readouts) {
        inputs.push_back({readout.prediction, readout.values});
    }
    return sample_digest(streams, inputs);
}

}  // namespace saltus
