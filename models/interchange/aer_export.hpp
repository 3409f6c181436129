// Spikes of one population as address events, as event cameras give them.
#pragma once

#include <filesystem>

#include "models/interchange/export_part.hpp"

namespace saltus {

// One population [C, H, W] with C of 1 or 2, of one sample, whose payloads are all 1. Of 2 channels
// the polarity is the channel; of 1 it is 1. x is the column, y the row, from the upper left. Times
// are whole microseconds, tick x its length rounded to the nearest; 1 tick is 1 us where the trace
// does not state it. Events stand in ascending time.
//
// Throws InputError, with the reason and what would do, for any other population, several samples
// or none, other payloads, a tick shorter than 1 us (its times would run together) and times beyond
// 2^53 us; for a damaged trace. Cost: one pass. Memory: a few chunks.

// .aer.txt: lines "t x y p"; comments, of #, first.
void export_aer_text(const ExportPart& part, const std::filesystem::path& out);

// .aedat: AEDAT 3.1 (docs.inivation.com, "AEDAT 3.1"), polarity events. Not 2.0: there the bits of
// an address, the sense of polarity and the side where x begins are each camera's own, and times
// end after 36 minutes. x and y below 2^15.
void export_aedat(const ExportPart& part, const std::filesystem::path& out);

}  // namespace saltus
