#include "models/explain/sample_replayer.hpp"

#include <utility>

#include "models/run/sample_reader.hpp"

namespace saltus {

namespace {

Digest digest_of(const Recording& recording, const std::vector<ReadoutResult>& readouts) {
    DigestHook hook(recording.packets.size());
    hook.begin();
    for (PopulationId id = 0; id < recording.packets.size(); ++id) {
        for (const Packet& packet : recording.packets[id]) {
            if (!packet.held) {
                hook.on_packet(id, packet);
            }
        }
    }
    return hook.sample(readouts);
}

}  // namespace

SampleReplayer::SampleReplayer(const Pipeline& pipeline,
                               std::vector<const DataSet*> inputs,
                               std::uint64_t seed)
    : pipeline_(pipeline),
      inputs_(std::move(inputs)),
      worker_(pipeline, seed),
      hook_(pipeline.network().population_count()) {
    worker_.set_hook(&hook_);
}

ReplayedSample SampleReplayer::run(std::uint64_t sample, std::span<const Silenced> silenced) {
    SampleReader reader(inputs_);
    worker_.set_silenced(silenced);
    ReplayedSample replayed;
    replayed.number = sample;
    const std::span<const SampleInput> inputs = reader.read(sample);
    replayed.result = worker_.run(sample, inputs).result;
    replayed.recording = hook_.take();
    for (std::size_t e = 0; e < pipeline_.model().encoders().size(); ++e) {
        std::span<const float> given = worker_.activations(e);
        std::vector<float>& kept = replayed.activations.emplace_back(given.begin(), given.end());
        if (kept.empty()) {
            const SampleInput& input = inputs[pipeline_.model().encoders()[e].input];
            kept.assign(input.values.begin(), input.values.end());
            kept.insert(kept.end(), input.bytes.begin(), input.bytes.end());
        }
    }
    if (!replayed.result.error) {
        replayed.digest = digest_of(replayed.recording, replayed.result.readouts);
    }
    return replayed;
}

}  // namespace saltus
