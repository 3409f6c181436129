// Spikes as NumPy arrays in one archive (numpy.load).
#pragma once

#include <filesystem>

#include "models/interchange/export_part.hpp"

namespace saltus {

// Of spikes, one a spike, in the trace's order (sample, population, tick, slot):
//   sample int64 (its number in the data set), population int32 (a place in the arrays of
//   populations), neuron int64 (by index), tick int64, payload float32.
// Of samples [S], all that were chosen, silent ones too:
//   sample_number int64; has_label bool and label int64 (0 without one); has_answer bool: false if
//   the record was cut off; prediction int64, tied bool, undecided bool [S, R] (-1, false, false
//   without an answer); readout_values float32 [S, V] (nan without an answer).
// Of readouts [R]: readout_names, readout_population int32, readout_from int64 [R + 1]: readout r
// has
//   the columns readout_from[r] to readout_from[r + 1] of readout_values.
// Of populations [P], all of the trace: population_names, population_shape int64 [P, 3] ([n] is
//   [n, 1, 1]), population_exported bool: its spikes are here.
// Of the run: model_names [1], horizon int64 [], tick_seconds float64 [] (0: not stated), ticks
// int64
//   [2]: the first tick that is here and the one behind the last.
//
// X_names is text of at most 256 characters a name, so that one long name does not make all long;
// X_name_bytes uint8 and X_name_ends int64 have the names whole, end to end.
//
// Cost: two passes over the spikes; columns grow beside `out`, deflated, in files without a name.
// Memory: some chunks. Throws InputError for a damaged trace and for a sample's number beyond 2^63
// - 1.
void export_npz(const ExportPart& part, const std::filesystem::path& out);

}  // namespace saltus
