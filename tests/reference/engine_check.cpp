#include "tests/reference/engine_check.hpp"

#include <map>
#include <vector>

#include "core/network.hpp"

#include "tests/reference/case_network.hpp"
#include "tests/reference/engine_run.hpp"
#include "tests/reference/reference_encoders.hpp"
#include "tests/reference/run_check.hpp"

namespace reference {

namespace {

using saltus::WeightLayout;

// What must come out of a case's samples, and runs of the engine held against it.
template <class Real>
class HeldCase {
  public:
    // Compiled first: it refuses what shrinking may have broken.
    HeldCase(const Json& json, TakenPaths& taken)
        : json_(&json),
          taken_(&taken),
          engine_network_(json.at("network")),
          compiled_(saltus::compile<Real>(engine_network_.spec())),
          network_(read_network(json.at("network"))) {
        Simulation<Real> simulation(network_);
        for (std::size_t k = 0; k < json.at("samples").size(); ++k) {
            inputs_.push_back(read_inputs(json.at("network"), json.at("samples")[k]));
            wants_.push_back(simulation.run(inputs_.back(), carries(json, k)));
        }
    }

    // All samples in turn on one simulator.
    std::string run(const EngineOptions& options) { return run(compiled_, options); }

    // The same with the weights laid out as rows by source.
    std::string run_rows_by_source(const EngineOptions& options) {
        const CaseNetwork engine_network(json_->at("network"), WeightLayout::rows_by_source);
        return run(saltus::compile<Real>(engine_network.spec()), options);
    }

    // A run stopped by a hook is the full run up to there.
    std::string run_stopped() {
        EngineRunner<Real> engine(compiled_);
        EngineOptions options;
        options.stop_at = network_.T / 2;
        options.tick_by_tick = false;
        const auto got = engine.run(inputs_[0], options);
        Simulation<Real> simulation(network_);
        const auto want = simulation.run(inputs_[0], false, got.ticks - 1);
        return labelled("stopped after " + std::to_string(got.ticks) + " ticks",
                        difference(network_, got, want));
    }

  private:
    std::string run(const saltus::BasicNetwork<Real>& compiled, EngineOptions options) {
        EngineRunner<Real> engine(compiled);
        std::string d;
        for (std::size_t k = 0; k < inputs_.size() && d.empty(); ++k) {
            options.start = carries(*json_, k) ? saltus::Start::carry : saltus::Start::fresh;
            auto got = engine.run(inputs_[k], options);
            if (!options.watched) {
                take_what_was_not_seen(wants_[k], got);
            }
            d = labelled("sample " + std::to_string(k), difference(network_, got, wants_[k]));
        }
        taken_->add(engine.paths());
        return d;
    }

    // Without a hook nobody writes spikes down: states, counts and readouts must do.
    static void take_what_was_not_seen(const Run<Real>& want, Run<Real>& got) {
        for (std::size_t P = 0; P < got.populations.size(); ++P) {
            got.populations[P].events = want.populations[P].events;
            got.populations[P].stream = want.populations[P].stream;
        }
        got.digest = want.digest;
    }

    const Json* json_;
    TakenPaths* taken_;
    CaseNetwork engine_network_;
    saltus::BasicNetwork<Real> compiled_;
    Network network_;
    std::vector<std::map<std::size_t, Input>> inputs_;
    std::vector<Run<Real>> wants_;
};

EngineOptions in_one_go() {
    EngineOptions options;
    options.tick_by_tick = false;
    return options;
}

EngineOptions in_pieces(Tick ticks) {
    EngineOptions options = in_one_go();
    options.piece = ticks;
    return options;
}

}  // namespace

bool carries(const Json& json, std::size_t sample) {
    return sample > 0 && json.at("carry").get<bool>();
}

std::string labelled(const std::string& what, const std::string& difference) {
    return difference.empty() ? difference : what + ": " + difference;
}

std::string check_small(const Json& json, TakenPaths& taken) {
    HeldCase<float> held(json, taken);
    auto d = labelled("tick by tick", held.run({}));
    if (d.empty()) {
        d = labelled("in one go", held.run(in_one_go()));
    }
    if (d.empty()) {
        d = labelled("rows by source", held.run_rows_by_source(in_one_go()));
    }
    if (d.empty()) {
        d = labelled("float64", HeldCase<double>(json, taken).run({}));
    }
    return d.empty() ? held.run_stopped() : d;
}

std::string check_deep(const Json& json, TakenPaths& taken) {
    HeldCase<float> held(json, taken);
    auto d = labelled("in one go", held.run(in_one_go()));
    if (d.empty()) {
        d = labelled("rows by source", held.run_rows_by_source(in_one_go()));
    }
    if (d.empty()) {
        d = labelled("37 ticks at a time", held.run(in_pieces(37)));
    }
    if (d.empty()) {
        EngineOptions options = in_one_go();
        options.watched = false;
        d = labelled("with nobody watching", held.run(options));
    }
    return d.empty() ? labelled("tick by tick", held.run({})) : d;
}

std::string check_long(const Json& json, TakenPaths& taken) {
    HeldCase<float> held(json, taken);
    const auto d = labelled("in one go", held.run(in_one_go()));
    return d.empty() ? labelled("9973 ticks at a time", held.run(in_pieces(9973))) : d;
}

}  // namespace reference
