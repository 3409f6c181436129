// Explanations on random networks: ledgers that add up to the membranes that the slow reference
// has, and silenced spikes that it takes out as well.
#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "core/ledger.hpp"
#include "core/network.hpp"

#include "tests/reference/case_network.hpp"
#include "tests/reference/engine_run.hpp"
#include "tests/reference/random_network.hpp"
#include "tests/reference/reference_encoders.hpp"
#include "tests/reference/run_check.hpp"

using namespace reference;

namespace {

constexpr std::uint64_t k_networks = 400;

// One random network with its first sample, as both simulators have it.
struct Example {
    explicit Example(std::uint64_t seed)
        : json(random_case(seed)),
          spec(json.at("network")),
          compiled(saltus::compile<float>(spec.spec())),
          network(read_network(json.at("network"))),
          inputs(read_inputs(json.at("network"), json.at("samples")[0])) {}

    [[nodiscard]] saltus::Recording record() const {
        std::vector<std::unique_ptr<ListSource>> lists;
        std::vector<saltus::PacketSource*> sources;
        for (std::uint32_t P = 0; P < compiled.population_count(); ++P) {
            if (!std::holds_alternative<saltus::EncoderSpec>(compiled.population(P).kind)) {
                continue;
            }
            const auto given = inputs.find(P);
            lists.push_back(std::make_unique<ListSource>(
                given == inputs.end() ? Input{} : given->second, compiled.population(P).shape));
            sources.push_back(lists.back().get());
        }
        saltus::RecordingHook hook(compiled.population_count());
        saltus::Simulator simulator(compiled);
        simulator.set_hook(&hook);
        simulator.begin(sources);
        simulator.advance_to(compiled.horizon() - 1);
        REQUIRE_FALSE(simulator.finish().error);
        return hook.take();
    }

    Json json;
    CaseNetwork spec;
    saltus::Network compiled;
    Network network;
    std::map<std::size_t, Input> inputs;
};

// Ticks worth asking for: the first, the last, one in between, and those at which it fired.
std::vector<Tick> ticks_of(const saltus::Recording& recording,
                           std::uint32_t P,
                           saltus::Slot slot,
                           Tick horizon) {
    std::vector<Tick> ticks = {0, horizon / 2, horizon - 1};
    for (const saltus::Packet& packet : recording.packets[P]) {
        if (ticks.size() < 6 && recording.payload(P, slot, packet.tick) != 0) {
            ticks.push_back(packet.tick);
        }
    }
    return ticks;
}

double largest(const saltus::Ledger& ledger) {
    double most = std::abs(ledger.sum);
    for (const saltus::LedgerTerm& term : ledger.terms) {
        most = std::max(most, std::abs(term.contribution));
    }
    return most;
}

// Whether what is left after the tick is the membrane that was tested.
bool leaves_the_tested(const saltus::NeuronSpec& rule, const saltus::Ledger& ledger) {
    return !rule.floor && !rule.previous_reset_counts &&
           (ledger.fired == 0 || rule.reset_when != saltus::ResetWhen::at_firing ||
            rule.reset == saltus::Reset::none);
}

struct Tally {
    std::size_t ledgers = 0;
    std::size_t exact = 0;     // with a membrane to the bit
    std::size_t compared = 0;  // with the reference's membrane
    std::size_t dyadic = 0;
};

void check_ledger(const Example& example,
                  const saltus::Ledger& ledger,
                  const Run<float>& reference,
                  Tally& tally) {
    ++tally.ledgers;
    const auto& rule =
        std::get<saltus::NeuronSpec>(example.compiled.population(ledger.population).kind);
    const bool dyadic = example.json.at("dyadic").get<bool>();
    if (ledger.h) {
        ++tally.exact;
        CHECK(std::abs(ledger.residue()) <= 1e-4 * largest(ledger) + 1e-30);
        if (dyadic) {
            ++tally.dyadic;
            CHECK(ledger.residue() == 0);
        }
    }
    if (ledger.h && leaves_the_tested(rule, ledger)) {
        ++tally.compared;
        const float v = reference.populations[ledger.population]
                            .v[static_cast<std::size_t>(ledger.tick)][ledger.neuron];
        CHECK(*ledger.h == v);
    }
    const double h = ledger.h ? double{*ledger.h} : ledger.sum;
    if (ledger.fired != 0) {
        CHECK(h >= ledger.theta - 1e-4 * largest(ledger));
    } else if (ledger.not_tested_because.empty() && rule.clock != saltus::Clock::lazy) {
        CHECK(h <= ledger.theta + 1e-4 * largest(ledger));
    }
}

}  // namespace

TEST_CASE("ledger: contributions add up to the membrane, which is the reference's") {
    Tally tally;
    for (std::uint64_t seed = 1; seed <= k_networks; ++seed) {
        CAPTURE(seed);
        const Example example(seed);
        const saltus::Recording recording = example.record();
        Simulation<float> simulation(example.network);
        const Run<float> reference = simulation.run(example.inputs);
        for (std::uint32_t P = 0; P < example.compiled.population_count(); ++P) {
            const saltus::PopulationSpec& population = example.compiled.population(P);
            if (!std::holds_alternative<saltus::NeuronSpec>(population.kind)) {
                continue;
            }
            const auto size = static_cast<saltus::NeuronIndex>(population.shape.size());
            for (const saltus::NeuronIndex j : {saltus::NeuronIndex{0}, size / 2, size - 1}) {
                const saltus::Slot slot = population.shape.slot_of(j);
                for (const Tick t : ticks_of(recording, P, slot, example.compiled.horizon())) {
                    CAPTURE(P);
                    CAPTURE(j);
                    CAPTURE(t);
                    check_ledger(example,
                                 saltus::explain_membrane(example.compiled, recording, P, j, t),
                                 reference,
                                 tally);
                }
            }
        }
    }
    CHECK(tally.ledgers > 5000);
    CHECK(tally.exact > tally.ledgers / 2);
    CHECK(tally.compared > tally.ledgers / 4);
    CHECK(tally.dyadic > tally.ledgers / 20);
}

TEST_CASE("silenced: a spike, a neuron or a population taken out, as in the reference") {
    std::size_t changed = 0;
    for (std::uint64_t seed = 1; seed <= k_networks; ++seed) {
        CAPTURE(seed);
        const Example example(seed);
        const saltus::Recording recording = example.record();
        for (std::uint32_t P = 0; P < example.compiled.population_count(); ++P) {
            if (recording.packets[P].empty() || recording.packets[P][0].slots.empty()) {
                continue;
            }
            const saltus::Packet& packet = recording.packets[P][recording.packets[P].size() / 2];
            if (packet.slots.empty()) {
                continue;
            }
            const saltus::NeuronIndex j =
                example.compiled.population(P).shape.index_of(packet.slots[seed % packet.slots.size()]);
            const saltus::Silenced wanted = seed % 3 == 0   ? saltus::Silenced{P, j, packet.tick}
                                            : seed % 3 == 1 ? saltus::Silenced{P, j, std::nullopt}
                                                            : saltus::Silenced{P, std::nullopt, std::nullopt};
            EngineRunner<float> engine(example.compiled);
            EngineOptions options;
            options.tick_by_tick = seed % 2 == 0;
            options.silenced = {wanted};
            Simulation<float> simulation(example.network);
            simulation.mask({{P,
                              wanted.neuron ? static_cast<std::int64_t>(*wanted.neuron) : -1,
                              wanted.tick.value_or(-1)}});
            const Run<float> want = simulation.run(example.inputs);
            CAPTURE(P);
            CHECK(difference(example.network, engine.run(example.inputs, options), want) == "");
            simulation.mask({});
            changed += simulation.run(example.inputs).digest != want.digest ? 1 : 0;
        }
    }
    CHECK(changed > k_networks / 2);
}

TEST_CASE("silenced: populations and neurons that do not exist are refused") {
    const Example example(1);
    saltus::Simulator simulator(example.compiled);
    const std::vector<saltus::Silenced> no_population = {{1000, std::nullopt, std::nullopt}};
    CHECK_THROWS_WITH_AS(simulator.set_silenced(no_population),
                         doctest::Contains("silenced: got population 1000"),
                         saltus::InputError);
    const std::vector<saltus::Silenced> no_neuron = {{0, 1U << 30, std::nullopt}};
    CHECK_THROWS_AS(simulator.set_silenced(no_neuron), saltus::InputError);
}
