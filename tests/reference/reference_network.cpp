#include "tests/reference/reference_network.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace reference {

namespace {

float real(const Json& number) {
    return static_cast<float>(number.get<double>());
}

std::vector<float> parameter(const Json& json,
                             const char* key,
                             double fallback,
                             const Population& p) {
    std::vector<float> by_slot(p.size(), static_cast<float>(fallback));
    if (!json.contains(key)) {
        return by_slot;
    }
    const Json& value = json.at(key);
    for (std::size_t index = 0; index < p.size(); ++index) {
        by_slot[p.slot_of[index]] = real(value.is_array() ? value.at(index) : value);
    }
    return by_slot;
}

Window window(const Json& json, const char* key, Tick T) {
    if (!json.contains(key)) {
        return {0, T};
    }
    return {json.at(key).at(0).get<Tick>(), json.at(key).at(1).get<Tick>()};
}

std::optional<SecondOrder> second_order(const Json& json, const char* key) {
    if (!json.contains(key)) {
        return std::nullopt;
    }
    const Json& f = json.at(key);
    return SecondOrder{real(f.at("a1")), real(f.at("a2")), real(f.at("b"))};
}

void number_slots(Population& p) {
    std::size_t size = 1;
    for (const std::size_t d : p.shape) {
        size *= d;
    }
    p.slot_of.resize(size);
    p.index_of.resize(size);
    for (std::size_t index = 0; index < size; ++index) {
        std::size_t slot = index;
        if (p.shape.size() == 3) {
            const std::size_t plane = p.shape[1] * p.shape[2];
            slot = index % plane * p.shape[0] + index / plane;
        }
        p.slot_of[index] = slot;
        p.index_of[slot] = index;
    }
}

Population read_population(const Json& json, Tick T) {
    Population p;
    p.name = json.at("name").get<std::string>();
    p.shape = json.at("shape").get<std::vector<std::size_t>>();
    number_slots(p);
    p.kind = json.value("kind", "neurons");
    p.coding = json.value("coding", "");
    p.by_count = json.value("mode", "") == "by_count";
    p.clock = json.value("clock", "stepped");
    p.block = json.value("block", p.size());
    p.fires = json.value("fires", true);
    p.theta = parameter(json, "theta", 1, p);
    p.beta = parameter(json, "beta", 1, p);
    p.v_rest = parameter(json, "v_rest", 0, p);
    p.v_init = parameter(json, "v_init", 0, p);
    p.v_reset = parameter(json, "v_reset", 0, p);
    p.above = json.value("comparison", "v >= theta") == "v > theta";
    p.reset = json.value("reset", "subtract theta");
    p.reset_when = json.value("reset_when", "at_firing");
    p.previous_reset_counts = json.value("previous_reset_counts", false);
    p.tick_before = json.value("current_used", "this_tick") == "tick_before";
    p.trunc = json.value("spikes_per_tick", "one") == "trunc";
    if (json.contains("floor")) {
        p.floor = real(json.at("floor"));
    }
    p.refractory = json.value("refractory", "integrate");
    p.refractory_ticks = json.value("refractory_ticks", Tick{0});
    p.firing_window = window(json, "firing_window", T);
    if (json.contains("reset_trace")) {
        p.reset_trace = real(json.at("reset_trace"));
    }
    for (const Json& r : json.value("receptors", Json::parse("[{}]"))) {
        Receptor receptor{parameter(r, "alpha", 0, p),
                          parameter(r, "gain", 1, p),
                          parameter(r, "bias", 0, p),
                          second_order(r, "second_order"),
                          window(r, "drive_window", T)};
        // A bias of -0 reads as +0.
        for (float& bias : receptor.bias) {
            bias = bias == 0 ? 0.0F : bias;
        }
        p.receptors.push_back(receptor);
    }
    return p;
}

float half(std::uint32_t bits) {
    const int exponent = static_cast<int>(bits >> 10U & 31U);
    const auto fraction = static_cast<float>(bits & 1023U);
    const float magnitude =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024.0F + fraction, exponent - 25);
    return (bits & 0x8000U) != 0 ? -magnitude : magnitude;
}

struct Grid {
    std::size_t channels, height, width;

    // Slot of (c, y, x): channel last.
    [[nodiscard]] std::size_t slot(std::size_t c, std::size_t y, std::size_t x) const {
        return (y * width + x) * channels + c;
    }
};

Grid grid(const std::vector<std::size_t>& shape) {
    return {shape[0], shape[1], shape[2]};
}

// For each slot of the pooled grid the slots of `in` that fall into it, ascending.
std::vector<std::vector<std::size_t>> pool_windows(const Grid& in, const Json& pool, Grid& out) {
    const auto k = pool.at("k").get<std::size_t>();
    const auto stride = pool.value("stride", k);
    out = {in.channels, (in.height - k) / stride + 1, (in.width - k) / stride + 1};
    std::vector<std::vector<std::size_t>> windows(out.channels * out.height * out.width);
    for (std::size_t c = 0; c < out.channels; ++c) {
        for (std::size_t y = 0; y < out.height; ++y) {
            for (std::size_t x = 0; x < out.width; ++x) {
                auto& members = windows[out.slot(c, y, x)];
                for (std::size_t i = 0; i < k * k; ++i) {
                    members.push_back(in.slot(c, y * stride + i / k, x * stride + i % k));
                }
                std::sort(members.begin(), members.end());
            }
        }
    }
    return windows;
}

void add(Projection& p, std::size_t source, std::size_t target, const Weight& w) {
    p.rows[source].push_back({target, w.value, w.q, w.scale});
}

void read_conv2d(Projection& p, const Json& c, const Grid& in, const Grid& out) {
    const Json& w = c.at("weight");
    const auto shape = w.at("shape").get<std::vector<std::size_t>>();
    const auto pair = [&c](const char* key, std::size_t one) {
        return c.value(key, std::vector<std::size_t>{one, one});
    };
    const auto stride = pair("stride", 1);
    const auto padding = pair("padding", 0);
    const auto dilation = pair("dilation", 1);
    const std::size_t out_group = shape[0] / c.value("groups", std::size_t{1});
    for (std::size_t flat = 0; flat < shape[0] * shape[1] * shape[2] * shape[3]; ++flat) {
        const std::size_t kx = flat % shape[3];
        const std::size_t ky = flat / shape[3] % shape[2];
        const std::size_t ic = flat / shape[3] / shape[2] % shape[1];
        const std::size_t o = flat / shape[3] / shape[2] / shape[1];
        for (std::size_t y = 0; y < out.height; ++y) {
            for (std::size_t x = 0; x < out.width; ++x) {
                // Wraps to a huge number above or left of the border, which the test refuses too.
                const std::size_t iy = y * stride[0] + ky * dilation[0] - padding[0];
                const std::size_t ix = x * stride[1] + kx * dilation[1] - padding[1];
                if (iy >= in.height || ix >= in.width) {
                    continue;
                }
                add(p,
                    in.slot(o / out_group * shape[1] + ic, iy, ix),
                    out.slot(o, y, x),
                    decode_weight(w, flat, o));
            }
        }
    }
}

// `from`: the source, or what the pool makes of it.
void read_connection(Projection& p, const Json& c, const Population& from, const Population& to) {
    const auto kind = c.at("kind").get<std::string>();
    p.rows.resize(from.size());
    p.identity = kind == "identity";
    p.int8 = c.contains("weight") && c.at("weight").at("type") == "int8";
    if (p.identity) {
        for (std::size_t i = 0; i < from.size(); ++i) {
            add(p, from.slot_of[i], to.slot_of[i], {1.0F, 1, 1.0F});
        }
    } else if (kind == "dense") {
        for (std::size_t flat = 0; flat < from.size() * to.size(); ++flat) {
            add(p,
                from.slot_of[flat % from.size()],
                to.slot_of[flat / from.size()],
                decode_weight(c.at("weight"), flat, flat / from.size()));
        }
    } else if (kind == "sparse") {
        std::size_t flat = 0;
        for (std::size_t i = 0; i < from.size(); ++i) {
            for (const Json& target : c.at("rows").at(i)) {
                const auto j = target.get<std::size_t>();
                add(p, from.slot_of[i], to.slot_of[j], decode_weight(c.at("weight"), flat++, j));
            }
        }
    } else if (kind == "conv2d") {
        read_conv2d(p, c, grid(from.shape), grid(to.shape));
    }
}

std::size_t place(const std::vector<Population>& populations, const Json& name) {
    std::size_t k = 0;
    while (populations.at(k).name != name.get<std::string>()) {
        ++k;
    }
    return k;
}

Projection read_projection(const Json& json, const std::vector<Population>& populations) {
    Projection p;
    p.source = place(populations, json.at("source"));
    p.target = place(populations, json.at("target"));
    p.receptor = json.value("receptor", std::size_t{0});
    p.delay = json.value("delay", Tick{0});
    p.filter = second_order(json, "source_filter");
    Population from = populations[p.source];
    Grid pooled{};
    if (json.contains("pool")) {
        const Json& pool = json.at("pool");
        p.pooled = true;
        p.windows = pool_windows(grid(from.shape), pool, pooled);
        const auto area = static_cast<float>(pool.at("k").get<int>() * pool.at("k").get<int>());
        if (pool.at("kind") == "average") {
            p.pool_factor = 1.0F / area;
        }
        from.shape = {pooled.channels, pooled.height, pooled.width};
        number_slots(from);
    }
    const Json& connection = json.at("connection");
    p.max_pool = connection.at("kind") == "window";
    if (p.max_pool) {
        p.windows = pool_windows(grid(from.shape), connection, pooled);
    } else {
        read_connection(p, connection, from, populations[p.target]);
    }
    return p;
}

Readout read_readout(const Json& json, const Network& network) {
    Readout r;
    r.population = place(network.populations, json.at("population"));
    r.kind = json.at("kind").get<std::string>();
    r.ties_by_membrane = json.value("ties", "index") == "membrane";
    if (json.contains("logit") && !json.at("logit").is_null()) {
        const Json& logit = json.at("logit");
        r.logit = true;
        r.logit_T = static_cast<float>(logit.value("T", network.T));
        if (logit.contains("bias") && !logit.at("bias").is_null()) {
            for (const Json& bias : logit.at("bias")) {
                r.logit_bias.push_back(real(bias));
            }
        }
    }
    return r;
}

// Longest zero-delay path to each population, by relaxing until nothing changes; then by level.
void order_populations(Network& n) {
    std::vector<std::size_t> level(n.populations.size(), 0);
    for (std::size_t round = 0; round < n.populations.size(); ++round) {
        for (const Projection& p : n.projections) {
            if (p.delay == 0) {
                level[p.target] = std::max(level[p.target], level[p.source] + 1);
            }
        }
    }
    for (std::size_t k = 0; k < n.populations.size(); ++k) {
        n.order.push_back(k);
    }
    std::stable_sort(n.order.begin(), n.order.end(), [&level](std::size_t a, std::size_t b) {
        return level[a] < level[b];
    });
}

}  // namespace

Weight decode_weight(const Json& weight, std::size_t flat, std::size_t target) {
    const auto type = weight.at("type").get<std::string>();
    if (type == "float32") {
        return {real(weight.at("data").at(flat)), 0, 1.0F};
    }
    if (type == "int8") {
        const Json& scales = weight.at("scale");
        const float scale = real(scales.is_array() ? scales.at(target) : scales);
        const int q = weight.at("data").at(flat).get<int>();
        return {scale * static_cast<float>(q), q, scale};
    }
    const auto& text = weight.at("bits").get_ref<const std::string&>();
    const auto bits = static_cast<std::uint32_t>(std::stoul(text.substr(5 * flat, 4), nullptr, 16));
    return {type == "float16" ? half(bits) : std::bit_cast<float>(bits << 16U), 0, 1.0F};
}

Network read_network(const Json& json) {
    Network n;
    n.T = json.at("T").get<Tick>();
    n.seed = json.value("seed", std::uint64_t{0});
    for (const Json& p : json.at("populations")) {
        n.populations.push_back(read_population(p, n.T));
    }
    for (const Json& p : json.at("projections")) {
        n.projections.push_back(read_projection(p, n.populations));
    }
    for (const Json& r : json.value("readouts", Json::array())) {
        n.readouts.push_back(read_readout(r, n));
    }
    for (Population& p : n.populations) {
        p.payload_counts = p.kind == "neurons" || p.coding == "poisson";
    }
    // A max pool of such, however deep, unless a filter makes real values of the numbers.
    for (std::size_t round = 0; round < n.populations.size(); ++round) {
        for (const Projection& p : n.projections) {
            if (p.max_pool) {
                n.populations[p.target].payload_counts =
                    n.populations[p.source].payload_counts && !p.filter;
            }
        }
    }
    order_populations(n);
    return n;
}

}  // namespace reference
