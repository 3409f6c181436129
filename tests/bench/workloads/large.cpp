// Workload G: size. 10^9 synapses of int8 weights, feed-forward (ten layers of 10,000 neurons) and
// recurrent (four populations of 7,936, a dense block between any two), and 10^8 sparse ones, to
// tell what an index costs. Built, compiled and run for 100 ticks at about 1 % of the neurons a
// tick; bytes a synapse are the most that was resident since the request, divided by synapses.
#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "tests/bench/workloads/large_network.hpp"
#include "tests/bench/workloads/recorded_samples.hpp"
#include "tests/bench/workloads/resident.hpp"
#include "tests/bench/workloads/workload.hpp"

namespace saltus::bench {

namespace {

// What each population fired, tick by tick.
class PacketRecord final : public Hook {
  public:
    void on_packet(PopulationId population, const Packet& packet) override {
        fired[population][packet.tick] = packet.slots;
    }

    std::map<PopulationId, std::map<Tick, std::vector<Slot>>> fired;
};

class Large final : public Workload {
  public:
    Large(std::unique_ptr<LargeNetwork> network, double resident_before, double build_seconds)
        : made_(std::move(network)),
          resident_before_(resident_before),
          build_seconds_(build_seconds),
          began_(std::chrono::steady_clock::now()),
          network_(compile(made_->spec())),
          compile_seconds_(seconds_since(began_)),
          simulator_(network_) {}

    Prepared prepare() override {
        PacketRecord record;
        simulator_.set_hook(&record);
        answer_ = pass();
        simulator_.set_hook(nullptr);
        peak_ = status_bytes("VmHWM");
        for (PopulationId p = 0; p < network_.population_count(); ++p) {
            if (std::holds_alternative<NeuronSpec>(made_->spec().populations[p].kind)) {
                check_neurons(p, record);
            }
        }
        Prepared prepared;
        prepared.samples = 1;
        prepared.synops = static_cast<double>(answer_.synops);
        prepared.check = {{"spikes", answer_.spikes}, {"neurons_checked", checked_}};
        return prepared;
    }

    Timed run() override {
        Timed timed;
        const auto began = std::chrono::steady_clock::now();
        const Answer answer = pass();
        timed.seconds = seconds_since(began);
        timed.samples = 1;
        if (answer != answer_) {
            throw CheckFailed("a repetition gives another answer");
        }
        const auto synapses = static_cast<double>(made_->synapses());
        timed.more = {{"synapses", synapses},
                      {"bytes_per_synapse", (peak_ - resident_before_) / synapses},
                      {"index_bytes_per_synapse", made_->index_bytes()},
                      {"build_seconds", build_seconds_},
                      {"compile_seconds", compile_seconds_}};
        return timed;
    }

  private:
    struct Answer {
        std::uint64_t spikes = 0;
        std::uint64_t synops = 0;
        friend bool operator==(const Answer&, const Answer&) = default;
    };

    static double seconds_since(std::chrono::steady_clock::time_point began) {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    }

    Answer pass() {
        std::vector<StoredPackets> sources(made_->inputs().size());
        std::vector<PacketSource*> pointers;
        for (std::size_t e = 0; e < sources.size(); ++e) {
            sources[e].show(made_->inputs()[e]);
            pointers.push_back(&sources[e]);
        }
        simulator_.begin(pointers);
        simulator_.advance_to(network_.horizon() - 1);
        const Result result = simulator_.finish();
        if (result.error) {
            throw Error(result.error->text);
        }
        Answer answer;
        for (const PopulationCounts& counts : result.counts.populations) {
            answer.spikes += counts.spikes;
        }
        for (const ProjectionCounts& counts : result.counts.projections) {
            answer.synops += counts.acs;
        }
        return answer;
    }

    // Holds eight neurons of a population against the update rule in plain loops, fed with the
    // packets that its sources are known to have fired.
    void check_neurons(PopulationId p, const PacketRecord& record) {
        const auto& rule = std::get<NeuronSpec>(made_->spec().populations[p].kind);
        const auto neurons = static_cast<Slot>(made_->spec().populations[p].shape.size());
        for (Slot j = neurons / 16; j < neurons; j += neurons / 8) {
            auto v = static_cast<float>(rule.v_init.at(j));
            for (Tick t = 0; t < network_.horizon(); ++t) {
                v = v + input_of(p, j, t, record);
                const bool fires = v >= 1.0F;
                v = fires ? v - 1.0F : v;
                if (fires != fired(record, p, t, j)) {
                    throw CheckFailed(fmt::format("population {}, neuron {}, tick {}: {}",
                                                  p,
                                                  j,
                                                  t,
                                                  fires ? "did not fire" : "fired"));
                }
            }
            ++checked_;
        }
    }

    [[nodiscard]] static const std::vector<Slot>* packet(const PacketRecord& record,
                                                         PopulationId p,
                                                         Tick t) {
        const auto population = record.fired.find(p);
        if (population == record.fired.end()) {
            return nullptr;
        }
        const auto found = population->second.find(t);
        return found == population->second.end() ? nullptr : &found->second;
    }

    [[nodiscard]] static bool fired(const PacketRecord& record, PopulationId p, Tick t, Slot j) {
        const std::vector<Slot>* const slots = packet(record, p, t);
        return slots != nullptr && std::binary_search(slots->begin(), slots->end(), j);
    }

    // x of the update rule: an integer sum a projection, scaled once.
    [[nodiscard]] float input_of(PopulationId p, Slot j, Tick t, const PacketRecord& record) const {
        float x = 0;
        for (ProjectionId q = 0; q < made_->spec().projections.size(); ++q) {
            const ProjectionSpec& projection = made_->spec().projections[q];
            if (projection.target != p) {
                continue;
            }
            const std::vector<Slot>* const slots =
                packet(record, projection.source, t - projection.delay);
            if (slots == nullptr) {
                continue;
            }
            if (std::holds_alternative<Identity>(projection.connection)) {
                x = x + (std::binary_search(slots->begin(), slots->end(), j) ? 1.0F : 0.0F);
                continue;
            }
            int sum = 0;
            for (const Slot s : *slots) {
                sum += made_->weight(q, s, j);
            }
            x = x + made_->scale() * static_cast<float>(sum);
        }
        return x;
    }

    std::unique_ptr<LargeNetwork> made_;
    double resident_before_;
    double build_seconds_;
    std::chrono::steady_clock::time_point began_;
    Network network_;
    double compile_seconds_;
    Simulator simulator_;
    Answer answer_;
    double peak_ = 0;
    int checked_ = 0;
};

std::unique_ptr<LargeNetwork> make_network(const std::string& form, bool quick) {
    LargeSize size;
    size.horizon = quick ? 20 : 100;
    if (form == "feed-forward") {
        size.neurons = quick ? 1000 : 10000;
        return LargeNetwork::feed_forward(size);
    }
    if (form == "recurrent") {
        size.neurons = quick ? 768 : 7936;
        size.blocks = 4;
        return LargeNetwork::recurrent(size);
    }
    if (form == "sparse") {
        size.neurons = quick ? 10000 : 100000;
        return LargeNetwork::sparse(size);
    }
    throw InputError("form of workload G", form, "feed-forward, recurrent or sparse");
}

}  // namespace

std::unique_ptr<Workload> make_large(const Request& request) {
    const double resident_before = status_bytes("VmRSS");
    const auto began = std::chrono::steady_clock::now();
    std::unique_ptr<LargeNetwork> network = make_network(request.form, request.quick);
    const std::chrono::duration<double> build = std::chrono::steady_clock::now() - began;
    return std::make_unique<Large>(std::move(network), resident_before, build.count());
}

}  // namespace saltus::bench
