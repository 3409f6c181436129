// A model's spiking part as a NIR file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/interchange/nir/nir_convention.hpp"
#include "models/model.hpp"

namespace saltus {

struct NirExportOptions {
    double tick = 0;  // s, by which time constants are made; 0: the model's own, else 1e-4
    bool spiking_part = false;  // what stands in front of the spiking part is cut off, with a note
};

struct NirExport {
    double tick = 0;      // s
    std::string dialect;  // with `assumptions` and `tick`: how the same network is read back
    std::vector<std::string> assumptions;  // "comparison=at_least"
    std::vector<std::string> notes;        // what NIR has no words for, and what was cut off
};

// Populations become IF, LIF or CubaLIF (I, LI, CubaLI where they do not fire), projections Linear,
// Affine or Conv2d behind SumPool2d, AvgPool2d and Delay; a loop from a population to itself of one
// tick has no Delay, since readers add it. The file is there whole or not at all. Throws ModelError
// naming each part that NIR cannot say: artificial layers and encoders but events (unless cut off),
// weights that are not float32, sparse rows over 2^24 numbers laid out, refractory periods,
// windows, second-order and lasting currents, several receptors, delayed resets, initial membranes
// of their own.
NirExport export_nir(const LoadedModel& model,
                     const std::filesystem::path& path,
                     const NirExportOptions& options);

}  // namespace saltus
