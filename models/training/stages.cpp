#include "models/training/stages.hpp"

#include <map>

#include "core/error.hpp"

namespace saltus::training {

namespace {

// Rows and columns of a window's output.
Shape window_output(const Stage& stage, std::uint32_t channels, const std::string& path) {
    const std::vector<std::uint32_t>& in = stage.input.dims;
    if (!stage.input.is_chw()) {
        throw ModelError(path,
                         "a window over an input of shape " + stage.input.text(),
                         "[channels, rows, columns]");
    }
    std::uint32_t out[2];
    for (int axis = 0; axis < 2; ++axis) {
        const std::uint64_t padded = in[1 + axis] + 2ULL * stage.padding;
        if (padded < stage.kernel) {
            throw ModelError(path,
                             "a window of " + std::to_string(stage.kernel) + " over an input of shape " +
                                 stage.input.text(),
                             "a window that fits");
        }
        out[axis] = static_cast<std::uint32_t>((padded - stage.kernel) / stage.stride + 1);
    }
    return Shape{channels, out[0], out[1]};
}

void set_window(Stage& stage, const proto::RecipeLayer& layer) {
    if (layer.has_conv()) {
        stage.kind = Stage::Kind::conv;
        stage.kernel = layer.conv().kernel();
        stage.padding = layer.conv().padding();
        stage.stride = layer.conv().stride();
    } else {
        stage.kind =
            layer.has_average_pool() ? Stage::Kind::average_pool : Stage::Kind::max_pool;
        stage.kernel = layer.has_average_pool() ? layer.average_pool().k() : layer.max_pool().k();
        stage.stride = stage.kernel;
    }
}

const char* kind_name(Stage::Kind kind) {
    switch (kind) {
        case Stage::Kind::linear:
            return "linear";
        case Stage::Kind::conv:
            return "conv";
        default:
            return "pool";
    }
}

}  // namespace

std::vector<std::int64_t> Stage::weight_shape() const {
    if (kind == Kind::linear) {
        return {static_cast<std::int64_t>(output.size()), static_cast<std::int64_t>(input.size())};
    }
    if (kind == Kind::conv) {
        return {output.dims[0], input.dims[0], kernel, kernel};
    }
    return {};
}

std::vector<Stage> plan_stages(const proto::Recipe& recipe,
                               const Shape& input,
                               std::uint64_t classes) {
    std::vector<Stage> stages;
    std::map<std::string, int> numbers;
    Shape at = input;
    for (int k = 0; k < recipe.layers_size(); ++k) {
        const proto::RecipeLayer& layer = recipe.layers(k);
        const std::string path = recipe.name() + ": layers[" + std::to_string(k) + "]";
        Stage stage;
        stage.input = at;
        stage.artificial = static_cast<std::uint32_t>(k) < recipe.artificial_layers();
        stage.readout = k + 1 == recipe.layers_size();
        if (layer.has_linear()) {
            stage.output = Shape{layer.linear().units()};
        } else {
            set_window(stage, layer);
            stage.output = window_output(
                stage, layer.has_conv() ? layer.conv().channels() : at.dims[0], path);
        }
        if (stage.has_weights()) {
            stage.prune = layer.has_prune() ? layer.prune() : recipe.pruning().share();
        }
        if (!stage.has_weights() && !stage.artificial &&
            static_cast<std::uint32_t>(k) == recipe.artificial_layers()) {
            throw ModelError(path,
                             "a pool as the first spiking layer",
                             "artificial_layers of " + std::to_string(k + 1) + " or " +
                                 std::to_string(k - 1) + ": what is encoded goes to weights");
        }
        const std::string kind = kind_name(stage.kind);
        stage.name = stage.readout ? "logits" : kind + std::to_string(++numbers[kind]);
        at = stage.output;
        stages.push_back(std::move(stage));
    }
    if (at.size() < classes) {
        throw ModelError(recipe.name() + ": layers[" + std::to_string(recipe.layers_size() - 1) +
                             "].linear.units",
                         std::to_string(at.size()),
                         std::to_string(classes) + ", one a class of the data");
    }
    return stages;
}

}  // namespace saltus::training
