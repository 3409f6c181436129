#include "tests/bench/workloads/recorded_samples.hpp"

#include <chrono>
#include <numeric>
#include <utility>

#include "core/error.hpp"

namespace saltus::bench {

std::vector<Packet> drain(PacketSource& source, Tick horizon) {
    std::vector<Packet> packets;
    Packet packet;
    while (source.next(horizon - 1, packet)) {
        packets.push_back(packet);
    }
    return packets;
}

std::uint64_t PassAnswer::synops() const {
    return std::accumulate(acs.begin(), acs.end(), std::uint64_t{0});
}

RecordedSamples::RecordedSamples(LayeredNetwork network, EncodedSamples samples)
    : owned_(std::move(network)),
      compiled_(compile(owned_.spec())),
      samples_(std::move(samples)),
      simulator_(compiled_) {}

PassAnswer RecordedSamples::empty_answer() const {
    PassAnswer answer;
    answer.spikes.resize(compiled_.population_count());
    answer.acs.resize(compiled_.projection_count());
    answer.predictions.reserve(size());
    return answer;
}

Result RecordedSamples::run_one(std::size_t sample) {
    source_.show(samples_.packets[sample]);
    PacketSource* const sources[] = {&source_};
    simulator_.begin(sources);
    simulator_.advance_to(compiled_.horizon() - 1);
    return simulator_.finish();
}

void RecordedSamples::add(PassAnswer& answer, std::size_t sample, const Result& result) const {
    if (result.error) {
        throw Error(result.error->text);
    }
    for (std::size_t p = 0; p < answer.spikes.size(); ++p) {
        answer.spikes[p] += result.counts.populations[p].spikes;
    }
    for (std::size_t p = 0; p < answer.acs.size(); ++p) {
        const ProjectionCounts& counts = result.counts.projections[p];
        answer.acs[p] += counts.acs;
        answer.other_macs += counts.graded_macs + counts.held_macs;
    }
    if (!result.readouts.empty()) {
        const std::uint32_t prediction = result.readouts[0].prediction;
        answer.predictions.push_back(prediction);
        answer.right +=
            !samples_.labels.empty() && samples_.labels[sample] == std::int64_t{prediction} ? 1 : 0;
    }
}

PassAnswer RecordedSamples::digested_pass(std::string& digest) {
    PassAnswer answer = empty_answer();
    DigestHook hook(compiled_.population_count());
    simulator_.set_hook(&hook);
    std::vector<Digest> digests;
    for (std::size_t s = 0; s < size(); ++s) {
        hook.begin();
        const Result result = run_one(s);
        add(answer, s, result);
        digests.push_back(hook.sample(result.readouts));
    }
    simulator_.set_hook(nullptr);
    digest = digest_text(run_digest(digests));
    return answer;
}

PassAnswer RecordedSamples::timed_pass(double& seconds) {
    PassAnswer answer = empty_answer();
    const auto began = std::chrono::steady_clock::now();
    for (std::size_t s = 0; s < size(); ++s) {
        add(answer, s, run_one(s));
    }
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return answer;
}

}  // namespace saltus::bench
