// Lengths of data against the ticks run.
#include "models/data/time_axis.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/data/npy_data_set.hpp"
#include "models/data/random_data_set.hpp"
#include "models/files/npy.hpp"

#include "tests/models/data/scratch_folder.hpp"

namespace saltus {

using tests::ScratchFolder;

namespace {

ModelInput input_of(bool sequence, bool spikes, Tick ticks_per_frame) {
    ModelInput input;
    input.name = "x";
    input.shape = Shape{2};
    input.sequence = sequence;
    input.spikes = spikes;
    input.ticks_per_frame = ticks_per_frame;
    return input;
}

}  // namespace

TEST_CASE("time axis: a run shows the frames that begin before its end, counted one by one") {
    for (Tick each = 1; each <= 7; ++each) {
        for (Tick horizon = 1; horizon <= 40; ++horizon) {
            std::uint64_t shown = 0;
            for (Tick start = 0; start < horizon; start += each) {
                ++shown;
            }
            CHECK(frames_run(input_of(true, false, each), horizon) == shown);
            CHECK(frames_run(input_of(false, true, each), horizon) == shown);
            CHECK(frames_run(input_of(false, false, each), horizon) == 1);
        }
    }
    CHECK(frames_run(input_of(true, false, 3), Tick{1} << 53) ==
          ((std::uint64_t{1} << 53) + 2) / 3);
}

TEST_CASE("time axis: an array [tick, sample, ...] reads as its transpose, from any type") {
    const ScratchFolder folder;
    constexpr std::uint64_t k_ticks = 5;
    constexpr std::uint64_t k_samples = 3;
    std::vector<std::uint8_t> bytes;
    for (std::uint8_t k = 0; k < k_ticks * k_samples * 2; ++k) {
        bytes.push_back(k);
    }
    write_npy<std::uint8_t>(
        folder / "b.npy", std::vector<std::uint64_t>{k_ticks, k_samples, 2}, bytes);
    const std::vector<float> floats(bytes.begin(), bytes.end());
    write_npy<float>(folder / "f.npy", std::vector<std::uint64_t>{k_ticks, k_samples, 2}, floats);
    for (const char* name : {"b.npy", "f.npy"}) {
        const auto data = open_npy_data_set(folder / name, true, true);
        CHECK(data->samples() == k_samples);
        CHECK(data->frames() == k_ticks);
        CHECK(data->shape() == Shape{2});
        for (std::uint64_t sample = 0; sample < k_samples; ++sample) {
            CHECK(data->bytes(sample).empty());
            std::vector<float> values(data->values_per_sample());
            data->read(sample, values);
            for (std::uint64_t tick = 0; tick < k_ticks; ++tick) {
                for (std::uint64_t n = 0; n < 2; ++n) {
                    CHECK(values[tick * 2 + n] ==
                          static_cast<float>((tick * k_samples + sample) * 2 + n));
                }
            }
        }
        CHECK_THROWS_AS(
            [&] {
                std::vector<float> values(data->values_per_sample());
                data->read(k_samples, values);
            }(),
            InputError);
    }
    // One sample lies as it is read, and its bytes need no copy.
    write_npy<std::uint8_t>(folder / "one.npy", std::vector<std::uint64_t>{15, 1, 2}, bytes);
    const auto one = open_npy_data_set(folder / "one.npy", true, true);
    CHECK(std::equal(bytes.begin(), bytes.end(), one->bytes(0).begin(), one->bytes(0).end()));
}

TEST_CASE("random data: as many frames as are run, and a refusal beyond 2^62 values") {
    CHECK(RandomDataSet(input_of(false, true, 1), 0, 9, 0).frames() == 9);
    CHECK(RandomDataSet(input_of(true, false, 4), 0, 9, 0).frames() == 3);
    CHECK(RandomDataSet(input_of(false, false, 1), 0, 9, 0).frames() == 1);
    ModelInput input = input_of(false, true, 1);
    input.shape = Shape{1U << 9};
    CHECK(RandomDataSet(input, 0, Tick{1} << 53, 0).values_per_sample() == std::uint64_t{1} << 62);
    input.shape = Shape{1U << 11};  // 2^64
    CHECK_THROWS_AS(RandomDataSet(input, 0, Tick{1} << 53, 0), InputError);
}

}  // namespace saltus
