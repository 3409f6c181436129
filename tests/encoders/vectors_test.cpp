// The encoders' part of the test vectors: encoders.json of tests/semantics, or of the
// folder that $SALTUS_SEMANTICS names.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/digest.hpp"
#include "encoders/encoder.hpp"
#include "encoders/philox.hpp"

#include "tests/encoders/encoder_cases.hpp"

namespace saltus::test {
namespace {

nlohmann::json vectors() {
    const std::filesystem::path source = SALTUS_SOURCE_DIR;
    const char* const named = std::getenv("SALTUS_SEMANTICS");
    const auto folder =
        named != nullptr ? std::filesystem::path(named) : source / "tests/semantics";
    std::ifstream file(folder / "encoders.json");
    return file ? nlohmann::json::parse(file) : nlohmann::json();
}

Coding coding_of(const nlohmann::json& c) {
    const std::string name = c.at("coding");
    const float scale = static_cast<float>(c.value("c", 1.0));
    if (name == "bernoulli") {
        return BernoulliCoding{scale};
    }
    if (name == "poisson") {
        return PoissonCoding{scale};
    }
    if (name == "latency") {
        return LatencyCoding{scale, c.at("T").get<Tick>()};
    }
    if (name == "duplicate") {
        return DuplicateCoding{};
    }
    throw std::runtime_error("no test for coding " + name);
}

std::uint64_t seed_of(const nlohmann::json& c) {
    return std::stoull(c.value("seed", std::string("0")));
}

}  // namespace

TEST_CASE("encoder vectors: events and digests of every case") {
    const nlohmann::json all = vectors();
    REQUIRE(all.contains("encoders"));
    REQUIRE(!all["encoders"].empty());
    for (const auto& c : all["encoders"]) {
        CAPTURE(c.at("name").get<std::string>());
        std::vector<float> activations;
        for (const double a : c.at("activations")) {
            activations.push_back(static_cast<float>(a));
        }
        const EncoderContext context{
            .shape = Shape(c.at("shape").get<std::vector<std::uint32_t>>()),
            .population = c.value("population", 0U),
            .horizon = c.at("T").get<Tick>(),
            .seed = seed_of(c)};
        const auto encoder = make_encoder(coding_of(c), context);
        encoder->start({.sample = c.value("sample", std::uint64_t{0}), .activations = activations});
        StreamDigest digest;
        std::vector<std::vector<float>> sent(static_cast<std::size_t>(context.horizon),
                                             std::vector<float>(activations.size(), 0.0F));
        for (const Packet& packet : packets_until(*encoder, context.horizon - 1)) {
            if (packet.held) {
                CHECK(packet.payloads.size() == activations.size());
                continue;
            }
            digest.add(packet);
            for (std::size_t k = 0; k < packet.slots.size(); ++k) {
                sent[static_cast<std::size_t>(packet.tick)]
                    [context.shape.index_of(packet.slots[k])] = packet.payload(k);
            }
        }
        for (const auto& event : c.at("expected").at("events")) {
            float& found = sent[event[0].get<std::size_t>()][event[1].get<std::size_t>()];
            CHECK(found == static_cast<float>(event[2].get<double>()));
            found = 0.0F;
        }
        for (const auto& tick : sent) {
            for (const float left_over : tick) {
                CHECK(left_over == 0.0F);
            }
        }
        CHECK(digest_text(digest.value()) == c.at("expected").at("digest").get<std::string>());
    }
}

TEST_CASE("encoder vectors: Philox words") {
    const nlohmann::json all = vectors();
    REQUIRE(all.contains("philox"));
    for (const auto& c : all["philox"]) {
        const RandomWords words = philox({.seed = seed_of(c),
                                          .sample = c.at("sample"),
                                          .population = c.at("population"),
                                          .draw = c.at("draw")},
                                         c.at("index"),
                                         c.at("tick"));
        std::string text;
        for (const std::uint32_t word : words) {
            char digits[10];
            std::snprintf(digits, sizeof digits, "%08x", word);
            text += (text.empty() ? "" : " ") + std::string(digits);
        }
        CHECK(text == c.at("words").get<std::string>());
        CHECK(unit_uniform(words[0]) * 16777216.0F == c.at("u_times_2_24").get<float>());
    }
}

}  // namespace saltus::test
