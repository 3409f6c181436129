#include "tests/models/interchange/framework_case.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fmt/format.h>

#include "core/simulator.hpp"
#include "encoders/encoder.hpp"

namespace saltus::test {
namespace {

// How far a membrane may lie from a framework's that takes other operations.
constexpr float k_near = 1e-5F;

std::vector<float> flattened(const nlohmann::json& rows) {
    std::vector<float> values;
    for (const nlohmann::json& row : rows) {
        for (const nlohmann::json& value : row) {
            values.push_back(static_cast<float>(value.get<double>()));
        }
    }
    return values;
}

float digit_value(char digit) {
    return static_cast<float>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

FrameworkCase read_case(const std::string& name, const nlohmann::json& file) {
    const nlohmann::json& json = file.at("cases").at(name);
    FrameworkCase out;
    out.name = name;
    out.neuron = json.value("neuron", "");
    out.parameters = json.value("p", nlohmann::json::object());
    out.exact = json.at("exact");
    out.delay = json.value("delay", Tick{0});
    out.ticks = file.at("ticks");
    out.neurons = file.at("neurons");
    for (const nlohmann::json& x : json.at("x")) {
        out.x.push_back(flattened(x));
    }
    for (const nlohmann::json& tick : json.at("spikes")) {
        for (const char digit : tick.get<std::string>()) {
            out.spikes.push_back(digit_value(digit));
        }
    }
    out.v = flattened(json.at("v"));
    return out;
}

// Collects what one population fires, [tick][neuron].
class SpikeTable final : public Hook {
  public:
    SpikeTable(PopulationId population, Tick ticks, std::uint32_t neurons)
        : population_(population),
          neurons_(neurons),
          spikes_(static_cast<std::size_t>(ticks) * neurons) {}

    void on_packet(PopulationId population, const Packet& packet) override {
        if (population != population_) {
            return;
        }
        for (std::size_t k = 0; k < packet.slots.size(); ++k) {
            spikes_[static_cast<std::size_t>(packet.tick) * neurons_ + packet.slots[k]] =
                packet.payload(k);
        }
    }

    [[nodiscard]] const std::vector<float>& spikes() const { return spikes_; }

  private:
    PopulationId population_;
    std::uint32_t neurons_;
    std::vector<float> spikes_;
};

std::string place(const FrameworkCase& expected, std::size_t at) {
    return fmt::format("neuron {} at tick {}", at % expected.neurons, at / expected.neurons);
}

std::string spikes_difference(const FrameworkCase& expected, const std::vector<float>& spikes) {
    for (std::size_t at = 0; at < spikes.size(); ++at) {
        if (spikes[at] != expected.spikes[at]) {
            return fmt::format(
                "{}: got {} spikes, need {}", place(expected, at), spikes[at], expected.spikes[at]);
        }
    }
    return "";
}

std::string membrane_difference(const FrameworkCase& expected, const std::vector<float>& v) {
    for (std::size_t at = 0; at < v.size(); ++at) {
        const float want = expected.v[at];
        const float allowed = expected.exact ? 0.0F : k_near * std::fmax(1.0F, std::fabs(want));
        if (!(std::fabs(v[at] - want) <= allowed)) {
            return fmt::format("{}: got v = {}, need {}", place(expected, at), v[at], want);
        }
    }
    return "";
}

}  // namespace

std::vector<FrameworkCase> framework_cases() {
    std::vector<FrameworkCase> cases;
    const auto folder = std::filesystem::path(SALTUS_SOURCE_DIR) / "tests/interchange";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".json") {
            continue;
        }
        std::ifstream stream(entry.path());
        const auto file = nlohmann::json::parse(stream);
        for (const auto& named : file.at("cases").items()) {
            cases.push_back(read_case(named.key(), file));
        }
    }
    return cases;
}

std::string difference_from(const FrameworkCase& expected, const Network& network) {
    const auto neurons = static_cast<PopulationId>(expected.x.size());
    std::vector<std::unique_ptr<Encoder>> encoders;
    std::vector<PacketSource*> sources;
    for (PopulationId p = 0; p < neurons; ++p) {
        encoders.push_back(make_encoder(
            EventsCoding{},
            {.shape = Shape{expected.neurons}, .population = p, .horizon = expected.ticks}));
        encoders.back()->start(
            {.activations = expected.x[p], .frames = static_cast<std::size_t>(expected.ticks)});
        sources.push_back(encoders.back().get());
    }
    Simulator simulator(network);
    SpikeTable table(neurons, expected.ticks, expected.neurons);
    simulator.set_hook(&table);
    simulator.begin(sources);
    std::vector<float> v;
    for (Tick t = 0; t < expected.ticks; ++t) {
        simulator.advance_to(t);
        const std::vector<float> now = simulator.membrane(neurons);
        v.insert(v.end(), now.begin(), now.end());
    }
    const Result result = simulator.finish();
    if (result.error) {
        return result.error->text;
    }
    const std::string spikes = spikes_difference(expected, table.spikes());
    return spikes.empty() ? membrane_difference(expected, v) : spikes;
}

}  // namespace saltus::test
