// Populations: each field of the update rule, named as in the model file for messages.
#include "models/files/translator.hpp"

namespace saltus {

namespace {

// Numbers that are made of one a channel; more would let a small file claim all memory.
constexpr std::uint64_t k_max_expanded = std::uint64_t{1} << 28;

}  // namespace

std::optional<Fault> window_beyond(const TickWindow& window, Tick horizon) {
    if (!window.until || *window.until <= horizon) {
        return std::nullopt;
    }
    return Fault{
        "",
        "the window [" + std::to_string(window.from) + ", " + std::to_string(*window.until) + ")",
        "one that ends within the horizon of " + std::to_string(horizon) +
            (horizon == 1 ? " tick" : " ticks")};
}

TickWindow Translator::window(const proto::Window& source, const std::string& path) {
    TickWindow window;
    window.from = source.from();
    if (source.has_until()) {
        window.until = source.until();
    }
    if (window.from < 0 || (window.until && *window.until < window.from)) {
        faults_.add(path,
                    "[" + std::to_string(window.from) + ", " +
                        (window.until ? std::to_string(*window.until) : "T") + ")",
                    "0 <= from <= until");
    } else if (model_.horizon() >= 1) {  // else that is the fault
        if (auto fault = window_beyond(window, model_.horizon())) {
            faults_.add(path, fault->found, fault->needed);
        }
    }
    return window;
}

std::vector<double> Translator::one_a_neuron(const std::string& name,
                                             const Shape& shape,
                                             const std::string& path) {
    const auto values = float_vector(name, 0, path);
    if (values.empty()) {
        return {};
    }
    const std::uint64_t neurons = shape.size();
    const std::uint64_t channels = shape.is_chw() ? shape.channels() : neurons;
    if (values.size() == neurons) {
        return {values.begin(), values.end()};
    }
    if (values.size() != channels) {
        faults_.add(path,
                    "\"" + name + "\" with " + std::to_string(values.size()) + " numbers",
                    "one a neuron" + std::string(shape.is_chw() ? " or one a channel" : "") +
                        " of " + shape.text());
        return {};
    }
    expanded_ += neurons;
    if (expanded_ > k_max_expanded) {
        faults_.add(path, "too many numbers made of one a channel", "a smaller model");
        return {};
    }
    std::vector<double> each(static_cast<std::size_t>(neurons));
    const std::uint64_t plane = neurons / channels;
    for (std::size_t k = 0; k < each.size(); ++k) {
        each[k] = values[k / plane];
    }
    return each;
}

Parameter Translator::parameter(bool has_one,
                                float one,
                                bool has_each,
                                const std::string& each,
                                double otherwise,
                                const Shape& shape,
                                const std::string& path) {
    if (has_one && has_each) {
        faults_.add(path, path + " and " + path + "_each", "one of them");
    }
    if (!has_each) {
        return has_one ? static_cast<double>(one) : otherwise;
    }
    std::vector<double> values = one_a_neuron(each, shape, path + "_each");
    if (values.empty()) {
        return otherwise;
    }
    return Parameter(std::move(values));
}

NeuronSpec Translator::neuron(const proto::Population& p,
                              const Shape& shape,
                              const std::string& path) {
    const auto number = [&](bool one,
                            float value,
                            bool each,
                            const std::string& name,
                            double other,
                            const char* field) {
        return parameter(one, value, each, name, other, shape, path + "." + field);
    };
    NeuronSpec spec;
    // The enumerations of the file and of core have the same order; the tests hold them together.
    spec.clock = static_cast<Clock>(p.clock());
    spec.block = p.block();
    spec.fires = !p.has_fires() || p.fires();
    spec.theta = number(p.has_theta(), p.theta(), p.has_theta_each(), p.theta_each(), 1, "theta");
    spec.beta = number(p.has_beta(), p.beta(), p.has_beta_each(), p.beta_each(), 1, "beta");
    spec.v_rest =
        number(p.has_v_rest(), p.v_rest(), p.has_v_rest_each(), p.v_rest_each(), 0, "v_rest");
    spec.v_init =
        number(p.has_v_init(), p.v_init(), p.has_v_init_each(), p.v_init_each(), 0, "v_init");
    spec.v_reset =
        number(p.has_v_reset(), p.v_reset(), p.has_v_reset_each(), p.v_reset_each(), 0, "v_reset");
    spec.comparison = static_cast<Comparison>(p.comparison());
    spec.reset = static_cast<Reset>(p.reset());
    spec.reset_when = static_cast<ResetWhen>(p.reset_when());
    spec.previous_reset_counts = p.previous_reset_counts();
    spec.current_used = static_cast<CurrentUsed>(p.current_used());
    spec.spikes_per_tick = static_cast<SpikesPerTick>(p.spikes_per_tick());
    if (p.has_floor()) {
        spec.floor = p.floor();
    }
    spec.refractory = static_cast<Refractory>(p.refractory());
    spec.refractory_ticks = p.refractory_ticks();
    if (p.has_firing_window()) {
        spec.firing_window = window(p.firing_window(), path + ".firing_window");
    }
    if (p.has_reset_trace()) {
        spec.reset_trace = p.reset_trace();
    }
    if (p.receptors_size() != 0) {
        spec.receptors.clear();
        for (int k = 0; k < p.receptors_size(); ++k) {
            spec.receptors.push_back(
                receptor(p.receptors(k), shape, path + ".receptors[" + std::to_string(k) + "]"));
        }
    }
    return spec;
}

ReceptorSpec Translator::receptor(const proto::Receptor& source,
                                  const Shape& shape,
                                  const std::string& path) {
    ReceptorSpec spec;
    spec.alpha = parameter(source.has_alpha(),
                           source.alpha(),
                           source.has_alpha_each(),
                           source.alpha_each(),
                           0,
                           shape,
                           path + ".alpha");
    spec.gain = parameter(source.has_gain(),
                          source.gain(),
                          source.has_gain_each(),
                          source.gain_each(),
                          1,
                          shape,
                          path + ".gain");
    if (source.has_second_order()) {
        const proto::SecondOrder& filter = source.second_order();
        spec.second_order = SecondOrder{filter.a1(), filter.a2(), filter.has_b() ? filter.b() : 1};
    }
    if (!source.bias().empty()) {
        spec.bias = one_a_neuron(source.bias(), shape, path + ".bias");
    }
    if (source.has_drive_window()) {
        spec.drive_window = window(source.drive_window(), path + ".drive_window");
    }
    return spec;
}

}  // namespace saltus
