#include "models/pipeline.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus {

namespace {

// What a piece of a sample may touch between two looks at `stop`: some milliseconds' worth.
constexpr std::uint64_t k_piece_bytes = std::uint64_t{1} << 26;

// Raw numbers of one frame to the front's: one division, then mean and deviation by channel.
void scale_frame(const ModelInput& input, std::span<const float> raw, std::vector<float>& out) {
    out.resize(raw.size());
    for (std::size_t k = 0; k < raw.size(); ++k) {
        out[k] = input.divide_by == 1 ? raw[k] : raw[k] / input.divide_by;
    }
    const std::size_t channels = std::max(input.mean.size(), input.deviation.size());
    if (channels == 0) {
        return;
    }
    const std::size_t plane = channels == 1 ? raw.size() : raw.size() / input.shape.dims[0];
    for (std::size_t k = 0; k < raw.size(); ++k) {
        const auto of_channel = [&](const std::vector<float>& values) {
            return values[values.size() == 1 ? 0 : k / plane];
        };
        if (!input.mean.empty()) {
            out[k] = out[k] - of_channel(input.mean);
        }
        if (!input.deviation.empty()) {
            out[k] = out[k] / of_channel(input.deviation);
        }
    }
}

void check_input(const ModelInput& input, const SampleInput& given, std::uint64_t sample) {
    const std::uint64_t frame = input.shape.size();
    if (given.frames == 0 || given.values.size() != given.frames * frame) {
        throw InputError(fmt::format("sample {}, input \"{}\"", sample, input.name),
                         fmt::format("{} numbers in {} frames", given.values.size(), given.frames),
                         fmt::format("{} a frame, {}", frame, input.shape.text()));
    }
    for (std::size_t k = 0; k < given.values.size(); ++k) {
        if (std::isfinite(given.values[k])) {
            continue;
        }
        throw InputError(fmt::format("sample {}, input \"{}\"", sample, input.name),
                         fmt::format("{} at place {}", given.values[k], k),
                         "finite numbers");
    }
}

}  // namespace

Network compile_model(const LoadedModel& model, std::optional<Tick> horizon) {
    try {
        return compile(model.network_spec(horizon), model.finite_known());
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

Pipeline::Pipeline(const LoadedModel& model, std::optional<Tick> horizon)
    : model_(&model), network_(compile_model(model, horizon)) {
    for (const EncoderBinding& encoder : model.encoders()) {
        fronts_.emplace_back(encoder.front);
    }
}

struct PipelineWorker::State {
    // One encoder's way from raw numbers to packets.
    struct Path {
        FrontWorker front;
        std::unique_ptr<Encoder> encoder;
        std::vector<float> activations;  // [frames, activations a frame]
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
            paths.push_back({FrontWorker(pipeline.front(e)),
                             make_encoder(encoders[e].coding, context),
                             {},
                             {}});
            sources.push_back(paths.back().encoder.get());
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

    // Runs the front once a frame.
    void show(Path& path,
              const EncoderBinding& binding,
              std::uint64_t sample,
              const SampleInput& given,
              FrontCounts& counts) {
        const ModelInput& input = pipeline.model().inputs()[binding.input];
        check_input(input, given, sample);
        const std::size_t frame_size = input.shape.size();
        path.activations.clear();
        path.layers.assign(binding.front.layers.size(), {});
        for (std::size_t f = 0; f < given.frames; ++f) {
            scale_frame(input, given.values.subspan(f * frame_size, frame_size), scaled);
            const std::span<const float> out = path.front.run(scaled);
            path.activations.insert(path.activations.end(), out.begin(), out.end());
            counts.macs += path.front.counts().macs;
            counts.macs_nonzero += path.front.counts().macs_nonzero;
            for (std::size_t l = 0; l < path.front.layer_counts().size(); ++l) {
                const FrontLayerCounts& layer = path.front.layer_counts()[l];
                path.layers[l].outputs += layer.outputs;
                path.layers[l].zero_outputs += layer.zero_outputs;
                path.layers[l].macs += layer.macs;
                path.layers[l].macs_nonzero += layer.macs_nonzero;
            }
        }
    }

    // Hands the activations to the encoder.
    void start(Path& path,
               const EncoderBinding& binding,
               std::uint64_t sample,
               const SampleInput& given) {
        const ModelInput& input = pipeline.model().inputs()[binding.input];
        path.encoder->start({sample, path.activations, given.frames, input.ticks_per_frame});
    }

    // Tick by tick would cost a silent network its leap, all at once could not be stopped: pieces
    // grow while they touch little memory. Counted, not timed, so every run takes the same pieces.
    void advance(const std::function<bool()>& stop) {
        const Tick last = pipeline.network().horizon() - 1;
        const auto touched = [&] {
            const ExecutionCounts& execution = simulator.counts().execution;
            return execution.weight_bytes + execution.state_bytes;
        };
        Tick piece = 128;
        Tick tick = -1;
        while (tick < last && !(stop && stop())) {
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

    const Pipeline& pipeline;
    Simulator simulator;
    std::vector<Path> paths;
    std::vector<PacketSource*> sources;
    std::vector<float> scaled;
    PipelineProfile* profile = nullptr;
};

PipelineWorker::PipelineWorker(const Pipeline& pipeline, std::uint64_t seed)
    : state_(std::make_unique<State>(pipeline, seed)) {}

PipelineWorker::PipelineWorker(PipelineWorker&&) noexcept = default;
PipelineWorker::~PipelineWorker() = default;

void PipelineWorker::set_hook(Hook* hook) {
    state_->simulator.set_hook(hook);
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
    for (std::size_t e = 0; e < encoders.size(); ++e) {
        state.show_profiled(e, sample, inputs[encoders[e].input], outcome.front);
    }
    state.simulator.begin(state.sources);
    state.advance(stop);
    outcome.result = state.simulator.finish();
    outcome.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return outcome;
}

const std::vector<FrontLayerCounts>& PipelineWorker::front_layers(std::size_t encoder) const {
    return state_->paths[encoder].layers;
}

}  // namespace saltus
