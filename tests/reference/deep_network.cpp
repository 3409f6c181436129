#include "tests/reference/deep_network.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "tests/reference/random_network.hpp"

namespace reference {

namespace {

using Shape = std::vector<int>;

constexpr int k_most_weights = 40000;  // of a projection: the slow reference goes through each
constexpr int k_most_events = 14000;   // of an encoder, alike

int size_of(const Shape& shape) {
    int size = 1;
    for (const int d : shape) {
        size *= d;
    }
    return size;
}

bool is_grid(const Shape& shape) {
    return shape.size() == 3;
}

// What a projection sees and where it leads.
struct Way {
    Json pool;  // null: none
    Json connection;
    Shape to;
};

class DeepGenerator {
  public:
    explicit DeepGenerator(std::uint64_t seed) : draw_(seed ^ 0xdee9dee9dee9dee9U) {
        style_.T = draw_.chance(0.5)   ? draw_.integer(129, 150)
                   : draw_.chance(0.6) ? draw_.integer(60, 128)
                                       : draw_.integer(8, 60);
        windows_ = draw_.chance(0.5) ? 2 : 0;
    }

    Json make();

  private:
    void make_part();
    std::size_t add_encoder(const Shape& shape, bool holds);
    void make_dense();
    void make_many_sources();
    void make_convolutions();
    void make_wide();
    std::size_t add_simple(const Way& way, std::size_t source, bool last);
    std::size_t add_wide(std::size_t source);
    Json simple_neurons(std::size_t size, bool last);
    Json wide_neurons(std::size_t size);
    Json readout(const Json& population);
    void add_projection(std::size_t source, std::size_t target, const Way& way, double delayed);
    Json tensor(const Shape& shape);
    Way dense(const Shape& from, int targets);
    Way sparse(const Shape& from, int targets);
    Way convolution(const Shape& from, int channels, double pooled);
    void put_pool(Shape& from, Way& way);
    Json window(double share);
    Json sample(int number);
    Json events(int size, int busy, bool graded);
    Json held(int size);
    double rate(int busy);

    Shape shape(std::size_t P) const { return populations_[P].at("shape").get<Shape>(); }

    struct Input {
        int busy = 0;         // how often sources fire: 0 seldom, 4 nearly always
        bool graded = false;  // some ticks have payloads
    };

    Draw draw_;
    Style style_;

    double windows_ = 0;  // what a window's chance is multiplied by: where there is none, stretches
                          // are long

    // of the part at work
    double int8_ = 0;  // share of tensors
    int busy_ = 0;
    double push_ = 0;  // weights' mean, in their spread
    bool graded_ = false;

    std::map<std::string, Input> inputs_;  // by encoder, those that hold values left out
    Json populations_ = Json::array();
    Json projections_ = Json::array();
    Json readouts_ = Json::array();
};

std::size_t DeepGenerator::add_encoder(const Shape& shape, bool holds) {
    Json p = {{"name", "in" + std::to_string(populations_.size())},
              {"kind", "encoder"},
              {"coding", holds ? "duplicate" : "events"},
              {"shape", shape}};
    if (!holds) {
        inputs_[p["name"].get<std::string>()] = {busy_, graded_};
    }
    populations_.push_back(p);
    return populations_.size() - 1;
}

// [targets, ...] weights whose sums over what fires are about as large as a threshold.
Json DeepGenerator::tensor(const Shape& shape) {
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

Way DeepGenerator::dense(const Shape& from, int targets) {
    targets = std::clamp(targets, 1, std::max(1, k_most_weights / size_of(from)));
    return {nullptr,
            {{"kind", "dense"}, {"weight", tensor({targets, size_of(from)})}},
            {targets}};
}

Way DeepGenerator::sparse(const Shape& from, int targets) {
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

void DeepGenerator::put_pool(Shape& from, Way& way) {
    const int k = draw_.integer(2, std::min({3, from[1], from[2]}));
    way.pool = {{"kind", draw_.one_of({"sum", "average"})}, {"k", k}};
    if (draw_.chance(0.25)) {
        way.pool["stride"] = draw_.integer(1, 3);
    }
    const int stride = way.pool.value("stride", k);
    from = {from[0], (from[1] - k) / stride + 1, (from[2] - k) / stride + 1};
}

// Of one group, undilated along the row, as tiles take them; now and then not.
Way DeepGenerator::convolution(const Shape& seen, int channels, double pooled) {
    Way way;
    Shape from = seen;
    if (std::min(from[1], from[2]) > 2 && draw_.chance(pooled)) {
        put_pool(from, way);
    }
    way.to = {channels};
    Shape kernel;
    Shape padding;
    Shape stride;
    Shape dilation;
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

void DeepGenerator::add_projection(std::size_t source,
                                   std::size_t target,
                                   const Way& way,
                                   double delayed) {
    Json p = {{"source", populations_[source]["name"]},
              {"target", populations_[target]["name"]},
              {"connection", way.connection}};
    if (!way.pool.is_null()) {
        p["pool"] = way.pool;
    }
    if (draw_.chance(delayed)) {
        p["delay"] = draw_.integer(1, 5);
    }
    projections_.push_back(p);
}

// A layer of simple neurons at the end of a way.
std::size_t DeepGenerator::add_simple(const Way& way, std::size_t source, bool last) {
    Json p = {{"name", "n" + std::to_string(populations_.size())}, {"shape", way.to}};
    p.update(simple_neurons(static_cast<std::size_t>(size_of(way.to)), last));
    populations_.push_back(p);
    if (last || draw_.chance(0.15)) {
        readouts_.push_back(readout(p));
    }
    add_projection(source, populations_.size() - 1, way, is_grid(way.to) ? 0.06 : 0.12);
    return populations_.size() - 1;
}

// Dense layers, the last one often of few targets; ways past a layer, back, and of held values.
void DeepGenerator::make_dense() {
    const Shape in = {draw_.integer(60, 260)};
    const std::size_t source = add_encoder(in, false);
    const bool holds = draw_.chance(0.4);
    const std::size_t held = holds ? add_encoder({draw_.integer(3, 30)}, true) : source;
    std::size_t before = source;
    const int layers = draw_.one_of({1, 2, 2, 3, 3});
    for (int layer = 1; layer <= layers; ++layer) {
        const bool last = layer == layers;
        if (last && layers > 1) {
            int8_ = std::max(int8_, 0.6);  // as few targets as a narrow product takes
        }
        const int targets = last && layers > 1 && draw_.chance(0.8) ? draw_.integer(1, 16)
                            : draw_.chance(0.2)                    ? 64
                            : draw_.chance(0.8)                    ? draw_.integer(65, 150)
                                                                   : draw_.integer(1, 63);
        const std::size_t here = add_simple(dense(shape(before), targets), before, last);
        const Shape to = shape(here);
        const bool lazy = populations_[here].at("clock") == "lazy";
        if (holds && !lazy && draw_.chance(0.6)) {
            add_projection(held, here, dense(shape(held), to[0]), 0);
        }
        if (draw_.chance(0.25)) {
            add_projection(source, here, dense(in, to[0]), 0.4);
        }
        if (draw_.chance(0.1)) {
            add_projection(here, here, dense(to, to[0]), 0);
            projections_.back()["delay"] = draw_.integer(2, 9);
        }
        before = here;
    }
}

// More sources than a tile's rows are copied of.
void DeepGenerator::make_many_sources() {
    busy_ = 0;
    int8_ = 0.05;
    const Shape in = {draw_.integer(1030, 1100)};
    const Shape to = {draw_.integer(64, 70)};
    const std::size_t source = add_encoder(in, false);
    const Json weight = tensor({to[0], in[0]});
    add_simple({nullptr, {{"kind", "dense"}, {"weight", weight}}, to}, source, true);
}

// Convolutions behind pools, at the end often dense rows.
void DeepGenerator::make_convolutions() {
    const Shape in = {
        draw_.integer(1, draw_.chance(0.3) ? 9 : 3), draw_.integer(4, 10), draw_.integer(4, 10)};
    const std::size_t source = add_encoder(in, false);
    const bool holds = draw_.chance(0.3);
    const std::size_t held = holds ? add_encoder(in, true) : source;
    std::size_t before = source;
    const int layers = draw_.integer(3, 4);
    for (int layer = 1; layer <= layers; ++layer) {
        const bool last = layer == layers;
        const Shape from = shape(before);
        if (!is_grid(from) || (last && draw_.chance(0.5))) {
            before = add_simple(
                dense(from, draw_.chance(0.5) ? draw_.integer(2, 16) : draw_.integer(40, 130)),
                before,
                last);
            continue;
        }
        const bool many = draw_.chance(0.25) && from[1] * from[2] <= 36;
        const int channels = many ? draw_.integer(64, 80) : draw_.integer(1, 12);
        const Way way = convolution(from, channels, before == source ? 0.3 : 0.95);
        const std::size_t here = add_simple(way, before, last);
        Way twin = way;
        twin.connection["weight"] =
            tensor(way.connection["weight"]["shape"].get<Shape>());
        if (holds && before == source && way.pool.is_null() &&
            populations_[here].at("clock") != "lazy") {
            add_projection(held, here, twin, 0);
        } else if (draw_.chance(0.3)) {
            add_projection(before, here, twin, 0.2);
        }
        before = here;
    }
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

// Hundreds of neurons that are no tiles, what they fire comes back.
std::size_t DeepGenerator::add_wide(std::size_t source) {
    const int size = draw_.chance(0.2) ? draw_.integer(513, 560) : draw_.integer(200, 420);
    Json p = {{"name", "n" + std::to_string(populations_.size())}, {"shape", {size}}};
    p.update(wide_neurons(static_cast<std::size_t>(size)));
    populations_.push_back(p);
    const std::size_t here = populations_.size() - 1;
    const int receptors = static_cast<int>(p.at("receptors").size());
    const auto lead = [&](std::size_t from, const Way& way) {
        add_projection(from, here, way, 0.3);
        if (receptors > 1) {
            projections_.back()["receptor"] = draw_.integer(0, receptors - 1);
        }
    };
    lead(source, draw_.chance(0.75) ? sparse(shape(source), size) : dense(shape(source), size));
    if (draw_.chance(0.5)) {
        lead(here, sparse({size}, size));
        projections_.back()["delay"] = draw_.chance(0.5) ? draw_.integer(2, 9) : 40;
    }
    return here;
}

void DeepGenerator::make_wide() {
    busy_ = std::min(busy_, 1);
    const std::size_t here = add_wide(add_encoder({draw_.integer(5, 60)}, false));
    if (populations_[here].value("fires", true)) {
        add_simple(dense(shape(here), draw_.integer(5, 80)), here, true);
    }
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
        const int size = size_of(p.at("shape").get<Shape>());
        const auto given = inputs_.find(name);
        s["inputs"][name] = given == inputs_.end()
                                ? held(size)
                                : events(size, given->second.busy, given->second.graded);
    }
    return s;
}

void DeepGenerator::make_part() {
    int8_ = draw_.chance(0.5) ? 0.9 : 0.1;
    busy_ = draw_.one_of({0, 1, 1, 1, 2, 3, 4, 4});
    push_ = draw_.chance(0.5) ? 0.5 * draw_.unit() : 0.1;
    graded_ = draw_.chance(0.2);
    const double plan = draw_.unit();
    if (plan < 0.34) {
        make_dense();
    } else if (plan < 0.41) {
        make_many_sources();
    } else if (plan < 0.72) {
        make_convolutions();
    } else {
        make_wide();
    }
}

// Two networks side by side: layers of one fall between those of the other.
Json DeepGenerator::make() {
    make_part();
    make_part();
    Json samples = {sample(draw_.integer(0, 70000))};
    if (draw_.chance(0.35)) {
        samples.push_back(sample(draw_.integer(0, 70000)));
    }
    return {{"network",
             {{"T", style_.T},
              {"seed", draw_.word()},
              {"populations", populations_},
              {"projections", projections_},
              {"readouts", readouts_}}},
            {"samples", samples},
            {"style", "deep"},
            {"carry", draw_.chance(0.5)},
            {"dyadic", false}};
}

}  // namespace

Json deep_case(std::uint64_t seed) {
    return DeepGenerator(seed).make();
}

}  // namespace reference
