// One folder of golden references, read: a network of ours for the chain of layers that case.json
// describes, and what another simulator fired.
#pragma once

#include <filesystem>
#include <list>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/network_spec.hpp"
#include "models/front/front.hpp"

namespace saltus::test {

// One neuron layer, and what it should fire.
struct GoldenLayer {
    std::size_t layer = 0;  // its place in case.json
    PopulationId population = 0;
    bool same_bits = false;  // its membrane must come out bit for bit (its sums are exact, too)
};

// One input with its expected spikes: the files that start with `prefix`.
struct GoldenRun {
    std::string prefix;        // "" or "img0_"
    std::vector<float> input;  // spikes [T, ...shape], or a still image
};

class GoldenCase {
  public:
    // Throws Error, or nlohmann's error, for a case that cannot be read or built.
    explicit GoldenCase(const std::filesystem::path& folder);

    [[nodiscard]] bool has_layers() const { return json_.contains("layers"); }

    // Builds network, front and runs; only with layers.
    void build();

    [[nodiscard]] const NetworkSpec& network() const { return network_; }

    [[nodiscard]] const FrontSpec& front() const { return front_; }

    [[nodiscard]] bool still_input() const {
        return still_input_;
    }  // through the front, as a held drive

    [[nodiscard]] const std::vector<GoldenLayer>& layers() const { return layers_; }

    [[nodiscard]] const std::vector<GoldenRun>& runs() const { return runs_; }

    // Sums are exact in any order: spikes must be equal without exception.
    [[nodiscard]] bool strict() const { return strict_; }

    // [T, neurons] by index, or [neurons]; nothing if the case has no such file.
    [[nodiscard]] std::optional<std::vector<float>> expected(const std::string& file) const;

  private:
    struct Chain;

    std::vector<float> tensor(const std::string& file,
                              std::vector<std::uint32_t>* shape = nullptr) const;
    const std::vector<float>& keep(std::vector<float> values);
    void read_inputs();
    std::size_t leading_artificial() const;
    void add_artificial(const nlohmann::json& layer, Shape& shape);
    void add_spiking(Chain& chain, std::size_t k);
    void add_neurons(Chain& chain, std::size_t k);
    void add_max_pool(Chain& chain, std::uint32_t k);
    ProjectionSpec projection_from(Chain& chain);
    void judge_strictness();

    std::filesystem::path folder_;
    nlohmann::json json_;
    NetworkSpec network_;
    FrontSpec front_;
    Shape input_shape_;
    bool still_input_ = false;
    bool strict_ = false;
    std::vector<GoldenLayer> layers_;
    std::vector<GoldenRun> runs_;
    std::list<std::vector<float>> tensors_;  // what the specs' spans view
};

// The update rule of a neuron kind of golden/README.md with its parameters.
NeuronSpec golden_neuron(const std::string& kind, const nlohmann::json& parameters);
// Whether our rule takes that kind's operations in its order.
bool golden_same_bits(const std::string& kind);

}  // namespace saltus::test
