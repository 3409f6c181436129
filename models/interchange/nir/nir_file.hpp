// A NIR file (github neuromorphs/NIR, HDF5) as a plain graph of nodes. Reads what is there and
// judges no dynamics; nested graphs are laid out flat.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace saltus {

// Numbers of one field, row-major; a scalar has no extents.
struct NirArray {
    std::vector<std::uint64_t> shape;
    std::vector<double> numbers;
};

struct NirNode {
    std::string name;  // of a nested graph's node: "outer/inner"
    std::string type;  // "Affine", "LIF", ...; a nested graph's Input and Output are "Through"
    std::map<std::string, NirArray> fields;
    std::map<std::string, std::string> words;  // fields that are text: padding "same"

    [[nodiscard]] const NirArray* find(const std::string& field) const {
        const auto at = fields.find(field);
        return at == fields.end() ? nullptr : &at->second;
    }
};

struct NirGraph {
    std::string version;  // of nir that wrote it; empty: not stated
    std::vector<NirNode> nodes;
    std::vector<std::pair<std::size_t, std::size_t>> edges;  // places in `nodes`, each once
    std::vector<std::string> notes;                          // an edge that stood twice
};

// Throws InputError if the file cannot be read, ModelError naming file and node for what is no NIR:
// no graph, unknown names in edges, links that are not plain, fields that are no numbers or text,
// arrays larger than what is stored, more than 100,000 nodes or 2^28 numbers, graphs nested more
// than 16 deep. Memory: 8 bytes a number.
NirGraph read_nir(const std::filesystem::path& path);

}  // namespace saltus
