// A .npy array as a data set, and labels from one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "models/data/data_set.hpp"

namespace saltus {

// [sample, ...], or [sample, frame, ...] if `sequence`, or [frame, sample, ...] if `time_first`
// too. Numbers of any real type, converted to float32 when read. Throws InputError naming the file.
std::unique_ptr<DataSet> open_npy_data_set(const std::filesystem::path& path,
                                           bool sequence,
                                           bool time_first = false);

// Integers of any type, [sample]. Throws InputError naming the file.
std::vector<std::int64_t> read_npy_labels(const std::filesystem::path& path);

}  // namespace saltus
