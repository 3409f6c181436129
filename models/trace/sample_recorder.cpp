#include "models/trace/sample_recorder.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/hook_order.hpp"

namespace saltus {

namespace {

// Neurons times ticks of a window; one of more neurons has 8 ticks.
constexpr std::uint64_t k_window_places = std::uint64_t{1} << 22;
constexpr Tick k_most_window_ticks = 1024;
constexpr std::size_t k_row_bytes = std::size_t{1} << 18;  // of a series, after which it is packed

// Ticks of a window: follows from the header alone.
Tick window_ticks(const TraceHeader& header) {
    std::uint64_t neurons = 1;
    for (const TracePopulation& population : header.populations) {
        neurons += population.shape.size();
    }
    Tick ticks = k_most_window_ticks;
    while (ticks > k_block_ticks && static_cast<std::uint64_t>(ticks) > k_window_places / neurons) {
        ticks /= 2;
    }
    return ticks;
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

}  // namespace

SampleRecorder::SampleRecorder(const TraceHeader& header, Full full)
    : header_(header),
      full_(std::move(full)),
      window_ticks_(window_ticks(header)),
      level_ticks_(level_ticks(header.horizon)),
      bins_(level_count(header.horizon)),
      digests_(!header.whole()),
      lanes_(header.populations.size()),
      rows_(header.series.size()),
      last_row_(header.series.size()) {
    for (std::size_t p = 0; p < lanes_.size(); ++p) {
        lanes_[p].encoder = BlockEncoder(header.populations[p].shape.size());
        lanes_[p].counter = SpikeCounter(header.populations[p].shape.size());
    }
}

void SampleRecorder::begin(std::uint64_t number, std::optional<std::int64_t> label) {
    record_ = {};
    record_.number = number;
    record_.label = label;
    record_.levels.assign(lanes_.size() * bins_, 0);
    for (Lane& lane : lanes_) {
        lane.encoder.reset();
        lane.windows.clear();
        lane.open.clear();
        if (digests_) {
            lane.digest.reset();
        }
    }
    for (std::size_t k = 0; k < rows_.size(); ++k) {
        rows_[k] = {number, static_cast<std::uint32_t>(k), {}, {}};
        last_row_[k].clear();
    }
    newest_ = -1;
    open_spikes_ = 0;
    from_ = 0;
    chunks_.clear();
    alone_ = false;
}

void SampleRecorder::on_packet(PopulationId population, const Packet& packet) {
    if (packet.held || packet.slots.empty()) {
        return;
    }
    Lane& lane = lanes_[population];
    record_.levels[population * bins_ + static_cast<std::size_t>(packet.tick / level_ticks_)] +=
        packet.slots.size();
    if (digests_) {
        lane.digest.add(packet);
    }
    switch (header_.populations[population].recorded) {
        case TracePopulation::Recorded::nothing:
            return;
        case TracePopulation::Recorded::counts:
            lane.counter.add(packet);
            return;
        case TracePopulation::Recorded::every_spike:
            break;
    }
    const std::int64_t window = packet.tick / window_ticks_;
    if (window > newest_) {
        newest_ = window;
        take_windows((packet.tick - k_most_hook_lag + 1) / window_ticks_);
    }
    if (lane.windows.empty() || lane.windows.back().number != window) {
        if (!lane.windows.empty()) {
            lane.encoder.close(lane.windows.back().blocks);
        }
        lane.windows.push_back({window, {}});
        if (!spare_.empty()) {
            lane.windows.back().blocks = std::move(spare_.back());
            spare_.pop_back();
        }
    }
    lane.encoder.add(packet, lane.windows.back().blocks);
}

// Takes windows before `until`, which are complete, into the open part, and cuts it where it is
// full.
void SampleRecorder::take_windows(std::int64_t until) {
    for (;;) {
        std::int64_t next = std::numeric_limits<std::int64_t>::max();
        for (const Lane& lane : lanes_) {
            if (!lane.windows.empty()) {
                next = std::min(next, lane.windows.front().number);
            }
        }
        if (next >= until) {
            return;
        }
        for (Lane& lane : lanes_) {
            if (lane.windows.empty() || lane.windows.front().number != next) {
                continue;
            }
            SpikeBlocks& blocks = lane.windows.front().blocks;
            if (lane.windows.size() == 1) {
                lane.encoder.close(blocks);
            }
            open_spikes_ += blocks.spikes;
            if (lane.open.blocks.empty()) {
                std::swap(lane.open, blocks);
            } else {
                lane.open.append(blocks);
            }
            blocks.clear();
            spare_.push_back(std::move(blocks));
            lane.windows.pop_front();
        }
        if (open_spikes_ >= k_chunk_spikes) {
            // The last window may reach past the horizon, and its product past the last tick.
            const bool last = next >= (header_.horizon - 1) / window_ticks_;
            cut(last ? header_.horizon : (next + 1) * window_ticks_);
        }
    }
}

TracePart SampleRecorder::part_until(Tick until) {
    TracePart part;
    part.sample = record_.number;
    part.from = from_;
    part.until = until;
    part.populations.resize(lanes_.size());
    part.counts.resize(lanes_.size());
    for (std::size_t p = 0; p < lanes_.size(); ++p) {
        std::swap(part.populations[p], lanes_[p].open);
    }
    from_ = until;
    open_spikes_ = 0;
    return part;
}

void SampleRecorder::cut(Tick at) {
    TracePart part = part_until(at);
    chunks_.push_back(packer_.pack({&part, 1}));
    alone_ = true;
    for (std::size_t p = 0; p < lanes_.size(); ++p) {
        std::swap(part.populations[p], lanes_[p].open);  // its memory is used again
        lanes_[p].open.clear();
    }
    if (full_) {
        full_(chunks_);
    }
}

void SampleRecorder::add_row(std::size_t k, Tick tick, std::span<const float> values) {
    if (header_.series[k].when == TraceSeries::When::changes) {
        if (same_bits(last_row_[k], values)) {
            return;
        }
        last_row_[k].assign(values.begin(), values.end());
    }
    rows_[k].ticks.push_back(tick);
    rows_[k].values.insert(rows_[k].values.end(), values.begin(), values.end());
    if (rows_[k].values.size() * sizeof(float) >= k_row_bytes) {
        pack_rows(k);
        if (full_) {
            full_(chunks_);
        }
    }
}

void SampleRecorder::pack_rows(std::size_t k) {
    if (rows_[k].ticks.empty()) {
        return;
    }
    chunks_.push_back(packer_.pack(rows_[k]));
    alone_ = true;
    rows_[k].ticks.clear();
    rows_[k].values.clear();
}

RecordedSample SampleRecorder::finish() {
    take_windows(std::numeric_limits<std::int64_t>::max());
    for (std::size_t k = 0; k < rows_.size(); ++k) {
        pack_rows(k);
    }
    RecordedSample sample;
    sample.rest = part_until(header_.horizon);
    for (std::size_t p = 0; p < lanes_.size(); ++p) {
        if (header_.populations[p].recorded == TracePopulation::Recorded::counts) {
            lanes_[p].counter.take(sample.rest.counts[p]);
        }
    }
    if (digests_) {
        std::vector<Digest> streams;
        for (const Lane& lane : lanes_) {
            streams.push_back(lane.digest.value());
        }
        std::vector<ReadoutDigestInput> readouts;
        for (const ReadoutTrace& readout : record_.readouts) {
            readouts.push_back({readout.prediction, readout.values});
        }
        record_.digest = sample_digest(streams, readouts);
    }
    sample.record = std::move(record_);
    sample.chunks = std::exchange(chunks_, {});
    sample.alone = alone_;
    return sample;
}

RecordedSample SampleRecorder::take(const Result& result) {
    for (const ReadoutResult& readout : result.readouts) {
        record_.readouts.push_back(
            {readout.prediction, readout.values, readout.tied, readout.undecided});
    }
    record_.counts = {result.counts.populations, result.counts.projections};
    return finish();
}

RecordedSample SampleRecorder::take_from(const SampleTrace& sample) {
    if (sample.streams.size() != lanes_.size()) {
        throw InternalError(fmt::format(
            "a sample's trace: got {} streams, need {}", sample.streams.size(), lanes_.size()));
    }
    begin(sample.number, sample.label);
    // In ascending ticks over all populations, as a run would show them.
    struct Place {
        std::size_t packet = 0;
        std::size_t spike = 0;
    };
    std::vector<Place> places(lanes_.size());
    Packet packet;
    for (;;) {
        Tick now = std::numeric_limits<Tick>::max();
        for (std::size_t p = 0; p < places.size(); ++p) {
            if (places[p].packet < sample.streams[p].packets()) {
                now = std::min(now, sample.streams[p].ticks[places[p].packet]);
            }
        }
        if (now == std::numeric_limits<Tick>::max()) {
            break;
        }
        for (std::size_t p = 0; p < places.size(); ++p) {
            const StreamTrace& stream = sample.streams[p];
            Place& at = places[p];
            if (at.packet == stream.packets() || stream.ticks[at.packet] != now) {
                continue;
            }
            stream.copy_packet(at.packet, at.spike, packet);
            check_packet(packet, p);
            on_packet(static_cast<PopulationId>(p), packet);
            at.spike += stream.spikes[at.packet++];
        }
    }
    record_.readouts = sample.readouts;
    return finish();
}

// Packets that did not come from a run.
void SampleRecorder::check_packet(const Packet& packet, std::size_t population) const {
    const std::uint64_t neurons = header_.populations[population].shape.size();
    const bool ascending =
        std::adjacent_find(packet.slots.begin(), packet.slots.end(), std::greater_equal<>()) ==
        packet.slots.end();
    if (packet.tick < 0 || packet.tick >= header_.horizon || !ascending ||
        (!packet.slots.empty() && packet.slots.back() >= neurons)) {
        throw InternalError(fmt::format("a sample's trace: got a packet of population {} at tick {} "
                                        "that does not fit {} neurons and {} ticks",
                                        population,
                                        packet.tick,
                                        neurons,
                                        header_.horizon));
    }
}

}  // namespace saltus
