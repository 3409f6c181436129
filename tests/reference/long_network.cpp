#include "tests/reference/long_network.hpp"

#include "tests/reference/random_network.hpp"

namespace reference {

namespace {

// Neurons of this clock, without windows, which would end a gap.
Json neurons(Draw& draw, const Style& style, std::size_t size, const char* clock) {
    Json p;
    do {
        p = random_neurons(draw, style, size, 1);
    } while (p.at("clock") != clock);
    p.erase("firing_window");
    for (Json& receptor : p["receptors"]) {
        receptor.erase("drive_window");
    }
    return p;
}

Json dense(Draw& draw, const Style& style, std::size_t sources, std::size_t targets) {
    Json c = {{"kind", "dense"},
              {"weight", random_weight(draw, style, sources * targets, targets)}};
    c["weight"]["shape"] = {targets, sources};
    return c;
}

Json events(Draw& draw, int T, int size) {
    Json events = Json::array();
    const auto add = [&](int from, int until) {
        for (int t = from; t < until; ++t) {
            for (int j = 0; j < size; ++j) {
                if (draw.chance(0.4)) {
                    events.push_back({t, j, 1.0});
                }
            }
        }
    };
    add(0, draw.integer(2, 12));
    add(T - draw.integer(2, 12), T);
    return {{"events", events}};
}

}  // namespace

Json long_case(std::uint64_t seed) {
    Draw draw(seed ^ 0x10e610e610e610e6U);
    Style style;
    style.T = draw.integer(66000, 69000);
    const int inputs = draw.integer(1, 3);
    Json populations = {
        {{"name", "in"}, {"kind", "encoder"}, {"coding", "events"}, {"shape", {inputs}}}};
    Json projections = Json::array();
    for (const char* clock : {"leaps", "leaps", "lazy", "stepped"}) {
        if (clock != std::string("leaps") && draw.chance(0.6)) {
            continue;
        }
        const int size = draw.integer(1, 2);
        Json p = {{"name", "n" + std::to_string(populations.size())}, {"shape", {size}}};
        p.update(neurons(draw, style, static_cast<std::size_t>(size), clock));
        Json way = {{"source", "in"}, {"target", p["name"]}};
        way["connection"] = dense(draw, style, static_cast<std::size_t>(inputs), p["shape"][0]);
        if (draw.chance(0.3)) {
            way["delay"] = draw.integer(1, 4);
        }
        populations.push_back(p);
        projections.push_back(way);
    }
    return {{"network",
             {{"T", style.T},
              {"seed", draw.word()},
              {"populations", populations},
              {"projections", projections},
              {"readouts", Json::array()}}},
            {"samples",
             Json::array({{{"sample", draw.integer(0, 70000)},
                           {"inputs", {{"in", events(draw, style.T, inputs)}}}}})},
            {"style", "long"},
            {"carry", false},
            {"dyadic", false}};
}

}  // namespace reference
