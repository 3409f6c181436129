// Runs the engine on one sample of a case and writes down everything that the reference does, so
// that the two records can be compared field by field.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/simulator.hpp"

#include "tests/reference/reference.hpp"

namespace reference {

// Given events and held values as a source of packets.
class ListSource final : public saltus::PacketSource {
  public:
    ListSource(const Input& input, const saltus::Shape& shape);

    bool next(Tick until, saltus::Packet& out) override;

  private:
    std::vector<saltus::Packet> packets_;  // ascending ticks
    std::size_t next_ = 0;
};

struct EngineOptions {
    saltus::Start start = saltus::Start::fresh;
    Tick cut = -1;                // stop after this tick, by advancing no further
    bool tick_by_tick = true;     // record v and i after each tick; else after the last one alone
    Tick piece = 0;               // then: advance so many ticks at a time; 0: by one call
    bool watched = true;          // false: without a hook, so no events and digests are recorded
    std::vector<saltus::Silenced> silenced;
    std::optional<Tick> stop_at;  // a hook stops the run at the first tick it sees from here on
};

// One simulator over several samples; `sources` by population number replace `inputs` where given.
template <class Real>
class EngineRunner {
  public:
    explicit EngineRunner(const saltus::BasicNetwork<Real>& network)
        : network_(&network),
          zeros_(std::make_unique<saltus::ZeroWeights>(network)),
          simulator_(network) {
        simulator_.set_zero_weights(zeros_.get());
    }

    Run<Real> run(const std::map<std::size_t, Input>& inputs, const EngineOptions& options = {});
    Run<Real> run_sources(const std::vector<saltus::PacketSource*>& sources,
                          const EngineOptions& options);

    // Of all runs.
    [[nodiscard]] const saltus::detail::PathCounts& paths() const { return simulator_.paths(); }

  private:
    const saltus::BasicNetwork<Real>* network_;
    std::unique_ptr<const saltus::ZeroWeights> zeros_;
    saltus::BasicSimulator<Real> simulator_;
};

extern template class EngineRunner<float>;
extern template class EngineRunner<double>;

}  // namespace reference
