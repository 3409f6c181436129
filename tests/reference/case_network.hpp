// A case's JSON network (tests/semantics/README.md) as the engine's NetworkSpec. Owns the tensors
// that the spec's spans view; must outlive the compiled network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "core/network_spec.hpp"

#include "tests/reference/reference_network.hpp"

namespace reference {

class CaseNetwork {
  public:
    // `layout`: of dense and conv2d tensors of type float32 and int8, and of all sparse ones of
    // these types; others are always given by index.
    explicit CaseNetwork(const Json& network,
                         saltus::WeightLayout layout = saltus::WeightLayout::by_index);
    CaseNetwork(const CaseNetwork&) = delete;
    CaseNetwork& operator=(const CaseNetwork&) = delete;

    [[nodiscard]] const saltus::NetworkSpec& spec() const { return spec_; }

  private:
    struct alignas(64) Line {
        std::byte bytes[64];
    };

    template <class T>
    std::span<T> tensor(std::size_t count);
    saltus::ProjectionSpec read_projection(const Json& json);
    saltus::Weights read_weights(const Json& json);
    saltus::Weights lay_out(const Json& json, const std::vector<std::int64_t>& place);
    saltus::Dense read_dense(const Json& json, const saltus::Shape& from, const saltus::Shape& to);
    saltus::Conv2d read_conv2d(const Json& json, const saltus::Shape& from);
    saltus::Sparse read_sparse(const Json& json,
                               const saltus::Shape& from,
                               const saltus::Shape& to);
    [[nodiscard]] bool rows_by_source(const Json& weight) const;

    saltus::WeightLayout layout_;
    saltus::NetworkSpec spec_;
    std::deque<std::vector<Line>> tensors_;
};

}  // namespace reference
