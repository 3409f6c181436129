// The engine against every case of the contract's test vectors, and against the slow reference,
// which names the first tick and neuron at which the two part.
#include <iostream>
#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/integrate/rule/power.hpp"
#include "core/network.hpp"
#include "encoders/encoder.hpp"
#include "encoders/philox.hpp"

#include "tests/reference/case_network.hpp"
#include "tests/reference/engine_run.hpp"
#include "tests/reference/reference_encoders.hpp"
#include "tests/reference/run_check.hpp"
#include "tests/reference/semantics_cases.hpp"

using namespace reference;

namespace {

saltus::Coding coding_of(const Json& population) {
    const auto coding = population.at("coding").get<std::string>();
    const auto c = static_cast<float>(population.value("c", 1.0));
    if (coding == "bernoulli") {
        return saltus::BernoulliCoding{c};
    }
    if (coding == "poisson") {
        return saltus::PoissonCoding{c};
    }
    if (coding == "duplicate") {
        return saltus::DuplicateCoding{};
    }
    saltus::LatencyCoding latency{c, std::nullopt};
    if (population.contains("T")) {
        latency.T = population.at("T").get<Tick>();
    }
    return latency;
}

std::vector<float> floats(const Json& list) {
    std::vector<float> values;
    for (const Json& x : list) {
        values.push_back(static_cast<float>(x.get<double>()));
    }
    return values;
}

// A case's sample with the engine's own encoders where the case gives activations.
class Sources {
  public:
    Sources(const Json& network, const Json& sample, const saltus::NetworkSpec& spec) {
        const auto inputs = read_inputs(network, sample);
        for (std::uint32_t P = 0; P < spec.populations.size(); ++P) {
            const Json& json = network.at("populations")[P];
            if (json.value("kind", "neurons") != "encoder") {
                continue;
            }
            const Json& given = sample.at("inputs").at(json.at("name").get<std::string>());
            const saltus::Shape& shape = spec.populations[P].shape;
            if (!given.contains("activations")) {
                owned_.push_back(std::make_unique<ListSource>(inputs.at(P), shape));
            } else {
                activations_.push_back(floats(given.at("activations")));
                auto encoder = saltus::make_encoder(
                    coding_of(json),
                    {shape, P, spec.horizon, network.value("seed", std::uint64_t{0})});
                saltus::EncoderInput input;
                input.sample = sample.at("sample").get<std::uint64_t>();
                input.activations = activations_.back();
                encoder->start(input);
                owned_.push_back(std::move(encoder));
            }
            list_.push_back(owned_.back().get());
        }
    }

    [[nodiscard]] const std::vector<saltus::PacketSource*>& list() const { return list_; }

  private:
    std::deque<std::vector<float>> activations_;
    std::vector<std::unique_ptr<saltus::PacketSource>> owned_;
    std::vector<saltus::PacketSource*> list_;
};

// One case, weights laid out in one way. Nothing if all is as it should be.
class CaseCheck {
  public:
    CaseCheck(const Json& json, saltus::WeightLayout layout)
        : json_(&json),
          tolerance_(tolerance_of(json)),
          network_(read_network(json.at("network"))),
          engine_network_(json.at("network"), layout),
          compiled_(saltus::compile<float>(engine_network_.spec())),
          engine_(compiled_) {}

    std::string run() {
        const Json& expected = json_->at("expected");
        const Json& samples = json_->at("samples");
        std::vector<saltus::Digest> digests;
        for (const std::size_t k : by_sample_number(*json_)) {
            const auto d = run_sample(samples[k], expected.at("samples").at(k));
            if (!d.empty()) {
                return "sample " + samples[k].at("sample").dump() + ": " + d;
            }
            digests.push_back(digest_);
        }
        if (saltus::digest_text(saltus::run_digest(digests)) !=
            expected.at("run_digest").get<std::string>()) {
            return "run_digest differs";
        }
        if (!expected.contains("cut")) {
            return "";
        }
        const Json& cut = expected.at("cut");
        EngineOptions options;
        options.cut = cut.at("after_tick").get<Tick>();
        return against_cut(network_,
                           engine_.run(read_inputs(json_->at("network"), samples[0]), options),
                           cut,
                           tolerance_);
    }

  private:
    std::string run_sample(const Json& sample, const Json& expected) {
        const auto inputs = read_inputs(json_->at("network"), sample);
        Simulation<float> simulation(network_);
        const auto want = simulation.run(inputs);
        const auto got = engine_.run(inputs);
        digest_ = got.digest;
        std::string d = difference(network_, got, want);
        if (d.empty()) {
            d = against_sample(network_, got, expected, tolerance_);
        }
        if (!d.empty()) {
            return d;
        }
        EngineOptions at_once;
        at_once.tick_by_tick = false;
        d = difference(network_, engine_.run(inputs, at_once), want);
        if (!d.empty()) {
            return "in one go: " + d;
        }
        const Sources sources(json_->at("network"), sample, engine_network_.spec());
        d = difference(network_, engine_.run_sources(sources.list(), {}), want);
        return d.empty() ? d : "with the engine's encoders: " + d;
    }

    const Json* json_;
    double tolerance_;
    Network network_;
    CaseNetwork engine_network_;
    saltus::Network compiled_;
    EngineRunner<float> engine_;
    saltus::Digest digest_{};
};

std::string check(const Json& json) {
    try {
        auto d = CaseCheck(json, saltus::WeightLayout::by_index).run();
        if (!d.empty()) {
            return d;
        }
        d = CaseCheck(json, saltus::WeightLayout::rows_by_source).run();
        return d.empty() ? d : "rows by source: " + d;
    } catch (const std::exception& error) {
        return error.what();
    }
}

}  // namespace

TEST_CASE("engine: every case comes out as written") {
    const auto cases = semantics_cases();
    REQUIRE(!cases.empty());
    for (const auto& one : cases) {
        const std::string& name = one.first;
        const std::string d = check(one.second);
        std::cout << "case " << name << " ... " << (d.empty() ? "ok" : d) << '\n';
        CHECK_MESSAGE(d.empty(), name << ": " << d);
    }
}

TEST_CASE("engine: a run's digest does not depend on the order in which its samples are listed") {
    int several = 0;
    for (const auto& one : semantics_cases()) {
        if (one.second.at("samples").size() > 1) {
            ++several;
            const std::string d = check(listed_backwards(one.second));
            CHECK_MESSAGE(d.empty(), one.first << ": " << d);
        }
    }
    CHECK(several > 0);
}

TEST_CASE("engine: encoders send what the test vectors list") {
    const Json file = semantics_file("encoders.json");
    for (const Json& e : file.at("encoders")) {
        const saltus::Shape shape(e.at("shape").get<std::vector<std::uint32_t>>());
        const auto encoder = saltus::make_encoder(coding_of(e),
                                                  {shape,
                                                   e.value("population", 0U),
                                                   e.at("T").get<Tick>(),
                                                   std::stoull(e.value("seed", "0"))});
        const std::vector<float> activations = floats(e.at("activations"));
        saltus::EncoderInput input;
        input.sample = e.value("sample", std::uint64_t{0});
        input.activations = activations;
        encoder->start(input);
        saltus::StreamDigest digest;
        std::vector<Held> held;
        saltus::Packet packet;
        while (encoder->next(e.at("T").get<Tick>() - 1, packet)) {
            if (!packet.held) {
                digest.add(packet);
                continue;
            }
            held.push_back({packet.tick, std::vector<float>(activations.size())});
            for (std::size_t k = 0; k < packet.slots.size(); ++k) {
                held.back().values[shape.index_of(packet.slots[k])] = packet.payloads[k];
            }
        }
        const auto name = e.at("name").get<std::string>();
        CHECK_MESSAGE(
            saltus::digest_text(digest.value()) == e.at("expected").at("digest").get<std::string>(),
            name);
        const Json& want = e.at("expected");
        REQUIRE_MESSAGE(held.size() == want.value("held", Json::array()).size(), name);
        for (std::size_t k = 0; k < held.size(); ++k) {
            CHECK_MESSAGE(held[k].tick == want.at("held")[k][0].get<Tick>(), name);
            CHECK_MESSAGE(held[k].values == floats(want.at("held")[k][1]), name);
        }
    }
}

TEST_CASE("engine: Philox and powers come out as written") {
    const Json json = semantics_file("encoders.json");
    for (const Json& p : json.at("philox")) {
        const saltus::RandomKey key{std::stoull(p.at("seed").get<std::string>()),
                                    p.at("sample"),
                                    p.at("population"),
                                    p.at("draw")};
        const auto words = saltus::philox(key, p.at("index"), p.at("tick"));
        CHECK(word_text(words) == p.at("words").get<std::string>());
        CHECK(saltus::unit_uniform(words[0]) * 0x1p24F == p.at("u_times_2_24").get<float>());
    }
    for (const Json& p : json.at("power")) {
        const float y = saltus::power(static_cast<float>(p[0].get<double>()), p[1].get<Tick>());
        CHECK(word_text({std::bit_cast<std::uint32_t>(y)}).substr(0, 8) == p[2].get<std::string>());
    }
}

TEST_CASE("engine: networks that the contract refuses are refused") {
    const Json networks = semantics_file("refused.json");
    REQUIRE(!networks.empty());
    for (const Json& entry : networks) {
        const auto name = entry.at("name").get<std::string>();
        const CaseNetwork network(entry.at("network"));
        std::string message;
        try {
            saltus::compile<float>(network.spec());
        } catch (const saltus::ModelError& error) {
            message = error.what();
        }
        std::cout << "refused " << name << " ... "
                  << (message.empty() ? "was accepted: " + entry.at("why").get<std::string>()
                                      : message)
                  << '\n';
        CHECK_MESSAGE(!message.empty(), name);
    }
}
