#include <algorithm>

#include "tests/reference/random_network.hpp"

namespace reference {

namespace {

// One number for all, or now and then one a neuron.
template <class Number>
Json one_or_each(Draw& draw, std::size_t size, Number number) {
    if (!draw.chance(0.15)) {
        return number();
    }
    Json each = Json::array();
    for (std::size_t j = 0; j < size; ++j) {
        each.push_back(number());
    }
    return each;
}

double factor(Draw& draw, const Style& style) {
    if (style.dyadic) {
        return draw.one_of({0.0, 0.5, 1.0});
    }
    if (draw.chance(0.3)) {
        return draw.one_of({0.0, 0.25, 0.5, 1.0});
    }
    return real(draw, style, 0.3, 1.0);
}

Json window(Draw& draw, int T) {
    const int from = draw.integer(0, T - 1);
    return {from, draw.integer(from + 1, T)};
}

Json filter(Draw& draw, const Style& style) {
    return {{"a1", real(draw, style, 0.2, 1.2)},
            {"a2", real(draw, style, -0.4, 0.1)},
            {"b", real(draw, style, -0.5, 1.0)}};
}

Json random_receptor(Draw& draw, const Style& style, const Json& p, std::size_t size) {
    Json r = Json::object();
    const bool lazy = p.at("clock") == "lazy";
    if (!lazy && draw.chance(0.5)) {
        r["alpha"] = one_or_each(draw, size, [&] { return factor(draw, style); });
    }
    if (draw.chance(0.3)) {
        r["gain"] = one_or_each(draw, size, [&] { return real(draw, style, -0.5, 1.5); });
    }
    if (p.at("clock") == "stepped" && !style.dyadic && draw.chance(0.15)) {
        r["second_order"] = filter(draw, style);
        r.erase("alpha");
    }
    if (!lazy && draw.chance(0.3)) {
        r["bias"] = Json::array();
        for (std::size_t j = 0; j < size; ++j) {
            r["bias"].push_back(draw.chance(0.1) ? draw.one_of({0.0, -0.0})
                                                 : real(draw, style, -0.3, 0.6));
        }
    }
    return r;
}

void random_reset(Draw& draw, const Style& style, Json& p, std::size_t size) {
    const bool stepped = p.at("clock") == "stepped";
    p["reset"] = draw.one_of({"subtract theta", "to v_reset"});
    if (stepped && draw.chance(0.35)) {
        p["reset_when"] = draw.one_of({"next_before_leak", "next_after_input", "next_over_all"});
        if (p["reset_when"] == "next_over_all") {
            p["reset"] = "to v_reset";
        }
    } else if (stepped && draw.chance(0.15)) {
        p["previous_reset_counts"] = true;
        p["reset"] = "subtract theta";
    } else if (style.trunc && draw.chance(0.5)) {
        p["spikes_per_tick"] = "trunc";
        p["comparison"] = "v >= theta";
        p["reset"] = "subtract theta";
    } else if (stepped && !style.dyadic && draw.chance(0.15)) {
        p["reset_trace"] = real(draw, style, 0.1, 0.95);
        p["beta"] = 0;
        p["reset"] = draw.one_of({"subtract theta", "to v_reset", "none"});
    }
    if (p["reset"] == "to v_reset" && draw.chance(0.6)) {
        p["v_reset"] = one_or_each(draw, size, [&] { return real(draw, style, -0.3, 0.2); });
    }
}

void random_refractory(Draw& draw, Json& p) {
    if (!draw.chance(0.4)) {
        return;
    }
    p["refractory_ticks"] = draw.integer(0, 4);
    const bool delayed = p.contains("reset_when") || p.contains("previous_reset_counts");
    p["refractory"] = p.at("clock") == "lazy" || (delayed && p["refractory_ticks"] > 1)
                          ? draw.one_of({"integrate", "drop"})
                          : draw.one_of({"integrate", "drop", "hold"});
}

// What the kernel of neurons with synaptic currents covers.
Json current_neurons(Draw& draw, const Style& style, std::size_t size) {
    Json p = {{"kind", "neurons"}, {"clock", "stepped"}, {"beta", factor(draw, style)}};
    p["comparison"] = draw.one_of({"v >= theta", "v > theta"});
    p["reset"] = draw.one_of({"subtract theta", "to v_reset"});
    p["theta"] = std::max(0.25, real(draw, style, 0.3, 1.6));
    p["current_used"] = draw.one_of({"this_tick", "tick_before"});
    p["refractory_ticks"] = draw.integer(0, 9);
    p["refractory"] = draw.one_of({"integrate", "drop", "hold"});
    if (p["reset"] == "to v_reset" && draw.chance(0.5)) {
        p["v_reset"] = real(draw, style, -0.3, 0.2);
    }
    if (draw.chance(0.35)) {
        p["v_rest"] = real(draw, style, -0.5, 0.4);
    }
    if (draw.chance(0.35)) {
        p["v_init"] = one_or_each(draw, size, [&] { return real(draw, style, -0.5, 1.5); });
    }
    if (draw.chance(0.05)) {
        p["fires"] = false;
    }
    p["receptors"] = Json::array();
    const int receptors = draw.integer(1, 2);
    for (int k = 0; k < receptors; ++k) {
        Json r = {{"alpha", style.dyadic ? 0.5 : real(draw, style, 0.2, 1.0)}};
        if (draw.chance(0.4)) {
            r["gain"] = real(draw, style, -0.5, 1.5);
        }
        if (draw.chance(0.2)) {
            r["bias"] = Json::array();
            for (std::size_t j = 0; j < size; ++j) {
                r["bias"].push_back(real(draw, style, -0.1, 0.2));
            }
        }
        if (draw.chance(0.2)) {
            r["drive_window"] = window(draw, style.T);
        }
        p["receptors"].push_back(r);
    }
    if (draw.chance(0.15)) {
        p["firing_window"] = window(draw, style.T);
    }
    return p;
}

}  // namespace

double real(Draw& draw, const Style& style, double low, double high) {
    const double x = low + (high - low) * draw.unit();
    if (style.dyadic) {
        const auto quarters = static_cast<int>(x * 4);
        return quarters / 4.0;
    }
    return static_cast<float>(x);
}

Json random_neurons(Draw& draw, const Style& style, std::size_t size, int layer) {
    if (style.currents && draw.chance(0.8)) {
        return current_neurons(draw, style, size);
    }
    Json p;
    p["kind"] = "neurons";
    p["clock"] = draw.one_of({"stepped", "stepped", "lazy", "leaps"});
    const bool lazy = p["clock"] == "lazy";
    if (lazy && draw.chance(0.6)) {
        p["block"] = draw.integer(1, static_cast<int>(size));
    }
    p["beta"] = one_or_each(draw, size, [&] { return factor(draw, style); });
    p["comparison"] = draw.one_of({"v >= theta", "v > theta"});
    if (draw.chance(0.1)) {
        p["fires"] = false;
    }
    random_reset(draw, style, p, size);
    // A lazy v_rest must not pass, and trunc and subtraction need a threshold above 0.
    const bool any_sign = p["reset"] == "to v_reset" && p["clock"] != "lazy" && draw.chance(0.05);
    p["theta"] = one_or_each(draw, size, [&] {
        return any_sign ? real(draw, style, -1.0, 1.0)
                        : std::max(0.25, real(draw, style, 0.3, 1.6));
    });
    const bool trace = p.contains("reset_trace");
    if (draw.chance(0.35) && !trace) {
        p["v_rest"] = one_or_each(draw, size, [&] { return real(draw, style, -0.5, 0.24); });
    }
    if (draw.chance(0.35)) {
        p["v_init"] = one_or_each(draw, size, [&] { return real(draw, style, -0.5, 1.5); });
    }
    // At most v_reset and v_rest, whose least is -0.5, and below every theta.
    if (p["clock"] != "leaps" && !any_sign && draw.chance(0.25)) {
        p["floor"] = real(draw, style, -1.5, -0.5);
    }
    if (!lazy && draw.chance(0.2)) {
        p["current_used"] = "tick_before";
    }
    random_refractory(draw, p);
    p["receptors"] = Json::array();
    const int receptors = draw.chance(0.3) ? 2 : 1;
    for (int k = 0; k < receptors; ++k) {
        p["receptors"].push_back(random_receptor(draw, style, p, size));
    }
    for (Json& receptor : p["receptors"]) {
        if (style.phased && !lazy) {
            receptor["drive_window"] = {(layer - 1) * style.T, layer * style.T};
        } else if (!lazy && draw.chance(0.2)) {
            receptor["drive_window"] = window(draw, style.T);
        }
    }
    if (style.phased) {
        p["firing_window"] = {layer * style.T, (layer + 1) * style.T};
    } else if (draw.chance(0.15)) {
        p["firing_window"] = window(draw, style.T);
    }
    return p;
}

}  // namespace reference
