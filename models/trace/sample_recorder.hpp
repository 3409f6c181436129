// What is recorded of one sample while it runs. One a thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "core/simulator.hpp"
#include "models/trace/spike_blocks.hpp"
#include "models/trace/trace.hpp"
#include "models/trace/trace_chunk.hpp"

namespace saltus {

// A finished sample. A small one, whose spikes fit a chunk, is in `rest` and shares its chunk with
// its neighbours; of a larger one, chunks come in order, `rest` last.
struct RecordedSample {
    SampleRecord record;
    std::vector<PackedChunk> chunks;
    TracePart rest;
    bool alone = false;  // chunks of it were packed, some of which may have been handed over before
};

// Usage: recorder.begin(...); worker.set_hook(&recorder); outcome = worker.run(...);
//        writer.add(recorder.take(outcome.result));
//
// Where a sample's chunks are cut follows from its spikes alone, not from the order in which
// populations ran: ticks are taken in windows, and after a window in which 2^16 spikes since the
// last cut are reached, all populations are cut. Memory: a byte a neuron; the spikes (at most 2
// bytes each) of a chunk and of the 128 ticks that populations may be apart; and finished chunks,
// unless `full` takes them.
class SampleRecorder final : public Hook {
  public:
    // `full`: called with chunks that are complete while the sample still runs; takes them out, or
    // leaves them for take(). `header` must live on.
    using Full = std::function<void(std::vector<PackedChunk>&)>;

    explicit SampleRecorder(const TraceHeader& header, Full full = {});

    void begin(std::uint64_t number, std::optional<std::int64_t> label);
    void on_packet(PopulationId population, const Packet& packet) override;
    // A row of series `k` at `tick`, ascending; one that repeats the row before is left out where
    // only changes are recorded.
    void add_row(std::size_t k, Tick tick, std::span<const float> values);
    void set_input(std::uint64_t digest) { record_.input = digest; }
    [[nodiscard]] RecordedSample take(const Result& result);

    // The same from a sample in memory; readouts and label are the caller's.
    [[nodiscard]] RecordedSample take_from(const SampleTrace& sample);

  private:
    // A population's blocks of one window of ticks.
    struct Window {
        std::int64_t number = 0;
        SpikeBlocks blocks;
    };

    struct Lane {
        BlockEncoder encoder;
        SpikeCounter counter;
        StreamDigest digest;
        std::deque<Window> windows;  // ascending; the encoder is at work in the last
        SpikeBlocks open;            // windows taken since the last cut
    };

    void check_packet(const Packet& packet, std::size_t population) const;
    void take_windows(std::int64_t until);
    void cut(Tick at);
    void pack_rows(std::size_t k);
    TracePart part_until(Tick until);
    RecordedSample finish();

    const TraceHeader& header_;
    Full full_;
    Tick window_ticks_;
    Tick level_ticks_;
    std::size_t bins_;
    bool digests_;
    std::vector<Lane> lanes_;
    std::vector<SpikeBlocks> spare_;
    std::int64_t newest_ = -1;  // window that a packet was seen of
    std::uint64_t open_spikes_ = 0;
    Tick from_ = 0;  // of the open part
    SampleRecord record_;
    std::vector<SeriesRows> rows_;             // by series
    std::vector<std::vector<float>> last_row_;  // by series
    std::vector<PackedChunk> chunks_;
    bool alone_ = false;
    ChunkPacker packer_;
};

}  // namespace saltus
