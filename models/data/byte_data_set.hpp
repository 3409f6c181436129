// A data set whose numbers are bytes, held in memory: MNIST-type and CIFAR-10 images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "models/data/data_set.hpp"

namespace saltus {

// The folder's {train,t10k}-images-idx3-ubyte and labels, plain or .gz; shape [1, rows, columns]
// (idx4: [channels, rows, columns]). Labels may be missing. nullptr if the folder has no such file
// of any split. Throws InputError for files that are damaged or disagree, and for labels without
// images.
std::unique_ptr<DataSet> open_idx_folder(const std::filesystem::path& folder,
                                         const std::string& split);

// The folder's data_batch_1.bin ... (train) or test_batch.bin: records of one label byte and 3 x 32
// x 32 pixels. Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images",
// 2009. nullptr if the folder has no such file of any split.
std::unique_ptr<DataSet> open_cifar10_folder(const std::filesystem::path& folder,
                                             const std::string& split);

}  // namespace saltus
