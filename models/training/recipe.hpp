// A training recipe: protobuf text (proto/saltus/recipe.proto), read, completed with its defaults
// and checked for what cannot work whatever the data.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "saltus/recipe.pb.h"

namespace saltus::training {

// Reads, overrides, completes and checks. `settings`: "horizon=8", "neuron.leaky.beta=0.8",
// "layers[0].prune=0.9"; a list replaces what the file says ("data.mean=0.5"). Throws ModelError or
// InputError with file, line or field, and the nearest valid name of a field that does not exist.
proto::Recipe load_recipe(const std::filesystem::path& path,
                          std::span<const std::string> settings = {});

// A recipe in memory, completed and checked. `origin`: in front of every fault.
proto::Recipe complete_recipe(proto::Recipe recipe, const std::string& origin);

// Reads a queue of trainings. Throws as load_recipe does; also for two trainings of one name.
proto::Queue load_queue(const std::filesystem::path& path);

// XXH3-128 of the completed recipe, 32 hex digits: what a checkpoint belongs to.
std::string recipe_digest(const proto::Recipe& recipe);

// True if the neurons have a rate function (rate_function.hpp), so that a gradient of converted
// rates exists.
bool has_rate_function(const proto::RecipeNeuron& neuron);

// True if every layer is artificial: no neuron fires.
inline bool all_artificial(const proto::Recipe& recipe) {
    return recipe.artificial_layers() == static_cast<std::uint32_t>(recipe.layers_size());
}

}  // namespace saltus::training
