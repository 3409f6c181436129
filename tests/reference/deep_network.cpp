#include "tests/reference/deep_network.hpp"

#include <algorithm>

#include "tests/reference/deep_generator.hpp"

namespace reference {

std::size_t DeepGenerator::add_encoder(const GridShape& shape, bool holds) {
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
    const GridShape in = {draw_.integer(60, 260)};
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
                            : draw_.chance(0.2)                     ? 64
                            : draw_.chance(0.8)                     ? draw_.integer(65, 150)
                                                                    : draw_.integer(1, 63);
        const std::size_t here = add_simple(dense(shape(before), targets), before, last);
        const GridShape to = shape(here);
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
    const GridShape in = {draw_.integer(1030, 1100)};
    const GridShape to = {draw_.integer(64, 70)};
    const std::size_t source = add_encoder(in, false);
    const Json weight = tensor({to[0], in[0]});
    add_simple({nullptr, {{"kind", "dense"}, {"weight", weight}}, to}, source, true);
}

// Convolutions behind pools, at the end often dense rows.
void DeepGenerator::make_convolutions() {
    const GridShape in = {
        draw_.integer(1, draw_.chance(0.3) ? 9 : 3), draw_.integer(4, 10), draw_.integer(4, 10)};
    const std::size_t source = add_encoder(in, false);
    const bool holds = draw_.chance(0.3);
    const std::size_t held = holds ? add_encoder(in, true) : source;
    std::size_t before = source;
    const int layers = draw_.integer(3, 4);
    for (int layer = 1; layer <= layers; ++layer) {
        const bool last = layer == layers;
        const GridShape from = shape(before);
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
        twin.connection["weight"] = tensor(way.connection["weight"]["shape"].get<GridShape>());
        if (holds && before == source && way.pool.is_null() &&
            populations_[here].at("clock") != "lazy") {
            add_projection(held, here, twin, 0);
        } else if (draw_.chance(0.3)) {
            add_projection(before, here, twin, 0.2);
        }
        before = here;
    }
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
    Json samples = Json::array({sample(draw_.integer(0, 70000))});
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

Json deep_case(std::uint64_t seed) {
    return DeepGenerator(seed).make();
}

}  // namespace reference
