#include "models/data/random_data_set.hpp"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

namespace saltus {

namespace {

ModelInput input_of(const Shape& shape) {
    ModelInput input;
    input.name = "x";
    input.shape = shape;
    return input;
}

std::vector<float> sample_of(const DataSet& set, std::uint64_t number) {
    std::vector<float> values(set.values_per_sample());
    set.read(number, values);
    return values;
}

}  // namespace

TEST_CASE("random data: a sample depends on seed, input and number, and on no read before it") {
    const ModelInput input = input_of({1, 8, 8});
    const RandomDataSet set(input, 0, 10, 7);
    const std::vector<float> fifth = sample_of(set, 5);
    sample_of(set, 6);
    CHECK(sample_of(set, 5) == fifth);
    CHECK(sample_of(RandomDataSet(input, 0, 10, 7), 5) == fifth);
    CHECK(sample_of(set, 6) != fifth);
    CHECK(sample_of(RandomDataSet(input, 1, 10, 7), 5) != fifth);
    CHECK(sample_of(RandomDataSet(input, 0, 10, 8), 5) != fifth);
}

TEST_CASE("random data: numbers fill the range that the model divides by") {
    ModelInput input = input_of({1, 100, 100});
    input.divide_by = 255;
    const std::vector<float> values = sample_of(RandomDataSet(input, 0, 10, 0), 0);
    REQUIRE(values.size() == 10000);
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    CHECK(*least >= 0);
    CHECK(*least < 1);
    CHECK(*most < 255);
    CHECK(*most > 254);
}

TEST_CASE("random data: spikes come at every tick of the horizon with the stated probability") {
    ModelInput input = input_of({1000});
    input.spikes = true;
    const RandomDataSet set(input, 0, 50, 0);
    CHECK(set.frames() == 50);
    const std::vector<float> values = sample_of(set, 3);
    const auto ones = std::count(values.begin(), values.end(), 1.0F);
    const auto zeros = std::count(values.begin(), values.end(), 0.0F);
    CHECK(ones + zeros == 50000);
    // 5,000 expected; its deviation is 67
    CHECK(ones > 4600);
    CHECK(ones < 5400);
}

TEST_CASE("random data: a sequence has as many frames as the horizon shows") {
    ModelInput input = input_of({4});
    input.sequence = true;
    input.ticks_per_frame = 3;
    CHECK(RandomDataSet(input, 0, 9, 0).frames() == 3);
    CHECK(RandomDataSet(input, 0, 10, 0).frames() == 4);
}

}  // namespace saltus
