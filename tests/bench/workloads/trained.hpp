// Workloads on trained networks: stored packets in, spikes by layer and right answers out.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/bench/workloads/recorded_samples.hpp"
#include "tests/bench/workloads/workload.hpp"

namespace saltus::bench {

// What the answer must be. Means a sample by population, as the weights' README prints them: each
// must be met within half a unit of its last printed digit and the 0.001 by which the order of
// additions may move it. The digest pins every bit of spikes and readouts; it was taken when the
// rest held, and is the same under every schedule, kernel and compiler.
struct GoldenAnswer {
    struct Mean {
        std::size_t population;
        double spikes;
        double within;
    };

    std::vector<Mean> means;
    std::uint64_t right = 0;
    double synops = 0;  // a sample
    double synops_within = 0;
    std::string digest;
};

class TrainedWorkload final : public Workload {
  public:
    TrainedWorkload(LayeredNetwork network, EncodedSamples samples, GoldenAnswer golden);

    Prepared prepare() override;
    Timed run() override;
    Memory memory(unsigned threads) override;

  private:
    void hold_against_golden(const PassAnswer& answer, const std::string& digest) const;

    RecordedSamples samples_;
    GoldenAnswer golden_;
    PassAnswer answer_;
};

// A folder's NAME.npy as float32. Throws InputError naming the file if it is missing or its shape
// is not the one needed.
std::vector<float> read_weights(const std::filesystem::path& file,
                                const std::vector<std::uint64_t>& shape);
std::vector<std::int64_t> read_labels(const std::filesystem::path& file, std::uint64_t samples);

}  // namespace saltus::bench
