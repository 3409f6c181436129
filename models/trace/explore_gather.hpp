// Chooses what of a trace goes into an explore page, and reads it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "models/data/data_set.hpp"
#include "models/trace/explore_data.hpp"
#include "models/trace/trace_choice.hpp"

namespace saltus {

// Without samples asked for: by margin.
struct ExploreRequest : TraceChoice {
    std::uint64_t most_spikes = 2'000'000;       // of the page
    std::uint64_t most_samples = 400;            // where none are asked for
    const DataSet* data = nullptr;               // where thumbnails come from; may be null
    std::string model_file;                      // named in commands to copy
    std::string data_name;                       // likewise
    std::string data_option = "--data";          // the option that named it
    std::function<void()> poll = [] {};          // called between samples; may throw
};

// Wrong samples first, then by margin, until samples or spikes reach their limit; a sample whose
// spikes alone are too many, or whose turn comes when too few are left, keeps its density only if
// it was asked for or nothing else is on the page. Cost: a pass over the trace, and the chosen
// samples once more; memory: what the page holds, and a few numbers for each sample of the trace.
// Throws InputError naming what is unknown with what there is, or what is damaged.
ExploreData gather_explore_data(const std::filesystem::path& trace, const ExploreRequest& request);

}  // namespace saltus
