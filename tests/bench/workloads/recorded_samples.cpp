#include "tests/bench/workloads/recorded_samples.hpp"

#include <chrono>
#include <future>
#include <numeric>
#include <thread>
#include <utility>

#include "core/error.hpp"

#include "tests/bench/workloads/resident.hpp"

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
      seat_(compiled_) {}

PassAnswer RecordedSamples::empty_answer() const {
    PassAnswer answer;
    answer.spikes.resize(compiled_.population_count());
    answer.acs.resize(compiled_.projection_count());
    answer.predictions.reserve(size());
    return answer;
}

Result RecordedSamples::run_shown(Seat& seat) const {
    PacketSource* const sources[] = {&seat.source};
    seat.simulator.begin(sources);
    seat.simulator.advance_to(compiled_.horizon() - 1);
    return seat.simulator.finish();
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
    seat_.simulator.set_hook(&hook);
    std::vector<Digest> digests;
    for (std::size_t s = 0; s < size(); ++s) {
        hook.begin();
        seat_.source.show(samples_.packets[s]);
        const Result result = run_shown(seat_);
        add(answer, s, result);
        digests.push_back(hook.sample(result.readouts));
    }
    seat_.simulator.set_hook(nullptr);
    digest = digest_text(run_digest(digests));
    return answer;
}

PassAnswer RecordedSamples::timed_pass(double& seconds) {
    PassAnswer answer = empty_answer();
    std::vector<std::vector<Packet>> packets = samples_.packets;
    const auto began = std::chrono::steady_clock::now();
    for (std::size_t s = 0; s < size(); ++s) {
        seat_.source.give(packets[s]);
        add(answer, s, run_shown(seat_));
    }
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return answer;
}

Memory RecordedSamples::memory(unsigned threads) {
    Memory memory;
    memory.model = static_cast<double>(owned_.model_bytes());
    memory.state = static_cast<double>(owned_.state_bytes());
    memory.with_threads = {status_bytes("VmRSS")};

    std::vector<std::jthread> others;
    std::promise<void> measured;  // destroyed before the others are joined: that lets them go
    const std::shared_future<void> all_measured = measured.get_future().share();
    while (memory.with_threads.size() < threads) {
        std::promise<void> passed;
        std::future<void> done = passed.get_future();
        others.emplace_back([this, all_measured, passed = std::move(passed)]() mutable {
            Seat seat(compiled_);
            for (std::size_t s = 0; s < size(); ++s) {
                seat.source.show(samples_.packets[s]);
                run_shown(seat);
            }
            passed.set_value();
            all_measured.wait();
        });
        done.wait();
        memory.with_threads.push_back(status_bytes("VmRSS"));
    }
    return memory;
}

}  // namespace saltus::bench
