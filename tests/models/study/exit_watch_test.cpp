// Early exit, held against runs that are really cut where the lead is reached.
#include "models/study/exit_watch.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/run/sample_reader.hpp"
#include "models/study/changed_model.hpp"

#include "tests/models/study/small_study.hpp"

using namespace saltus;
using namespace saltus::tests;

namespace {

double lead(std::vector<float> values) {
    std::sort(values.rbegin(), values.rend());
    return double{values[0]} - double{values[1]};
}

// Horizons 1, 2, ... one after the other: the first at whose end the lead is there.
SampleOutcome cut(const SmallStudy& small, std::uint64_t sample, double margin) {
    const DataSet* const inputs[] = {small.data.get()};
    SampleReader reader(inputs);
    for (Tick ticks = 1;; ++ticks) {
        const Setting horizon[] = {{"horizon", static_cast<double>(ticks)}};
        const ChangedModel changed(*small.model, horizon, "--set");
        const Pipeline pipeline = changed.pipeline();
        PipelineWorker worker(pipeline, 0);
        SampleOutcome outcome = worker.run(sample, reader.read(sample));
        if (ticks == small.model->horizon() || lead(outcome.result.readouts[0].values) >= margin) {
            return outcome;
        }
    }
}

void check(const SmallStudy& small) {
    const Pipeline pipeline(*small.model);
    ExitWatch watch(pipeline.network());
    PipelineWorker worker(pipeline, 0);
    worker.set_hook(&watch.hook());
    worker.set_watch(&watch);
    const DataSet* const inputs[] = {small.data.get()};
    SampleReader reader(inputs);
    std::vector<Tick> ticks;
    for (std::uint64_t sample = 0; sample < 6; ++sample) {
        watch.begin();
        const SampleOutcome whole = worker.run(sample, reader.read(sample));
        for (const double margin : {0.25, 1.0, 2.0, 100.0}) {
            CAPTURE(sample);
            CAPTURE(margin);
            const Result ended = watch.ended(whole, margin).result;
            const Result wanted = cut(small, sample, margin).result;
            CHECK(ended.ticks_run == wanted.ticks_run);
            CHECK(ended.readouts[0].prediction == wanted.readouts[0].prediction);
            CHECK(ended.counts.populations == wanted.counts.populations);
            CHECK(ended.counts.projections == wanted.counts.projections);
            ticks.push_back(ended.ticks_run);
        }
    }
    std::sort(ticks.begin(), ticks.end());
    CHECK(ticks.front() < ticks.back());  // some ended early, some did not
}

}  // namespace

TEST_CASE("early exit: answer, ticks and counts are those of a run that ends there, by spikes") {
    check(SmallStudy());
}

TEST_CASE("early exit: the same by membranes") {
    check(SmallStudy("kind: membrane"));
}

TEST_CASE("early exit: a readout that has no margin is refused") {
    const SmallStudy first("kind: first_spike ties: index");
    const Pipeline pipeline(*first.model);
    CHECK_THROWS_AS(ExitWatch(pipeline.network()), InputError);
}
