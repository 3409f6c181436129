#include "tests/reference/random_network.hpp"

#include <algorithm>
#include <cmath>

namespace reference {

namespace {

using Shape = std::vector<int>;

std::size_t size_of(const Shape& shape) {
    std::size_t size = 1;
    for (const int d : shape) {
        size *= static_cast<std::size_t>(d);
    }
    return size;
}

bool is_grid(const Shape& shape) {
    return shape.size() == 3;
}

class Generator {
  public:
    explicit Generator(std::uint64_t seed) : draw_(seed) {
        style_.T = draw_.integer(1, draw_.chance(0.2) ? 6 : 26);
        style_.dyadic = draw_.chance(0.2);
        style_.phased = draw_.chance(0.08);
        style_.trunc = draw_.chance(0.25);
        style_.denormal = !style_.dyadic && draw_.chance(0.03);
        style_.scale = 0.4 + 1.6 * draw_.unit();
        if (style_.dyadic) {
            style_.T = std::min(style_.T, 10);
        }
        if (style_.phased) {
            style_.T = draw_.integer(1, 6);
        }
        style_.currents = !style_.phased && !style_.trunc && draw_.chance(0.3);
        if (style_.currents) {
            style_.T = style_.dyadic ? 10 : draw_.integer(10, 60);
            style_.least_delay = draw_.integer(1, 6);
        }
    }

    Json make();

  private:
    Shape random_shape();
    void add_encoder();
    void add_layer(int layer);
    void add_max_pool(std::size_t source);
    std::size_t random_source(bool lazy_target);
    Json random_pool(const Shape& shape);
    static Shape pooled(const Shape& shape, const Json& pool);
    Json projection(std::size_t source, std::size_t target, const Json& connection);
    void dress(Json& p, std::size_t source, bool may_delay);
    Json conv2d(const Shape& from, Shape& to);
    Json dense_or_sparse(const Shape& from, const Shape& to);
    void connect(std::size_t source, std::size_t target, int least_delay);
    void add_recurrence();
    void add_readouts();
    Json sample(int number);
    void shuffle(Json& list);

    Shape shape(std::size_t P) const { return populations_[P].at("shape").get<Shape>(); }

    bool holds(std::size_t P) const { return populations_[P].value("coding", "") == "duplicate"; }

    Draw draw_;
    Style style_;
    Json populations_ = Json::array();
    Json projections_ = Json::array();
    Json readouts_ = Json::array();
};

Shape Generator::random_shape() {
    if (draw_.chance(0.5)) {
        return {draw_.integer(1, 4), draw_.integer(1, 5), draw_.integer(1, 5)};
    }
    if (draw_.chance(0.1)) {
        return {draw_.integer(1, 3), draw_.integer(1, 4)};
    }
    return {draw_.integer(1, draw_.chance(0.1) ? 40 : 12)};
}

void Generator::add_encoder() {
    Json p;
    p["name"] = "in" + std::to_string(populations_.size());
    p["kind"] = "encoder";
    p["coding"] =
        draw_.one_of({"events", "events", "bernoulli", "poisson", "latency", "duplicate"});
    p["shape"] = random_shape();
    if (p["coding"] == "latency" && draw_.chance(0.3)) {
        p["T"] = draw_.integer(1, style_.T);
    }
    if (p["coding"] != "events" && p["coding"] != "duplicate" && draw_.chance(0.3)) {
        p["c"] = static_cast<float>(0.5 + draw_.unit());
    }
    populations_.push_back(p);
}

std::size_t Generator::random_source(bool lazy_target) {
    for (int attempt = 0; attempt < 20; ++attempt) {
        // The last one often, so that networks get deep.
        const int last = static_cast<int>(populations_.size()) - 1;
        const auto P = static_cast<std::size_t>(draw_.chance(0.4) ? last : draw_.integer(0, last));
        if (!(lazy_target && holds(P))) {
            return P;
        }
    }
    return populations_.size();
}

Json Generator::random_pool(const Shape& shape) {
    const int least = std::min(shape[1], shape[2]);
    Json pool = {{"kind", draw_.one_of({"sum", "average"})},
                 {"k", style_.dyadic ? std::min(2, least) : draw_.integer(1, std::min(3, least))}};
    if (draw_.chance(0.4)) {
        pool["stride"] = draw_.integer(1, 3);
    }
    return pool;
}

Shape Generator::pooled(const Shape& shape, const Json& pool) {
    const int k = pool.at("k").get<int>();
    const int stride = pool.value("stride", k);
    return {shape[0], (shape[1] - k) / stride + 1, (shape[2] - k) / stride + 1};
}

// Delay, receptor and source filter.
void Generator::dress(Json& p, std::size_t source, bool may_delay) {
    if (holds(source)) {
        return;
    }
    if (may_delay && !style_.phased && draw_.chance(0.4)) {
        p["delay"] = draw_.integer(0, 4);
    }
    if (!style_.dyadic && draw_.chance(style_.currents ? 0.02 : 0.1)) {
        p["source_filter"] = {{"a1", real(draw_, style_, 0.2, 1.2)},
                              {"a2", real(draw_, style_, -0.4, 0.1)},
                              {"b", real(draw_, style_, -0.5, 1.0)}};
    }
}

Json Generator::conv2d(const Shape& from, Shape& to) {
    const auto pair = [this](int low, int high) {
        return std::vector<int>{draw_.integer(low, high), draw_.integer(low, high)};
    };
    const auto stride = pair(1, 2);
    const auto padding = pair(0, 2);
    auto dilation = pair(1, 2);
    Shape kernel = pair(1, 3);
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const int room = from[1 + axis] + 2 * padding[axis];
        if (dilation[axis] * (kernel[axis] - 1) + 1 > room) {
            dilation[axis] = 1;
        }
        kernel[axis] = std::min(kernel[axis], room);
    }
    const int groups =
        draw_.chance(0.3) ? from[0] : (from[0] % 2 == 0 && draw_.chance(0.3) ? 2 : 1);
    const int out = groups * draw_.integer(1, groups > 1 ? 2 : 4);
    to = {out};
    for (std::size_t axis = 0; axis < 2; ++axis) {
        to.push_back(
            (from[1 + axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) /
                stride[axis] +
            1);
    }
    const Shape shape = {out, from[0] / groups, kernel[0], kernel[1]};
    Json c = {{"kind", "conv2d"},
              {"stride", stride},
              {"padding", padding},
              {"dilation", dilation},
              {"groups", groups}};
    c["weight"] = random_weight(draw_, style_, size_of(shape), static_cast<std::size_t>(out));
    c["weight"]["shape"] = shape;
    return c;
}

Json Generator::dense_or_sparse(const Shape& from, const Shape& to) {
    const std::size_t sources = size_of(from);
    const std::size_t targets = size_of(to);
    if (draw_.chance(0.55)) {
        Json c = {{"kind", "dense"},
                  {"weight", random_weight(draw_, style_, sources * targets, targets)}};
        c["weight"]["shape"] = {targets, sources};
        return c;
    }
    const double share = draw_.unit();
    std::size_t count = 0;
    Json rows = Json::array();
    for (std::size_t s = 0; s < sources; ++s) {
        Json row = Json::array();
        for (std::size_t j = 0; j < targets; ++j) {
            if (draw_.chance(share)) {
                row.push_back(j);
            }
        }
        shuffle(row);
        count += row.size();
        rows.push_back(row);
    }
    Json c = {{"kind", "sparse"},
              {"rows", rows},
              {"weight", random_weight(draw_, style_, count, targets)}};
    c["weight"]["shape"] = {count};
    return c;
}

Json Generator::projection(std::size_t source, std::size_t target, const Json& connection) {
    const Json& to = populations_[target];
    Json p = {{"source", populations_[source]["name"]}, {"target", to["name"]}};
    const int receptors = static_cast<int>(to.at("receptors").size());
    if (receptors > 1) {
        p["receptor"] = draw_.integer(0, receptors - 1);
    }
    p["connection"] = connection;
    return p;
}

// A layer takes its shape from its first connection.
void Generator::add_layer(int layer) {
    Json neurons = random_neurons(draw_, style_, 1, layer);
    const std::size_t source = random_source(neurons.at("clock") == "lazy");
    if (source == populations_.size()) {
        return;
    }
    Shape from = shape(source);
    Json pool;
    const bool special = !style_.currents || draw_.chance(0.1);  // what chunks do not take
    if (special && is_grid(from) && !holds(source) && draw_.chance(0.25)) {
        pool = random_pool(from);
        from = pooled(from, pool);
    }
    Shape to = random_shape();
    Json connection;
    if (special && is_grid(from) && draw_.chance(0.6)) {
        connection = conv2d(from, to);
    } else if (special && draw_.chance(0.15)) {
        to = draw_.chance(0.5) ? from : Shape{static_cast<int>(size_of(from))};
        connection = {{"kind", "identity"}};
    } else {
        connection = dense_or_sparse(from, to);
    }
    // Drawn again until the clock fits what was chosen for it.
    const Json clock = neurons.at("clock");
    do {
        neurons = random_neurons(draw_, style_, size_of(to), layer);
    } while (neurons.at("clock") != clock);
    Json p = {{"name", "n" + std::to_string(populations_.size())}, {"shape", to}};
    p.update(neurons);
    populations_.push_back(p);
    Json first = projection(source, populations_.size() - 1, connection);
    if (!pool.is_null()) {
        first["pool"] = pool;
    }
    dress(first, source, true);
    projections_.push_back(first);
}

void Generator::add_max_pool(std::size_t source) {
    const Shape from = shape(source);
    if (!is_grid(from) || holds(source)) {
        return;
    }
    Json pool = random_pool(from);
    pool.erase("kind");
    Json p = {{"name", "m" + std::to_string(populations_.size())},
              {"kind", "max_pool"},
              {"mode", draw_.one_of({"by_tick", "by_count"})},
              {"shape", pooled(from, pool)}};
    populations_.push_back(p);
    Json window = {{"kind", "window"}};
    window.update(pool);
    Json into = {
        {"source", populations_[source]["name"]}, {"target", p["name"]}, {"connection", window}};
    dress(into, source, true);
    // A filtered input is pooled by tick alone.
    if (p["mode"] == "by_count") {
        into.erase("source_filter");
    }
    projections_.push_back(into);
}

// A further projection between two populations that are there.
void Generator::connect(std::size_t source, std::size_t target, int least_delay) {
    const Json& to = populations_[target];
    if (to.value("kind", "") != "neurons" || (holds(source) && to.at("clock") == "lazy")) {
        return;
    }
    const Shape from = shape(source);
    const bool special = !style_.currents || draw_.chance(0.1);
    Json p;
    if (special && size_of(from) == size_of(shape(target)) && draw_.chance(0.2)) {
        p = projection(source, target, {{"kind", "identity"}});
    } else if (special && is_grid(from) && !holds(source) && draw_.chance(0.2)) {
        const Json pool = random_pool(from);
        p = projection(source, target, dense_or_sparse(pooled(from, pool), shape(target)));
        p["pool"] = pool;
    } else {
        p = projection(source, target, dense_or_sparse(from, shape(target)));
    }
    dress(p, source, true);
    if (least_delay > 0) {
        p["delay"] = draw_.integer(least_delay, least_delay + 3);
    }
    projections_.push_back(p);
}

void Generator::add_recurrence() {
    for (std::size_t P = 0; P < populations_.size(); ++P) {
        if (populations_[P].value("kind", "") == "encoder") {
            continue;
        }
        for (std::size_t target = 0; target <= P; ++target) {
            if (draw_.chance(target == P ? (style_.currents ? 0.5 : 0.25) : 0.12)) {
                connect(P, target, style_.least_delay);
            }
        }
    }
}

void Generator::add_readouts() {
    const int count = draw_.integer(0, 3);
    for (int k = 0; k < count; ++k) {
        const auto P =
            static_cast<std::size_t>(draw_.integer(0, static_cast<int>(populations_.size()) - 1));
        const Json& p = populations_[P];
        if (p.at("kind") != "neurons") {
            continue;
        }
        Json r = {{"population", p["name"]}};
        if (!p.value("fires", true) || draw_.chance(0.2)) {
            r["kind"] = p.at("clock") == "stepped" ? draw_.one_of({"membrane", "mean_membrane"})
                                                   : "membrane";
            // Only a population that never fires shows its membrane.
            if (p.value("fires", true)) {
                continue;
            }
        } else {
            r["kind"] = draw_.one_of({"spike_count", "first_spike"});
            r["ties"] = draw_.one_of({"membrane", "index"});
        }
        if (draw_.chance(0.3)) {
            r["logit"] = {{"T", draw_.integer(1, 30)}};
            if (draw_.chance(0.5)) {
                Json bias = Json::array();
                for (std::size_t j = 0; j < size_of(shape(P)); ++j) {
                    bias.push_back(real(draw_, style_, -1, 1));
                }
                r["logit"]["bias"] = bias;
            }
        }
        readouts_.push_back(r);
    }
}

Json Generator::sample(int number) {
    Json s = {{"sample", number}, {"inputs", Json::object()}};
    for (const Json& p : populations_) {
        if (p.at("kind") != "encoder") {
            continue;
        }
        s["inputs"][p["name"].get<std::string>()] =
            random_input(draw_, style_, p["coding"], size_of(p["shape"].get<Shape>()));
    }
    return s;
}

void Generator::shuffle(Json& list) {
    for (std::size_t k = list.size(); k > 1; --k) {
        std::swap(list[k - 1],
                  list[static_cast<std::size_t>(draw_.integer(0, static_cast<int>(k) - 1))]);
    }
}

Json Generator::make() {
    add_encoder();
    if (draw_.chance(0.3)) {
        add_encoder();
    }
    const int layers = draw_.integer(1, 4);
    for (int layer = 1; layer <= layers; ++layer) {
        const int last = static_cast<int>(populations_.size()) - 1;
        if (!style_.phased && draw_.chance(0.3)) {
            add_max_pool(static_cast<std::size_t>(draw_.integer(0, last)));
        }
        add_layer(layer);
    }
    const int extra = style_.phased ? 0 : draw_.integer(0, 2);
    for (int k = 0; k < extra; ++k) {
        const int target = draw_.integer(0, static_cast<int>(populations_.size()) - 1);
        if (target > 0) {
            connect(static_cast<std::size_t>(draw_.integer(0, target - 1)),
                    static_cast<std::size_t>(target),
                    0);
        }
    }
    if (!style_.trunc && !style_.phased) {
        add_recurrence();
    }
    add_readouts();
    const int horizon = style_.phased ? (layers + 1) * style_.T : style_.T;
    style_.T = horizon;
    Json samples = {sample(draw_.integer(0, 70000)), sample(draw_.integer(0, 70000))};
    shuffle(populations_);
    shuffle(projections_);
    Json network = {{"T", horizon},
                    {"seed", draw_.word()},
                    {"populations", populations_},
                    {"projections", projections_}};
    network["readouts"] = readouts_;
    return {{"network", network},
            {"samples", samples},
            {"style", style_.currents ? "currents" : "mixed"},
            {"carry", draw_.chance(0.5)},
            {"dyadic", style_.dyadic}};
}

std::string bits(Draw& draw, const Style& style, std::size_t count, bool half) {
    static constexpr char k_digits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t k = 0; k < count; ++k) {
        // Magnitudes up to 2, or any denormal; dyadic: 0, 1/2 and 1.
        std::uint32_t word = draw.chance(0.5) ? 0x8000U : 0U;
        const auto random = static_cast<std::uint32_t>(draw.word());
        if (style.dyadic) {
            word |=
                half ? draw.one_of({0U, 0x3800U, 0x3c00U}) : draw.one_of({0U, 0x3f00U, 0x3f80U});
        } else if (half) {
            word |= draw.chance(0.1) ? random & 0x03ffU : 0x2c00U + random % 0x1400U;
        } else {
            word |= draw.chance(0.05) ? random & 0x7fU : 0x3d80U + random % 0x0280U;
        }
        if (k != 0) {
            text += ' ';
        }
        for (int shift = 12; shift >= 0; shift -= 4) {
            text += k_digits[word >> static_cast<unsigned>(shift) & 15U];
        }
    }
    return text;
}

// A random share of the weights, up to all of them, becomes zero, some of them -0.
void prune(Draw& draw, Json& data) {
    const double share = 1.2 * draw.unit();
    for (Json& x : data) {
        if (draw.chance(share)) {
            x = x.is_number_float() && draw.chance(0.2) ? Json(-0.0) : Json(0);
        }
    }
}

}  // namespace

Json random_weight(Draw& draw, const Style& style, std::size_t count, std::size_t targets) {
    Json w;
    w["type"] = draw.one_of({"float32", "float32", "float16", "bfloat16", "int8"});
    if (style.currents && w["type"] == "int8" && draw.chance(0.9)) {
        w["type"] = "float32";
    }
    if (w["type"] == "float16" || w["type"] == "bfloat16") {
        w["bits"] = bits(draw, style, count, w["type"] == "float16");
        return w;
    }
    w["data"] = Json::array();
    const bool int8 = w["type"] == "int8";
    const bool same = style.currents && draw.chance(0.3);
    for (std::size_t k = 0; k < count; ++k) {
        if (same && k > 0) {
            w["data"].push_back(w["data"].front());
        } else if (int8) {
            w["data"].push_back(style.dyadic ? draw.integer(-4, 4) : draw.integer(-127, 127));
        } else if (draw.chance(0.1)) {
            w["data"].push_back(0);
        } else if (style.denormal) {
            w["data"].push_back(static_cast<float>((draw.unit() - 0.3) * 1e-38));
        } else {
            w["data"].push_back(real(draw, style, -style.scale * 0.8, style.scale));
        }
    }
    if (!same && draw.chance(0.2)) {
        prune(draw, w["data"]);
    }
    const auto scale = [&]() -> double {
        return style.dyadic ? 0.25 : static_cast<float>(style.scale * (0.2 + draw.unit()) / 127);
    };
    if (int8 && draw.chance(0.5)) {
        w["scale"] = scale();
    } else if (int8) {
        w["scale"] = Json::array();
        for (std::size_t j = 0; j < targets; ++j) {
            w["scale"].push_back(scale());
        }
    }
    return w;
}

namespace {

Json random_events(Draw& draw, const Style& style, std::size_t size) {
    Json events = Json::array();
    const double density = draw.unit() * draw.unit();
    const double quiet = draw.chance(0.5) ? draw.unit() : 0;  // share of ticks without any
    const double graded = draw.chance(0.4) ? draw.unit() : 0;
    for (int t = 0; t < style.T; ++t) {
        if (draw.chance(quiet)) {
            continue;
        }
        for (std::size_t j = 0; j < size; ++j) {
            if (!draw.chance(density)) {
                continue;
            }
            double payload = 1;
            if (draw.chance(graded)) {
                payload = draw.chance(0.3) ? draw.integer(1, 4) : real(draw, style, -1.5, 2.0);
            }
            events.push_back({t, j, payload == 0 ? 1.0 : payload});
        }
    }
    return {{"events", events}};
}

Json random_held(Draw& draw, const Style& style, std::size_t size) {
    Json held = Json::array();
    for (int t = draw.chance(0.7) ? 0 : 1; t < style.T; t += draw.integer(1, style.T)) {
        Json values = Json::array();
        for (std::size_t j = 0; j < size; ++j) {
            values.push_back(draw.chance(0.2) ? draw.one_of({0.0, 1.0})
                                              : real(draw, style, -0.6, 1.0));
        }
        // Values set again as they were are set anew all the same.
        held.push_back({t, held.empty() || draw.chance(0.8) ? values : held.back()[1]});
    }
    return {{"held", held}};
}

}  // namespace

Json random_input(Draw& draw, const Style& style, const std::string& coding, std::size_t size) {
    if (coding == "events") {
        return random_events(draw, style, size);
    }
    if (coding == "duplicate" && draw.chance(0.6)) {
        return random_held(draw, style, size);
    }
    const double top = draw.unit() * (coding == "poisson" ? 2.5 : 1.2);
    Json activations = Json::array();
    for (std::size_t j = 0; j < size; ++j) {
        activations.push_back(draw.chance(0.1) ? 0.0 : real(draw, style, -0.1, top));
    }
    return {{"activations", activations}};
}

Json random_case(std::uint64_t seed) {
    return Generator(seed).make();
}

namespace {

void list_features(const Json& json, const std::string& key, std::set<std::string>& words) {
    static const std::set<std::string> k_values = {"kind",
                                                   "coding",
                                                   "mode",
                                                   "clock",
                                                   "comparison",
                                                   "reset",
                                                   "reset_when",
                                                   "current_used",
                                                   "spikes_per_tick",
                                                   "refractory",
                                                   "type",
                                                   "ties",
                                                   "fires",
                                                   "previous_reset_counts"};
    static const std::set<std::string> k_data = {"name",
                                                 "shape",
                                                 "data",
                                                 "bits",
                                                 "rows",
                                                 "events",
                                                 "held",
                                                 "activations",
                                                 "source",
                                                 "target",
                                                 "population",
                                                 "seed"};
    if (k_data.count(key) != 0) {
        return;
    }
    if (json.is_object()) {
        if (!key.empty()) {
            words.insert(key);
        }
        for (const auto& [name, value] : json.items()) {
            list_features(value, name, words);
        }
    } else if (key == "populations" || key == "projections" || key == "readouts" ||
               key == "receptors") {
        for (const Json& value : json) {
            list_features(value, "", words);
        }
    } else if (k_values.count(key) != 0) {
        words.insert(key + ":" + (json.is_string() ? json.get<std::string>() : json.dump()));
    } else if (json.is_array() && json.size() > 2) {
        words.insert(key + " by neuron");
    } else {
        words.insert(key);
    }
}

}  // namespace

std::set<std::string> features(const Json& json) {
    std::set<std::string> words;
    list_features(json.at("network"), "", words);
    for (const Json& p : json.at("network").at("projections")) {
        if (p.at("source") == p.at("target")) {
            words.insert("self loop");
        }
        if (p.value("delay", 0) > 0) {
            words.insert("delay above 0");
        }
    }
    if (json.at("carry").get<bool>()) {
        words.insert("carry");
    }
    if (json.at("dyadic").get<bool>()) {
        words.insert("dyadic");
    }
    return words;
}

}  // namespace reference
