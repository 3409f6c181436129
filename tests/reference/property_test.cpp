// The engine against the slow reference on random networks, bit for bit.
//
// SALTUS_PROPERTY_COUNT networks (default 3000) from seed SALTUS_PROPERTY_SEED (default 1) on. A
// failing network is printed with its seed, shrunk, as JSON.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <stdexcept>

#include <doctest/doctest.h>

#include "core/compiled_network.hpp"
#include "core/error.hpp"
#include "core/network.hpp"
#include "core/wake_stretch.hpp"

#include "tests/reference/case_network.hpp"
#include "tests/reference/engine_run.hpp"
#include "tests/reference/random_network.hpp"
#include "tests/reference/reference_encoders.hpp"
#include "tests/reference/run_check.hpp"
#include "tests/reference/shrink.hpp"

using namespace reference;

namespace {

std::uint64_t setting(const char* name, std::uint64_t fallback) {
    const char* text = std::getenv(name);
    return text == nullptr || *text == '\0' ? fallback : std::stoull(text);
}

std::string labelled(const std::string& what, const std::string& difference) {
    return difference.empty() ? difference : what + ": " + difference;
}

bool carries(const Json& json, std::size_t k) {
    return k > 0 && json.at("carry").get<bool>();
}

// Both samples in turn on one simulator, tick by tick.
template <class Real>
std::string check_samples(const Json& json, saltus::WeightLayout layout, bool tick_by_tick) {
    // Compiled first: it refuses what shrinking may have broken.
    const CaseNetwork engine_network(json.at("network"), layout);
    const auto compiled = saltus::compile<Real>(engine_network.spec());
    const Network network = read_network(json.at("network"));
    EngineRunner<Real> engine(compiled);
    Simulation<Real> simulation(network);
    for (std::size_t k = 0; k < json.at("samples").size(); ++k) {
        const auto inputs = read_inputs(json.at("network"), json.at("samples")[k]);
        EngineOptions options;
        options.start = carries(json, k) ? saltus::Start::carry : saltus::Start::fresh;
        options.tick_by_tick = tick_by_tick;
        const auto got = engine.run(inputs, options);
        const auto want = simulation.run(inputs, carries(json, k));
        const auto d = difference(network, got, want);
        if (!d.empty()) {
            return labelled("sample " + std::to_string(k), d);
        }
    }
    return "";
}

// A run stopped by a hook is the full run up to there.
std::string check_cut(const Json& json) {
    const CaseNetwork engine_network(json.at("network"));
    const auto compiled = saltus::compile<float>(engine_network.spec());
    const Network network = read_network(json.at("network"));
    EngineRunner<float> engine(compiled);
    const auto inputs = read_inputs(json.at("network"), json.at("samples").at(0));
    EngineOptions options;
    options.stop_at = network.T / 2;
    options.tick_by_tick = false;
    const auto got = engine.run(inputs, options);
    Simulation<float> simulation(network);
    return labelled("stopped after " + std::to_string(got.ticks) + " ticks",
                    difference(network, got, simulation.run(inputs, false, got.ticks - 1)));
}

std::string check_engine(const Json& json) {
    using enum saltus::WeightLayout;
    auto d = labelled("tick by tick", check_samples<float>(json, by_index, true));
    if (d.empty()) {
        d = labelled("in one go", check_samples<float>(json, by_index, false));
    }
    if (d.empty()) {
        d = labelled("rows by source", check_samples<float>(json, rows_by_source, false));
    }
    if (d.empty()) {
        d = labelled("float64", check_samples<double>(json, by_index, true));
    }
    return d.empty() ? check_cut(json) : d;
}

// What the contract says of a clock-driven simulator, which advances every neuron at every tick:
// lazy populations come out the same if beta is a power of two and v_rest is 0, without floor or
// denormals.
bool lazy_equals_stepped(const Network& network) {
    for (const Population& p : network.populations) {
        if (p.clock != "lazy" || p.kind != "neurons") {
            continue;
        }
        if (p.floor) {
            return false;
        }
        for (std::size_t j = 0; j < p.size(); ++j) {
            int exponent = 0;
            const float fraction = std::frexp(p.beta[j], &exponent);
            if ((fraction != 0 && fraction != 0.5F) || p.v_rest[j] != 0) {
                return false;
            }
        }
    }
    return true;
}

bool any_denormal(const Json& json) {
    for (const Json& p : json.at("network").at("projections")) {
        const Json weight = p.at("connection").value("weight", Json::object());
        for (const Json& x : weight.value("data", Json::array())) {
            if (x != 0 && std::abs(x.get<double>()) < 1e-30) {
                return true;
            }
        }
        // Random float16 and bfloat16 weights hold denormals now and then.
        if (weight.contains("bits") && !json.at("dyadic").get<bool>()) {
            return true;
        }
    }
    return false;
}

bool has_clock(const Network& network, const std::string& clock) {
    for (const Population& p : network.populations) {
        if (p.kind == "neurons" && p.clock == clock) {
            return true;
        }
    }
    return false;
}

// Float64 gives the same membranes, so no sum was rounded.
bool sums_exact(const Json& json) {
    const Network network = read_network(json.at("network"));
    Simulation<float> narrow(network);
    Simulation<double> wide(network);
    for (std::size_t k = 0; k < json.at("samples").size(); ++k) {
        const auto inputs = read_inputs(json.at("network"), json.at("samples")[k]);
        const auto a = narrow.run(inputs, carries(json, k));
        const auto b = wide.run(inputs, carries(json, k));
        for (std::size_t P = 0; P < network.populations.size(); ++P) {
            for (std::size_t t = 0; t < a.populations[P].v.size(); ++t) {
                const auto& v = a.populations[P].v[t];
                if (!std::equal(v.begin(), v.end(), b.populations[P].v[t].begin())) {
                    return false;
                }
            }
        }
    }
    return true;
}

// The naive simulator on a whole case; what it stores for lazy and leaping populations may differ.
std::string check_naive(const Json& json, bool lazy, bool leaps) {
    saltus::compile<float>(CaseNetwork(json.at("network")).spec());
    const Network network = read_network(json.at("network"));
    Simulation<float> simulation(network);
    Simulation<float> naive(network, lazy, leaps);
    for (std::size_t k = 0; k < json.at("samples").size(); ++k) {
        const auto inputs = read_inputs(json.at("network"), json.at("samples")[k]);
        const auto want = simulation.run(inputs, carries(json, k));
        auto got = naive.run(inputs, carries(json, k));
        for (std::size_t P = 0; P < got.populations.size(); ++P) {
            got.populations[P].v_stored = want.populations[P].v_stored;
            got.populations[P].last = want.populations[P].last;
        }
        const auto d = difference(network, got, want);
        if (!d.empty()) {
            return labelled("clock-driven, sample " + std::to_string(k), d);
        }
    }
    return "";
}

// Whether a population takes its ticks chunk by chunk, and whether one whose spikes come back does.
std::pair<bool, bool> takes_chunks(const Json& json) {
    const CaseNetwork engine_network(json.at("network"));
    const auto network = saltus::compile<float>(engine_network.spec());
    const auto& compiled = network.compiled();
    std::pair<bool, bool> takes;
    for (const saltus::detail::Layer& layer : compiled.layers) {
        for (const saltus::PopulationId id : layer.populations) {
            const bool chunks = compiled.populations[id].chunk_ticks > 0;
            takes.first = takes.first || chunks;
            takes.second =
                takes.second || (chunks && layer.ticks < saltus::detail::WakeStretch::k_ticks);
        }
    }
    return takes;
}

// Shrinks a failing case and shows it. While shrinking an exception is no failure: a smaller
// network may be one that is refused.
void report(std::uint64_t seed, const Json& json, const Check& check) {
    const Check quiet = [&check](const Json& smaller) {
        try {
            return check(smaller);
        } catch (const std::exception&) {
            return std::string();
        }
    };
    const Json small = quiet(json).empty() ? json : shrink(json, quiet);
    std::string what;
    try {
        what = check(small);
    } catch (const std::exception& error) {
        what = error.what();
    }
    FAIL_CHECK("seed " << seed << " fails; shrunk:\n" << small.dump() << "\n" << what);
}

// Runs `check` on the networks of which `applies` is true; says how many there were.
std::size_t hold(const Check& check, const std::function<bool(const Json&)>& applies) {
    const std::uint64_t first = setting("SALTUS_PROPERTY_SEED", 1);
    const std::uint64_t count = setting("SALTUS_PROPERTY_COUNT", 3000);
    std::size_t held = 0;
    std::size_t failures = 0;
    for (std::uint64_t seed = first; seed < first + count && failures < 3; ++seed) {
        const Json json = random_case(seed);
        if (!applies(json)) {
            continue;
        }
        std::string d;
        try {
            d = check(json);
        } catch (const std::exception& error) {
            d = error.what();
        }
        ++held;
        if (d.empty()) {
            continue;
        }
        ++failures;
        std::cout << "seed " << seed << ": " << d << '\n';
        report(seed, json, check);
    }
    return held;
}

}  // namespace

TEST_CASE("property: the engine equals the reference on random networks, bit for bit") {
    std::size_t chunks = 0;
    std::size_t come_back = 0;
    const auto held = hold(check_engine, [&](const Json& json) {
        const auto takes = takes_chunks(json);
        chunks += takes.first ? 1 : 0;
        come_back += takes.second ? 1 : 0;
        return true;
    });
    std::cout << held << " random networks: engine and reference; " << chunks << " take chunks, in "
              << come_back << " what they fire comes back\n";
    CHECK(chunks * 10 >= held);
    CHECK(come_back * 20 >= held);
}

TEST_CASE("property: a clock-driven simulator equals lazy populations of the simple kind") {
    const auto held = hold([](const Json& json) { return check_naive(json, true, false); },
                           [](const Json& json) {
                               const Network network = read_network(json.at("network"));
                               return has_clock(network, "lazy") && lazy_equals_stepped(network) &&
                                      !any_denormal(json);
                           });
    std::cout << held << " random networks: lazy and clock-driven\n";
}

TEST_CASE(
    "property: a clock-driven simulator equals leaping populations where all sums are exact") {
    const auto held = hold([](const Json& json) { return check_naive(json, false, true); },
                           [](const Json& json) {
                               const Network network = read_network(json.at("network"));
                               return json.at("dyadic").get<bool>() &&
                                      has_clock(network, "leaps") && sums_exact(json);
                           });
    std::cout << held << " random networks: leaps and clock-driven\n";
}

TEST_CASE("property: random networks exercise every field, and most of them spike") {
    std::map<std::string, int> seen;
    int spiking = 0;
    const int count = 500;
    for (std::uint64_t seed = 1; seed <= count; ++seed) {
        const Json json = random_case(seed);
        for (const std::string& word : features(json)) {
            ++seen[word];
        }
        const Network network = read_network(json.at("network"));
        Simulation<float> simulation(network);
        const auto run = simulation.run(read_inputs(json.at("network"), json.at("samples").at(0)));
        bool spikes = false;
        for (std::size_t P = 0; P < network.populations.size(); ++P) {
            spikes = spikes || (network.populations[P].kind == "neurons" &&
                                !run.populations[P].events.empty());
        }
        spiking += spikes ? 1 : 0;
    }
    CHECK(spiking > count / 2);
    for (const char* word : {"clock:stepped",
                             "clock:lazy",
                             "clock:leaps",
                             "block",
                             "comparison:v > theta",
                             "reset:none",
                             "reset:to v_reset",
                             "reset:subtract theta",
                             "reset_when:next_before_leak",
                             "reset_when:next_after_input",
                             "reset_when:next_over_all",
                             "previous_reset_counts:true",
                             "current_used:tick_before",
                             "spikes_per_tick:trunc",
                             "refractory:hold",
                             "refractory:drop",
                             "refractory:integrate",
                             "floor",
                             "v_init",
                             "v_rest",
                             "v_reset",
                             "theta by neuron",
                             "beta by neuron",
                             "alpha by neuron",
                             "gain by neuron",
                             "reset_trace",
                             "second_order",
                             "source_filter",
                             "firing_window",
                             "drive_window",
                             "bias by neuron",
                             "fires:false",
                             "kind:dense",
                             "kind:conv2d",
                             "kind:sparse",
                             "kind:identity",
                             "kind:window",
                             "kind:sum",
                             "kind:average",
                             "mode:by_tick",
                             "mode:by_count",
                             "type:float32",
                             "type:float16",
                             "type:bfloat16",
                             "type:int8",
                             "scale by neuron",
                             "coding:events",
                             "coding:bernoulli",
                             "coding:poisson",
                             "coding:latency",
                             "coding:duplicate",
                             "self loop",
                             "delay above 0",
                             "kind:spike_count",
                             "kind:first_spike",
                             "kind:membrane",
                             "kind:mean_membrane",
                             "ties:membrane",
                             "logit",
                             "carry",
                             "dyadic"}) {
        CHECK_MESSAGE(seen[word] > 0, word);
    }
}
