// After an exception a simulator is as new: thrown by a hook, by a source or by an allocation, at
// any tick and under both schedules, it leaves nothing behind that a later sample could see.
#include <cstdlib>
#include <new>
#include <stdexcept>

#include <doctest/doctest.h>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/zero_weights.hpp"

#include "tests/core/failing_allocation.hpp"
#include "tests/core/varied_networks.hpp"

using namespace saltus;
using namespace saltus::test;

namespace {

enum class Thrown { on_packet, after_tick, next, nothing };

// Digests what fires; throws once, from `tick` on, when asked to.
class ThrowingHook final : public Hook {
  public:
    ThrowingHook(std::size_t populations, bool watches) : digest(populations), watches_(watches) {}

    void arm(Thrown from, Tick tick) {
        from_ = from;
        tick_ = tick;
    }

    void on_packet(PopulationId population, const Packet& packet) override {
        if (from_ == Thrown::on_packet && population > 0 && packet.tick >= tick_) {
            throw std::runtime_error("on_packet");
        }
        digest.on_packet(population, packet);
    }

    [[nodiscard]] bool watches_ticks() const override { return watches_; }

    bool after_tick(Tick tick) override {
        if (from_ == Thrown::after_tick && tick >= tick_) {
            throw std::runtime_error("after_tick");
        }
        return true;
    }

    DigestHook digest;

  private:
    bool watches_;
    Thrown from_ = Thrown::nothing;
    Tick tick_ = 0;
};

// Throws instead of giving a packet of `tick` or later, if it is not negative.
class ThrowingSource final : public PacketSource {
  public:
    ThrowingSource(std::vector<Packet> packets, Tick tick)
        : packets_(std::move(packets)), tick_(tick) {}

    bool next(Tick until, Packet& out) override {
        out.clear();
        if (next_ == packets_.size() || packets_[next_].tick > until) {
            return false;
        }
        if (tick_ >= 0 && packets_[next_].tick >= tick_) {
            out.slots = {7, 3};  // half made
            throw std::runtime_error("next");
        }
        out = packets_[next_++];
        return true;
    }

  private:
    std::vector<Packet> packets_;
    std::size_t next_ = 0;
    Tick tick_;
};

struct Seen {
    Digest digest;
    Counts counts;
};

Seen run_whole(Simulator& simulator,
               ThrowingHook& hook,
               const VariedNetwork& network,
               Start start) {
    hook.digest.begin();
    hook.arm(Thrown::nothing, 0);
    ThrowingSource source(network.packets, -1);
    PacketSource* const sources[] = {&source};
    simulator.begin(sources, start);
    REQUIRE(simulator.advance_to(network.spec.horizon - 1));
    const Result result = simulator.finish();
    REQUIRE_FALSE(result.error.has_value());
    return {hook.digest.sample(result.readouts), result.counts};
}

void check_same(const Seen& a, const Seen& b) {
    CHECK(a.digest == b.digest);
    CHECK(a.counts.populations == b.counts.populations);
    CHECK(a.counts.projections == b.counts.projections);
    CHECK(a.counts.zero_weights == b.counts.zero_weights);
    CHECK(a.counts.execution.neuron_updates == b.counts.execution.neuron_updates);
}

}  // namespace

TEST_CASE("exception: after one from a hook or a source the next sample is a new simulator's") {
    const VariedNetworks networks;
    for (const VariedNetwork& varied : networks.all()) {
        const Network network = compile(varied.spec);
        const ZeroWeights zeros(network);
        for (const bool by_ticks : {false, true}) {
            ThrowingHook hook(network.population_count(), by_ticks);
            Simulator fresh(network);
            fresh.set_hook(&hook);
            fresh.set_zero_weights(&zeros);
            const Seen expected = run_whole(fresh, hook, varied, Start::fresh);
            REQUIRE(expected.counts.populations.back().spikes > 0);
            Simulator simulator(network);
            simulator.set_hook(&hook);
            simulator.set_zero_weights(&zeros);
            for (const Thrown from : {Thrown::on_packet, Thrown::after_tick, Thrown::next}) {
                if (from == Thrown::after_tick && !by_ticks) {
                    continue;
                }
                for (const Tick tick : {0, 7, 21}) {
                    CAPTURE(varied.name);
                    CAPTURE(by_ticks);
                    CAPTURE(static_cast<int>(from));
                    CAPTURE(tick);
                    hook.arm(from, tick);
                    ThrowingSource source(varied.packets, from == Thrown::next ? tick : -1);
                    PacketSource* const sources[] = {&source};
                    CHECK_THROWS_AS(
                        [&] {
                            simulator.begin(sources);
                            simulator.advance_to(varied.spec.horizon / 3);
                            simulator.advance_to(varied.spec.horizon - 1);
                        }(),
                        std::runtime_error);
                    // what a new one would carry over is its initial state
                    const Start start = tick == 7 ? Start::carry : Start::fresh;
                    check_same(run_whole(simulator, hook, varied, start), expected);
                }
            }
        }
    }
}

TEST_CASE("exception: after an allocation that fails the next sample is a new simulator's") {
    const VariedNetworks networks;
    for (const VariedNetwork& varied : networks.all()) {
        const Network network = compile(varied.spec);
        const ZeroWeights zeros(network);
        for (const bool by_ticks : {false, true}) {
            ThrowingHook hook(network.population_count(), by_ticks);
            Simulator fresh(network);
            fresh.set_hook(&hook);
            fresh.set_zero_weights(&zeros);
            const Seen expected = run_whole(fresh, hook, varied, Start::fresh);
            bool failed = true;
            for (int allocation = 0; failed; allocation += 1 + allocation / 8) {
                CAPTURE(varied.name);
                CAPTURE(by_ticks);
                CAPTURE(allocation);
                Simulator simulator(network);
                simulator.set_hook(&hook);
                simulator.set_zero_weights(&zeros);
                hook.arm(Thrown::nothing, 0);
                ThrowingSource source(varied.packets, -1);
                PacketSource* const sources[] = {&source};
                try {
                    const FailingAllocation fails(allocation);
                    simulator.begin(sources);
                    simulator.advance_to(varied.spec.horizon - 1);
                    static_cast<void>(simulator.finish());
                    failed = fails.happened();
                } catch (const std::bad_alloc&) {
                    failed = true;
                }
                check_same(run_whole(simulator, hook, varied, Start::fresh), expected);
            }
        }
    }
}

TEST_CASE("exception: what was silenced before it is silenced after it") {
    const VariedNetworks networks;
    const VariedNetwork& varied = networks.all().front();
    const Network network = compile(varied.spec);
    ThrowingHook hook(network.population_count(), false);
    const Silenced silenced[] = {{1, NeuronIndex{3}, std::nullopt}};
    Simulator simulator(network);
    simulator.set_hook(&hook);
    const Seen whole = run_whole(simulator, hook, varied, Start::fresh);
    simulator.set_silenced(silenced);
    const Seen expected = run_whole(simulator, hook, varied, Start::fresh);
    REQUIRE(expected.digest != whole.digest);
    ThrowingSource source(varied.packets, 7);
    PacketSource* const sources[] = {&source};
    simulator.begin(sources);
    CHECK_THROWS_AS(simulator.advance_to(20), std::runtime_error);
    check_same(run_whole(simulator, hook, varied, Start::fresh), expected);
}
