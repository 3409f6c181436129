// Dense and convolutional projections as sparse rows without their zeros: the same spikes, states
// and readouts bit for bit, on random networks of every kind that the contract allows.
//
// SALTUS_PROPERTY_COUNT networks (default 3000) from seed SALTUS_PROPERTY_SEED (default 1) on.
#include "models/files/thin_rows.hpp"

#include <cstdlib>
#include <deque>
#include <iostream>
#include <map>
#include <string>

#include <doctest/doctest.h>

#include "core/network.hpp"

#include "tests/reference/case_network.hpp"
#include "tests/reference/engine_run.hpp"
#include "tests/reference/random_network.hpp"
#include "tests/reference/reference_encoders.hpp"
#include "tests/reference/run_check.hpp"

using namespace reference;

namespace {

std::uint64_t setting(const char* name, std::uint64_t fallback) {
    const char* text = std::getenv(name);
    return text == nullptr || *text == '\0' ? fallback : std::stoull(text);
}

// A network with every projection that can be thinned, thinned; what it views lives here.
struct Thinned {
    explicit Thinned(const saltus::NetworkSpec& network) : spec(network) {
        for (std::size_t p = 0; p < spec.projections.size(); ++p) {
            saltus::ProjectionSpec& projection = spec.projections[p];
            const auto* const dense = std::get_if<saltus::Dense>(&projection.connection);
            const auto* const conv = std::get_if<saltus::Conv2d>(&projection.connection);
            if (dense == nullptr && conv == nullptr) {
                continue;
            }
            saltus::Weights weights = dense != nullptr ? dense->weights : conv->weights;
            const saltus::ThinRows& thin =
                rows.emplace_back(saltus::thin_rows(network, projection));
            if (thin.targets.empty()) {
                continue;
            }
            note(projection, weights, thin, conv != nullptr);
            weights.layout = saltus::WeightLayout::by_index;
            weights.data = thin.weights;
            weights.count = thin.targets.size();
            weights.scales = thin.scales;
            projection.connection = saltus::Sparse{thin.offsets, thin.targets, weights};
            thinned[p] = true;
        }
    }

    // What was made sparse that had zeros to lose.
    void note(const saltus::ProjectionSpec& projection,
              const saltus::Weights& weights,
              const saltus::ThinRows& thin,
              bool conv) {
        const saltus::PopulationSpec& target = spec.populations[projection.target];
        const saltus::PopulationSpec& source = spec.populations[projection.source];
        const saltus::Clock clock = std::get<saltus::NeuronSpec>(target.kind).clock;
        const auto* const encoder = std::get_if<saltus::EncoderSpec>(&source.kind);
        const bool leaps = clock == saltus::Clock::leaps;
        CHECK((!leaps || thin.targets.size() == thin.synapses_before));
        CHECK((clock != saltus::Clock::stepped || thin.zeros_kept == 0));
        if (thin.targets.size() == thin.synapses_before) {
            return;
        }
        kinds.push_back(conv ? "conv2d" : "dense");
        kinds.push_back(clock == saltus::Clock::lazy ? "lazy" : "stepped");
        if (thin.zeros_kept > 0) {
            kinds.push_back("zeros kept");
        }
        if (weights.type == saltus::WeightType::int8) {
            kinds.push_back(weights.scales.size() > 1 ? "int8, scale by target" : "int8");
        }
        if (weights.layout == saltus::WeightLayout::rows_by_source) {
            kinds.push_back("rows by source");
        }
        if (projection.pool) {
            kinds.push_back("pool");
        }
        if (projection.source_filter) {
            kinds.push_back("filter");
        }
        if (encoder != nullptr && encoder->holds_values) {
            kinds.push_back("held");
        }
    }

    saltus::NetworkSpec spec;
    std::deque<saltus::ThinRows> rows;
    std::map<std::size_t, bool> thinned;
    std::vector<std::string> kinds;
};

// Leaves of what a run cost only what must be the same: effective operations. And of the ordinary
// ones of a projection with a stepped target says whether they are the effective ones.
std::string reduce(const saltus::NetworkSpec& spec, const Thinned* thinned, Run<float>& run) {
    std::string wrong;
    for (std::size_t p = 0; p < run.projections.size(); ++p) {
        const auto* const rule =
            std::get_if<saltus::NeuronSpec>(&spec.populations[spec.projections[p].target].kind);
        for (Cost& cost : run.projections[p]) {
            const bool all_effective = cost.acs == cost.effective_acs &&
                                       cost.graded_macs == cost.effective_graded_macs &&
                                       cost.held_macs == cost.effective_held_macs;
            if (thinned != nullptr && thinned->thinned.count(p) != 0 && rule != nullptr &&
                rule->clock == saltus::Clock::stepped && !all_effective) {
                wrong = "projection " + std::to_string(p) + " still counts zeros";
            }
            cost.acs = cost.effective_acs;
            cost.graded_macs = cost.effective_graded_macs;
            cost.held_macs = cost.effective_held_macs;
        }
    }
    return wrong;
}

std::string check(const Json& json,
                  saltus::WeightLayout layout,
                  std::map<std::string, std::uint64_t>& seen) {
    const CaseNetwork whole(json.at("network"), layout);
    const auto compiled = saltus::compile<float>(whole.spec());
    const Thinned thinned(whole.spec());
    const auto compiled_thin = saltus::compile<float>(thinned.spec);
    for (const std::string& kind : thinned.kinds) {
        ++seen[kind];
    }
    const Network network = read_network(json.at("network"));
    EngineRunner<float> engine(compiled);
    EngineRunner<float> thin_engine(compiled_thin);
    for (std::size_t k = 0; k < json.at("samples").size(); ++k) {
        const auto inputs = read_inputs(json.at("network"), json.at("samples")[k]);
        EngineOptions options;
        options.start =
            k > 0 && json.at("carry").get<bool>() ? saltus::Start::carry : saltus::Start::fresh;
        options.tick_by_tick = k == 0;
        auto want = engine.run(inputs, options);
        auto got = thin_engine.run(inputs, options);
        reduce(whole.spec(), nullptr, want);
        std::string d = reduce(whole.spec(), &thinned, got);
        if (d.empty()) {
            d = difference(network, got, want);
        }
        if (!d.empty()) {
            return "sample " + std::to_string(k) + ": " + d;
        }
    }
    return "";
}

}  // namespace

TEST_CASE("thin rows: random networks stored so have the same bits and effective operations") {
    const std::uint64_t first = setting("SALTUS_PROPERTY_SEED", 1);
    const std::uint64_t count = setting("SALTUS_PROPERTY_COUNT", 3000);
    std::map<std::string, std::uint64_t> seen;
    std::size_t failures = 0;
    for (std::uint64_t seed = first; seed < first + count && failures < 3; ++seed) {
        const Json json = random_case(seed);
        const auto layout =
            seed % 2 == 0 ? saltus::WeightLayout::by_index : saltus::WeightLayout::rows_by_source;
        const std::string d = check(json, layout, seen);
        if (!d.empty()) {
            ++failures;
            FAIL_CHECK("seed " << seed << ": " << d);
        }
    }
    for (const char* kind : {"dense",
                             "conv2d",
                             "stepped",
                             "lazy",
                             "zeros kept",
                             "int8",
                             "int8, scale by target",
                             "rows by source",
                             "pool",
                             "filter",
                             "held"}) {
        std::cout << kind << ": " << seen[kind] << '\n';
        CHECK_MESSAGE(seen[kind] * 1000 >= count, kind);
    }
}
