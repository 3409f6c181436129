#include "tests/reference/reference_encoders.hpp"

#include <algorithm>
#include <cmath>

namespace reference {

namespace {

// exp in float64, good to well under the 2^-24 steps of u: argument halved ten times, series,
// squared.
double exponential(double x) {
    const double small = x / 1024;
    double term = 1;
    double sum = 1;
    for (int k = 1; k < 20; ++k) {
        term = term * small / k;
        sum = sum + term;
    }
    for (int k = 0; k < 10; ++k) {
        sum = sum * sum;
    }
    return sum;
}

float poisson(double a, double u) {
    double p = exponential(-a);
    double sum = p;
    int k = 0;
    while (!(u < sum) && k < 1000) {
        ++k;
        p = p * a / k;
        sum = sum + p;
    }
    return static_cast<float>(k);
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::uint64_t seed, std::array<std::uint32_t, 4> counter) {
    auto k0 = static_cast<std::uint32_t>(seed);
    auto k1 = static_cast<std::uint32_t>(seed >> 32U);
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t p0 = std::uint64_t{0xD2511F53U} * counter[0];
        const std::uint64_t p1 = std::uint64_t{0xCD9E8D57U} * counter[2];
        counter = {static_cast<std::uint32_t>(p1 >> 32U) ^ counter[1] ^ k0,
                   static_cast<std::uint32_t>(p1),
                   static_cast<std::uint32_t>(p0 >> 32U) ^ counter[3] ^ k1,
                   static_cast<std::uint32_t>(p0)};
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    return counter;
}

Input encode(const Json& population, const std::vector<float>& activations, const EncoderKey& key) {
    const auto coding = population.at("coding").get<std::string>();
    if (coding == "duplicate") {
        return {{}, {{0, activations}}};
    }
    const auto c = static_cast<float>(population.value("c", 1.0));
    const Tick T = population.value("T", key.T);
    Input input;
    for (Tick t = 0; t < key.T; ++t) {
        for (std::uint32_t index = 0; index < activations.size(); ++index) {
            const float scaled = activations[index] / c;
            const float clipped = std::min(std::max(scaled, 0.0F), 1.0F);
            const auto words = philox(key.seed,
                                      {index,
                                       static_cast<std::uint32_t>(t),
                                       static_cast<std::uint32_t>(key.sample),
                                       static_cast<std::uint32_t>(key.population * 256)});
            const double u = static_cast<double>(words[0] >> 8U) * 0x1p-24;
            float payload = 0;
            if (coding == "bernoulli") {
                payload = u < clipped ? 1.0F : 0.0F;
            }
            if (coding == "poisson") {
                payload = poisson(std::max(scaled, 0.0F), u);
            }
            if (coding == "latency") {
                const float level = std::floor(static_cast<float>(T) * clipped + 0.5F);
                payload = t == T - static_cast<Tick>(level) && level > 0 ? 1.0F : 0.0F;
            }
            if (payload != 0) {
                input.events.push_back({t, index, payload});
            }
        }
    }
    return input;
}

std::map<std::size_t, Input> read_inputs(const Json& network, const Json& sample) {
    std::map<std::size_t, Input> inputs;
    const Json& populations = network.at("populations");
    const auto floats = [](const Json& list) {
        std::vector<float> values;
        for (const Json& x : list) {
            values.push_back(static_cast<float>(x.get<double>()));
        }
        return values;
    };
    for (std::size_t P = 0; P < populations.size(); ++P) {
        const auto given = sample.at("inputs").find(populations[P].at("name").get<std::string>());
        if (given == sample.at("inputs").end()) {
            continue;
        }
        Input& input = inputs[P];
        if (given->contains("activations")) {
            input = encode(populations[P],
                           floats(given->at("activations")),
                           {network.value("seed", std::uint64_t{0}),
                            sample.at("sample").get<std::uint64_t>(),
                            P,
                            network.at("T").get<Tick>()});
        }
        for (const Json& e : given->value("events", Json::array())) {
            input.events.push_back({e[0].get<Tick>(),
                                    e[1].get<std::uint32_t>(),
                                    static_cast<float>(e[2].get<double>())});
        }
        for (const Json& held : given->value("held", Json::array())) {
            input.held.push_back({held[0].get<Tick>(), floats(held[1])});
        }
    }
    return inputs;
}

}  // namespace reference
