// Weights that no model may hold, and the padding of rows, which no model sees: what a damaged or
// crafted file brings is refused or makes no difference, whatever the schedule.
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "core/error.hpp"

#include "tests/core/by_ticks.hpp"
#include "tests/core/varied_networks.hpp"

using namespace saltus;
using namespace saltus::test;

namespace {

constexpr float k_inf = std::numeric_limits<float>::infinity();
constexpr float k_nan = std::numeric_limits<float>::quiet_NaN();

// Numbers from a 64-byte boundary on.
template <class Number>
class Aligned {
  public:
    explicit Aligned(std::size_t n) : bytes_(n * sizeof(Number) + 63) {
        void* at = bytes_.data();
        std::size_t room = bytes_.size();
        numbers_ = {static_cast<Number*>(std::align(64, n * sizeof(Number), at, room)), n};
    }

    Number& operator[](std::size_t k) { return numbers_[k]; }

    [[nodiscard]] Weights weights(WeightType type, std::span<const float> scales) const {
        return {type,
                WeightLayout::rows_by_source,
                std::as_bytes(std::span<const Number>(numbers_)),
                scales,
                numbers_.size()};
    }

  private:
    std::vector<std::byte> bytes_;
    std::span<Number> numbers_;
};

// in -> a with the weights of a dense connection.
NetworkSpec one_layer(std::uint32_t sources, std::uint32_t targets, const Weights& weights) {
    NetworkSpec spec;
    spec.horizon = 128;
    NeuronSpec rule;
    rule.reset = Reset::to_v_reset;
    spec.populations = {encoder("in", {sources}), neurons("a", {targets}, rule)};
    ProjectionSpec projection;
    projection.source = 0;
    projection.target = 1;
    projection.connection = Dense{weights};
    spec.projections = {projection};
    spec.readouts = {
        {"out", 1, ReadoutSpec::Kind::spike_count, ReadoutSpec::Ties::index, std::nullopt, ""}};
    return spec;
}

std::string refusal(const NetworkSpec& spec) {
    try {
        compile(spec);
    } catch (const ModelError& error) {
        return error.what();
    }
    return "compiled";
}

}  // namespace

TEST_CASE("damaged weights: one that is not finite is refused in every type and layout") {
    const std::uint32_t sources = 9;
    const std::uint32_t targets = 21;
    for (const float bad : {k_inf, -k_inf, k_nan}) {
        std::vector<float> by_index(sources * targets, 0.5F);
        by_index[40] = bad;
        CHECK(refusal(one_layer(sources, targets, float_weights(by_index)))
                  .find("at place 40, need finite numbers") != std::string::npos);
        const std::uint64_t pitch = row_pitch(targets, 4);
        Aligned<float> rows(sources * pitch);
        rows[3 * pitch + 20] = bad;
        const Weights weights = rows.weights(WeightType::float32, {});
        CHECK(refusal(one_layer(sources, targets, weights)).find("need finite numbers") !=
              std::string::npos);
    }
    std::vector<std::uint16_t> half(sources * targets, 0x3800);
    half.back() = 0x7c00;
    const auto bytes = std::as_bytes(std::span<const std::uint16_t>(half));
    CHECK(refusal(one_layer(sources,
                            targets,
                            {WeightType::float16, WeightLayout::by_index, bytes, {}, half.size()}))
              .find("got inf at place 188") != std::string::npos);
    half.back() = 0x7f81;
    CHECK(refusal(one_layer(sources,
                            targets,
                            {WeightType::bfloat16, WeightLayout::by_index, bytes, {}, half.size()}))
              .find("at place 188, need finite numbers") != std::string::npos);
    std::vector<double> wide(sources * targets, 1);
    wide[7] = 1e300;  // finite, but not as the float32 it is stored as
    const Weights doubles{WeightType::float64,
                          WeightLayout::by_index,
                          std::as_bytes(std::span<const double>(wide)),
                          {},
                          wide.size()};
    CHECK(refusal(one_layer(sources, targets, doubles)).find("at place 7, need finite numbers") !=
          std::string::npos);
    CHECK_NOTHROW(compile<double>(one_layer(sources, targets, doubles)));
}

TEST_CASE("damaged weights: an int8 of -128 is refused, of which 300 rows would overflow") {
    const std::vector<float> scale = {1.0F / 1024};
    std::vector<std::int8_t> q(300 * 200, -127);
    const Weights weights{WeightType::int8,
                          WeightLayout::by_index,
                          std::as_bytes(std::span<const std::int8_t>(q)),
                          scale,
                          q.size()};
    const Network network = compile(one_layer(300, 200, weights));
    Packet all{0, false, {}, {}};
    for (Slot s = 0; s < 300; ++s) {
        all.slots.push_back(s);
    }
    for (const bool by_ticks : {true, false}) {
        Simulator simulator(network);
        Witness witness(2, by_ticks);
        simulator.set_hook(&witness);
        GivenPackets source({all});
        PacketSource* const sources[] = {&source};
        simulator.begin(sources);
        REQUIRE(simulator.advance_to(15));
        CHECK(simulator.membrane(1)[0] == -127.0F * 300 / 1024);
    }
    q[12345] = -128;
    CHECK(refusal(one_layer(300, 200, weights)).find("got -128 at place 12345, need -127 to 127") !=
          std::string::npos);
}

TEST_CASE("padding of rows: whatever stands there, no result differs by schedule") {
    const std::uint32_t sources = 40;
    for (const std::uint32_t targets : {10U, 70U, 200U}) {
        for (const std::uint32_t one_in : {1U, 2U, 30U}) {
            const std::vector<Packet> packets = spread_spikes(sources, 128, one_in);
            const std::uint64_t pitch = row_pitch(targets, 4);
            const std::vector<float> values =
                spread_numbers(std::size_t{sources} * targets, -0.03F, 0.06F, targets);
            std::string digest;
            for (const float padding : {0.0F, 1000.0F, 3e38F, -3e38F, k_inf, k_nan}) {
                CAPTURE(targets);
                CAPTURE(one_in);
                CAPTURE(padding);
                Aligned<float> rows(sources * pitch);
                for (std::uint32_t s = 0; s < sources; ++s) {
                    for (std::uint64_t j = 0; j < pitch; ++j) {
                        rows[s * pitch + j] = j < targets ? values[s * targets + j] : padding;
                    }
                }
                const Outcome outcome = hold(
                    one_layer(sources, targets, rows.weights(WeightType::float32, {})), packets);
                CHECK(outcome.error.empty());
                CHECK(outcome.counts.populations[1].spikes > 0);
                if (digest.empty()) {
                    digest = digest_text(outcome.digest);
                }
                CHECK(digest_text(outcome.digest) == digest);
            }
        }
    }
}

TEST_CASE("padding of rows: nor do scaled bytes, and a neuron that overflows is still found") {
    const std::uint32_t sources = 40;
    const std::uint32_t targets = 10;
    const std::vector<Packet> packets = spread_spikes(sources, 128, 2);
    const std::uint64_t pitch = row_pitch(targets, 1);
    Aligned<std::int8_t> rows(sources * pitch);
    for (std::uint32_t s = 0; s < sources; ++s) {
        for (std::uint64_t j = 0; j < pitch; ++j) {
            rows[s * pitch + j] = j >= targets ? std::int8_t{-128} : j == 9 ? 1 : 0;
        }
    }
    std::vector<float> scale = {0.02F};
    NetworkSpec spec = one_layer(sources, targets, rows.weights(WeightType::int8, scale));
    CHECK(hold(spec, packets).error.empty());
    scale[0] = 3e36F;  // finite where the neurons are, for some ticks
    std::get<NeuronSpec>(spec.populations[1].kind).fires = false;
    spec.readouts.clear();
    CHECK(hold(spec, packets).error.find("a[9]@") == 0);
}

TEST_CASE("padding of rows: a convolution's, channels by channels") {
    const std::uint32_t out = 5;
    const std::uint64_t pitch = row_pitch(out, 4);
    const std::vector<Packet> packets = spread_spikes(2 * 36, 128, 3);
    const std::vector<float> values = spread_numbers(2 * 9 * out, -0.2F, 0.3F, 3);
    std::string digest;
    for (const float padding : {0.0F, 3e38F, k_nan}) {
        CAPTURE(padding);
        Aligned<float> rows(2 * 9 * pitch);
        for (std::uint32_t r = 0; r < 2 * 9; ++r) {
            for (std::uint64_t o = 0; o < pitch; ++o) {
                rows[r * pitch + o] = o < out ? values[r * out + o] : padding;
            }
        }
        NetworkSpec spec = one_layer(1, 1, {});
        spec.populations = {encoder("in", {2, 6, 6}), neurons("a", {out, 4, 4})};
        Conv2d conv;
        conv.kernel[0] = conv.kernel[1] = 3;
        conv.weights = rows.weights(WeightType::float32, {});
        spec.projections[0].connection = conv;
        const Outcome outcome = hold(spec, packets);
        CHECK(outcome.error.empty());
        CHECK(outcome.counts.populations[1].spikes > 0);
        if (digest.empty()) {
            digest = digest_text(outcome.digest);
        }
        CHECK(digest_text(outcome.digest) == digest);
    }
}
