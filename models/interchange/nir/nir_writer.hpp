// Populations and projections of a model from NIR's neurons and paths. Internal to
// models/interchange/nir.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/tick.hpp"
#include "models/interchange/nir/nir_neuron.hpp"
#include "models/interchange/nir/nir_path.hpp"

#include "saltus/model.pb.h"

namespace saltus::detail {

class NirModelWriter {
  public:
    [[nodiscard]] proto::Model& model() { return model_; }

    // An input of spikes or values, and the encoder of this name that passes them on.
    void add_input(const std::string& name, const std::vector<std::uint64_t>& shape);
    // `constant`: arrives at every tick; empty: nothing.
    void add_population(const std::string& name,
                        const std::vector<std::uint64_t>& shape,
                        const NirNeuron& neuron,
                        const std::vector<double>& constant);
    // `sources`: how many the source has; `delays`: one, or one a source.
    void connect(const std::string& source,
                 std::uint64_t sources,
                 const std::string& target,
                 const NirPath& path,
                 const std::vector<Tick>& delays);

  private:
    std::string add_tensor(const std::string& name,
                           const std::vector<std::uint64_t>& shape,
                           const std::vector<double>& numbers);
    proto::Projection& add_projection(const std::string& source,
                                      const std::string& target,
                                      const NirPath& path,
                                      Tick delay);
    // Rows of the sources with this delay alone: one weight each, or the dense row.
    void add_rows(const std::string& source,
                  std::uint64_t sources,
                  const std::string& target,
                  const NirPath& path,
                  const std::vector<Tick>& delays,
                  Tick delay,
                  const std::string& name);
    std::string fresh(const std::string& name);

    proto::Model model_;
    std::set<std::string> names_;  // of tensors
};

}  // namespace saltus::detail
