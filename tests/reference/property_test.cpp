// The engine against the slow reference on random networks, bit for bit. Which networks and how
// many: property_hold.hpp. A failing network is printed with its seed, shrunk, as JSON.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string_view>

#include <doctest/doctest.h>

#include "core/kernels/runnable_kernels.hpp"
#include "core/network.hpp"

#include "tests/reference/case_network.hpp"
#include "tests/reference/engine_check.hpp"
#include "tests/reference/property_hold.hpp"
#include "tests/reference/random_network.hpp"
#include "tests/reference/reference.hpp"
#include "tests/reference/reference_encoders.hpp"
#include "tests/reference/run_check.hpp"

using namespace reference;

namespace {

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

}  // namespace

TEST_CASE(
    "property: the engine equals the reference on random networks of every style, bit for bit, "
    "and these take every path of it") {
    PathShares shares;
    const auto all = [](const Json&) { return true; };
    const auto held_by = [&](std::string (*check)(const Json&, TakenPaths&)) -> Check {
        return [&shares, check](const Json& json) {
            TakenPaths taken;
            const std::string d = check(json, taken);
            shares.add(json.at("style"), taken);
            return d;
        };
    };
    const auto small = hold(k_small_networks, held_by(check_small), all);
    const auto deep = hold(k_deep_networks, held_by(check_deep), all);
    const auto with_long_gaps = hold(k_long_networks, held_by(check_long), all);
    std::cout << small << " small, " << deep << " deep and " << with_long_gaps
              << " long random networks: engine and reference\n"
              << shares.table();
    for (const std::string& path : shares.seldom()) {
        FAIL_CHECK("hardly any network takes the path " << path);
    }
}

TEST_CASE("property: the kernels asked for are those that run") {
    const char* const wanted = std::getenv("SALTUS_KERNELS");
    const auto tables = saltus::detail::runnable_kernels();
    std::string_view name = tables.back()->name;
    for (const saltus::detail::Kernels* table : tables) {
        if (wanted != nullptr && std::string_view(wanted) == table->name) {
            name = table->name;
        }
    }
    std::cout << "kernels: " << saltus::detail::kernels().name << '\n';
    CHECK(saltus::detail::kernels().name == name);
    if (wanted != nullptr && wanted != name) {
        std::cout << "this processor does not run " << wanted << '\n';
    }
}

TEST_CASE("property: a clock-driven simulator equals lazy populations of the simple kind") {
    const auto held = hold(
        k_small_networks,
        [](const Json& json) { return check_naive(json, true, false); },
        [](const Json& json) {
            const Network network = read_network(json.at("network"));
            return has_clock(network, "lazy") && lazy_equals_stepped(network) &&
                   !any_denormal(json);
        });
    std::cout << held << " random networks: lazy and clock-driven\n";
}

TEST_CASE(
    "property: a clock-driven simulator equals leaping populations where all sums are exact") {
    const auto held = hold(
        k_small_networks,
        [](const Json& json) { return check_naive(json, false, true); },
        [](const Json& json) {
            const Network network = read_network(json.at("network"));
            return json.at("dyadic").get<bool>() && has_clock(network, "leaps") && sums_exact(json);
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
