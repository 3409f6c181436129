// Recurrent populations that the kernels cover, against the general rule: the same parameters given
// one a neuron take every neuron through it, and must give the same bits.
#include <bit>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/compiled/compiled_network.hpp"
#include "core/network.hpp"
#include "core/simulator.hpp"

using namespace saltus;

namespace {

constexpr std::uint32_t k_neurons = 700;
constexpr std::uint32_t k_inputs = 40;
constexpr Tick k_ticks = 360;

struct Rows {
    std::vector<std::uint64_t> offsets = {0};
    std::vector<std::uint32_t> targets;
    std::vector<float> weights;

    [[nodiscard]] Sparse view() const {
        Sparse sparse;
        sparse.offsets = offsets;
        sparse.targets = targets;
        sparse.weights.data = std::as_bytes(std::span<const float>(weights));
        sparse.weights.count = weights.size();
        return sparse;
    }
};

struct Fired {
    Tick tick;
    std::vector<Slot> slots;

    friend bool operator==(const Fired&, const Fired&) = default;
};

class Recorder final : public Hook {
  public:
    explicit Recorder(bool tick_by_tick = false) : tick_by_tick_(tick_by_tick) {}

    [[nodiscard]] bool watches_ticks() const override { return tick_by_tick_; }

    void on_packet(PopulationId population, const Packet& packet) override {
        if (population == 0) {
            fired.push_back({packet.tick, packet.slots});
        }
    }

    std::vector<Fired> fired;

  private:
    bool tick_by_tick_;
};

class Noise final : public PacketSource {
  public:
    explicit Noise(std::uint32_t seed) : random_(seed) {}

    bool next(Tick until, Packet& out) override {
        out.clear();
        tick_ += 1 + static_cast<Tick>(random_() % 7);
        if (tick_ > until) {
            return false;
        }
        out.tick = tick_;
        for (Slot slot = 0; slot < k_inputs; ++slot) {
            if (random_() % 16 == 0) {
                out.slots.push_back(slot);
            }
        }
        if (out.slots.empty()) {
            out.slots.push_back(static_cast<Slot>(random_() % k_inputs));
        }
        return true;
    }

  private:
    std::mt19937 random_;
    Tick tick_ = -1;
};

struct Case {
    NeuronSpec rule;
    Rows rows[3];  // two among the neurons, one from the inputs
    NetworkSpec spec;
};

Rows random_rows(std::mt19937& random,
                 std::uint32_t sources,
                 std::uint32_t one_in,
                 double weight,
                 bool one_weight) {
    Rows rows;
    for (std::uint32_t source = 0; source < sources; ++source) {
        for (std::uint32_t target = 0; target < k_neurons; ++target) {
            if (random() % one_in == 0) {
                const double share = one_weight ? 1 : static_cast<double>(random() % 1024) / 512;
                rows.targets.push_back(target);
                rows.weights.push_back(static_cast<float>(weight * share));
            }
        }
        rows.offsets.push_back(rows.targets.size());
    }
    return rows;
}

NeuronSpec random_rule(std::mt19937& random, Clock clock) {
    const auto flip = [&] { return random() % 2 == 0; };
    NeuronSpec rule;
    rule.clock = clock;
    rule.beta = flip() ? 0.98 : 0.9;
    rule.v_rest = flip() ? 0.0 : 0.3;
    rule.theta = flip() ? 1.0 : 0.29;  // below rest: everyone fires unless inhibited
    rule.v_reset = -0.5;
    rule.reset = flip() ? Reset::subtract : Reset::to_v_reset;
    rule.comparison = flip() ? Comparison::at_least : Comparison::above;
    rule.current_used = flip() ? CurrentUsed::this_tick : CurrentUsed::tick_before;
    const Refractory modes[] = {Refractory::integrate, Refractory::hold, Refractory::drop};
    rule.refractory = modes[random() % 3];
    rule.refractory_ticks = flip() ? 0 : 1 + static_cast<Tick>(random() % 30);
    rule.receptors.resize(2);
    rule.receptors[0].alpha = 0.93;
    rule.receptors[0].gain = flip() ? 1.0 : 0.05;
    rule.receptors[1].alpha = 0.96;
    rule.receptors[1].gain = flip() ? 0.04 : -0.02;
    if (random() % 3 == 0) {
        for (std::uint32_t j = 0; j < k_neurons; ++j) {
            rule.receptors[0].bias.push_back(static_cast<double>(random() % 256) / 16384);
        }
        rule.receptors[0].drive_window = {20, 200};
    }
    if (random() % 4 == 0) {
        rule.firing_window = {30, 350};
    }
    return rule;
}

std::unique_ptr<Case> random_case(std::uint32_t seed, Clock clock) {
    std::mt19937 random(seed);
    auto out = std::make_unique<Case>();
    out->rule = random_rule(random, clock);
    const std::uint32_t one_in = random() % 2 == 0 ? 200 : 20;  // few arrivals, and many
    const bool one_weight = random() % 2 == 0;
    out->rows[0] = random_rows(random, k_neurons, one_in, 0.3, one_weight);
    out->rows[1] = random_rows(random, k_neurons, one_in, -0.8, one_weight);
    out->rows[2] = random_rows(random, k_inputs, 10, 0.8, false);
    const Tick backs[] = {2, 5, 40};  // few ticks at once, more, and more than chunks take
    const Tick back = backs[random() % 3];
    out->spec.horizon = k_ticks;
    out->spec.populations.push_back({"neurons", Shape{k_neurons}, out->rule, ""});
    out->spec.populations.push_back({"inputs", Shape{k_inputs}, EncoderSpec{}, ""});
    for (std::uint32_t p = 0; p < 3; ++p) {
        ProjectionSpec projection;
        projection.source = p < 2 ? 0 : 1;
        projection.target = 0;
        projection.receptor = p % 2;
        projection.delay = p < 2 ? back + p : 0;
        projection.connection = out->rows[p].view();
        out->spec.projections.push_back(projection);
    }
    return out;
}

// Two samples, the second carried over from the first.
struct Trace {
    std::vector<Fired> fired;
    std::vector<float> v;
    std::vector<float> i[2];
};

Trace run(const NetworkSpec& spec) {
    const Network network = compile(spec);
    Simulator simulator(network);
    Recorder recorder;
    simulator.set_hook(&recorder);
    for (const Start start : {Start::fresh, Start::carry}) {
        Noise noise(17);
        PacketSource* source = &noise;
        simulator.begin({&source, 1}, start);
        simulator.advance_to(k_ticks / 3);
        simulator.advance_to(k_ticks - 1);
        REQUIRE_FALSE(simulator.finish().error);
    }
    Trace trace;
    trace.fired = recorder.fired;
    trace.v = simulator.membrane(0);
    for (std::uint32_t k = 0; k < 2; ++k) {
        trace.i[k] = simulator.current(0, k);
    }
    return trace;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float p, float q) {
        return std::bit_cast<std::uint32_t>(p) == std::bit_cast<std::uint32_t>(q);
    });
}

void compare_with_general_rule(Clock clock) {
    std::size_t spikes = 0;
    for (std::uint32_t seed = 1; seed <= 24; ++seed) {
        CAPTURE(seed);
        const auto uniform = random_case(seed, clock);
        const Trace got = run(uniform->spec);
        const auto each = random_case(seed, clock);
        auto& rule = std::get<NeuronSpec>(each->spec.populations[0].kind);
        rule.theta = Parameter(std::vector<double>(k_neurons, rule.theta.values[0]));
        const Trace want = run(each->spec);
        REQUIRE(got.fired == want.fired);
        REQUIRE(same_bits(got.v, want.v));
        REQUIRE(same_bits(got.i[0], want.i[0]));
        REQUIRE(same_bits(got.i[1], want.i[1]));
        for (const Fired& packet : got.fired) {
            spikes += packet.slots.size();
        }
    }
    CHECK(spikes > 20000);
}

}  // namespace

TEST_CASE("recurrent: a cycle takes as many ticks at once as its spikes need to come back") {
    const auto made = random_case(1, Clock::stepped);
    made->spec.projections[0].delay = 7;
    made->spec.projections[1].delay = 5;
    const Network network = compile(made->spec);
    CHECK(network.compiled().populations[0].chunk_ticks > 0);
    const auto& layers = network.compiled().layers;
    REQUIRE(layers.size() == 2);  // the inputs first, whatever their number
    CHECK(layers[0].populations == std::vector<PopulationId>{1});
    CHECK(layers[1].populations == std::vector<PopulationId>{0});
    CHECK(layers[1].ticks == 5);
    made->spec.projections[0].delay = 1;
    CHECK(compile(made->spec).compiled().stretch_ticks == 1);
}

TEST_CASE("recurrent: stepped neurons taken by the kernel fire as by the general rule") {
    compare_with_general_rule(Clock::stepped);
}

TEST_CASE(
    "recurrent: the first membrane that is not finite is the same in stretches and tick by tick") {
    std::size_t failed = 0;
    for (std::uint32_t seed = 1; seed <= 48; ++seed) {
        CAPTURE(seed);
        const auto made = random_case(seed, Clock::stepped);
        // weights of both signs whose sums leave float32 sooner or later
        for (Rows& rows : made->rows) {
            for (float& weight : rows.weights) {
                weight = weight * 1e37F * static_cast<float>(1 + seed % 7);
            }
        }
        const Network network = compile(made->spec);
        Simulator simulator(network);
        std::string texts[2];
        std::vector<Fired> fired[2];
        for (const bool tick_by_tick : {false, true}) {
            Recorder recorder(tick_by_tick);
            simulator.set_hook(&recorder);
            Noise noise(seed);
            PacketSource* source = &noise;
            simulator.begin({&source, 1}, Start::fresh);
            simulator.advance_to(k_ticks - 1);
            const Result result = simulator.finish();
            texts[tick_by_tick ? 1 : 0] = result.error ? result.error->text : "";
            fired[tick_by_tick ? 1 : 0] = recorder.fired;
        }
        REQUIRE(texts[0] == texts[1]);
        REQUIRE(fired[0] == fired[1]);
        failed += texts[0].empty() ? 0 : 1;
    }
    CHECK(failed > 20);
}

TEST_CASE("recurrent: leaping neurons looked at when they may fire fire as if looked at always") {
    compare_with_general_rule(Clock::leaps);
}

TEST_CASE(
    "recurrent: one weight for all synapses is stored once, and 16-bit targets where they fit") {
    const auto network_of = [](bool one_weight) {
        std::mt19937 random(3);
        Rows rows = random_rows(random, k_neurons, 20, 0.3, one_weight);
        NetworkSpec spec;
        spec.horizon = 1;
        spec.populations.push_back({"neurons", Shape{k_neurons}, NeuronSpec{}, ""});
        ProjectionSpec projection;
        projection.delay = 1;
        projection.connection = rows.view();
        spec.projections.push_back(projection);
        const Network network = compile(spec);
        return std::pair(network.owned_bytes(), network.synapses(0));
    };
    const std::uint64_t offsets = (k_neurons + 1) * sizeof(std::uint64_t);
    const auto same = network_of(true);
    CHECK(same.first >= offsets + 2 * same.second);
    CHECK(same.first < offsets + 2 * same.second + 256);
    const auto different = network_of(false);
    CHECK(different.first >= offsets + 6 * different.second);
    CHECK(different.first < offsets + 6 * different.second + 256);
}
