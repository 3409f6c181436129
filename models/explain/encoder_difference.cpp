#include "models/explain/encoder_difference.hpp"

#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "models/explain/why.hpp"

namespace saltus {

namespace {

// The numbers of a coding, by their names in a model.
std::vector<std::pair<const char*, double>> numbers_of(const Coding& coding, Tick horizon) {
    std::vector<std::pair<const char*, double>> numbers;
    std::visit(
        [&](const auto& one) {
            if constexpr (requires { one.c; }) {
                numbers.emplace_back("c", one.c);
            }
            if constexpr (requires { one.T; }) {
                numbers.emplace_back("T", static_cast<double>(one.T.value_or(horizon)));
            }
            if constexpr (requires { one.relu; }) {
                numbers.emplace_back("relu", one.relu ? 1 : 0);
            }
            if constexpr (requires { one.period; }) {
                numbers.emplace_back("period", one.period);
            }
            if constexpr (requires { one.max_spikes; }) {
                numbers.emplace_back("max_spikes", one.max_spikes);
            }
            if constexpr (requires { one.threshold; }) {
                numbers.emplace_back("threshold", one.threshold);
            }
        },
        coding);
    return numbers;
}

// "is latency in the first, bernoulli in the second"; empty: the codings are the same.
std::string coding_difference(const Coding& a, Tick horizon_a, const Coding& b, Tick horizon_b) {
    if (a.index() != b.index()) {
        return fmt::format("is {} in the first, {} in the second", coding_text(a), coding_text(b));
    }
    const auto in_a = numbers_of(a, horizon_a);
    const auto in_b = numbers_of(b, horizon_b);
    for (std::size_t k = 0; k < in_a.size(); ++k) {
        if (in_a[k].second != in_b[k].second) {
            return fmt::format("has {} {:.9g} in the first, {:.9g} in the second",
                               in_a[k].first,
                               in_a[k].second,
                               in_b[k].second);
        }
    }
    return "";
}

// By population: whether spikes of it can reach this one, itself included.
std::vector<bool> leading_to(PopulationId population, const Network& network) {
    std::vector<bool> leads(network.population_count());
    std::vector<PopulationId> open = {population};
    while (!open.empty()) {
        const PopulationId at = open.back();
        open.pop_back();
        if (leads[at]) {
            continue;
        }
        leads[at] = true;
        for (ProjectionId p = 0; p < network.projection_count(); ++p) {
            if (network.target(p) == at) {
                open.push_back(network.source(p));
            }
        }
    }
    return leads;
}

}  // namespace

std::string encoder_difference(PopulationId population, const Pipeline& a, const Pipeline& b) {
    const std::vector<bool> leads = leading_to(population, a.network());
    for (const EncoderBinding& in_a : a.model().encoders()) {
        for (const EncoderBinding& in_b : b.model().encoders()) {
            if (!leads[in_a.population] || in_a.population != in_b.population) {
                continue;
            }
            const std::string words = coding_difference(
                in_a.coding, a.network().horizon(), in_b.coding, b.network().horizon());
            if (!words.empty()) {
                return fmt::format("the encoder {} {}", in_a.name, words);
            }
        }
    }
    return "";
}

}  // namespace saltus
