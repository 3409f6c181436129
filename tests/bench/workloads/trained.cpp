#include "tests/bench/workloads/trained.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "models/files/npy.hpp"

namespace saltus::bench {

TrainedWorkload::TrainedWorkload(LayeredNetwork network,
                                 EncodedSamples samples,
                                 GoldenAnswer golden)
    : samples_(std::move(network), std::move(samples)), golden_(std::move(golden)) {}

void TrainedWorkload::hold_against_golden(const PassAnswer& answer,
                                          const std::string& digest) const {
    const auto samples = static_cast<double>(samples_.size());
    for (const GoldenAnswer::Mean& mean : golden_.means) {
        const double found = static_cast<double>(answer.spikes[mean.population]) / samples;
        if (std::abs(found - mean.spikes) > mean.within + 0.001) {
            throw CheckFailed(fmt::format(
                "spikes a sample of {}: {}, golden {}",
                samples_.network().population(static_cast<PopulationId>(mean.population)).name,
                found,
                mean.spikes));
        }
    }
    const double synops = static_cast<double>(answer.synops()) / samples;
    if (std::abs(synops - golden_.synops) > golden_.synops_within) {
        throw CheckFailed(fmt::format("SynOps a sample: {}, golden {}", synops, golden_.synops));
    }
    if (answer.right != golden_.right) {
        throw CheckFailed(fmt::format("right: {}, golden {}", answer.right, golden_.right));
    }
    if (digest != golden_.digest) {
        throw CheckFailed(fmt::format("digest: {}, golden {}", digest, golden_.digest));
    }
}

Prepared TrainedWorkload::prepare() {
    std::string digest;
    answer_ = samples_.digested_pass(digest);
    hold_against_golden(answer_, digest);
    double seconds = 0;
    if (samples_.timed_pass(seconds) != answer_) {
        throw CheckFailed("a pass without a digest gives another answer than one with it");
    }

    const auto samples = static_cast<double>(samples_.size());
    Prepared prepared;
    prepared.samples = samples_.size();
    prepared.synops = static_cast<double>(answer_.synops()) / samples;
    nlohmann::json& check = prepared.check;
    for (std::size_t p = 0; p < answer_.spikes.size(); ++p) {
        const PopulationSpec& population =
            samples_.network().population(static_cast<PopulationId>(p));
        check["spikes"][population.name] = static_cast<double>(answer_.spikes[p]) / samples;
    }
    for (const std::uint64_t acs : answer_.acs) {
        check["synops_by_projection"].push_back(static_cast<double>(acs) / samples);
    }
    check["other_macs"] = static_cast<double>(answer_.other_macs) / samples;
    check["right"] = answer_.right;
    check["digest"] = digest;
    return prepared;
}

Timed TrainedWorkload::run() {
    Timed timed;
    const PassAnswer answer = samples_.timed_pass(timed.seconds);
    if (answer != answer_) {
        throw CheckFailed("a repetition gives another answer");
    }
    timed.samples = samples_.size();
    timed.encode_seconds = samples_.encode_seconds();
    return timed;
}

Memory TrainedWorkload::memory(unsigned threads) {
    return samples_.memory(threads);
}

std::vector<float> read_weights(const std::filesystem::path& file,
                                const std::vector<std::uint64_t>& shape) {
    const NpyArray array(file);
    if (array.shape() != shape) {
        throw InputError(file.string(),
                         "shape " + array.shape_text(),
                         fmt::format("[{}]", fmt::join(shape, ", ")));
    }
    return array.as<float>();
}

std::vector<std::int64_t> read_labels(const std::filesystem::path& file, std::uint64_t samples) {
    const NpyArray array(file);
    if (array.size() != samples) {
        throw InputError(
            file.string(), fmt::format("{} labels", array.size()), fmt::format("{}", samples));
    }
    return array.as<std::int64_t>();
}

}  // namespace saltus::bench
