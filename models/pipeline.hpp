// One worker's whole path for a sample: front, encoders, simulator. What `saltus run`, studies and
// bindings are built on. The parts that threads share are in Pipeline; each thread owns a
// PipelineWorker.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/network.hpp"
#include "core/simulator.hpp"
#include "models/front/front.hpp"
#include "models/model.hpp"

namespace saltus {

// The spiking part, compiled. Throws ModelError with every fault, each naming the model's file.
// `horizon`: see LoadedModel::network_spec.
Network compile_model(const LoadedModel& model, std::optional<Tick> horizon = std::nullopt);

// Immutable; shared by threads. Views the model, which must outlive it.
class Pipeline {
  public:
    // Throws ModelError with every fault. `horizon`: see LoadedModel::network_spec.
    explicit Pipeline(const LoadedModel& model, std::optional<Tick> horizon = std::nullopt);
    // The model with other numbers: a changed network_spec() and changed fronts, one an encoder. What
    // they view must outlive it.
    Pipeline(const LoadedModel& model, const NetworkSpec& spec, std::span<const FrontSpec> fronts);

    [[nodiscard]] const LoadedModel& model() const { return *model_; }

    [[nodiscard]] const Network& network() const { return network_; }

    [[nodiscard]] const Front& front(std::size_t encoder) const { return fronts_[encoder]; }

  private:
    const LoadedModel* model_;
    Network network_;
    std::vector<Front> fronts_;  // one an encoder
};

// What one input of a sample holds: raw numbers, by index, `frames` of them (1 unless a sequence).
// As float32, or as bytes where they are stored so: bytes that are spikes need no copy.
struct SampleInput {
    std::span<const float> values;
    std::size_t frames = 1;
    std::span<const std::uint8_t> bytes = {};  // instead of `values`
};

struct SampleOutcome {
    Result result;
    FrontCounts front;
    double seconds = 0;  // front, encoding and simulation
};

// Where samples' time went, added up, in seconds. What is in neither is beginning, the queue and
// finishing.
struct PipelineProfile {
    std::vector<double> front;        // by encoder: the chain of artificial layers that leads to it
    std::vector<double> populations;  // encoders too, with making their packets
};

// Sees a sample's state after every tick, silent ones too: the run goes tick by tick. The same bits,
// slower.
class TickWatch {
  public:
    TickWatch() = default;
    TickWatch(const TickWatch&) = delete;
    TickWatch& operator=(const TickWatch&) = delete;
    virtual ~TickWatch() = default;

    virtual void after_tick(Tick tick, Simulator& simulator) = 0;
};

class PipelineWorker {
  public:
    PipelineWorker(const Pipeline& pipeline, std::uint64_t seed);
    ~PipelineWorker();
    PipelineWorker(PipelineWorker&&) noexcept;

    void set_hook(Hook* hook);
    // Of the runs from the next one on; nullptr: none.
    void set_watch(TickWatch* watch);

    // See BasicSimulator::set_silenced.
    void set_silenced(std::span<const Silenced> silenced);

    // Adds to `profile`, which is made to fit and must live on, from the next run on; nullptr: no
    // more. Costs a few readings of the clock a wake-up while on; changes no result.
    void set_profile(PipelineProfile* profile);

    // Fills Counts::zero_weights of the runs from now on; nullptr: no more. `zeros`: of the
    // pipeline's network, and must live on. The front counts its own at any time.
    void set_zero_weights(const ZeroWeights* zeros);

    // `sample`: its number in the data set (random keys). `inputs`: one a ModelInput, in order.
    // Throws InputError for values that are not finite or do not fit. `stop`: asked now and then,
    // several times a second; once true, the run is given up (result.ticks_run is below the
    // horizon, and nothing else is said). A sample that fails is a result with an error and nothing
    // else; whatever is thrown, the next sample is run as by a new worker.
    SampleOutcome run(std::uint64_t sample,
                      std::span<const SampleInput> inputs,
                      const std::function<bool()>& stop = {});

    // What an encoder was given in the last run: [frame, activation]; the scaled input where no
    // artificial layer stands in front. Empty: the input as it was stored. Valid until the next run.
    [[nodiscard]] std::span<const float> activations(std::size_t encoder) const;

    // The front layers' outputs of the last run, by encoder.
    [[nodiscard]] const std::vector<FrontLayerCounts>& front_layers(std::size_t encoder) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace saltus
