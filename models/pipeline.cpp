#include "models/pipeline.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "core/error.hpp"
#include "encoders/events.hpp"
#include "encoders/finite.hpp"

namespace saltus {

namespace {

// What a piece of a sample may touch between two looks at `stop`: some milliseconds' worth.
constexpr std::uint64_t k_piece_bytes = std::uint64_t{1} << 26;

// One frame's raw numbers, from place `first` on, to the front's: one division, then mean and
// deviation by channel.
void scale_frame(const ModelInput& input,
                 const SampleInput& given,
                 std::size_t first,
                 std::span<float> out) {
    if (given.bytes.empty()) {
        std::copy_n(
            given.values.begin() + static_cast<std::ptrdiff_t>(first), out.size(), out.begin());
    } else {
        std::copy_n(
            given.bytes.begin() + static_cast<std::ptrdiff_t>(first), out.size(), out.begin());
    }
    const float divide_by = input.divide_by;
    for (std::size_t k = 0; divide_by != 1 && k < out.size(); ++k) {
        out[k] = out[k] / divide_by;
    }
    const std::size_t channels = std::max(input.mean.size(), input.deviation.size());
    for (std::size_t c = 0; c < channels; ++c) {
        const std::size_t plane = out.size() / channels;
        for (float& value : out.subspan(c * plane, plane)) {
            if (!input.mean.empty()) {
                value = value - input.mean[input.mean.size() == 1 ? 0 : c];
            }
            if (!input.deviation.empty()) {
                value = value / input.deviation[input.deviation.size() == 1 ? 0 : c];
            }
        }
    }
}

void check_input(const ModelInput& input, const SampleInput& given, std::uint64_t sample) {
    const std::uint64_t frame = input.shape.size();
    const std::size_t numbers = given.values.size() + given.bytes.size();
    if (given.frames == 0 || numbers != given.frames * frame) {
        throw InputError(fmt::format("sample {}, input \"{}\"", sample, input.name),
                         fmt::format("{} numbers in {} frames", numbers, given.frames),
                         fmt::format("{} a frame, {}", frame, input.shape.text()));
    }
    if (const std::size_t k = first_not_finite(given.values); k < given.values.size()) {
        throw InputError(fmt::format("sample {}, input \"{}\"", sample, input.name),
                         fmt::format("{} at place {}", given.values[k], k),
                         "finite numbers");
    }
}

// Whether raw numbers reach the encoder as they are.
bool passes_through(const ModelInput& input, const FrontSpec& front) {
    return input.divide_by == 1 && input.mean.empty() && input.deviation.empty() &&
           front.layers.empty();
}

}  // namespace

namespace {

Network compile_spec(const LoadedModel& model, const NetworkSpec& spec) {
    try {
        return compile(spec);
    } catch (const ModelError& error) {
        // Core knows no files; parts have their origin, but faults of the whole have not.
        std::vector<Fault> faults = error.faults();
        for (Fault& fault : faults) {
            if (!fault.path.starts_with(model.origin())) {
                fault.path = model.origin() + ": " + fault.path;
            }
        }
        throw ModelError(std::move(faults));
    }
}

}  // namespace

Network compile_model(const LoadedModel& model, std::optional<Tick> horizon) {
    return compile_spec(model, model.network_spec(horizon));
}

Pipeline::Pipeline(const LoadedModel& model, std::optional<Tick> horizon)
    : model_(&model), network_(compile_model(model, horizon)) {
    for (const EncoderBinding& encoder : model.encoders()) {
        fronts_.emplace_back(encoder.front);
    }
}

Pipeline::Pipeline(const LoadedModel& model,
                   const NetworkSpec& spec,
                   std::span<const FrontSpec> fronts)
    : model_(&model), network_(compile_spec(model, spec)) {
    for (const FrontSpec& front : fronts) {
        fronts_.emplace_back(front);
    }
}

struct PipelineWorker::State {
    // One encoder's way from raw numbers to packets.
    struct Path {
        FrontWorker front;
        std::unique_ptr<Encoder> encoder;
        EventsEncoder* events;           // the encoder, if it takes bytes; else nullptr
        bool as_they_are;                // the front and the scaling change nothing
        std::vector<float> activations;  // [frames, activations a frame]; not as_they_are
        std::vector<FrontLayerCounts> layers;
    };

    State(const Pipeline& shared, std::uint64_t seed)
        : pipeline(shared), simulator(shared.network()) {
        const std::vector<EncoderBinding>& encoders = pipeline.model().encoders();
        for (std::size_t e = 0; e < encoders.size(); ++e) {
            const Shape& shape = pipeline.network().population(encoders[e].population).shape;
            const EncoderContext context{shape,
                                         encoders[e].population,
                                         pipeline.network().horizon(),
                                         seed,
                                         encoders[e].name};
            const ModelInput& input = pipeline.model().inputs()[encoders[e].input];
            std::unique_ptr<Encoder> encoder = make_encoder(encoders[e].coding, context);
            sources.push_back(encoder.get());
            EventsEncoder* const events = dynamic_cast<EventsEncoder*>(encoder.get());
            paths.push_back({FrontWorker(pipeline.front(e)),
                             std::move(encoder),
                             input.ticks_per_frame == 1 ? events : nullptr,
                             passes_through(input, encoders[e].front),
                             {},
                             {}});
        }
    }

    // show(), and what it takes if anyone asks.
    void show_profiled(std::size_t e,
                       std::uint64_t sample,
                       const SampleInput& given,
                       FrontCounts& counts) {
        const EncoderBinding& binding = pipeline.model().encoders()[e];
        if (profile == nullptr) {
            show(paths[e], binding, sample, given, counts);
            start(paths[e], binding, sample, given);
            return;
        }
        const auto began = std::chrono::steady_clock::now();
        show(paths[e], binding, sample, given, counts);
        const auto shown = std::chrono::steady_clock::now();
        start(paths[e], binding, sample, given);
        const auto started = std::chrono::steady_clock::now();
        profile->front[e] += std::chrono::duration<double>(shown - began).count();
        profile->populations[binding.population] +=
            std::chrono::duration<double>(started - shown).count();
    }

    // Whether the encoder takes what is given without a copy.
    static bool shows_raw(const Path& path, const SampleInput& given) {
        return path.as_they_are && (given.bytes.empty() || path.events != nullptr);
    }

    // Runs the front once a frame.
    void show(Path& path,
              const EncoderBinding& binding,
              std::uint64_t sample,
              const SampleInput& given,
              FrontCounts& counts) {
        const ModelInput& input = pipeline.model().inputs()[binding.input];
        check_input(input, given, sample);
        path.activations.clear();
        path.layers.assign(binding.front.layers.size(), {});
        if (shows_raw(path, given)) {
            return;
        }
        scaled.resize(input.shape.size());
        for (std::size_t f = 0; f < given.frames; ++f) {
            ask_to_stop();
            scale_frame(input, given, f * scaled.size(), scaled);
            const std::span<const float> out = path.front.run(scaled);
            path.activations.insert(path.activations.end(), out.begin(), out.end());
            counts.macs += path.front.counts().macs;
            counts.macs_nonzero += path.front.counts().macs_nonzero;
            counts.macs_effective += path.front.counts().macs_effective;
            for (std::size_t l = 0; l < path.front.layer_counts().size(); ++l) {
                const FrontLayerCounts& layer = path.front.layer_counts()[l];
                path.layers[l].outputs += layer.outputs;
                path.layers[l].zero_outputs += layer.zero_outputs;
                path.layers[l].macs += layer.macs;
                path.layers[l].macs_nonzero += layer.macs_nonzero;
                path.layers[l].macs_effective += layer.macs_effective;
            }
        }
    }

    // Hands the activations to the encoder.
    void start(Path& path,
               const EncoderBinding& binding,
               std::uint64_t sample,
               const SampleInput& given) {
        const ModelInput& input = pipeline.model().inputs()[binding.input];
        if (!shows_raw(path, given)) {
            path.encoder->start({sample, path.activations, given.frames, input.ticks_per_frame});
        } else if (given.bytes.empty()) {
            path.encoder->start({sample, given.values, given.frames, input.ticks_per_frame});
        } else {
            path.events->start(sample, given.bytes, given.frames);
        }
    }

    // Tick by tick would cost a silent network its leap, all at once could not be stopped: pieces
    // grow while they touch little memory. Counted, not timed, so every run takes the same pieces.
    void advance() {
        const Tick last = pipeline.network().horizon() - 1;
        if (watch != nullptr) {
            for (Tick tick = 0; tick <= last; ++tick) {
                ask_to_stop();
                if (!simulator.advance_to(tick)) {
                    return;
                }
                watch->after_tick(tick, simulator);
            }
            return;
        }
        const auto touched = [&] {
            const ExecutionCounts& execution = simulator.counts().execution;
            return execution.weight_bytes + execution.state_bytes;
        };
        Tick piece = 128;
        Tick tick = -1;
        while (tick < last) {
            ask_to_stop();
            const std::uint64_t before = touched();
            tick += std::min(piece, last - tick);
            if (!simulator.advance_to(tick)) {
                return;
            }
            const std::uint64_t bytes = touched() - before;
            if (bytes < k_piece_bytes / 4) {
                piece = std::min(piece * 2, last + 1);
            } else if (bytes > k_piece_bytes) {
                piece = std::max(piece / 2, Tick{1});
            }
        }
    }

    // While it lives, all that may last asks `stop`.
    class Stoppable {
      public:
        Stoppable(State& state, const std::function<bool()>& stop) : state_(state) {
            if (stop) {
                state_.stop_asked = &stop;
                state_.simulator.set_stop([&stop] { return stop(); });
                let_encoders_ask(&stop);
            }
        }

        Stoppable(const Stoppable&) = delete;
        Stoppable& operator=(const Stoppable&) = delete;

        ~Stoppable() {
            state_.stop_asked = nullptr;
            state_.simulator.set_stop({});
            let_encoders_ask(nullptr);
        }

      private:
        void let_encoders_ask(const std::function<bool()>* stop) {
            for (const Path& path : state_.paths) {
                path.encoder->set_stop(stop);
            }
        }

        State& state_;
    };

    void ask_to_stop() const {
        if (stop_asked != nullptr && (*stop_asked)()) {
            throw Stopped();
        }
    }

    const Pipeline& pipeline;
    Simulator simulator;
    std::vector<Path> paths;
    std::vector<PacketSource*> sources;
    TickWatch* watch = nullptr;
    std::vector<float> scaled;
    PipelineProfile* profile = nullptr;
    const std::function<bool()>* stop_asked = nullptr;
};

PipelineWorker::PipelineWorker(const Pipeline& pipeline, std::uint64_t seed)
    : state_(std::make_unique<State>(pipeline, seed)) {}

PipelineWorker::PipelineWorker(PipelineWorker&&) noexcept = default;
PipelineWorker::~PipelineWorker() = default;

void PipelineWorker::set_hook(Hook* hook) {
    state_->simulator.set_hook(hook);
}

void PipelineWorker::set_zero_weights(const ZeroWeights* zeros) {
    state_->simulator.set_zero_weights(zeros);
}

void PipelineWorker::set_silenced(std::span<const Silenced> silenced) {
    state_->simulator.set_silenced(silenced);
}

void PipelineWorker::set_watch(TickWatch* watch) {
    state_->watch = watch;
}

void PipelineWorker::set_profile(PipelineProfile* profile) {
    state_->profile = profile;
    if (profile == nullptr) {
        state_->simulator.set_profile({});
        return;
    }
    profile->front.resize(state_->paths.size());
    profile->populations.resize(state_->pipeline.network().population_count());
    state_->simulator.set_profile(profile->populations);
}

SampleOutcome PipelineWorker::run(std::uint64_t sample,
                                  std::span<const SampleInput> inputs,
                                  const std::function<bool()>& stop) {
    const auto began = std::chrono::steady_clock::now();
    State& state = *state_;
    const std::vector<EncoderBinding>& encoders = state.pipeline.model().encoders();
    SampleOutcome outcome;
    const State::Stoppable stoppable(state, stop);
    try {
        for (std::size_t e = 0; e < encoders.size(); ++e) {
            state.show_profiled(e, sample, inputs[encoders[e].input], outcome.front);
        }
        state.simulator.begin(state.sources);
        state.advance();
        outcome.result = state.simulator.finish();
    } catch (const Stopped&) {
        outcome.result = {};
    }
    outcome.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return outcome;
}

std::span<const float> PipelineWorker::activations(std::size_t encoder) const {
    return state_->paths[encoder].activations;
}

const std::vector<FrontLayerCounts>& PipelineWorker::front_layers(std::size_t encoder) const {
    return state_->paths[encoder].layers;
}

}  // namespace saltus
