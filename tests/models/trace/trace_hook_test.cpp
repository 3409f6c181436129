#include <xxhash.h>

#include <doctest/doctest.h>

#include "models/trace/trace.hpp"

#include "tests/models/trace/trace_examples.hpp"

namespace saltus {

namespace {

// Plain hashing of the bytes of docs/semantics.md#digests in one buffer, sharing nothing with StreamDigest.
std::string hash(const std::string& bytes) {
    const XXH128_hash_t value = XXH3_128bits(bytes.data(), bytes.size());
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, value);
    return {reinterpret_cast<const char*>(canonical.digest), 16};
}

template <class T>
std::string raw(T value) {
    return {reinterpret_cast<const char*>(&value),
            sizeof value};  // the tests run on little-endian machines
}

}  // namespace

TEST_CASE("trace hook: packets become streams, and held packets are left out") {
    TraceHook hook(3);
    hook.begin(17, 4);
    hook.on_packet(2, Packet{0, false, {1, 3}, {}});
    hook.on_packet(0, Packet{1, true, {0}, {0.5F}});
    hook.on_packet(2, Packet{5, false, {0, 2}, {2.0F, 1.0F}});
    hook.on_packet(2, Packet{6, false, {7}, {}});
    Result result;
    result.readouts.push_back({{0.0F, 1.0F}, 1, true, false});
    const SampleTrace sample = hook.take(result);
    CHECK(sample.number == 17);
    CHECK(sample.label == 4);
    REQUIRE(sample.streams.size() == 3);
    CHECK(sample.streams[0].packets() == 0);
    CHECK(sample.streams[2].ticks == std::vector<Tick>{0, 5, 6});
    CHECK(sample.streams[2].spikes == std::vector<std::uint32_t>{2, 2, 1});
    CHECK(sample.streams[2].slots == std::vector<Slot>{1, 3, 0, 2, 7});
    CHECK(sample.streams[2].payloads == std::vector<float>{1, 1, 2, 1, 1});
    CHECK(sample.readouts[0].prediction == 1);
    CHECK(sample.readouts[0].tied);
    hook.begin(18, std::nullopt);
    CHECK(hook.take(Result{}).streams == std::vector<StreamTrace>(3));
}

TEST_CASE("trace: the digest of a sample is nested XXH3-128 over its events and readouts") {
    const TraceHeader header = tests::example_header();
    for (const std::uint64_t number : {0U, 1U, 2U}) {
        const SampleTrace sample = tests::example_sample(header, number);
        std::string nested;
        for (const StreamTrace& stream : sample.streams) {
            std::string events;
            std::size_t at = 0;
            for (std::size_t k = 0; k < stream.packets(); ++k) {
                for (std::uint32_t j = 0; j < stream.spikes[k]; ++j, ++at) {
                    events += raw(static_cast<std::uint64_t>(stream.ticks[k])) +
                              raw(stream.slots[at]) + raw(stream.payload(at));
                }
            }
            nested += hash(events);
        }
        for (const ReadoutTrace& readout : sample.readouts) {
            nested += raw(readout.prediction);
            for (const float value : readout.values) {
                nested += raw(value);
            }
        }
        const Digest digest = digest_of(sample);
        CHECK(std::string(digest.begin(), digest.end()) == hash(nested));
    }
}

}  // namespace saltus
