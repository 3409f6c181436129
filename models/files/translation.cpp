#include "models/files/translation.hpp"

#include <cmath>

#include "models/files/translator.hpp"

namespace saltus {

namespace {

// Characters that an address (NAME[i]@t) or a table could not hold.
bool is_good_name(const std::string& name) {
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F || c == '[' || c == ']' || c == '@' || c == '"' ||
            c == ',') {
            return false;
        }
    }
    return !name.empty();
}

bool any_unusable(const std::vector<float>& values, bool zero_is_fine) {
    for (const float value : values) {
        if (!std::isfinite(value) || (!zero_is_fine && value == 0)) {
            return true;
        }
    }
    return false;
}

}  // namespace

Translation translate(const proto::Model& model, TensorStore& tensors, Faults& faults) {
    return Translator(model, tensors, faults).run();
}

Translation Translator::run() {
    header();
    inputs();
    names();
    out_.shapes.resize(static_cast<std::size_t>(model_.nodes_size()));
    number_populations();
    front();
    encoders();
    infer_shapes();
    populations();
    projections();
    readouts();
    out_.finite_known = !tensors_.all().empty();
    for (const StoredTensor& tensor : tensors_.all()) {
        const bool counts = tensor.is_float() || tensor.type == proto::TensorType::int8;
        out_.finite_known = out_.finite_known && (tensor.finite_known || !counts);
    }
    return std::move(out_);
}

void Translator::header() {
    out_.network.horizon = model_.horizon();
    if (model_.horizon() < 1) {
        faults_.add("horizon", std::to_string(model_.horizon()), "at least 1 tick");
    }
    if (model_.has_tick_seconds() &&
        !(std::isfinite(model_.tick_seconds()) && model_.tick_seconds() > 0)) {
        faults_.add("tick_seconds", std::to_string(model_.tick_seconds()), "a length above 0");
    }
    if (model_.nodes_size() == 0) {
        faults_.add("nodes", "none", "at least one");
    }
}

void Translator::inputs() {
    for (int k = 0; k < model_.inputs_size(); ++k) {
        const proto::Input& source = model_.inputs(k);
        const std::string path = "inputs[" + std::to_string(k) + "]";
        ModelInput input;
        input.name = source.name();
        input.shape = shape(source.shape(), path + ".shape").value_or(Shape{});
        input.divide_by = source.has_divide_by() ? source.divide_by() : 1;
        input.mean.assign(source.mean().begin(), source.mean().end());
        input.deviation.assign(source.deviation().begin(), source.deviation().end());
        input.sequence = source.sequence();
        input.ticks_per_frame = source.has_ticks_per_frame() ? source.ticks_per_frame() : 1;
        if (any_unusable({input.divide_by}, false)) {
            faults_.add(
                path + ".divide_by", std::to_string(input.divide_by), "a finite number, not 0");
        }
        const std::size_t channels = input.shape.is_chw() ? input.shape.channels() : 1;
        const auto check = [&](const std::vector<float>& values, const char* field, bool zero) {
            if (values.size() > 1 && values.size() != channels) {
                faults_.add(path + field,
                            std::to_string(values.size()) + " numbers",
                            "none, one, or one a channel of " + input.shape.text());
            }
            if (any_unusable(values, zero)) {
                faults_.add(path + field,
                            "a number that is not finite" + std::string(zero ? "" : ", or 0"),
                            "finite numbers" + std::string(zero ? "" : ", not 0"));
            }
        };
        check(input.mean, ".mean", true);
        check(input.deviation, ".deviation", false);
        if (input.ticks_per_frame < 1) {
            faults_.add(
                path + ".ticks_per_frame", std::to_string(input.ticks_per_frame), "at least 1");
        }
        out_.inputs.push_back(std::move(input));
    }
}

void Translator::names() {
    const auto add = [&](const std::string& name, const std::string& path, Place place) {
        if (!is_good_name(name)) {
            faults_.add(path + ".name",
                        name.empty() ? "none" : "\"" + name + "\"",
                        "a name without any of []@,\" or control characters");
        } else if (!names_.emplace(name, place).second) {
            faults_.add(path + ".name", "\"" + name + "\" again", "a name of its own");
        }
    };
    for (int k = 0; k < model_.inputs_size(); ++k) {
        add(model_.inputs(k).name(),
            "inputs[" + std::to_string(k) + "]",
            {true, static_cast<std::size_t>(k)});
    }
    for (int k = 0; k < model_.nodes_size(); ++k) {
        const std::string path = "nodes[" + std::to_string(k) + "]";
        add(model_.nodes(k).name(), path, {false, static_cast<std::size_t>(k)});
        if (model_.nodes(k).kind_case() == proto::Node::KIND_NOT_SET) {
            faults_.add(path, "no kind", "a layer, encoder, population or spike_max_pool");
        }
        if (!model_.nodes(k).input().empty() &&
            (model_.nodes(k).has_population() || model_.nodes(k).has_spike_max_pool())) {
            faults_.add(path + ".input",
                        "\"" + model_.nodes(k).input() + "\"",
                        "none: projections lead to populations");
        }
    }
}

void Translator::number_populations() {
    PopulationId next = 0;
    population_of_.resize(static_cast<std::size_t>(model_.nodes_size()));
    for (int k = 0; k < model_.nodes_size(); ++k) {
        if (is_population(model_.nodes(k))) {
            population_of_[static_cast<std::size_t>(k)] = next++;
        }
    }
}

// Shapes that are given, then those that follow from a projection whose source is known.
void Translator::infer_shapes() {
    const auto count = static_cast<std::size_t>(model_.nodes_size());
    std::vector<std::vector<int>> outgoing(count);
    for (int k = 0; k < model_.projections_size(); ++k) {
        const auto source = names_.find(model_.projections(k).source());
        if (source != names_.end() && !source->second.is_input) {
            outgoing[source->second.index].push_back(k);
        }
    }
    std::vector<std::size_t> known;
    for (std::size_t k = 0; k < count; ++k) {
        const proto::Node& node = model_.nodes(static_cast<int>(k));
        if (!is_population(node)) {
            continue;
        }
        if (!node.has_encoder() && !node.shape().empty()) {
            out_.shapes[k] =
                shape(node.shape(), "nodes[" + std::to_string(k) + "].shape").value_or(Shape{});
        }
        if (out_.shapes[k].size() != 0) {
            known.push_back(k);
        }
    }
    while (!known.empty()) {
        const std::size_t from = known.back();
        known.pop_back();
        for (const int k : outgoing[from]) {
            const auto target = names_.find(model_.projections(k).target());
            if (target == names_.end() || target->second.is_input) {
                continue;
            }
            const std::size_t to = target->second.index;
            const proto::Node& node = model_.nodes(static_cast<int>(to));
            const bool open = (node.has_population() || node.has_spike_max_pool()) &&
                              node.shape().empty() && out_.shapes[to].size() == 0;
            if (!open) {
                continue;
            }
            if (auto implied = implied_target(model_.projections(k), out_.shapes[from])) {
                out_.shapes[to] = std::move(*implied);
                known.push_back(to);
            }
        }
    }
}

void Translator::populations() {
    for (int k = 0; k < model_.nodes_size(); ++k) {
        const proto::Node& node = model_.nodes(k);
        if (!is_population(node)) {
            continue;
        }
        const std::string path = "nodes[" + std::to_string(k) + "]";
        PopulationSpec spec;
        spec.name = node.name();
        spec.shape = out_.shapes[static_cast<std::size_t>(k)];
        spec.origin = faults_.at(path);
        if (spec.shape.size() == 0 && !node.has_encoder() && node.shape().empty()) {
            faults_.add(path + ".shape", "none", "a shape: it does not follow from a projection");
        }
        if (node.has_encoder()) {
            const Coding& chosen = codings_[static_cast<std::size_t>(k)];
            spec.kind = EncoderSpec{holds_values(chosen), payload_counts(chosen)};
        } else if (node.has_population()) {
            spec.origin += ".population";
            spec.kind = neuron(node.population(), spec.shape, path + ".population");
        } else {
            spec.origin += ".spike_max_pool";
            spec.kind = MaxPoolSpec{static_cast<MaxPoolSpec::Mode>(node.spike_max_pool().mode())};
        }
        out_.network.populations.push_back(std::move(spec));
    }
}

void Translator::readouts() {
    for (int k = 0; k < model_.readouts_size(); ++k) {
        readout(model_.readouts(k), "readouts[" + std::to_string(k) + "]");
    }
}

void Translator::readout(const proto::Readout& source, const std::string& path) {
    ReadoutSpec spec;
    spec.name = source.name();
    spec.origin = faults_.at(path);
    const auto found = names_.find(source.population());
    if (found == names_.end() || found->second.is_input ||
        !is_population(model_.nodes(static_cast<int>(found->second.index)))) {
        faults_.add(path + ".population",
                    source.population().empty() ? "none" : "\"" + source.population() + "\"",
                    "the name of a population");
        return;
    }
    spec.population = population_of_[found->second.index];
    spec.kind = static_cast<ReadoutSpec::Kind>(source.kind());
    const bool of_spikes =
        spec.kind == ReadoutSpec::Kind::spike_count || spec.kind == ReadoutSpec::Kind::first_spike;
    if (of_spikes && !source.has_ties()) {
        faults_.add(
            path + ".ties", "none", "index (the lower one wins) or membrane (the larger one)");
    }
    if (!of_spikes && source.has_ties()) {
        faults_.add(path + ".ties",
                    proto::Ties::Value_Name(source.ties()),
                    "none: only spike_count and first_spike have ties to break");
    }
    spec.ties = source.ties() == proto::Ties::membrane ? ReadoutSpec::Ties::membrane
                                                       : ReadoutSpec::Ties::index;
    if (source.has_logit()) {
        spec.logit.emplace();
        if (source.logit().has_t()) {
            spec.logit->T = source.logit().t();
        }
        if (!source.logit().bias().empty()) {
            const auto bias = float_vector(source.logit().bias(),
                                           out_.shapes[found->second.index].size(),
                                           path + ".logit.bias");
            spec.logit->bias.assign(bias.begin(), bias.end());
        }
    }
    out_.network.readouts.push_back(std::move(spec));
}

}  // namespace saltus
