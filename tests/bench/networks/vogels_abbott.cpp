#include "tests/bench/networks/vogels_abbott.hpp"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

namespace saltus::bench {

namespace {

std::string read_plain(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error(path.string() + ": cannot be read");
    }
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string read_packed(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) {
        throw std::runtime_error(path.string() + ": cannot be read");
    }
    const std::string command = "xz --decompress --stdout '" + path.string() + "'";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::string bytes;
    char buffer[1 << 16];
    for (std::size_t n = 1; pipe && n > 0;) {
        n = std::fread(buffer, 1, sizeof buffer, pipe.get());
        bytes.append(buffer, n);
    }
    if (bytes.empty()) {
        throw std::runtime_error(path.string() + ": xz gave nothing");
    }
    return bytes;
}

template <class Number>
std::vector<Number> read_numbers(const std::filesystem::path& path) {
    const bool plain = std::filesystem::exists(path);
    const std::string bytes = plain ? read_plain(path) : read_packed(path.string() + ".xz");
    std::vector<Number> numbers(bytes.size() / sizeof(Number));
    bytes.copy(reinterpret_cast<char*>(numbers.data()), numbers.size() * sizeof(Number));
    return numbers;
}

// The synapses of the sources [from, until); other sources have empty rows.
OwnedSynapses rows_of(const VogelsAbbott& wiring,
                      std::uint32_t from,
                      std::uint32_t until,
                      double weight) {
    OwnedSynapses rows;
    rows.weight = weight;
    std::size_t k = 0;
    for (std::uint32_t source = 0; source < wiring.neurons; ++source) {
        for (; k < wiring.pre.size() && wiring.pre[k] == source; ++k) {
            if (source >= from && source < until) {
                rows.targets.push_back(wiring.post[k]);
            }
        }
        rows.end_row();
    }
    if (k != wiring.pre.size()) {
        throw std::runtime_error("vogels_abbott: sources are not ascending");
    }
    return rows;
}

}  // namespace

VogelsAbbott read_vogels_abbott(const std::filesystem::path& directory) {
    VogelsAbbott wiring;
    wiring.pre = read_numbers<std::uint32_t>(directory / "pre.i32");
    wiring.post = read_numbers<std::uint32_t>(directory / "post.i32");
    wiring.v0 = read_numbers<double>(directory / "v0.f64");
    if (wiring.pre.size() != wiring.post.size() || wiring.v0.size() != wiring.neurons) {
        throw std::runtime_error(directory.string() + ": pre, post and v0 do not fit");
    }
    return wiring;
}

VogelsAbbott draw_vogels_abbott(std::uint64_t seed) {
    VogelsAbbott wiring;
    wiring.neurons = 10000;
    wiring.excitatory = 8000;
    wiring.weight_scale = 0.08;
    SeededStream stream(seed);
    for (std::uint32_t source = 0; source < wiring.neurons; ++source) {
        wiring.v0.push_back(-0.06 + 0.01 * stream.unit());
        for (std::uint32_t target = 0; target < wiring.neurons; ++target) {
            if (stream.unit() < 0.1 && source != target) {
                wiring.pre.push_back(source);
                wiring.post.push_back(target);
            }
        }
    }
    return wiring;
}

OwnedNetwork vogels_abbott_network(const VogelsAbbott& wiring,
                                   std::uint32_t ticks_per_ms,
                                   Clock clock,
                                   double seconds) {
    OwnedNetwork network;
    network.tick_seconds = 1e-3 / ticks_per_ms;
    const auto ticks = [&](double in_seconds) {
        return static_cast<Tick>(std::llround(in_seconds / network.tick_seconds));
    };
    const double tau_m = 0.02;
    const double tau[] = {0.005, 0.01};
    NeuronSpec rule;
    rule.clock = clock;
    rule.theta = -0.05;
    rule.v_reset = -0.06;
    rule.v_rest = -0.049;
    rule.v_init = Parameter(wiring.v0);
    rule.beta = std::exp(-network.tick_seconds / tau_m);
    rule.reset = Reset::to_v_reset;
    rule.current_used = CurrentUsed::tick_before;
    rule.refractory = Refractory::hold;
    rule.refractory_ticks = ticks(0.005);
    rule.receptors.clear();
    for (const double tau_k : tau) {
        ReceptorSpec receptor;
        receptor.alpha = std::exp(-network.tick_seconds / tau_k);
        receptor.gain = tau_k / (tau_m - tau_k) * (rule.beta.values[0] - receptor.alpha.values[0]);
        rule.receptors.push_back(std::move(receptor));
    }
    network.spec.horizon = ticks(seconds);
    network.spec.populations.push_back({"cuba", Shape{wiring.neurons}, std::move(rule), ""});
    const double excitatory = 0.00162 * wiring.weight_scale;
    const double inhibitory = -0.009 * wiring.weight_scale;
    network.connect(0, 0, 0, ticks(0.0015), rows_of(wiring, 0, wiring.excitatory, excitatory));
    network.connect(
        0, 0, 1, ticks(0.0015), rows_of(wiring, wiring.excitatory, wiring.neurons, inhibitory));
    return network;
}

}  // namespace saltus::bench
