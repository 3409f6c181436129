// The operations that the trainer counts are the engine's: effective MACs and ACs, spikes and encoder
// spikes a sample, of random small networks.
#include "tests/models/training/torch_doctest.hpp"

#include <ATen/Parallel.h>

#include "models/training/pruning.hpp"
#include "tests/models/training/training_cases.hpp"

using namespace saltus;
using namespace saltus::training;
using namespace saltus::training::test;

namespace {

struct Named {
    const char* name;
    const char* text;
};

constexpr Named k_layers[] = {
    {"dense", "layers { linear { units: 20 } } layers { linear { units: 15 } } layers { linear { units: 4 } }"},
    {"convolutions",
     "layers { conv { channels: 3 padding: 1 } } layers { conv { channels: 4 stride: 2 } } "
     "layers { linear { units: 4 } }"},
    {"average pool",
     "layers { conv { channels: 3 } } layers { average_pool {} } layers { conv { channels: 4 kernel: 2 } } "
     "layers { linear { units: 4 } }"},
    {"max pool",
     "layers { conv { channels: 3 } } layers { max_pool {} } layers { conv { channels: 4 kernel: 2 } } "
     "layers { linear { units: 4 } }"},
    {"average pool in front of the readout",
     "layers { conv { channels: 3 } } layers { conv { channels: 4 } } layers { average_pool {} } "
     "layers { linear { units: 4 } }"},
};

constexpr Named k_styles[] = {
    {"duplicate", "coding { duplicate {} }"},
    {"latency", "coding { latency {} }"},
    {"duplicate, phased", "coding { duplicate {} } execution: phased"},
    {"latency, phased", "coding { latency {} } execution: phased"},
    {"latency, phased, one tick", "coding { latency {} } execution: phased horizon: 1"},
    {"duplicate, burst", "coding { duplicate {} } execution: burst"},
    {"latency, burst", "coding { latency {} } execution: burst"},
    {"spike counts", "coding { latency {} } readout: spike_count"},
    {"leaky", "neuron { leaky {} }"},
};

}  // namespace

TEST_CASE("operations: the trainer counts what the engine does, layer kinds, codings and pruned weights alike") {
    at::set_num_threads(1);
    const PatternData patterns;
    for (const Named& layers : k_layers) {
        for (const Named& style : k_styles) {
            for (const int artificial : {0, 1, 9}) {
                for (const char* const pruning : {"", "pruning { share: 0.6 from: 0 every: 1 }"}) {
                    std::string text = fmt::format("{} {} {} batch: 16 epochs: 1", layers.text, style.text, pruning);
                    proto::Recipe probe;
                    REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &probe));
                    const int count = artificial == 9 ? probe.layers_size() : artificial;
                    if (artificial == 9 && &style != &k_styles[0]) {
                        continue;  // all artificial: nothing is coded
                    }
                    const proto::RecipeLayer& first = probe.layers(count == probe.layers_size() ? 0 : count);
                    if (!first.has_linear() && !first.has_conv()) {
                        continue;  // a pool of analog values
                    }
                    text += fmt::format(" artificial_layers: {}", count);
                    CAPTURE(layers.name);
                    CAPTURE(style.name);
                    CAPTURE(count);
                    CAPTURE(pruning);
                    const proto::Recipe recipe = patterns.recipe(text);
                    const TrainingData data(recipe.data(), recipe.seed());
                    Trainer trainer(recipe, data, {}, {});
                    REQUIRE(trainer.run());
                    const Evaluation found = trainer.evaluate(Part::test);
                    const EngineCheck check = engine_run(trainer, data, found);
                    const SampleMeans& means = check.report.means;
                    CHECK(found.spikes == doctest::Approx(means.spikes).epsilon(1e-9));
                    CHECK(found.encoder_spikes == doctest::Approx(means.encoder_spikes).epsilon(1e-9));
                    CHECK(found.acs == doctest::Approx(means.effective_synaptic_operations).epsilon(1e-9));
                    CHECK(found.macs ==
                          doctest::Approx(means.total_operations() - means.effective_synaptic_operations)
                              .epsilon(1e-9));
                    CHECK(found.macs + found.acs > 0);
                    CHECK(check.other_predictions == 0);
                }
            }
        }
    }
}
