#include <algorithm>
#include <cmath>

#include "tests/reference/deep_generator.hpp"

namespace reference {

namespace {

constexpr int k_most_weights = 40000;  // of a projection: the slow reference goes through each
constexpr int k_most_events = 14000;   // of an encoder, alike

}  // namespace

// [targets, ...] weights whose sums over what fires are about as large as a threshold.
Json DeepGenerator::tensor(const GridShape& shape) {
    const int count = size_of(shape);
    const int targets = shape[0];
    const double spread = (0.8 + 1.2 * draw_.unit()) / std::sqrt(double(count) / targets);
    Json w = {{"shape", shape}};
    Json data = Json::array();
    if (draw_.chance(int8_)) {
        w["type"] = "int8";
        const int shift = static_cast<int>(40 * push_);
        for (int k = 0; k < count; ++k) {
            data.push_back(draw_.chance(0.05) ? draw_.one_of({-127, 127})
                                              : draw_.integer(-105 + shift, 105 + shift));
        }
        const auto scale = [&] { return static_cast<float>(spread * (0.5 + draw_.unit()) / 64); };
        w["scale"] = scale();
        if (draw_.chance(0.5)) {
            w["scale"] = Json::array();
            for (int j = 0; j < targets; ++j) {
                w["scale"].push_back(scale());
            }
        }
        w["data"] = data;
        return w;
    }
    w["type"] = "float32";
    for (int k = 0; k < count; ++k) {
        const double x = (3.4 * draw_.unit() - 1.7 + push_) * spread;
        data.push_back(draw_.chance(0.04) ? 0.0F : static_cast<float>(x));
    }
    w["data"] = data;
    return w;
}

Way DeepGenerator::dense(const GridShape& from, int targets) {
    targets = std::clamp(targets, 1, std::max(1, k_most_weights / size_of(from)));
    return {nullptr, {{"kind", "dense"}, {"weight", tensor({targets, size_of(from)})}}, {targets}};
}

Way DeepGenerator::sparse(const GridShape& from, int targets) {
    const double share = 0.02 + 0.2 * draw_.unit() * draw_.unit();
    const bool same = draw_.chance(0.4);
    Json rows = Json::array();
    Json data = Json::array();
    for (int s = 0; s < size_of(from); ++s) {
        Json row = Json::array();
        for (int j = 0; j < targets; ++j) {
            if (draw_.chance(share)) {
                row.push_back(j);
                data.push_back(same && !data.empty() ? data.front().get<double>()
                                                     : real(draw_, style_, -0.2, 0.5));
            }
        }
        rows.push_back(row);
    }
    const std::size_t count = data.size();
    return {nullptr,
            {{"kind", "sparse"},
             {"rows", rows},
             {"weight", {{"type", "float32"}, {"shape", {count}}, {"data", data}}}},
            {targets}};
}

void DeepGenerator::put_pool(GridShape& from, Way& way) {
    const int k = draw_.integer(2, std::min({3, from[1], from[2]}));
    way.pool = {{"kind", draw_.one_of({"sum", "average"})}, {"k", k}};
    if (draw_.chance(0.25)) {
        way.pool["stride"] = draw_.integer(1, 3);
    }
    const int stride = way.pool.value("stride", k);
    from = {from[0], (from[1] - k) / stride + 1, (from[2] - k) / stride + 1};
}

// Of one group, undilated along the row, as tiles take them; now and then not.
Way DeepGenerator::convolution(const GridShape& seen, int channels, double pooled) {
    Way way;
    GridShape from = seen;
    if (std::min(from[1], from[2]) > 2 && draw_.chance(pooled)) {
        put_pool(from, way);
    }
    way.to = {channels};
    GridShape kernel;
    GridShape padding;
    GridShape stride;
    GridShape dilation;
    for (std::size_t axis = 0; axis < 2; ++axis) {
        padding.push_back(draw_.integer(0, 1));
        const int room = from[1 + axis] + 2 * padding[axis];
        kernel.push_back(draw_.integer(1, std::min(3, room)));
        stride.push_back(draw_.chance(0.25) ? 2 : 1);
        const bool dilates = draw_.chance(axis == 0 ? 0.4 : 0.04);
        dilation.push_back(dilates && 2 * (kernel[axis] - 1) + 1 <= room ? 2 : 1);
        way.to.push_back((room - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis] + 1);
    }
    way.connection = {{"kind", "conv2d"},
                      {"stride", stride},
                      {"padding", padding},
                      {"dilation", dilation},
                      {"groups", 1},
                      {"weight", tensor({channels, from[0], kernel[0], kernel[1]})}};
    return way;
}

// Ticks [from, until) with this chance; else null.
Json DeepGenerator::window(double share) {
    if (!draw_.chance(windows_ * share)) {
        return nullptr;
    }
    const int from = draw_.integer(0, style_.T / 2);
    return {from, draw_.integer(from + 1, style_.T)};
}

Json DeepGenerator::simple_neurons(std::size_t size, bool last) {
    Json p = {{"kind", "neurons"}, {"clock", draw_.chance(0.97) ? "stepped" : "lazy"}};
    p["comparison"] = draw_.one_of({"v >= theta", "v > theta"});
    p["reset"] = draw_.chance(0.7) ? "subtract theta" : "to v_reset";
    p["theta"] = static_cast<float>((busy_ > 2 ? 0.1 : 0.4) + draw_.unit());
    p["beta"] = draw_.chance(0.4) ? draw_.one_of({0.0, 0.5, 1.0}) : real(draw_, style_, 0.5, 1.0);
    if (p["reset"] == "to v_reset" && draw_.chance(0.4)) {
        p["v_reset"] = real(draw_, style_, -0.3, 0.0);
    }
    Json receptor = Json::object();
    if (p["clock"] != "lazy" && draw_.chance(0.35)) {
        receptor["bias"] = Json::array();
        for (std::size_t j = 0; j < size; ++j) {
            receptor["bias"].push_back(real(draw_, style_, -0.05, 0.1));
        }
        if (const Json w = window(0.25); !w.is_null()) {
            receptor["drive_window"] = w;
        }
    }
    p["receptors"] = Json::array({receptor});
    if (const Json w = window(0.12); !w.is_null()) {
        p["firing_window"] = w;
    }
    if (last && draw_.chance(0.25)) {
        p["fires"] = false;
    }
    return p;
}

Json DeepGenerator::readout(const Json& population) {
    Json r = {{"population", population.at("name")}};
    if (!population.value("fires", true)) {
        r["kind"] = "membrane";
        return r;
    }
    r["kind"] = draw_.one_of({"spike_count", "first_spike"});
    r["ties"] = draw_.one_of({"membrane", "index"});
    return r;
}

// Neurons of one clock: with synaptic currents, lazy of the simple kind, leaping with one parameter
// for all, or any.
Json DeepGenerator::wide_neurons(std::size_t size) {
    const double kind = draw_.unit();
    if (kind < 0.2) {
        Json p = simple_neurons(size, false);
        p["clock"] = "lazy";
        p["block"] = draw_.integer(1, 100);
        p["receptors"] = Json::array({Json::object()});
        return p;
    }
    style_.currents = kind > 0.45;
    Json p;
    do {
        p = random_neurons(draw_, style_, size, 1);
    } while (kind < 0.45 && p.at("clock") != "leaps");
    for (const char* key : {"theta", "beta", "v_rest", "v_reset"}) {
        if (p.contains(key) && p[key].is_array() && kind < 0.45) {
            p[key] = Json(p[key][0]);
        }
    }
    return p;
}

double DeepGenerator::rate(int busy) {
    if (draw_.chance(0.1)) {
        return busy > 2 ? 1 : 0;
    }
    switch (busy) {
        case 0:
            return 0.08 * draw_.unit();
        case 1:
            return 0.22 * draw_.unit();
        case 2:
            return 0.6 * draw_.unit();
        case 3:
            return 0.5 + 0.5 * draw_.unit();
        default:
            return 0.9 + 0.1 * draw_.unit();
    }
}

Json DeepGenerator::events(int size, int busy, bool graded) {
    std::vector<double> rates;
    double sum = 0;
    for (int j = 0; j < size; ++j) {
        rates.push_back(rate(busy));
        sum += rates.back();
    }
    // What would be too many ends early or begins late.
    const int ticks = std::min(style_.T, static_cast<int>(k_most_events / std::max(1.0, sum)));
    const double quiet = draw_.chance(0.3) ? 0.4 * draw_.unit() : 0;
    Json events = Json::array();
    const int first = draw_.chance(0.6) ? 0 : style_.T - ticks;
    for (int t = first; t < first + ticks; ++t) {
        if (draw_.chance(quiet)) {
            continue;
        }
        const bool payloads = graded && draw_.chance(0.2);
        for (int j = 0; j < size; ++j) {
            if (draw_.chance(rates[static_cast<std::size_t>(j)])) {
                events.push_back({t, j, payloads ? real(draw_, style_, 0.25, 2.0) : 1.0});
            }
        }
    }
    return {{"events", events}};
}

Json DeepGenerator::held(int size) {
    Json held = Json::array();
    for (int t = draw_.chance(0.7) ? 0 : 1; t < style_.T;
         t += windows_ == 0 ? style_.T : draw_.integer(1 + style_.T / 4, style_.T)) {
        Json values = Json::array();
        for (int j = 0; j < size; ++j) {
            values.push_back(draw_.chance(0.3) ? 0.0 : real(draw_, style_, -0.1, 0.3));
        }
        held.push_back({t, values});
    }
    return {{"held", held}};
}

Json DeepGenerator::sample(int number) {
    Json s = {{"sample", number}, {"inputs", Json::object()}};
    for (const Json& p : populations_) {
        if (p.at("kind") != "encoder") {
            continue;
        }
        const auto name = p["name"].get<std::string>();
        const int size = size_of(p.at("shape").get<GridShape>());
        const auto given = inputs_.find(name);
        s["inputs"][name] = given == inputs_.end()
                                ? held(size)
                                : events(size, given->second.busy, given->second.graded);
    }
    return s;
}

}  // namespace reference
