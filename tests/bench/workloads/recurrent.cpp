// Workloads C, C-fine, C2 and I: recurrent networks of current-based neurons, one biological second
// (tests/bench/networks). C is stepped at ticks of 0.1 ms; C-fine, the same network at 0.01 ms, and
// I leap.
//
// C is chaotic: only float64 has a golden count. In float32 the first 20 ms are the same spikes,
// and all of it must have about as many and the digest's bits.
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "core/digest.hpp"
#include "core/simulator.hpp"

#include "tests/bench/networks/fly_scale.hpp"
#include "tests/bench/networks/vogels_abbott.hpp"
#include "tests/bench/workloads/workload.hpp"

namespace saltus::bench {

namespace {

struct RecurrentGolden {
    double spikes;
    double within;  // of them, as a fraction; 0: exactly
    Tick early;     // ticks of the first 20 ms
    std::uint64_t early_spikes;
    std::string digest;
};

// The digest, and the spikes of the neurons (population 0) before a tick.
class EarlyCount final : public Hook {
  public:
    EarlyCount(std::size_t populations, Tick before) : digest(populations), before_(before) {
        digest.begin();
    }

    void on_packet(PopulationId population, const Packet& packet) override {
        digest.on_packet(population, packet);
        if (population == 0 && packet.tick < before_) {
            spikes += packet.slots.size();
        }
    }

    DigestHook digest;
    std::uint64_t spikes = 0;

  private:
    Tick before_;
};

template <class Real>
class Recurrent final : public Workload {
  public:
    Recurrent(OwnedNetwork network, RecurrentGolden golden)
        : made_(std::move(network)),
          golden_(std::move(golden)),
          network_(compile<Real>(made_.spec)),
          simulator_(network_) {
        for (const std::vector<Packet>& packets : made_.trains) {
            trains_.push_back(std::make_unique<PacketTrain>(packets));
            sources_.push_back(trains_.back().get());
        }
    }

    Prepared prepare() override {
        EarlyCount hook(network_.population_count(), golden_.early);
        simulator_.set_hook(&hook);
        double seconds = 0;
        answer_ = pass(seconds);
        simulator_.set_hook(nullptr);
        const std::string digest = digest_text(hook.digest.sample({}));

        const auto spikes = static_cast<double>(answer_.spikes);
        if (std::abs(spikes - golden_.spikes) > golden_.within * golden_.spikes) {
            throw CheckFailed(fmt::format("{} spikes, golden {}", spikes, golden_.spikes));
        }
        if (golden_.early_spikes != 0 && hook.spikes != golden_.early_spikes) {
            throw CheckFailed(fmt::format(
                "{} spikes in the first 20 ms, golden {}", hook.spikes, golden_.early_spikes));
        }
        if (digest != golden_.digest) {
            throw CheckFailed(fmt::format("digest: {}, golden {}", digest, golden_.digest));
        }
        Prepared prepared;
        prepared.samples = 1;
        prepared.synops = static_cast<double>(answer_.synops);
        prepared.check = {
            {"spikes", answer_.spikes}, {"spikes_20_ms", hook.spikes}, {"digest", digest}};
        return prepared;
    }

    Timed run() override {
        Timed timed;
        if (pass(timed.seconds) != answer_) {
            throw CheckFailed("a repetition gives another answer");
        }
        timed.samples = 1;
        return timed;
    }

  private:
    struct Answer {
        std::uint64_t spikes = 0;  // of the neurons
        std::uint64_t synops = 0;
        friend bool operator==(const Answer&, const Answer&) = default;
    };

    Answer pass(double& seconds) {
        for (const std::unique_ptr<PacketTrain>& train : trains_) {
            train->rewind();
        }
        const auto began = std::chrono::steady_clock::now();
        simulator_.begin(sources_);
        simulator_.advance_to(network_.horizon() - 1);
        const Result result = simulator_.finish();
        seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        if (result.error) {
            throw Error(result.error->text);
        }
        Answer answer;
        answer.spikes = result.counts.populations[0].spikes;
        for (const ProjectionCounts& counts : result.counts.projections) {
            answer.synops += counts.acs;
        }
        return answer;
    }

    OwnedNetwork made_;
    RecurrentGolden golden_;
    BasicNetwork<Real> network_;
    BasicSimulator<Real> simulator_;
    std::vector<std::unique_ptr<PacketTrain>> trains_;
    std::vector<PacketSource*> sources_;
    Answer answer_;
};

std::unique_ptr<Workload> in_form(const Request& request,
                                  OwnedNetwork network,
                                  RecurrentGolden float32,
                                  RecurrentGolden float64) {
    if (request.form == "float32") {
        return std::make_unique<Recurrent<float>>(std::move(network), std::move(float32));
    }
    if (request.form == "float64") {
        return std::make_unique<Recurrent<double>>(std::move(network), std::move(float64));
    }
    throw InputError("form of workload " + request.workload, request.form, "float32 or float64");
}

}  // namespace

std::unique_ptr<Workload> make_cuba(const Request& request) {
    const VogelsAbbott wiring = read_vogels_abbott(request.weights / "workload_c");
    if (request.workload == "C-fine") {
        return in_form(request,
                       vogels_abbott_network(wiring, 100, Clock::leaps),
                       {22406, 0.03, 2000, 0, "4c4ae9becb44c2464d3d92d928000a77"},
                       {22406, 0.03, 2000, 0, "b7ac25aec1609a82f3fd9215fb3930b5"});
    }
    return in_form(request,
                   vogels_abbott_network(wiring, 10, Clock::stepped),
                   {22406, 0.03, 200, 856, "49243d1bf9716ca6d5ea23295961a991"},
                   {22406, 0, 200, 856, "4d557012749344b7283c6bf4799c53d7"});
}

std::unique_ptr<Workload> make_large_cuba(const Request& request) {
    return in_form(request,
                   vogels_abbott_network(draw_vogels_abbott(1), 10, Clock::stepped),
                   {21600, 0.05, 200, 0, "9f7a736612a6df9085decfd79ed0f6a2"},
                   {21600, 0.05, 200, 0, "9972f400ca262d1ac2beecb153cbc83d"});
}

std::unique_ptr<Workload> make_fly_scale(const Request& request) {
    return in_form(request,
                   fly_scale_network(FlyScale{}, Clock::leaps),
                   {16500, 0.03, 200, 0, "18ae116f1a49d37ee604d230332d8599"},
                   {16500, 0.03, 200, 0, "18ae116f1a49d37ee604d230332d8599"});
}

}  // namespace saltus::bench
