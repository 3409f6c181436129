// Workload D: a study: the shipped hybrid model on the 1,000 shipped digits, front, encoding and
// simulation, on one thread or two. The time is that of a whole run, as `saltus run` makes it:
// threads started, samples read and handed on in order.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "models/data/data_set.hpp"
#include "models/model.hpp"
#include "models/pipeline.hpp"
#include "models/run/sample_runner.hpp"

#include "tests/bench/workloads/workload.hpp"

namespace saltus::bench {

namespace {

constexpr std::uint64_t k_samples = 1000;
// The demo's figures on the same digits. The front's sums are oneDNN's, whose order of additions
// depends on the processor: a membrane within a rounding of its threshold may fire or not.
constexpr std::uint64_t k_right = 994;
constexpr std::uint64_t k_spikes = 363739;
constexpr std::uint64_t k_spikes_within = 20;
constexpr std::uint64_t k_synops_a_spike = 10;

struct StudyAnswer {
    std::uint64_t right = 0;
    std::uint64_t spikes = 0;
    std::uint64_t synops = 0;
};

class Study final : public Workload {
  public:
    Study(const Request& request, unsigned threads)
        : model_(LoadedModel::load(request.source / "examples" / "models" /
                                   "mnist_hybrid_duplicate.saltus")),
          pipeline_(model_),
          digits_(open_data_set((request.source / "examples" / "data").string())) {
        options_.samples.resize(k_samples);
        std::iota(options_.samples.begin(), options_.samples.end(), 0);
        options_.inputs = {digits_.get()};
        options_.labels = digits_.get();
        options_.threads = threads;
    }

    Prepared prepare() override {
        const StudyAnswer answer = pass();
        check(answer);
        Prepared prepared;
        prepared.samples = k_samples;
        prepared.synops = static_cast<double>(answer.synops) / k_samples;
        prepared.check = {{"right", answer.right},
                          {"spikes", static_cast<double>(answer.spikes) / k_samples}};
        return prepared;
    }

    Timed run() override {
        const auto began = std::chrono::steady_clock::now();
        const StudyAnswer answer = pass();
        Timed timed;
        timed.seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        timed.samples = k_samples;
        check(answer);
        return timed;
    }

  private:
    StudyAnswer pass() {
        StudyAnswer answer;
        run_samples(
            pipeline_,
            options_,
            [&](FinishedSample&& sample) {
                const Result& result = sample.outcome.result;
                if (result.error) {
                    throw Error(result.error->text);
                }
                answer.right += sample.label == std::int64_t{result.readouts.at(0).prediction};
                for (const PopulationCounts& counts : result.counts.populations) {
                    answer.spikes += counts.spikes;
                }
                for (const ProjectionCounts& counts : result.counts.projections) {
                    answer.synops += counts.acs;
                }
            },
            [] { return false; });
        return answer;
    }

    static void check(const StudyAnswer& answer) {
        const std::uint64_t off =
            std::max(answer.spikes, k_spikes) - std::min(answer.spikes, k_spikes);
        if (answer.right != k_right || off > k_spikes_within ||
            answer.synops != answer.spikes * k_synops_a_spike) {
            throw CheckFailed(
                fmt::format("{} right, {} spikes, {} SynOps; golden {}, {}, ten a spike",
                            answer.right,
                            answer.spikes,
                            answer.synops,
                            k_right,
                            k_spikes));
        }
    }

    LoadedModel model_;
    Pipeline pipeline_;
    std::unique_ptr<DataSet> digits_;
    SampleRunnerOptions options_;
};

}  // namespace

std::unique_ptr<Workload> make_study(const Request& request) {
    if (request.form == "1 thread") {
        return std::make_unique<Study>(request, 1);
    }
    if (request.form == "2 threads") {
        return std::make_unique<Study>(request, 2);
    }
    throw InputError("form of workload D", request.form, "\"1 thread\" or \"2 threads\"");
}

}  // namespace saltus::bench
