// One self-contained HTML page to look into a trace with: open it by a double click, no network.
#pragma once

#include <filesystem>

#include "models/trace/explore_data.hpp"

namespace saltus {

// The page's program and style (models/pages), and the data: JSON, and columns compressed by zlib,
// in base64. Names may hold anything: they are never read as markup. Appears whole or not at all.
// Throws InputError if the file cannot be created, Error if it cannot be written.
void write_explore_page(const std::filesystem::path& path, const ExploreData& data);

}  // namespace saltus
