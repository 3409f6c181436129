// No combination silently fails to learn: every neuron, coding, execution and learning mode learns 64
// samples by heart, as the engine runs the saved network; combinations that are refused say why.
#include "tests/models/training/torch_doctest.hpp"

#include <ATen/Parallel.h>

#include "tests/models/training/training_cases.hpp"

using namespace saltus;
using namespace saltus::training;
using namespace saltus::training::test;

namespace {

struct Named {
    const char* name;
    const char* text;
};

// `surrogate`: it has no rate function.
struct Family {
    const char* name;
    const char* text;
    bool surrogate;
};

constexpr Family k_families[] = {
    {"integrate and fire", "neuron { integrate_and_fire {} }", false},
    {"integrate and fire, to zero", "neuron { integrate_and_fire { reset_to_zero: true } }", true},
    {"leaky", "neuron { leaky {} }", false},
    {"leaky, rest 0", "neuron { leaky { rest: 0 } start: 0 }", false},
    {"leaky, to zero", "neuron { leaky { reset_to_zero: true } }", true},
    {"current based", "neuron { current_based {} }", false},
    {"seed", "neuron { seed {} }", true},
};

constexpr Named k_codings[] = {
    {"duplicate", "coding { duplicate {} }"},
    {"gaussian", "coding { gaussian {} }"},
    {"gaussian, relu", "coding { gaussian { relu: true } }"},
    {"bernoulli", "coding { bernoulli {} }"},
    {"poisson", "coding { poisson {} }"},
    {"latency", "coding { latency {} }"},
};

constexpr const char* k_learnings[] = {"simultaneous", "separate"};

constexpr const char* k_mlp =
    "layers { linear { units: 24 } } layers { linear { units: 24 } } layers { linear { units: 4 } } ";

constexpr const char* k_conv =
    "layers { conv { channels: 6 } } layers { conv { channels: 6 } } layers { average_pool {} } "
    "layers { linear { units: 4 } } ";

constexpr const char* k_schedule =
    "batch: 16 epochs: 20 optimiser { rate: 0.01 spiking_rate: 0.01 } ";

// A latency code is a current that stays: neurons with a current of their own refuse it.
bool is_refused(const Family& family, const Named& coding) {
    const std::string name = family.name;
    return std::string(coding.name) == "latency" && (name == "current based" || name == "seed");
}

// Random codings are seen through their noise: they get more ticks.
int horizon_of(const Named& coding) {
    const std::string name = coding.name;
    return name == "bernoulli" || name == "poisson" ? 48 : 6;
}

// Right of 64, by the engine. The trainer's own count must agree with it.
std::uint64_t learnt(const PatternData& patterns, const std::string& text) {
    const proto::Recipe recipe = patterns.recipe(text);
    const TrainingData data(recipe.data(), recipe.seed());
    Trainer trainer(recipe, data, {}, {});
    REQUIRE(trainer.run());
    const Evaluation found = trainer.evaluate(Part::test);
    const EngineCheck check = engine_run(trainer, data, found);
    CHECK(check.report.failed.empty());
    CHECK(check.samples == 64);
    CHECK(check.agrees);
    return check.right;
}

void learns_all(const PatternData& patterns, const std::string& name, const std::string& text) {
    CAPTURE(name);
    CAPTURE(text);
    CHECK(learnt(patterns, text) == 64);
}

}  // namespace

TEST_CASE("overfitting: every neuron, coding and learning mode learns 64 samples, concurrent") {
    at::set_num_threads(1);
    const PatternData patterns;
    for (const Family& family : k_families) {
        for (const Named& coding : k_codings) {
            if (is_refused(family, coding)) {
                continue;
            }
            for (const char* const learning : k_learnings) {
                learns_all(patterns,
                           fmt::format("{}, {}, {}", family.name, coding.name, learning),
                           fmt::format("{} {} artificial_layers: 1 horizon: {} learning: {} {} {} {}",
                                       k_mlp,
                                       k_schedule,
                                       horizon_of(coding),
                                       learning,
                                       family.text,
                                       coding.text,
                                       family.surrogate ? "gradient: surrogate" : ""));
            }
        }
    }
}

TEST_CASE("overfitting: phased and burst execution learn 64 samples by every coding they take") {
    at::set_num_threads(1);
    const PatternData patterns;
    for (const char* const execution : {"phased", "burst"}) {
        for (const Named& coding : k_codings) {
            const std::string name = coding.name;
            if (std::string(execution) == "phased" && name != "duplicate" && name != "latency") {
                continue;
            }
            for (const char* const learning : k_learnings) {
                learns_all(patterns,
                           fmt::format("{}, {}, {}", execution, name, learning),
                           fmt::format("{} {} artificial_layers: 1 horizon: {} learning: {} execution: {} {}",
                                       k_mlp,
                                       k_schedule,
                                       horizon_of(coding),
                                       learning,
                                       execution,
                                       coding.text));
            }
        }
    }
}

TEST_CASE("overfitting: the other ways to train learn 64 samples too") {
    at::set_num_threads(1);
    const PatternData patterns;
    const Named ways[] = {
        {"rate forward", "artificial_layers: 1 forward: rate horizon: 8"},
        {"surrogate on integrate and fire", "artificial_layers: 1 gradient: surrogate"},
        {"fully spiking", "artificial_layers: 0"},
        {"fully spiking, latency", "artificial_layers: 0 coding { latency {} }"},
        {"spike counts", "artificial_layers: 1 readout: spike_count horizon: 8"},
        {"int8", "artificial_layers: 1 precision: int8"},
        {"pruned", "artificial_layers: 1 pruning { share: 0.5 every: 5 }"},
        {"trained thresholds", "artificial_layers: 1 neuron { trained_threshold: true } coding { latency {} trained: true }"},
        {"batch norm", "artificial_layers: 1 batch_norm: true"},
        {"no artificial steps", "artificial_layers: 1 artificial_share: 0"},
        {"artificial alone", "artificial_layers: 3"},
        {"price", "artificial_layers: 1 price: 0.001"},
    };
    for (const Named& way : ways) {
        learns_all(patterns, way.name, fmt::format("{} {} {}", k_mlp, k_schedule, way.text));
    }
    learns_all(patterns,
               "momentum",
               fmt::format("{} artificial_layers: 1 batch: 16 epochs: 20 "
                           "optimiser {{ sgd {{}} rate: 0.02 spiking_rate: 0.02 }}",
                           k_mlp));
    for (const char* const first : {"artificial_layers: 0", "artificial_layers: 1", "artificial_layers: 4"}) {
        learns_all(patterns, first, fmt::format("{} {} batch_norm: true {}", k_conv, k_schedule, first));
    }
}

// Bounds: with T = 64 ticks a count is within 1/64 of the full scale, and neurons that leak lose at
// most (1 - beta) / 2 of it; converted without training, they may lose some samples.
TEST_CASE("overfitting: the artificial network learns 64 samples and converts") {
    at::set_num_threads(1);
    const PatternData patterns;
    for (const Family& family : k_families) {
        for (const Named& coding : k_codings) {
            if (family.surrogate || std::string(coding.name).starts_with("gaussian, relu")) {
                continue;
            }
            if (is_refused(family, coding)) {
                continue;
            }
            const std::string name = fmt::format("{}, {}", family.name, coding.name);
            CAPTURE(name);
            CHECK(learnt(patterns,
                         fmt::format("{} {} artificial_layers: 1 horizon: 64 learning: converted {} {}",
                                     k_mlp,
                                     k_schedule,
                                     family.text,
                                     coding.text)) >= 60);
        }
    }
}

TEST_CASE("overfitting: combinations that cannot work are refused by name") {
    const PatternData patterns;
    const auto refused = [&](const std::string& text) {
        return error_of([&] { return patterns.recipe(std::string(k_mlp) + text); });
    };
    for (const Family& family : k_families) {
        const std::string name = family.name;
        CAPTURE(name);
        const std::string converted = refused(fmt::format("artificial_layers: 1 {}", family.text));
        CHECK((converted.find("rate function") != std::string::npos) == family.surrogate);
        CHECK((converted.find("gradient") != std::string::npos) == family.surrogate);
        for (const char* const execution : {"phased", "burst"}) {
            const std::string said = refused(fmt::format(
                "artificial_layers: 1 execution: {} {} ", execution, family.text));
            CHECK((said.find("integrate_and_fire") != std::string::npos) ==
                  (std::string(family.name) != "integrate and fire"));
        }
    }
    for (const Named& coding : k_codings) {
        const std::string name = coding.name;
        CAPTURE(name);
        const std::string said =
            refused(fmt::format("artificial_layers: 1 execution: phased {}", coding.text));
        CHECK(said.empty() == (name == "duplicate" || name == "latency"));
        CHECK((said.empty() || said.find("duplicate, latency or events") != std::string::npos));
    }
    for (const char* const neuron : {"current_based", "seed"}) {
        CHECK(refused(fmt::format("artificial_layers: 1 coding {{ latency {{}} }} gradient: surrogate "
                                  "neuron {{ {} {{}} }}", neuron))
                  .find("a current that stays") != std::string::npos);
    }
    CHECK(refused("coding { gaussian {} }").find("artificial_layers of at least 1") !=
          std::string::npos);
    CHECK(refused("artificial_layers: 1 execution: phased gradient: surrogate")
              .find("execution: concurrent") != std::string::npos);
    CHECK(refused("artificial_layers: 1 forward: rate gradient: surrogate").find("forward") !=
          std::string::npos);
    CHECK(refused("artificial_layers: 1 execution: burst readout: spike_count").find("readout") !=
          std::string::npos);
}
