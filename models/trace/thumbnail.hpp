// A sample's input as a small picture. Internal to models/trace.
#pragma once

#include <cstdint>
#include <vector>

#include "models/data/data_set.hpp"
#include "models/trace/explore_data.hpp"

namespace saltus {

// One or three channels of at most 48 x 48 pixels: larger frames are averaged down by a whole
// factor, other numbers of channels and all frames of a sequence are averaged into one. A frame
// without rows ([n]) is one row. Bytes beyond 1 are pixels and keep their value; all other numbers
// go from the sample's least (0) to its greatest (255).
ExploreThumbnail thumbnail_of(const DataSet& data);
// Of one sample, [channel][row][column], by the layout of `thumbnail`. Throws as DataSet::read.
std::vector<std::uint8_t> read_thumbnail(const DataSet& data,
                                         const ExploreThumbnail& thumbnail,
                                         std::uint64_t sample);

}  // namespace saltus
