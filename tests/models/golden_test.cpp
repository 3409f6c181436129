// golden_tests: our spikes against those of other simulators. Runs every case in the folder that
// $SALTUS_GOLDEN names (default: ../shared/golden, else tests/golden), one line each. A case passes
// if all spikes are equal; where sums depend on their order, also if they differ only after a tick
// at which a membrane came within 1e-5 of its threshold, which its line then says. Exit code 1 if a
// case fails or none was run.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "core/network.hpp"
#include "core/simulator.hpp"
#include "encoders/encoder.hpp"

#include "tests/models/golden_case.hpp"

namespace saltus::test {
namespace {

constexpr double k_near = 1e-5;

// Collects spikes by population, and on demand how near membranes came to their thresholds.
class Watch final : public Hook {
  public:
    Watch(const Network& network, const Simulator& simulator, bool margins)
        : network_(network),
          simulator_(simulator),
          margins_(margins),
          packets_(network.population_count()) {}

    void on_packet(PopulationId population, const Packet& packet) override {
        packets_[population].push_back(packet);
    }

    [[nodiscard]] bool watches_ticks() const override { return margins_; }

    bool after_tick(Tick tick) override {
        for (PopulationId p = 0; p < packets_.size(); ++p) {
            if (first_near_) {
                break;
            }
            if (const auto* neuron = std::get_if<NeuronSpec>(&network_.population(p).kind)) {
                look(p, *neuron, tick);
            }
        }
        return true;
    }

    [[nodiscard]] const std::vector<Packet>& packets(PopulationId p) const { return packets_[p]; }

    [[nodiscard]] std::optional<Tick> first_near() const { return first_near_; }

  private:
    void look(PopulationId p, const NeuronSpec& neuron, Tick tick) {
        const std::vector<float> v = simulator_.membrane(p);
        const Shape& shape = network_.population(p).shape;
        std::vector<float> fired(v.size(), 0.0F);
        if (!packets_[p].empty() && packets_[p].back().tick == tick) {
            const Packet& packet = packets_[p].back();
            for (std::size_t k = 0; k < packet.slots.size(); ++k) {
                fired[shape.index_of(packet.slots[k])] = packet.payload(k);
            }
        }
        const bool at_once = neuron.reset_when == ResetWhen::at_firing;
        for (std::size_t j = 0; j < v.size(); ++j) {
            const double theta = neuron.theta.at(j);
            double h = v[j];
            if (at_once && fired[j] > 0) {
                if (neuron.reset != Reset::subtract) {
                    continue;
                }  // the value tested is gone
                h += fired[j] * theta;
            }
            const double multiple = std::fmax(1.0, std::round(h / theta));
            const double passed =
                neuron.spikes_per_tick == SpikesPerTick::trunc ? multiple * theta : theta;
            if (std::fabs(h - passed) <= k_near * std::fabs(theta)) {
                first_near_ = tick;
            }
        }
    }

    const Network& network_;
    const Simulator& simulator_;
    bool margins_;
    std::vector<std::vector<Packet>> packets_;
    std::optional<Tick> first_near_;
};

struct Outcome {
    bool failed = false;
    std::uint64_t spikes = 0;
    std::string text;  // what differs, or why it failed

    void fail(const std::string& why) {
        failed = true;
        text += (text.empty() ? "" : "; ") + why;
    }
};

class CaseRun {
  public:
    explicit CaseRun(const GoldenCase& golden)
        : golden_(golden), network_(compile(golden.network())), front_(golden.front()) {}

    Outcome run() {
        for (const GoldenRun& one : golden_.runs()) {
            run_one(one);
        }
        return outcome_;
    }

  private:
    // Runs one input; the simulator is left as it ended.
    void simulate(const GoldenRun& one, Simulator& simulator, Watch& watch) {
        const Shape shape = network_.population(0).shape;
        const Coding coding =
            golden_.still_input() ? Coding{DuplicateCoding{}} : Coding{EventsCoding{}};
        const auto encoder =
            make_encoder(coding, {.shape = shape, .population = 0, .horizon = network_.horizon()});
        FrontWorker worker(front_);
        EncoderInput input{.activations = one.input};
        if (golden_.still_input()) {
            input.activations = worker.run(one.input);
        } else {
            input.frames = static_cast<std::size_t>(network_.horizon());
        }
        encoder->start(input);
        simulator.set_hook(&watch);
        PacketSource* const sources[] = {encoder.get()};
        simulator.begin(sources);
        simulator.advance_to(network_.horizon() - 1);
        const Result result = simulator.finish();
        if (result.error) {
            outcome_.fail(result.error->text);
        }
    }

    void run_one(const GoldenRun& one) {
        Simulator simulator(network_);
        Watch watch(network_, simulator, false);
        simulate(one, simulator, watch);
        std::optional<Tick> first_different;
        std::string where;
        bool compared = false;
        for (const GoldenLayer& layer : golden_.layers()) {
            const std::string stem = fmt::format("{}layer{}_", one.prefix, layer.layer);
            if (const auto spikes = golden_.expected(stem + "spikes.npy")) {
                compared = true;
                const auto tick = compare_spikes(watch, layer, *spikes, stem, where);
                if (tick && (!first_different || *tick < *first_different)) {
                    first_different = tick;
                }
            }
            const auto membrane = golden_.expected(stem + "v_last.npy");
            if (membrane && !first_different) {
                compare_membranes(simulator, layer, *membrane, stem);
            }
        }
        if (!compared) {
            outcome_.fail(one.prefix + ": no expected spikes");
        }
        if (first_different) {
            judge(one, *first_different, where);
        }
    }

    // The first tick at which a layer's spikes differ; adds how to `where`.
    std::optional<Tick> compare_spikes(const Watch& watch,
                                       const GoldenLayer& layer,
                                       const std::vector<float>& expected,
                                       const std::string& stem,
                                       std::string& where) {
        const Shape& shape = network_.population(layer.population).shape;
        const auto neurons = static_cast<std::size_t>(shape.size());
        std::vector<float> ours(static_cast<std::size_t>(network_.horizon()) * neurons, 0.0F);
        if (expected.size() != ours.size()) {
            outcome_.fail(fmt::format(
                "{}spikes.npy: got {} values, need {}", stem, expected.size(), ours.size()));
            return {};
        }
        for (const Packet& packet : watch.packets(layer.population)) {
            for (std::size_t k = 0; k < packet.slots.size(); ++k) {
                ours[static_cast<std::size_t>(packet.tick) * neurons +
                     shape.index_of(packet.slots[k])] = packet.payload(k);
                outcome_.spikes += static_cast<std::uint64_t>(packet.payload(k));
            }
        }
        const auto first = std::mismatch(ours.begin(), ours.end(), expected.begin());
        if (first.first == ours.end()) {
            return {};
        }
        std::size_t different = 0;
        for (std::size_t k = 0; k < ours.size(); ++k) {
            different += ours[k] != expected[k] ? 1 : 0;
        }
        const auto at = static_cast<std::size_t>(first.first - ours.begin());
        where +=
            fmt::format("{}{}: {} of {} values differ, first neuron {} at tick {}: got {}, need {}",
                        where.empty() ? "" : "; ",
                        stem.substr(0, stem.size() - 1),
                        different,
                        ours.size(),
                        at % neurons,
                        at / neurons,
                        ours[at],
                        expected[at]);
        return static_cast<Tick>(at / neurons);
    }

    void compare_membranes(const Simulator& simulator,
                           const GoldenLayer& layer,
                           const std::vector<float>& expected,
                           const std::string& stem) {
        const std::vector<float> v = simulator.membrane(layer.population);
        for (std::size_t j = 0; j < v.size() && j < expected.size(); ++j) {
            const float allowed =
                layer.same_bits ? 0.0F : 1e-5F * std::fmax(1.0F, std::fabs(expected[j]));
            if (std::fabs(v[j] - expected[j]) <= allowed) {
                continue;
            }
            outcome_.fail(
                fmt::format("{}v_last: neuron {}: got {}, need {}", stem, j, v[j], expected[j]));
            return;
        }
    }

    void judge(const GoldenRun& one, Tick first_different, const std::string& where) {
        if (golden_.strict()) {
            outcome_.fail(where);
            return;
        }
        Simulator simulator(network_);
        Watch watch(network_, simulator, true);
        simulate(one, simulator, watch);
        if (watch.first_near() && *watch.first_near() <= first_different) {
            outcome_.text += fmt::format(
                "{}{} (allowed: a membrane was within 1e-5 of its threshold at tick {})",
                outcome_.text.empty() ? "" : "; ",
                where,
                *watch.first_near());
        } else {
            outcome_.fail(where);
        }
    }

    const GoldenCase& golden_;
    Network network_;
    Front front_;
    Outcome outcome_;
};

std::filesystem::path golden_folder() {
    if (const char* named = std::getenv("SALTUS_GOLDEN")) {
        return named;
    }
    const std::filesystem::path source = SALTUS_SOURCE_DIR;
    const std::filesystem::path shared = source.parent_path() / "shared/golden";
    return std::filesystem::is_directory(shared) ? shared : source / "tests/golden";
}

// Prints the case's line. Returns whether it was run and passed, run and failed, or skipped.
enum class Verdict { passed, failed, skipped };

Verdict run_case(const std::filesystem::path& folder) {
    const std::string name = folder.filename().string();
    Outcome outcome;
    bool strict = false;
    try {
        GoldenCase golden(folder);
        if (!golden.has_layers()) {
            fmt::print("skipped {} (waits for the NIR importer)\n", name);
            return Verdict::skipped;
        }
        golden.build();
        strict = golden.strict();
        outcome = CaseRun(golden).run();
    } catch (const std::exception& error) {
        outcome.fail(error.what());
    }
    fmt::print("{} {}: {} spikes{}{}{}\n",
               outcome.failed ? "FAILED " : "ok     ",
               name,
               outcome.spikes,
               strict ? ", exact" : "",
               outcome.text.empty() ? "" : ": ",
               outcome.text);
    return outcome.failed ? Verdict::failed : Verdict::passed;
}

int run_all() {
    const std::filesystem::path root = golden_folder();
    std::vector<std::filesystem::path> folders;
    std::error_code unreadable;
    for (const auto& entry : std::filesystem::directory_iterator(root, unreadable)) {
        if (std::filesystem::exists(entry.path() / "case.json")) {
            folders.push_back(entry.path());
        }
    }
    std::sort(folders.begin(), folders.end());
    std::size_t count[3] = {};
    for (const auto& folder : folders) {
        count[static_cast<int>(run_case(folder))] += 1;
    }
    fmt::print("golden cases in {}: {} passed, {} failed, {} skipped\n",
               root.string(),
               count[0],
               count[1],
               count[2]);
    if (count[0] + count[1] == 0) {
        fmt::print("FAILED: no case to run\n");
        return 1;
    }
    return count[1] == 0 ? 0 : 1;
}

}  // namespace
}  // namespace saltus::test

int main() {
    return saltus::test::run_all();
}
