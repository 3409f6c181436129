// What lies between two populations of a NIR graph: a chain of nodes without state, put together to
// one connection of ours. Internal to models/interchange/nir.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "models/interchange/nir/nir_file.hpp"

namespace saltus::detail {

// One way from a source to here.
struct NirPath {
    struct Identity {
        std::vector<double> scale;  // one a source, by index; empty: 1
    };

    struct Dense {
        std::uint64_t rows = 0;     // targets
        std::uint64_t columns = 0;  // sources
        std::vector<double> weight;
    };

    struct Conv {
        std::uint64_t kernel[2] = {1, 1};
        std::uint64_t stride[2] = {1, 1};
        std::uint64_t padding[2] = {0, 0};
        std::uint64_t dilation[2] = {1, 1};
        std::uint64_t groups = 1;
        std::uint64_t channels = 0;  // out
        std::vector<double> weight;  // [out, in / groups, ky, kx]
    };

    struct Pool {
        bool average = false;
        std::uint64_t k = 2;
        std::uint64_t stride = 2;
    };

    std::size_t source = 0;             // place of the node in the graph
    std::vector<std::uint64_t> shape;   // of what comes out
    std::vector<Pool> pool;             // none or one, in front of the connection
    std::vector<std::uint64_t> pooled;  // shape behind the pool; empty without one
    std::variant<Identity, Dense, Conv> connection;
    std::vector<double> seconds;  // of delay: none, one, or one a source
};

// What arrives somewhere: paths, and a constant.
struct NirSum {
    std::vector<NirPath> paths;
    std::vector<double> constant;      // none, or one a number of `shape`
    std::vector<std::uint64_t> shape;  // empty: nothing arrives
};

std::uint64_t elements(const std::vector<std::uint64_t>& shape);
std::string shape_words(const std::vector<std::uint64_t>& shape);

// A node without state behind `sum`: Affine, Linear, Scale, Conv1d, Conv2d, SumPool2d, AvgPool2d,
// Flatten, Delay, Through. Throws ModelError naming `file` and node for fields that are missing, do
// not fit or are not finite, and for what has no connection of ours, saying what would be needed.
NirSum behind(const NirNode& node, const NirSum& sum, const std::string& file);

// Of `behind`: a convolution, a pool.
class NirFields;
NirSum convolution(const NirFields& node, const NirSum& sum);
NirSum pool(const NirFields& node, const NirSum& sum);

// The sum of what comes over several edges.
NirSum together(const std::vector<NirSum>& sums, const std::string& file, const std::string& node);

bool has_state(const std::string& type);
bool is_stateless(const std::string& type);

}  // namespace saltus::detail
