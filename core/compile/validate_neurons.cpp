// The update rule's own conditions: ranges, and the combinations that are refused (docs/semantics.md#what-is-refused).
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/compile/validate.hpp"

namespace saltus::detail {

namespace {

class NeuronFaults {
  public:
    NeuronFaults(const NeuronSpec& rule,
                 std::uint64_t neurons,
                 const std::string& path,
                 bool driven,
                 std::vector<Fault>& faults)
        : rule_(rule), neurons_(neurons), path_(path), driven_(driven), faults_(faults) {}

    void find() {
        check_parameters();
        check_receptors();
        check_window(rule_.firing_window, path_ + ".firing_window");
        check_resets();
        check_floor();
        if (rule_.refractory_ticks < 0 || rule_.refractory_ticks > (Tick{1} << 53)) {
            add(".refractory_ticks", fmt::format("{}", rule_.refractory_ticks), "0 to 2^53 ticks");
        }
        if (rule_.clock == Clock::lazy) {
            check_lazy();
        }
        if (rule_.clock == Clock::leaps) {
            check_leaps();
        }
        if (rule_.clock != Clock::lazy && rule_.block != 0) {
            add(".block", fmt::format("{}", rule_.block), "none: only a lazy clock has blocks");
        }
    }

  private:
    void add(const std::string& field, std::string found, std::string needed) {
        faults_.push_back({path_ + field, std::move(found), std::move(needed)});
    }

    // The right length, and every value within [low, high].
    void check(const Parameter& parameter,
               const std::string& field,
               double low,
               double high,
               const std::string& needed) {
        if (parameter.values.size() != 1 && parameter.values.size() != neurons_) {
            add(field,
                fmt::format("{} numbers", parameter.values.size()),
                fmt::format("one, or {}, one a neuron", neurons_));
            return;
        }
        for (const double value : parameter.values) {
            if (std::isfinite(value) && value >= low && value <= high) {
                continue;
            }
            add(field, fmt::format("{}", static_cast<float>(value)), needed);
            return;
        }
    }

    void check_parameters() {
        constexpr double k_largest = 3.4028234663852886e38;  // of float32
        const bool positive =
            rule_.reset == Reset::subtract || rule_.spikes_per_tick == SpikesPerTick::trunc;
        check(rule_.theta,
              ".theta",
              positive ? 1e-45 : -k_largest,
              k_largest,
              positive ? "theta > 0, finite" : "a finite number");
        check(rule_.beta, ".beta", 0, 1, "0 <= beta <= 1");
        check(rule_.v_rest, ".v_rest", -k_largest, k_largest, "a finite number");
        check(rule_.v_init, ".v_init", -k_largest, k_largest, "a finite number");
        check(rule_.v_reset, ".v_reset", -k_largest, k_largest, "a finite number");
    }

    void check_window(const TickWindow& window, const std::string& path) {
        if (window.from < 0 || (window.until && *window.until < window.from)) {
            faults_.push_back({path,
                               fmt::format("[{}, {})", window.from, window.until.value_or(-1)),
                               "0 <= from <= until"});
        }
    }

    void check_receptors() {
        if (rule_.receptors.empty() || rule_.receptors.size() > 64) {
            add(".receptors", fmt::format("{}", rule_.receptors.size()), "1 to 64 receptors");
        }
        for (std::size_t k = 0; k < rule_.receptors.size(); ++k) {
            const ReceptorSpec& receptor = rule_.receptors[k];
            const std::string field = fmt::format(".receptors[{}]", k);
            check(receptor.alpha, field + ".alpha", 0, 1, "0 <= alpha <= 1");
            check(receptor.gain, field + ".gain", -1e38, 1e38, "a finite number");
            check_window(receptor.drive_window, path_ + field + ".drive_window");
            if (!receptor.bias.empty()) {
                check_bias(receptor.bias, field + ".bias");
            }
            if (receptor.second_order) {
                const SecondOrder& f = *receptor.second_order;
                if (!std::isfinite(f.a1) || !std::isfinite(f.a2) || !std::isfinite(f.b)) {
                    add(field + ".second_order",
                        fmt::format("{}, {}, {}", f.a1, f.a2, f.b),
                        "finite numbers");
                }
            }
        }
    }

    void check_bias(const std::vector<double>& bias, const std::string& field) {
        if (bias.size() != neurons_) {
            add(field,
                fmt::format("{} numbers", bias.size()),
                fmt::format("{}, one a neuron", neurons_));
            return;
        }
        const auto bad =
            std::find_if(bias.begin(), bias.end(), [](double b) { return !std::isfinite(b); });
        if (bad != bias.end()) {
            add(field, fmt::format("{}", *bad), "finite numbers");
        }
    }

    [[nodiscard]] bool delayed() const { return rule_.reset_when != ResetWhen::at_firing; }

    void check_resets() {
        if (rule_.reset == Reset::none && !rule_.reset_trace) {
            add(".reset", "none", "subtract or to v_reset; none only with a reset trace");
        }
        if (rule_.reset == Reset::none && (delayed() || rule_.previous_reset_counts)) {
            add(".reset", "none with a delayed reset", "at_firing");
        }
        if (rule_.reset_trace) {
            if (!(*rule_.reset_trace >= 0 && *rule_.reset_trace <= 1)) {
                add(".reset_trace", fmt::format("{}", *rule_.reset_trace), "0 <= d <= 1");
            }
            if (std::any_of(rule_.beta.values.begin(), rule_.beta.values.end(), [](double b) {
                    return b != 0;
                })) {
                add(".beta",
                    fmt::format("{}", static_cast<float>(rule_.beta.values[0])),
                    "0 with a reset trace");
            }
        }
        if (rule_.reset_when == ResetWhen::next_over_all && rule_.reset != Reset::to_v_reset) {
            add(".reset_when", "next_over_all", "a reset to v_reset");
        }
        const bool subtracts = rule_.reset == Reset::subtract && !delayed();
        if (rule_.previous_reset_counts &&
            !(subtracts && rule_.spikes_per_tick == SpikesPerTick::one)) {
            add(".previous_reset_counts", "true", "reset subtract, at_firing and one spike a tick");
        }
        if (rule_.spikes_per_tick == SpikesPerTick::trunc &&
            !(subtracts && rule_.comparison == Comparison::at_least)) {
            add(".spikes_per_tick", "trunc", "comparison v >= theta, reset subtract and at_firing");
        }
        if ((delayed() || rule_.previous_reset_counts) && rule_.clock != Clock::stepped) {
            add(".clock", "lazy or leaps with a delayed reset or previous_reset_counts", "stepped");
        }
        if ((delayed() || rule_.previous_reset_counts) && rule_.refractory == Refractory::hold &&
            rule_.refractory_ticks > 1) {
            add(".refractory",
                "hold with a delayed reset or previous_reset_counts",
                "integrate or drop, or at most 1 refractory tick");
        }
    }

    void check_floor() {
        if (!rule_.floor) {
            return;
        }
        const double floor = *rule_.floor;
        const auto not_above = [&](const Parameter& parameter) {
            return std::all_of(parameter.values.begin(), parameter.values.end(), [&](double v) {
                return floor <= v;
            });
        };
        const bool below_theta = std::all_of(rule_.theta.values.begin(),
                                             rule_.theta.values.end(),
                                             [&](double v) { return floor < v; });
        const bool below_reset = rule_.reset != Reset::to_v_reset || not_above(rule_.v_reset);
        if (!std::isfinite(floor) || !below_theta || !below_reset) {
            add(".floor",
                fmt::format("{}", static_cast<float>(floor)),
                "floor < theta and floor <= v_reset");
        }
        if (rule_.clock == Clock::lazy && !not_above(rule_.v_rest)) {
            add(".floor",
                fmt::format("{}", static_cast<float>(floor)),
                "a floor not above v_rest with a lazy clock");
        }
    }

    void check_lazy() {
        for (std::size_t k = 0; k < rule_.receptors.size(); ++k) {
            const ReceptorSpec& receptor = rule_.receptors[k];
            const bool current = std::any_of(receptor.alpha.values.begin(),
                                             receptor.alpha.values.end(),
                                             [](double a) { return a != 0; });
            if (current || receptor.second_order) {
                add(fmt::format(".receptors[{}]", k),
                    "a synaptic current that lasts, with a lazy clock",
                    "alpha 0, no second-order filter");
            }
            if (!receptor.bias.empty()) {
                add(fmt::format(".receptors[{}].bias", k),
                    "a bias with a lazy clock",
                    "no drive: a stepped or leaping clock");
            }
        }
        if (driven_) {
            add(".clock", "lazy with held values", "no drive: a stepped or leaping clock");
        }
        if (rule_.current_used == CurrentUsed::tick_before) {
            add(".current_used", "tick_before with a lazy clock", "this_tick");
        }
        if (rule_.reset_trace) {
            add(".reset_trace", "a reset trace with a lazy clock", "a stepped clock");
        }
        if (rule_.refractory == Refractory::hold && rule_.refractory_ticks > 0) {
            add(".refractory", "hold with a lazy clock", "integrate or drop");
        }
        for (std::size_t j = 0;
             rule_.fires && j < std::max(rule_.v_rest.values.size(), rule_.theta.values.size());
             ++j) {
            const double rest = rule_.v_rest.at(std::min(j, rule_.v_rest.values.size() - 1));
            const double theta = rule_.theta.at(std::min(j, rule_.theta.values.size() - 1));
            if (rule_.comparison == Comparison::at_least ? rest >= theta : rest > theta) {
                add(".v_rest",
                    fmt::format("{}", static_cast<float>(rest)),
                    "a v_rest that does not pass theta, with a lazy clock");
                break;
            }
        }
    }

    void check_leaps() {
        for (std::size_t k = 0; k < rule_.receptors.size(); ++k) {
            if (rule_.receptors[k].second_order) {
                add(fmt::format(".receptors[{}].second_order", k),
                    "a second-order filter with a leaping clock",
                    "a stepped clock");
            }
        }
        if (rule_.reset_trace) {
            add(".reset_trace", "a reset trace with a leaping clock", "a stepped clock");
        }
        if (rule_.floor) {
            add(".floor", "a floor with a leaping clock", "a stepped or lazy clock");
        }
    }

    const NeuronSpec& rule_;
    std::uint64_t neurons_;
    const std::string& path_;
    bool driven_;
    std::vector<Fault>& faults_;
};

}  // namespace

void find_neuron_faults(const NeuronSpec& rule,
                        std::uint64_t neurons,
                        const std::string& path,
                        bool driven,
                        std::vector<Fault>& faults) {
    NeuronFaults(rule, neurons, path, driven, faults).find();
}

}  // namespace saltus::detail
