#include "models/interchange/nir/nir_neuron.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus::detail {

namespace {

using Numbers = std::vector<double>;
using C = NirConvention;

class Fields {
  public:
    Fields(const NirNode& node, std::uint64_t size, const std::string& file)
        : node_(node), size_(size), file_(file) {}

    [[noreturn]] void fail(const std::string& field,
                           const std::string& found,
                           const std::string& needed) const {
        throw ModelError(file_ + ": " + node_.name + "." + field, found, needed);
    }

    [[nodiscard]] bool has(const std::string& field) const { return node_.find(field) != nullptr; }

    // One for all, or one a neuron.
    [[nodiscard]] Numbers of(const std::string& field) const {
        const NirArray* const found = node_.find(field);
        if (found == nullptr) {
            fail(field, "none", "numbers");
        }
        if (found->numbers.size() != 1 && found->numbers.size() != size_) {
            fail(field,
                 fmt::format("{} numbers", found->numbers.size()),
                 fmt::format("1 or {}, one a neuron", size_));
        }
        for (const double number : found->numbers) {
            if (!std::isfinite(number)) {
                fail(field, fmt::format("{}", number), "finite numbers");
            }
        }
        const Numbers& numbers = found->numbers;
        const bool same = std::all_of(
            numbers.begin(), numbers.end(), [&](double one) { return one == numbers[0]; });
        return same ? Numbers{numbers[0]} : numbers;
    }

    [[nodiscard]] Numbers of(const std::string& field, double otherwise) const {
        return has(field) ? of(field) : Numbers{otherwise};
    }

  private:
    const NirNode& node_;
    std::uint64_t size_;
    const std::string& file_;
};

Numbers each(const Numbers& a, const Numbers& b, const std::function<double(double, double)>& of) {
    Numbers result(std::max(a.size(), b.size()));
    for (std::size_t k = 0; k < result.size(); ++k) {
        result[k] = of(a[a.size() == 1 ? 0 : k], b[b.size() == 1 ? 0 : k]);
    }
    return result;
}

Numbers times(const Numbers& a, const Numbers& b) {
    return each(a, b, [](double x, double y) { return x * y; });
}

// What a tick keeps, and what it lets in, of a time constant.
struct Decay {
    Numbers keeps;
    Numbers lets_in;
};

Decay decay(const Fields& fields, const char* field, double tick, C::Decay rule) {
    Decay found;
    for (const double tau : fields.of(field)) {
        if (!(tau > 0)) {
            fields.fail(field, fmt::format("{}", tau), "seconds above 0");
        }
        const double part = tick / tau;
        if (rule == C::Decay::euler && part > 1 + 1e-9) {
            fields.fail(field,
                        fmt::format("{} s", tau),
                        fmt::format("at least a tick, {} s, by Euler's rule", tick));
        }
        const double keeps = rule == C::Decay::euler ? std::max(0.0, 1 - part) : std::exp(-part);
        found.keeps.push_back(keeps);
        found.lets_in.push_back(rule == C::Decay::euler ? part : -std::expm1(-part));
    }
    return found;
}

void add_firing(const Fields& fields, const C& convention, NirNeuron& neuron) {
    neuron.theta = fields.of("v_threshold");
    neuron.comparison = convention.comparison;
    neuron.reset = convention.reset;
    neuron.previous_reset_counts =
        convention.reset == C::Reset::subtract && convention.previous_reset_counts;
    neuron.v_reset = fields.of("v_reset", 0);
    neuron.v_init = convention.start == C::Start::v_leak    ? neuron.v_rest
                    : convention.start == C::Start::v_reset ? neuron.v_reset
                                                            : Numbers{0};
}

void add_leak(
    const Fields& fields, const char* tau, double tick, const C& convention, NirNeuron& neuron) {
    const Decay membrane = decay(fields, tau, tick, convention.decay);
    neuron.beta = membrane.keeps;
    neuron.gain = times(fields.of("r", 1), membrane.lets_in);
    neuron.v_rest = fields.of("v_leak", 0);
    neuron.v_init = convention.start == C::Start::v_leak ? neuron.v_rest : Numbers{0};
}

void add_current(const Fields& fields, double tick, const C& convention, NirNeuron& neuron) {
    const Decay synapse = decay(fields, "tau_syn", tick, convention.decay);
    neuron.alpha = synapse.keeps;
    neuron.gain = times(neuron.gain, times(fields.of("w_in", 1), synapse.lets_in));
    neuron.current = convention.current;
    if (convention.decay == C::Decay::exponential) {
        neuron.approximate =
            "the current is held within a tick: off by at most its decay over one, dt / tau_syn";
    }
}

}  // namespace

bool needs_tick(const std::string& type) {
    return type == "LIF" || type == "CubaLIF" || type == "LI" || type == "CubaLI" ||
           type == "Delay";
}

NirNeuron nir_neuron(const NirNode& node,
                     std::uint64_t size,
                     const NirConvention& convention,
                     std::optional<double> tick,
                     const std::string& file) {
    const Fields fields(node, size, file);
    const double dt = tick.value_or(0);
    NirNeuron neuron;
    if (node.type == "LIF" || node.type == "LI") {
        add_leak(fields, "tau", dt, convention, neuron);
    } else if (node.type == "CubaLIF" || node.type == "CubaLI") {
        add_leak(fields, "tau_mem", dt, convention, neuron);
        add_current(fields, dt, convention, neuron);
    } else if (node.type == "Threshold") {
        neuron.beta = {0};
        neuron.theta = fields.of("threshold");
        neuron.comparison = convention.comparison;
        neuron.reset = C::Reset::to_v_reset;
        return neuron;
    } else {
        neuron.gain = fields.of("r", 1);
    }
    neuron.fires = node.type == "LIF" || node.type == "CubaLIF" || node.type == "IF";
    if (neuron.fires) {
        add_firing(fields, convention, neuron);
    }
    if (node.type == "IF") {
        neuron.several_spikes = convention.several_spikes;
        if (convention.floor_at_minus_theta) {
            if (neuron.theta.size() > 1) {
                fields.fail("v_threshold",
                            "thresholds that differ, with a floor at -theta",
                            "one threshold, or --assume floor=none");
            }
            neuron.floor = -neuron.theta[0];
        }
    }
    return neuron;
}

}  // namespace saltus::detail
