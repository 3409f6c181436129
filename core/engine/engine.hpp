// The event loop: encode -> schedule -> pop -> deliver -> integrate -> fire. Internal to core;
// users drive it through simulator.hpp. core/README.md follows a spike through these functions.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/deliver/leap_input.hpp"
#include "core/deliver/projection.hpp"
#include "core/deliver/silencer.hpp"
#include "core/integrate/chunks/chunks.hpp"
#include "core/integrate/leaps/leap.hpp"
#include "core/integrate/max_pool.hpp"
#include "core/integrate/paths.hpp"
#include "core/integrate/rule/population.hpp"
#include "core/integrate/rule/update_rule.hpp"
#include "core/integrate/tiles/tiles.hpp"
#include "core/network.hpp"
#include "core/results/readout.hpp"
#include "core/schedule/packet_history.hpp"
#include "core/schedule/stop_asker.hpp"
#include "core/schedule/wake_queue.hpp"
#include "core/schedule/wake_stretch.hpp"
#include "core/simulator.hpp"
#include "core/zero_weights.hpp"

namespace saltus::detail {

template <class Real>
class Engine {
  public:
    explicit Engine(const CompiledNetwork<Real>& network);

    void begin(std::span<PacketSource* const> sources, Start start);
    bool advance_to(Tick tick);
    Result finish() const;

    void set_hook(Hook* hook) { hook_ = hook; }

    void set_silencer(Silencer silencer) { silencer_ = std::move(silencer); }

    void set_profile(std::span<double> seconds) { profile_ = seconds; }

    void set_zero_weights(const ZeroWeights* zeros) { next_zeros_ = zeros; }

    void set_stop(std::function<bool()> stop) { stop_ = StopAsker(std::move(stop)); }

    [[nodiscard]] bool has_begun() const { return begun_; }

    [[nodiscard]] bool has_failed() const { return error_.has_value(); }

    // By slot, after the last tick run.
    [[nodiscard]] std::vector<Real> membrane(PopulationId id) const;
    [[nodiscard]] std::vector<Real> current(PopulationId id, std::uint32_t receptor) const;

    [[nodiscard]] const PopulationState<Real>& state(PopulationId id) const {
        return populations_[id].state;
    }

    [[nodiscard]] const CompiledNetwork<Real>& network() const { return network_; }

    [[nodiscard]] const Counts& counts() const { return counts_; }

    // Since it was made.
    [[nodiscard]] const PathCounts& paths() const { return paths_; }

    [[nodiscard]] Tick last_tick() const { return now_; }

  private:
    // All mutable state of one population.
    struct Live {
        PopulationState<Real> state;               // neurons
        MaxPoolState pool;                         // max pools
        std::unique_ptr<LeapTables<Real>> tables;  // leaps
        std::unique_ptr<LeapPlan> plan;            // leaps, if the kernel covers them
        std::unique_ptr<LeapInput> input;          // the same: what arrives at the tick at work
        PacketHistory history;                     // packets that have not arrived everywhere
        FiredBits bits;                            // instead, if it fires bits
        Packet held;                               // the values an encoder holds now
        Tick held_since = -1;
        PacketSource* source = nullptr;  // encoders
        bool fetched = false;            // the open packet is the source's next
    };

    // What arrived for a woken population.
    struct Arrival {
        bool spikes = false;     // anything was added, or a filter is still ringing
        bool new_drive = false;  // held values were set
    };

    // What arrived through a sparse projection at the tick at work. The slots stay where they are
    // when the source's history moves its packets.
    struct WaitingRows {
        ProjectionId projection;
        std::span<const Slot> slots;
    };

    // engine.cpp: the loop, and what all populations share
    void reset_state(Start start, Tick ran);
    void schedule_first(PopulationId id, Start start);
    void wake(PopulationId id, Tick t);
    Arrival deliver(PopulationId id, Tick t);
    bool renew_drive(PopulationId id, Tick t);
    static void start_input(const CompiledNeurons<Real>& rule,
                            PopulationState<Real>& state,
                            Tick t);
    [[nodiscard]] bool may_wait(const CompiledPopulation<Real>& population) const;
    void move_waiting(PopulationId id);
    [[nodiscard]] bool filter_sends(ProjectionId id, Tick t, const Packet* packet) const;
    void finish_filters();
    const Packet* arriving(ProjectionId id, Tick t);
    void count(ProjectionId id, const Packet& packet);
    void count_zeros(ProjectionId id, const Packet& packet);

    // Weights of zero by source slot; empty: there are none, or nobody asks.
    [[nodiscard]] std::span<const std::uint64_t> zeros_of(ProjectionId id) const {
        return zeros_ == nullptr ? std::span<const std::uint64_t>() : zeros_->of(id);
    }

    void hold(PopulationId id);
    void show(PopulationId id, const Packet& packet);
    void fire(PopulationId id);
    bool record(PopulationId id);
    void wake_targets(PopulationId id, Tick fired_at);
    void wake_targets(PopulationId id, StretchTicks fired);
    void push(PopulationId id, Tick t);
    void fail(PopulationId id, Slot slot, Tick t, const std::string& what);
    bool end_failed();
    bool close_tick();
    void advance_by_ticks();
    void clear_counts();
    [[nodiscard]] std::uint64_t bytes_touched() const {
        return counts_.execution.weight_bytes + counts_.execution.state_bytes;
    }

    // encoding.cpp: what packet sources give
    void fetch(PopulationId id, Tick until);
    void read(PopulationId id, Tick until);
    void push_read(PopulationId id);
    void encode(PopulationId id);
    [[nodiscard]] bool accept(PopulationId id);
    void fail_source(PopulationId id, Tick t, const std::string& what);

    // layers.cpp: the layer-by-layer schedule
    [[nodiscard]] bool goes_by_layers() const;
    void advance_by_layers();
    Tick open_stretch(Tick from);
    void run_layer(const Layer& layer, Tick last, std::optional<SampleError>& error);
    void run_population(PopulationId id, Tick last);
    void encode_stretch(PopulationId id, Tick last);

    // gather.cpp: what arrives in a stretch (float32 only)
    bool gather(PopulationId id, Tick first, Tick last);
    bool gather_packets(ProjectionId id, Tick first, Tick last, Arrivals& arrivals);
    bool gather_bits(ProjectionId id, Tick first, Tick last, Arrivals& arrivals);
    void gather_pixels(ProjectionId id, Tick first, Tick last, TileSource& source);
    void count_zero_bits(ProjectionId id, Tick first, Tick last);
    std::size_t events_until(ProjectionId id, Tick last);

    // tiled.cpp: how a population of simple neurons takes a stretch of ticks (float32 only)
    void integrate_stretch(PopulationId id, Tick first, Tick last);
    void run_tiles(PopulationId id, const TileRun& stretch, bool driven);
    void run_rows(PopulationId id, const TileRun& stretch, bool driven);
    void run_tile(PopulationId id, TileRun run, const TilePlace& place, bool driven);
    void integrate_tile(
        PopulationId id, TileRun run, Slot first, const TileInput& input, const TileSums& sums);
    void add_whole_rows(
        PopulationId id, std::uint32_t from, std::uint32_t ticks, float* sums, std::uint32_t width);
    FiredBits& clear_fires(PopulationId id, Tick first, Tick last);
    void record_bits(PopulationId id, std::size_t count, Tick t);
    const Packet* listed(PopulationId id, Tick t);
    void fire_stretch(PopulationId id, Tick first, Tick last);

    // chunked.cpp: how one with synaptic currents does (float32 only)
    void integrate_chunks(PopulationId id, Tick first, Tick last);
    bool take_chunks(PopulationId id, Tick first, Tick last);
    void gather_chunks(PopulationId id, Tick first, Tick last, std::uint32_t pitch);
    void find_held(PopulationId id, Tick first, Tick last);
    void turn_to(PopulationId id, Slot at, CurrentStretch& stretch);
    bool run_chunks(PopulationId id, CurrentStretch& stretch, Tick first);
    void find_stuck(PopulationId id, CurrentStretch& stretch, Tick first);
    void add_input(PopulationId id, const CurrentStretch& stretch, Tick first);

    // clocks.cpp: how a woken population of neurons or a max pool takes it
    void integrate_stepped(PopulationId id, Tick t);
    void integrate_lazy(PopulationId id, Tick t);
    void advance_block(PopulationId id, std::uint32_t b, Tick t, UpdateOutcome& outcome);
    void integrate_max_pool(PopulationId id, Tick t);
    bool fire_updated(PopulationId id, Tick t, const UpdateOutcome& outcome);
    [[nodiscard]] Tick next_boundary(const CompiledNeurons<Real>& rule, Tick t, bool passes) const;

    // leaping.cpp: the same for a leaping population
    void integrate_leaps(PopulationId id, Tick t);
    void take_due(PopulationId id, Tick t, std::vector<Slot>& out);
    void leap_all(PopulationId id, std::span<const Slot> slots, bool arrived, Tick t);
    void leap_by_kernel(PopulationId id, std::span<const Slot> slots, bool arrived, Tick t);
    void leap_one(PopulationId id, Slot slot, bool arrived, Tick t);
    [[nodiscard]] bool drive_may_change(PopulationId id, Tick t, bool new_values) const;
    void change_drive(PopulationId id, Tick t, std::vector<Slot>& todo);
    void store_leap(PopulationId id, Slot slot, Tick t, bool held);
    void write_leap(PopulationState<Real>& state, Slot slot, Tick t);
    void fail_leap(PopulationId id, Slot slot, Tick t, const char* what);

    static constexpr const char* k_not_finite = "membrane is not finite, need a finite number";
    static constexpr const char* k_too_many =
        "membrane / theta is 2^32 - 1 or more, need a number of spikes";

    const CompiledNetwork<Real>& network_;
    std::vector<Live> populations_;
    std::vector<ProjectionState<Real>> projections_;
    std::vector<ReadoutState<Real>> readouts_;
    WakeQueue queue_;
    WakeStretch stretch_;  // layer by layer: what is taken out of the queue
    Tiles tiles_;
    Chunks chunks_;
    Hook* hook_ = nullptr;
    Silencer silencer_;
    std::span<double> profile_;  // by population; empty: nobody asks
    mutable StopAsker stop_;
    Counts counts_;
    const ZeroWeights* zeros_ = nullptr;       // of the sample at work; nullptr: nobody asks
    const ZeroWeights* next_zeros_ = nullptr;  // of the next one
    PathCounts paths_;
    std::optional<SampleError> error_;
    Tick now_ = -1;       // the tick at work, or the last one run
    Tick until_ = -1;     // how far advance_to goes
    bool begun_ = false;    // a sample, ever
    bool carries_ = false;  // there is a state that a next sample may start from
    bool ended_ = false;    // stopped by the hook, or failed
    bool tick_open_ =
        false;  // a population was woken at now_, and the hook has not seen the tick yet
    std::vector<WaitingRows> waiting_;
    std::vector<Slot> todo_;
    std::vector<Slot> zero_bits_;
    std::vector<Slot> due_;
    std::vector<std::pair<Slot, float>> pairs_;
    LeapState<Real> leap_;
    mutable LeapState<Real> read_;
};

template <>
void Engine<float>::integrate_stretch(PopulationId id, Tick first, Tick last);
template <>
bool Engine<float>::gather(PopulationId id, Tick first, Tick last);
template <>
bool Engine<float>::gather_packets(ProjectionId id, Tick first, Tick last, Arrivals& arrivals);
template <>
bool Engine<float>::gather_bits(ProjectionId id, Tick first, Tick last, Arrivals& arrivals);
template <>
void Engine<float>::gather_pixels(ProjectionId id, Tick first, Tick last, TileSource& source);
template <>
void Engine<float>::count_zero_bits(ProjectionId id, Tick first, Tick last);
template <>
void Engine<float>::run_tiles(PopulationId id, const TileRun& stretch, bool driven);
template <>
void Engine<float>::run_rows(PopulationId id, const TileRun& stretch, bool driven);
template <>
void Engine<float>::run_tile(PopulationId id, TileRun run, const TilePlace& place, bool driven);
template <>
void Engine<float>::integrate_tile(
    PopulationId id, TileRun run, Slot first, const TileInput& input, const TileSums& sums);
template <>
void Engine<float>::add_whole_rows(
    PopulationId id, std::uint32_t from, std::uint32_t ticks, float* sums, std::uint32_t width);
template <>
FiredBits& Engine<float>::clear_fires(PopulationId id, Tick first, Tick last);
template <>
void Engine<float>::record_bits(PopulationId id, std::size_t count, Tick t);
template <>
std::size_t Engine<float>::events_until(ProjectionId id, Tick last);
template <>
const Packet* Engine<float>::listed(PopulationId id, Tick t);
template <>
void Engine<float>::fire_stretch(PopulationId id, Tick first, Tick last);
template <>
void Engine<float>::integrate_chunks(PopulationId id, Tick first, Tick last);
template <>
bool Engine<float>::take_chunks(PopulationId id, Tick first, Tick last);
template <>
void Engine<float>::gather_chunks(PopulationId id, Tick first, Tick last, std::uint32_t pitch);
template <>
void Engine<float>::find_held(PopulationId id, Tick first, Tick last);
template <>
void Engine<float>::turn_to(PopulationId id, Slot at, CurrentStretch& stretch);
template <>
bool Engine<float>::run_chunks(PopulationId id, CurrentStretch& stretch, Tick first);
template <>
void Engine<float>::find_stuck(PopulationId id, CurrentStretch& stretch, Tick first);
template <>
void Engine<float>::add_input(PopulationId id, const CurrentStretch& stretch, Tick first);

extern template class Engine<float>;
extern template class Engine<double>;

}  // namespace saltus::detail
