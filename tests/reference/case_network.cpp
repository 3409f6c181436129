#include "tests/reference/case_network.hpp"

#include <algorithm>
#include <string>

namespace reference {

namespace {

using saltus::NeuronSpec;

// The decimal names a float32.
double real(const Json& number) {
    return static_cast<float>(number.get<double>());
}

saltus::Parameter parameter(const Json& json, const char* key, double fallback) {
    if (!json.contains(key)) {
        return fallback;
    }
    const Json& value = json.at(key);
    if (!value.is_array()) {
        return real(value);
    }
    std::vector<double> each;
    for (const Json& x : value) {
        each.push_back(real(x));
    }
    return saltus::Parameter(each);
}

saltus::TickWindow window(const Json& json, const char* key) {
    if (!json.contains(key)) {
        return {};
    }
    return {json.at(key).at(0).get<Tick>(), json.at(key).at(1).get<Tick>()};
}

std::optional<saltus::SecondOrder> second_order(const Json& json, const char* key) {
    if (!json.contains(key)) {
        return std::nullopt;
    }
    const Json& f = json.at(key);
    return saltus::SecondOrder{real(f.at("a1")), real(f.at("a2")), real(f.at("b"))};
}

saltus::ReceptorSpec read_receptor(const Json& json) {
    saltus::ReceptorSpec receptor;
    receptor.alpha = parameter(json, "alpha", 0);
    receptor.gain = parameter(json, "gain", 1);
    receptor.second_order = second_order(json, "second_order");
    for (const Json& bias : json.value("bias", Json::array())) {
        receptor.bias.push_back(real(bias));
    }
    receptor.drive_window = window(json, "drive_window");
    return receptor;
}

// The enumerator at the place of the text in `names`.
template <class Enum>
Enum choice(const Json& json, const char* key, std::initializer_list<const char*> names) {
    const auto text = json.value(key, std::string(*names.begin()));
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) {
        throw std::invalid_argument(text);
    }
    return static_cast<Enum>(found - names.begin());
}

NeuronSpec read_neurons(const Json& json) {
    NeuronSpec n;
    n.clock = choice<saltus::Clock>(json, "clock", {"stepped", "lazy", "leaps"});
    n.block = json.value("block", 0U);
    n.fires = json.value("fires", true);
    n.theta = parameter(json, "theta", 1);
    n.beta = parameter(json, "beta", 1);
    n.v_rest = parameter(json, "v_rest", 0);
    n.v_init = parameter(json, "v_init", 0);
    n.v_reset = parameter(json, "v_reset", 0);
    n.comparison = choice<saltus::Comparison>(json, "comparison", {"v >= theta", "v > theta"});
    n.reset = choice<saltus::Reset>(json, "reset", {"subtract theta", "to v_reset", "none"});
    n.reset_when = choice<saltus::ResetWhen>(
        json, "reset_when", {"at_firing", "next_before_leak", "next_after_input", "next_over_all"});
    n.previous_reset_counts = json.value("previous_reset_counts", false);
    n.current_used =
        choice<saltus::CurrentUsed>(json, "current_used", {"this_tick", "tick_before"});
    n.spikes_per_tick = choice<saltus::SpikesPerTick>(json, "spikes_per_tick", {"one", "trunc"});
    if (json.contains("floor")) {
        n.floor = real(json.at("floor"));
    }
    n.refractory = choice<saltus::Refractory>(json, "refractory", {"integrate", "hold", "drop"});
    n.refractory_ticks = json.value("refractory_ticks", Tick{0});
    n.firing_window = window(json, "firing_window");
    if (json.contains("reset_trace")) {
        n.reset_trace = real(json.at("reset_trace"));
    }
    if (json.contains("receptors")) {
        n.receptors.clear();
        for (const Json& receptor : json.at("receptors")) {
            n.receptors.push_back(read_receptor(receptor));
        }
    }
    return n;
}

saltus::PopulationSpec read_population(const Json& json) {
    saltus::PopulationSpec p;
    p.name = json.at("name").get<std::string>();
    p.shape = saltus::Shape(json.at("shape").get<std::vector<std::uint32_t>>());
    const auto kind = json.value("kind", "neurons");
    const auto coding = json.value("coding", "");
    if (kind == "neurons") {
        p.kind = read_neurons(json);
    } else if (kind == "encoder") {
        p.kind = saltus::EncoderSpec{coding == "duplicate", coding == "poisson"};
    } else {
        p.kind = saltus::MaxPoolSpec{
            choice<saltus::MaxPoolSpec::Mode>(json, "mode", {"by_tick", "by_count"})};
    }
    return p;
}

std::uint32_t place(const saltus::NetworkSpec& spec, const Json& name) {
    std::uint32_t k = 0;
    while (spec.populations.at(k).name != name.get<std::string>()) {
        ++k;
    }
    return k;
}

saltus::ReadoutSpec read_readout(const Json& json, const saltus::NetworkSpec& spec) {
    saltus::ReadoutSpec r;
    r.population = place(spec, json.at("population"));
    r.name = "readout of " + spec.populations[r.population].name;
    r.kind = choice<saltus::ReadoutSpec::Kind>(
        json, "kind", {"spike_count", "first_spike", "membrane", "mean_membrane"});
    r.ties = json.value("ties", "index") == "membrane" ? saltus::ReadoutSpec::Ties::membrane
                                                       : saltus::ReadoutSpec::Ties::index;
    if (json.contains("logit") && !json.at("logit").is_null()) {
        const Json& logit = json.at("logit");
        r.logit.emplace();
        if (logit.contains("T")) {
            r.logit->T = logit.at("T").get<Tick>();
        }
        if (logit.contains("bias") && !logit.at("bias").is_null()) {
            for (const Json& bias : logit.at("bias")) {
                r.logit->bias.push_back(static_cast<float>(real(bias)));
            }
        }
    }
    return r;
}

saltus::PoolSpec read_pool(const Json& json) {
    saltus::PoolSpec pool;
    pool.kind = choice<saltus::PoolSpec::Kind>(json, "kind", {"sum", "average"});
    pool.k = json.at("k").get<std::uint32_t>();
    pool.stride = json.value("stride", 0U);
    return pool;
}

saltus::Shape pooled(const saltus::Shape& from, const saltus::PoolSpec& pool) {
    const std::uint32_t stride = pool.stride == 0 ? pool.k : pool.stride;
    return {from.channels(),
            (from.height() - pool.k) / stride + 1,
            (from.width() - pool.k) / stride + 1};
}

}  // namespace

CaseNetwork::CaseNetwork(const Json& network, saltus::WeightLayout layout) : layout_(layout) {
    spec_.horizon = network.at("T").get<Tick>();
    for (const Json& p : network.at("populations")) {
        spec_.populations.push_back(read_population(p));
    }
    for (const Json& p : network.at("projections")) {
        spec_.projections.push_back(read_projection(p));
    }
    for (const Json& r : network.value("readouts", Json::array())) {
        spec_.readouts.push_back(read_readout(r, spec_));
    }
}

template <class T>
std::span<T> CaseNetwork::tensor(std::size_t count) {
    // One line at least, so that an empty tensor has an address too.
    tensors_.emplace_back(count * sizeof(T) / sizeof(Line) + 1);
    return {reinterpret_cast<T*>(tensors_.back().data()), count};
}

saltus::ProjectionSpec CaseNetwork::read_projection(const Json& json) {
    saltus::ProjectionSpec p;
    p.source = place(spec_, json.at("source"));
    p.target = place(spec_, json.at("target"));
    p.receptor = json.value("receptor", 0U);
    p.delay = json.value("delay", Tick{0});
    p.source_filter = second_order(json, "source_filter");
    saltus::Shape from = spec_.populations[p.source].shape;
    const saltus::Shape& to = spec_.populations[p.target].shape;
    if (json.contains("pool")) {
        p.pool = read_pool(json.at("pool"));
        from = pooled(from, *p.pool);
    }
    const Json& c = json.at("connection");
    const auto kind = c.at("kind").get<std::string>();
    if (kind == "dense") {
        p.connection = read_dense(c, from, to);
    } else if (kind == "conv2d") {
        p.connection = read_conv2d(c, from);
    } else if (kind == "sparse") {
        p.connection = read_sparse(c, from, to);
    } else if (kind == "identity") {
        p.connection = saltus::Identity{};
    } else {
        p.connection = saltus::PoolWindow{c.at("k").get<std::uint32_t>(), c.value("stride", 0U)};
    }
    return p;
}

bool CaseNetwork::rows_by_source(const Json& weight) const {
    const auto type = weight.at("type").get<std::string>();
    return layout_ == saltus::WeightLayout::rows_by_source && (type == "float32" || type == "int8");
}

// As the case lists it.
saltus::Weights CaseNetwork::read_weights(const Json& json) {
    const auto type = json.at("type").get<std::string>();
    std::size_t count = json.contains("data") ? json.at("data").size() : 0;
    if (json.contains("bits")) {
        count = (json.at("bits").get_ref<const std::string&>().size() + 1) / 5;
    }
    std::vector<std::int64_t> place(count);
    for (std::size_t k = 0; k < count; ++k) {
        place[k] = static_cast<std::int64_t>(k);
    }
    saltus::Weights weights = lay_out(json, place);
    weights.layout = saltus::WeightLayout::by_index;
    return weights;
}

// Element k is the case's element place[k]; -1: padding.
saltus::Weights CaseNetwork::lay_out(const Json& json, const std::vector<std::int64_t>& place) {
    saltus::Weights weights;
    weights.layout = saltus::WeightLayout::rows_by_source;
    weights.type =
        choice<saltus::WeightType>(json, "type", {"float32", "float16", "bfloat16", "int8"});
    weights.count = place.size();
    if (weights.type == saltus::WeightType::float32) {
        const auto data = tensor<float>(place.size());
        for (std::size_t k = 0; k < data.size(); ++k) {
            data[k] = place[k] < 0 ? 0.0F : static_cast<float>(real(json.at("data").at(place[k])));
        }
        weights.data = std::as_bytes(data);
    } else if (weights.type == saltus::WeightType::int8) {
        const auto data = tensor<std::int8_t>(place.size());
        for (std::size_t k = 0; k < data.size(); ++k) {
            data[k] =
                place[k] < 0 ? std::int8_t{0} : json.at("data").at(place[k]).get<std::int8_t>();
        }
        weights.data = std::as_bytes(data);
        const Json scale =
            json.at("scale").is_array() ? json.at("scale") : Json::array({json.at("scale")});
        const auto scales = tensor<float>(scale.size());
        for (std::size_t k = 0; k < scale.size(); ++k) {
            scales[k] = static_cast<float>(real(scale[k]));
        }
        weights.scales = scales;
    } else {
        const auto data = tensor<std::uint16_t>(place.size());
        const auto& bits = json.at("bits").get_ref<const std::string&>();
        for (std::size_t k = 0; k < data.size(); ++k) {
            data[k] = static_cast<std::uint16_t>(std::stoul(bits.substr(5 * k, 4), nullptr, 16));
        }
        weights.data = std::as_bytes(data);
    }
    return weights;
}

saltus::Dense CaseNetwork::read_dense(const Json& json,
                                      const saltus::Shape& from,
                                      const saltus::Shape& to) {
    const Json& weight = json.at("weight");
    if (!rows_by_source(weight)) {
        return {read_weights(weight)};
    }
    const std::size_t bytes = weight.at("type") == "int8" ? 1 : 4;
    const std::uint64_t pitch = saltus::row_pitch(to.size(), bytes);
    std::vector<std::int64_t> place(from.size() * pitch, -1);
    for (std::uint32_t s = 0; s < from.size(); ++s) {
        for (std::uint32_t j = 0; j < to.size(); ++j) {
            place[from.slot_of(s) * pitch + to.slot_of(j)] =
                static_cast<std::int64_t>(j * from.size() + s);
        }
    }
    return {lay_out(weight, place)};
}

saltus::Conv2d CaseNetwork::read_conv2d(const Json& json, const saltus::Shape& from) {
    saltus::Conv2d conv;
    const Json& weight = json.at("weight");
    const auto shape = weight.at("shape").get<std::vector<std::uint32_t>>();
    for (std::size_t axis = 0; axis < 2; ++axis) {
        conv.kernel[axis] = shape.at(2 + axis);
        if (json.contains("stride")) {
            conv.stride[axis] = json.at("stride")[axis].get<std::uint32_t>();
        }
        if (json.contains("padding")) {
            conv.padding[axis] = json.at("padding")[axis].get<std::uint32_t>();
        }
        if (json.contains("dilation")) {
            conv.dilation[axis] = json.at("dilation")[axis].get<std::uint32_t>();
        }
    }
    conv.groups = json.value("groups", 1U);
    if (!rows_by_source(weight)) {
        conv.weights = read_weights(weight);
        return conv;
    }
    const std::uint32_t out_group = shape[0] / conv.groups;
    const std::uint32_t taps = shape[2] * shape[3];
    const std::uint64_t pitch = saltus::row_pitch(out_group, weight.at("type") == "int8" ? 1 : 4);
    std::vector<std::int64_t> place(from.channels() * taps * pitch, -1);
    for (std::uint32_t c = 0; c < from.channels(); ++c) {
        const std::uint32_t group = c / shape[1];
        for (std::uint32_t tap = 0; tap < taps; ++tap) {
            for (std::uint32_t o = 0; o < out_group; ++o) {
                place[(c * taps + tap) * pitch + o] =
                    ((group * out_group + o) * shape[1] + c % shape[1]) * taps + tap;
            }
        }
    }
    conv.weights = lay_out(weight, place);
    return conv;
}

saltus::Sparse CaseNetwork::read_sparse(const Json& json,
                                        const saltus::Shape& from,
                                        const saltus::Shape& to) {
    const Json& weight = json.at("weight");
    const bool by_slot = rows_by_source(weight);
    // Each row: its targets, and the place of each one's weight.
    std::vector<std::vector<std::pair<std::uint32_t, std::int64_t>>> rows(from.size());
    std::int64_t flat = 0;
    for (std::uint32_t s = 0; s < from.size(); ++s) {
        auto& row = rows[by_slot ? from.slot_of(s) : s];
        for (const Json& target : json.at("rows").at(s)) {
            const auto j = target.get<std::uint32_t>();
            row.emplace_back(by_slot ? to.slot_of(j) : j, flat++);
        }
        if (by_slot) {
            std::sort(row.begin(), row.end());
        }
    }
    saltus::Sparse sparse;
    const auto offsets = tensor<std::uint64_t>(rows.size() + 1);
    const auto targets = tensor<std::uint32_t>(static_cast<std::size_t>(flat));
    std::vector<std::int64_t> place;
    for (std::size_t s = 0; s < rows.size(); ++s) {
        for (const auto& [target, element] : rows[s]) {
            targets[place.size()] = target;
            place.push_back(element);
        }
        offsets[s + 1] = place.size();
    }
    sparse.offsets = offsets;
    sparse.targets = targets;
    sparse.weights = by_slot ? lay_out(weight, place) : read_weights(weight);
    return sparse;
}

}  // namespace reference
