#include "tests/reference/engine_run.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "core/digest.hpp"

namespace reference {

namespace {

bool is_encoder(const saltus::PopulationSpec& p) {
    return std::holds_alternative<saltus::EncoderSpec>(p.kind);
}

const saltus::NeuronSpec* neurons_of(const saltus::PopulationSpec& p) {
    return std::get_if<saltus::NeuronSpec>(&p.kind);
}

// Writes packets down, and stops the run if it is asked to.
template <class Real>
class Recorder final : public saltus::Hook {
  public:
    Recorder(const saltus::BasicNetwork<Real>& network, std::optional<Tick> stop_at)
        : network_(&network), stop_at_(stop_at), digests_(network.population_count()) {
        events_.resize(network.population_count());
        digests_.begin();
    }

    void on_packet(saltus::PopulationId population, const saltus::Packet& packet) override {
        digests_.on_packet(population, packet);
        const saltus::Shape& shape = network_->population(population).shape;
        for (std::size_t k = 0; k < packet.slots.size(); ++k) {
            events_[population].push_back(
                {packet.tick, shape.index_of(packet.slots[k]), packet.payload(k)});
        }
    }

    [[nodiscard]] bool watches_ticks() const override { return stop_at_.has_value(); }

    bool after_tick(saltus::Tick tick) override { return tick < *stop_at_; }

    [[nodiscard]] std::vector<Event> events(std::size_t population) const {
        std::vector<Event> events = events_[population];
        std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
            return a.tick != b.tick ? a.tick < b.tick : a.index < b.index;
        });
        return events;
    }

    [[nodiscard]] const saltus::DigestHook& digests() const { return digests_; }

  private:
    const saltus::BasicNetwork<Real>* network_;
    std::optional<Tick> stop_at_;
    saltus::DigestHook digests_;
    std::vector<std::vector<Event>> events_;
};

template <class Number>
Number zero_if_negative_zero(Number x) {
    return x == 0 ? Number(0) : x;
}

template <class Real>
std::vector<Real> canonical(std::vector<Real> values) {
    for (Real& x : values) {
        x = zero_if_negative_zero(x);
    }
    return values;
}

template <class Real>
void record_tick(const saltus::BasicNetwork<Real>& network,
                 const saltus::BasicSimulator<Real>& simulator,
                 Run<Real>& run) {
    for (std::uint32_t P = 0; P < network.population_count(); ++P) {
        const saltus::NeuronSpec* neurons = neurons_of(network.population(P));
        if (neurons == nullptr) {
            continue;
        }
        run.populations[P].v.push_back(canonical(simulator.membrane(P)));
        run.populations[P].i.resize(neurons->receptors.size());
        for (std::uint32_t k = 0; k < neurons->receptors.size(); ++k) {
            run.populations[P].i[k].push_back(canonical(simulator.current(P, k)));
        }
    }
}

// What each tick added to the counts.
template <class Real>
void record_counts(const saltus::Counts& now, saltus::Counts& before, Run<Real>& run) {
    before.populations.resize(now.populations.size());
    before.projections.resize(now.projections.size());
    before.zero_weights.resize(now.zero_weights.size());
    for (std::size_t P = 0; P < now.populations.size(); ++P) {
        const saltus::PopulationCounts& n = now.populations[P];
        const saltus::PopulationCounts& b = before.populations[P];
        run.populations[P].fired.push_back(
            {n.spikes - b.spikes, n.graded_events - b.graded_events});
    }
    run.projections.resize(now.projections.size());
    for (std::size_t p = 0; p < now.projections.size(); ++p) {
        const saltus::ProjectionCounts& n = now.projections[p];
        const saltus::ProjectionCounts& b = before.projections[p];
        const saltus::ZeroWeightCounts& nz = now.zero_weights.at(p);
        const saltus::ZeroWeightCounts& bz = before.zero_weights.at(p);
        Cost cost{n.acs - b.acs,
                  n.graded_macs - b.graded_macs,
                  n.held_macs - b.held_macs,
                  n.pool_operations - b.pool_operations};
        cost.effective_acs = cost.acs - (nz.acs - bz.acs);
        cost.effective_graded_macs = cost.graded_macs - (nz.graded_macs - bz.graded_macs);
        cost.effective_held_macs = cost.held_macs - (nz.held_macs - bz.held_macs);
        run.projections[p].push_back(cost);
    }
    before = now;
}

}  // namespace

ListSource::ListSource(const Input& input, const saltus::Shape& shape) {
    std::map<Tick, std::map<saltus::Slot, float>> by_tick;
    for (const Event& e : input.events) {
        by_tick[e.tick][shape.slot_of(e.index)] += e.payload;
    }
    for (const auto& [tick, events] : by_tick) {
        saltus::Packet& packet = packets_.emplace_back();
        packet.tick = tick;
        for (const auto& [slot, payload] : events) {
            packet.slots.push_back(slot);
            packet.payloads.push_back(payload);
        }
        packet.drop_unit_payloads();
    }
    for (const Held& held : input.held) {
        saltus::Packet& packet = packets_.emplace_back();
        packet.tick = held.tick;
        packet.held = true;
        for (saltus::Slot slot = 0; slot < held.values.size(); ++slot) {
            const float value = held.values[shape.index_of(slot)];
            if (value == 0) {
                continue;
            }
            packet.slots.push_back(slot);
            packet.payloads.push_back(value);
        }
    }
}

bool ListSource::next(Tick until, saltus::Packet& out) {
    out.clear();
    if (next_ == packets_.size() || packets_[next_].tick > until) {
        return false;
    }
    out = packets_[next_++];
    return true;
}

template <class Real>
Run<Real> EngineRunner<Real>::run(const std::map<std::size_t, Input>& inputs,
                                  const EngineOptions& options) {
    std::vector<std::unique_ptr<ListSource>> lists;
    std::vector<saltus::PacketSource*> sources;
    for (std::uint32_t P = 0; P < network_->population_count(); ++P) {
        const saltus::PopulationSpec& p = network_->population(P);
        if (!is_encoder(p)) {
            continue;
        }
        const auto given = inputs.find(P);
        lists.push_back(
            std::make_unique<ListSource>(given == inputs.end() ? Input{} : given->second, p.shape));
        sources.push_back(lists.back().get());
    }
    return run_sources(sources, options);
}

template <class Real>
Run<Real> EngineRunner<Real>::run_sources(const std::vector<saltus::PacketSource*>& sources,
                                          const EngineOptions& options) {
    Recorder<Real> recorder(*network_, options.stop_at);
    Run<Real> run;
    run.populations.resize(network_->population_count());
    simulator_.set_hook(options.watched ? &recorder : nullptr);
    simulator_.set_silenced(options.silenced);
    simulator_.begin(sources, options.start);
    const Tick last = options.cut < 0 ? network_->horizon() - 1 : options.cut;
    saltus::Counts before;
    bool running = true;
    const Tick piece = options.tick_by_tick ? 1 : options.piece > 0 ? options.piece : last + 1;
    for (Tick next = 0; next <= last && running; next += piece) {
        const Tick t = std::min(last, next + piece - 1);
        running = simulator_.advance_to(t);
        if (options.tick_by_tick || t == last || !running) {
            record_tick(*network_, simulator_, run);
            record_counts(simulator_.counts(), before, run);
        }
    }
    for (std::uint32_t P = 0; P < network_->population_count(); ++P) {
        PopulationRun<Real>& population = run.populations[P];
        population.events = recorder.events(P);
        population.stream = saltus::digest_text(recorder.digests().stream(P));
        if (neurons_of(network_->population(P)) == nullptr) {
            continue;
        }
        const auto stored = simulator_.stored(P);
        population.v_stored = stored.v;
        population.i2 = stored.i2;
        population.q = stored.q;
        population.last = stored.last;
    }
    const saltus::Result result = simulator_.finish();
    if (result.error) {
        throw std::runtime_error("the engine failed: " + result.error->text);
    }
    for (const saltus::ReadoutResult& r : result.readouts) {
        run.readouts.push_back({r.values, r.prediction, r.tied, r.undecided});
    }
    run.ticks = result.ticks_run;
    const saltus::Digest digest = recorder.digests().sample(result.readouts);
    std::copy(digest.begin(), digest.end(), run.digest.begin());
    simulator_.set_hook(nullptr);
    return run;
}

template class EngineRunner<float>;
template class EngineRunner<double>;

}  // namespace reference
