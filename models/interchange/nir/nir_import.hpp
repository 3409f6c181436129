// A NIR file as a model of ours, by a stated convention. docs/nir.md says what each node becomes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/tick.hpp"
#include "models/interchange/nir/nir_convention.hpp"
#include "models/model.hpp"

namespace saltus {

struct NirImportOptions {
    std::string dialect;                   // a convention's name; empty: recognised, else the first
    std::vector<std::string> assumptions;  // "reset=subtract", over the convention's
    std::optional<double> tick;            // s; absent: the convention's, where it has one
    Tick horizon = 100;                    // NIR has none
};

// What became of a node.
struct NirNodeWord {
    enum class Word { exact, approximate };  // what cannot be said is refused, with an error
    std::string node;
    std::string type;
    Word word = Word::exact;
    std::string note;  // of approximate ones: why, and how far
};

struct NirImport {
    NirConvention convention;
    std::string recognised;  // by what the producer was known; empty: it was not
    std::optional<double> tick;
    std::vector<NirNodeWord> nodes;  // in the file's order
    std::vector<std::string> notes;  // what was assumed or left out
    std::optional<LoadedModel> model;
};

// Throws InputError for options, ModelError naming file and node for what cannot be expressed, with
// what would be needed.
NirImport import_nir(const std::filesystem::path& path, const NirImportOptions& options);

}  // namespace saltus
