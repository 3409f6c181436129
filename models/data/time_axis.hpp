// The time axis of data against the ticks that a model runs. Of an input of sequences or spikes a
// run of T ticks shows T / ticks_per_frame frames, rounded up. Data of another length are refused
// unless someone says that they are meant, since the likely reason is an array [tick, sample, ...]
// (the order of snnTorch and SpikingJelly) read as [sample, tick, ...], which would run and give
// plausible numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "models/data/data_set.hpp"
#include "models/model.hpp"

namespace saltus {

// True if the data of this input have a time axis.
bool has_time_axis(const ModelInput& input);

// Frames that a run of `horizon` ticks shows of it; 1 without a time axis.
std::uint64_t frames_run(const ModelInput& input, Tick horizon);

// Throws InputError, naming both lengths and the likely cause, if the data are shorter or longer
// than what is run. A sole sample is taken as it stands (its axes cannot be mistaken), except where
// its one frame's axis is what would fit; time_axis_note() speaks of it. `time_first`: how the data
// were opened.
void check_time_axis(const DataSet& data, const ModelInput& input, Tick horizon, bool time_first);

// The events (values other than 0) of these samples in frames from `first_frame` on, which a run
// does not show. Reads those samples. `stop`: polled between samples; once true, counting ends.
std::uint64_t count_unused_events(const DataSet& data,
                                  std::span<const std::uint64_t> samples,
                                  std::uint64_t first_frame,
                                  const std::function<bool()>& stop);

// One line about data that are shorter or longer than what is run, without an end; empty if they
// are as long. `unused_events`: of the samples run, for spikes.
std::string time_axis_note(const DataSet& data,
                           const ModelInput& input,
                           Tick horizon,
                           std::uint64_t unused_events);

}  // namespace saltus
