// What the steps of a translation share; translation.cpp calls them in order.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/files/translation.hpp"

namespace saltus {

// Above this a population's state alone is gigabytes.
constexpr std::uint64_t k_max_neurons = std::uint64_t{1} << 28;
// Nodes on the longest way through the artificial front.
constexpr std::size_t k_max_front_depth = 1000;

bool is_front_layer(const proto::Node& node);
bool is_population(const proto::Node& node);  // encoders, populations and spike max pools

class Translator {
  public:
    Translator(const proto::Model& model, TensorStore& tensors, Faults& faults)
        : model_(model), tensors_(tensors), faults_(faults) {}

    Translation run();

  private:
    // Where a name leads.
    struct Place {
        bool is_input = false;
        std::size_t index = 0;
    };

    // A window's arithmetic, for a convolution or pool along one axis.
    struct Extent {
        std::uint64_t kernel = 1;
        std::uint64_t stride = 1;
        std::uint64_t padding = 0;
        std::uint64_t dilation = 1;
    };

    // translation.cpp
    void header();
    void inputs();
    void names();
    void number_populations();
    void infer_shapes();
    void populations();
    void readouts();
    void readout(const proto::Readout& source, const std::string& path);

    // front_translation.cpp
    void front();
    std::optional<Place> input_of(std::size_t node);
    void resolve_front(std::size_t node);
    void front_layer(std::size_t node, const Shape& in);
    Shape dense_layer(std::size_t node, const Shape& in, FrontLayer& layer);
    Shape conv2d_layer(std::size_t node, const Shape& in, FrontLayer& layer);
    Shape bias_layer(std::size_t node, const Shape& in, FrontLayer& layer);
    void encoders();
    void encoder(std::size_t node);
    Coding coding(const proto::Encoder& source, const std::string& path);
    Shape encoder_shape(std::size_t node, const Coding& coding, const Shape& activations);

    // neuron_translation.cpp
    NeuronSpec neuron(const proto::Population& source, const Shape& shape, const std::string& path);
    ReceptorSpec receptor(const proto::Receptor& source,
                          const Shape& shape,
                          const std::string& path);
    Parameter parameter(bool has_one,
                        float one,
                        bool has_each,
                        const std::string& each,
                        double otherwise,
                        const Shape& shape,
                        const std::string& path);
    std::vector<double> one_a_neuron(const std::string& tensor,
                                     const Shape& shape,
                                     const std::string& path);
    TickWindow window(const proto::Window& source, const std::string& path);

    // projection_translation.cpp
    void projections();
    void projection(std::size_t k);
    bool endpoints(const proto::Projection& source,
                   const std::string& path,
                   std::size_t& from,
                   std::size_t& to);
    bool connection(const proto::Projection& source,
                    const std::string& path,
                    const Shape& from,
                    const Shape& to,
                    ProjectionSpec& spec);
    bool dense(const std::string& weight,
               const std::string& path,
               const Shape& from,
               const Shape& to,
               Dense& out);
    bool conv2d(const proto::Conv2d& source,
                const std::string& path,
                const Shape& from,
                const Shape& to,
                Conv2d& out);
    bool sparse(const proto::Sparse& source,
                const std::string& path,
                const Shape& from,
                const Shape& to,
                Sparse& out);
    std::optional<Shape> pooled_source(const proto::Projection& source,
                                       const Shape& from,
                                       const std::string& path);
    // What a projection makes of its source's shape, if that can be said; no faults are added.
    std::optional<Shape> implied_target(const proto::Projection& source, const Shape& from);
    Weights weights(const StoredTensor& tensor, const std::string& path);
    bool rows_by_source_fits(const StoredTensor& tensor,
                             const WeightUse& use,
                             const std::string& path);
    void note_use(const StoredTensor& tensor, WeightUse use, const std::string& path);

    // shape_rules.cpp
    std::optional<Shape> shape(const google::protobuf::RepeatedField<std::uint32_t>& dims,
                               const std::string& path);
    const StoredTensor* tensor(const std::string& name, const std::string& path);
    std::span<const float> float_vector(const std::string& name,
                                        std::uint64_t size,
                                        const std::string& path);
    bool pair(const google::protobuf::RepeatedField<std::uint32_t>& given,
              std::uint32_t otherwise,
              std::uint32_t lowest,
              const std::string& path,
              std::uint32_t (&out)[2]);
    static std::optional<std::uint64_t> windows(std::uint64_t length, const Extent& extent);
    static std::optional<Shape> pooled(const Shape& in, std::uint64_t k, std::uint64_t stride);
    static std::uint32_t stride_of(const proto::Pool& pool);

    const proto::Model& model_;
    TensorStore& tensors_;
    Faults& faults_;
    Translation out_;
    std::map<std::string, Place> names_;
    std::vector<PopulationId> population_of_;  // by node; only meaningful for populations
    std::vector<FrontLayer> front_layers_;     // by node
    std::vector<char> resolved_;               // by node: 0 not yet, 1 on the way, 2 done
    std::map<std::size_t, Coding> codings_;    // by encoder node
    std::uint64_t expanded_ = 0;               // numbers made of one a channel or one for all
};

}  // namespace saltus
