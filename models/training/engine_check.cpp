#include "models/training/engine_check.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "models/run/sample_runner.hpp"

namespace saltus::training {

EngineCheck check_by_engine(const LoadedModel& model,
                            const DataSet& set,
                            const std::vector<std::int64_t>& predictions,
                            std::uint64_t trainer_right,
                            bool random,
                            unsigned threads,
                            const std::function<bool()>& stop) {
    const Pipeline pipeline(model);
    RunStatistics statistics(pipeline);
    SampleRunnerOptions options;
    options.samples.resize(predictions.size());
    std::iota(options.samples.begin(), options.samples.end(), std::uint64_t{0});
    options.inputs = {&set};
    options.labels = &set;
    options.threads = threads;
    EngineCheck check;
    const NeuronActivity activity = run_samples(
        pipeline,
        options,
        [&](FinishedSample&& sample) {
            if (sample.outcome.result.error) {
                throw Error("sample " + std::to_string(sample.number) + ": " +
                            sample.outcome.result.error->text);
            }
            statistics.add(sample.outcome, sample.front, sample.label);
            const auto said =
                static_cast<std::int64_t>(sample.outcome.result.readouts[0].prediction);
            check.other_predictions += said != predictions[sample.number] ? 1U : 0U;
            check.right += said == sample.label ? 1U : 0U;
        },
        stop);
    if (stop && stop()) {
        throw Stopped();
    }
    check.report = statistics.report(activity);
    check.samples = predictions.size();
    const auto samples = static_cast<double>(std::max<std::uint64_t>(1, check.samples));
    const double points = 100 *
                          std::abs(static_cast<double>(check.right) -
                                   static_cast<double>(trainer_right)) /
                          samples;
    const double by_chance =
        random ? 300 * std::sqrt(static_cast<double>(check.other_predictions)) / samples : 0;
    check.agrees = points <= std::max(k_agreement_points, by_chance) + 1e-9;
    return check;
}

}  // namespace saltus::training
