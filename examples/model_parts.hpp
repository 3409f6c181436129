// How a model is built in C++: a saltus.proto.Model is filled in, part by part, with what a
// .textproto file would say. Tensors name .npy files, or hold numbers.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saltus/model.pb.h"

namespace examples {

// One row of what the makers measured.
struct Measured {
    saltus::proto::Model& model;
    std::string data_set;
    std::uint64_t samples;

    void add(int horizon, std::uint64_t right, double spikes, double encoder_spikes, double synops);
};

void add_input(saltus::proto::Model& model,
               const std::string& name,
               std::initializer_list<std::uint32_t> shape,
               float divide_by);
void add_file(saltus::proto::Model& model, const std::string& tensor, const std::string& file);
void add_numbers(saltus::proto::Model& model,
                 const std::string& tensor,
                 const std::vector<std::uint64_t>& shape,
                 const std::vector<float>& values);

saltus::proto::Encoder& add_encoder(saltus::proto::Model& model, const std::string& name);
// Integrate-and-fire neurons; their shape follows from what projects to them.
saltus::proto::Population& add_population(saltus::proto::Model& model, const std::string& name);

saltus::proto::Projection& add_projection(saltus::proto::Model& model,
                                          const std::string& source,
                                          const std::string& target);
saltus::proto::Projection& add_dense(saltus::proto::Model& model,
                                     const std::string& source,
                                     const std::string& target,
                                     const std::string& weight);

// Ten integrators that never fire; logit = membrane at the end / T + bias.
void add_logits(saltus::proto::Model& model,
                const std::string& source,
                const std::string& weight,
                const std::string& bias);
void add_spike_count(saltus::proto::Model& model, const std::string& population);

}  // namespace examples
