#include "models/trace/trace.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <utility>

namespace saltus {

void StreamTrace::clear() {
    ticks.clear();
    spikes.clear();
    slots.clear();
    payloads.clear();
}

void StreamTrace::add(const Packet& packet) {
    if (packet.held || packet.slots.empty()) {
        return;
    }
    ticks.push_back(packet.tick);
    spikes.push_back(static_cast<std::uint32_t>(packet.slots.size()));
    const std::size_t before = slots.size();
    slots.insert(slots.end(), packet.slots.begin(), packet.slots.end());
    if (packet.payloads.empty()) {
        if (!payloads.empty()) {
            payloads.resize(slots.size(), 1.0F);
        }
        return;
    }
    payloads.resize(before, 1.0F);
    payloads.insert(payloads.end(), packet.payloads.begin(), packet.payloads.end());
}

const char* readout_text(ReadoutSpec::Kind kind, bool logit) {
    if (logit) {
        return "logit";
    }
    switch (kind) {
        case ReadoutSpec::Kind::spike_count:
            return "spike count";
        case ReadoutSpec::Kind::first_spike:
            return "first spike";
        case ReadoutSpec::Kind::membrane:
            return "membrane";
        case ReadoutSpec::Kind::mean_membrane:
            return "mean membrane";
    }
    return "";
}

bool TraceHeader::whole() const {
    return std::all_of(populations.begin(), populations.end(), [](const TracePopulation& p) {
        return p.recorded == TracePopulation::Recorded::every_spike;
    });
}

Tick level_ticks(Tick horizon) {
    constexpr Tick k_most_bins = 128;
    Tick ticks = 1;
    while ((horizon - 1) / ticks >= k_most_bins) {
        ticks *= 2;
    }
    return ticks;
}

std::size_t level_count(Tick horizon) {
    return static_cast<std::size_t>((horizon - 1) / level_ticks(horizon) + 1);
}

void StreamTrace::copy_packet(std::size_t k, std::size_t first, Packet& out) const {
    out.clear();
    out.tick = ticks[k];
    const auto begin = static_cast<std::ptrdiff_t>(first);
    const auto end = static_cast<std::ptrdiff_t>(first + spikes[k]);
    out.slots.assign(slots.begin() + begin, slots.begin() + end);
    if (!payloads.empty()) {
        out.payloads.assign(payloads.begin() + begin, payloads.begin() + end);
    }
}

void StreamTrace::add_to(StreamDigest& digest) const {
    Packet packet;
    std::size_t at = 0;
    for (std::size_t k = 0; k < packets(); ++k) {
        copy_packet(k, at, packet);
        digest.add(packet);
        at += spikes[k];
    }
}

TraceHeader make_trace_header(const Network& network,
                              std::string model,
                              double tick_seconds,
                              std::uint64_t seed) {
    TraceHeader header;
    header.model = std::move(model);
    header.horizon = network.horizon();
    header.tick_seconds = tick_seconds;
    header.seed = seed;
    header.projections = static_cast<std::uint32_t>(network.projection_count());
    for (PopulationId id = 0; id < network.population_count(); ++id) {
        const PopulationSpec& spec = network.population(id);
        TracePopulation population;
        population.name = spec.name;
        population.shape = spec.shape;
        if (const auto* encoder = std::get_if<EncoderSpec>(&spec.kind)) {
            population.kind = TracePopulation::Kind::encoder;
            population.holds_values = encoder->holds_values;
        } else if (const auto* neuron = std::get_if<NeuronSpec>(&spec.kind)) {
            population.clock = neuron->clock;
            population.fires = neuron->fires;
        } else {
            population.kind = TracePopulation::Kind::max_pool;
        }
        header.populations.push_back(std::move(population));
    }
    for (std::size_t k = 0; k < network.readout_count(); ++k) {
        const ReadoutSpec& spec = network.readout(k);
        const bool of_spikes = spec.kind == ReadoutSpec::Kind::spike_count ||
                               spec.kind == ReadoutSpec::Kind::first_spike;
        const std::uint64_t values = network.population(spec.population).shape.size();
        header.readouts.push_back({spec.name,
                                   spec.population,
                                   spec.kind,
                                   static_cast<std::uint32_t>(values),
                                   spec.logit.has_value(),
                                   of_spikes ? std::optional(spec.ties) : std::nullopt});
    }
    return header;
}

TraceProvenance collect_provenance(std::string command_line,
                                   std::string program,
                                   std::uint32_t threads) {
    TraceProvenance provenance;
    provenance.command_line = std::move(command_line);
    provenance.program = std::move(program);
    provenance.threads = threads;

    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm utc = {};
    gmtime_r(&now, &utc);
    char text[32] = {};
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    provenance.time = text;

    std::ifstream cpus("/proc/cpuinfo");
    for (std::string line; std::getline(cpus, line);) {
        const std::size_t colon = line.find(": ");
        if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
            provenance.processor = line.substr(colon + 2);
            break;
        }
    }
    return provenance;
}

Digest digest_of(const SampleTrace& sample) {
    std::vector<Digest> streams;
    streams.reserve(sample.streams.size());
    StreamDigest digest;
    for (const StreamTrace& stream : sample.streams) {
        digest.reset();
        stream.add_to(digest);
        streams.push_back(digest.value());
    }
    std::vector<ReadoutDigestInput> readouts;
    readouts.reserve(sample.readouts.size());
    for (const ReadoutTrace& readout : sample.readouts) {
        readouts.push_back({readout.prediction, readout.values});
    }
    return sample_digest(streams, readouts);
}

void TraceHook::begin(std::uint64_t number, std::optional<std::int64_t> label) {
    sample_.number = number;
    sample_.label = label;
    sample_.streams.resize(populations_);
    for (StreamTrace& stream : sample_.streams) {
        stream.clear();
    }
    sample_.readouts.clear();
}

void TraceHook::on_packet(PopulationId population, const Packet& packet) {
    sample_.streams[population].add(packet);
}

SampleTrace TraceHook::take(const Result& result) {
    for (const ReadoutResult& readout : result.readouts) {
        sample_.readouts.push_back(
            {readout.prediction, readout.values, readout.tied, readout.undecided});
    }
    return std::exchange(sample_, SampleTrace{});
}

}  // namespace saltus
