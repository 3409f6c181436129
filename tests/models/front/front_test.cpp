// The artificial front against plain loops in double.
#include "models/front/front.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <thread>

#include <doctest/doctest.h>

#include "core/error.hpp"

#include "tests/models/front/plain_front.hpp"

namespace saltus::test {
namespace {

std::vector<float> run_once(const Front& front, std::span<const float> input) {
    FrontWorker worker(front);
    const std::span<const float> out = worker.run(input);
    return {out.begin(), out.end()};
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

std::string faults_of(const FrontSpec& spec) {
    try {
        const Front front(spec);
    } catch (const ModelError& error) {
        return error.what();
    }
    return "accepted";
}

FrontLayer layer(FrontConv2d conv) {
    return {"conv", conv, ""};
}

}  // namespace

TEST_CASE("front: random stacks of layers give what plain loops give, within 1e-5 of sum |w x|") {
    for (std::uint32_t seed = 0; seed < 150; ++seed) {
        CAPTURE(seed);
        const RandomFront random(seed);
        std::string stack = random.spec.input.text();
        for (const FrontLayer& l : random.spec.layers) {
            stack += " " + l.name;
        }
        CAPTURE(stack);
        const Front front(random.spec);
        FrontWorker worker(front);
        const PlainResult expected = plain_front(random.spec, random.input);
        const std::span<const float> out = worker.run(random.input);
        REQUIRE(front.layer_count() == random.spec.layers.size());
        CHECK(front.output() == expected.shape);
        REQUIRE(out.size() == expected.values.size());
        for (std::size_t k = 0; k < out.size(); ++k) {
            CAPTURE(k);
            CHECK(std::fabs(out[k] - expected.values[k]) <= 1e-5 * expected.size[k] + 1e-30);
        }
        REQUIRE(worker.layer_counts().size() == expected.layers.size());
        FrontCounts sum;
        for (std::size_t l = 0; l < expected.layers.size(); ++l) {
            CAPTURE(l);
            const FrontLayerCounts& counts = worker.layer_counts()[l];
            CHECK(counts.macs == expected.layers[l].macs);
            CHECK(counts.macs_nonzero <= counts.macs);
            CHECK(counts.outputs == expected.layers[l].outputs);
            sum.macs += counts.macs;
            sum.macs_nonzero += counts.macs_nonzero;
        }
        CHECK(worker.counts().macs == sum.macs);
        CHECK(worker.counts().macs_nonzero == sum.macs_nonzero);
    }
}

TEST_CASE("front: multiplications with zero are counted apart, exactly") {
    // whole numbers, so that the plain loops have the same zeros
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        const RandomFront random(seed, true);
        const Front front(random.spec);
        FrontWorker worker(front);
        worker.run(random.input);
        const PlainResult expected = plain_front(random.spec, random.input);
        for (std::size_t l = 0; l < expected.layers.size(); ++l) {
            CAPTURE(l);
            CHECK(worker.layer_counts()[l].macs_nonzero == expected.layers[l].macs_nonzero);
            CHECK(worker.layer_counts()[l].macs_effective == expected.layers[l].macs_effective);
            CHECK(worker.layer_counts()[l].zero_outputs == expected.layers[l].zero_outputs);
        }
    }
}

TEST_CASE(
    "front: the same bits again, after other inputs, in another worker and on other threads") {
    const RandomFront random(21);
    const Front front(random.spec);
    const std::vector<float> expected = run_once(front, random.input);
    FrontWorker worker(front);
    std::vector<float> other(random.input.size(), 0.25F);
    worker.run(other);
    CHECK(same_bits(worker.run(random.input), expected));
    CHECK(same_bits(run_once(Front(random.spec), random.input), expected));
    std::array<bool, 6> equal{};
    std::vector<std::thread> threads;
    for (bool& result : equal) {
        threads.emplace_back([&] {
            FrontWorker own(front);
            result = true;
            for (int k = 0; k < 20; ++k) {
                own.run(other);
                result = result && same_bits(own.run(random.input), expected);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const bool result : equal) {
        CHECK(result);
    }
}

TEST_CASE("front: without layers the input passes through") {
    const Front front(FrontSpec{{2, 2, 3}, {}});
    std::vector<float> input(12);
    for (std::size_t k = 0; k < 12; ++k) {
        input[k] = static_cast<float>(k);
    }
    CHECK(same_bits(run_once(front, input), input));
    CHECK(front.output() == Shape{2, 2, 3});
    FrontWorker worker(front);
    CHECK_THROWS_AS(worker.run(std::span(input).first(11)), InputError);
}

TEST_CASE("front: flatten and dense take PyTorch's order") {
    // dense picks element 1 of [2, 1, 3] and element 4, by index
    std::vector<float> weight(12, 0.0F);
    weight[1] = 1;
    weight[6 + 4] = 1;
    const FrontSpec spec{
        {2, 1, 3}, {{"flatten", FrontFlatten{}, ""}, {"dense", FrontDense{2, weight, {}}, ""}}};
    const std::vector<float> input{10, 11, 12, 13, 14, 15};
    CHECK(run_once(Front(spec), input) == std::vector<float>{11, 14});
    const FrontSpec flat{{2, 1, 3}, {{"flatten", FrontFlatten{}, ""}}};
    CHECK(run_once(Front(flat), input) == input);
}

TEST_CASE("front: weights may go once it is prepared") {
    std::vector<float> weight{2, 3};
    std::vector<float> bias{1};
    const Front front(FrontSpec{{2}, {{"dense", FrontDense{1, weight, bias}, ""}}});
    weight.assign(2, std::numeric_limits<float>::quiet_NaN());
    bias[0] = 100;
    CHECK(run_once(front, std::vector<float>{1, 1}) == std::vector<float>{6});
}

TEST_CASE("front: every fault is told at once, each by its place") {
    const std::vector<float> nan{1, std::numeric_limits<float>::quiet_NaN()};
    const std::vector<float> two(2, 1.0F);
    FrontSpec spec{{1, 4, 4}, {}};
    spec.layers.push_back(
        {"a", FrontConv2d{.out_channels = 2, .kernel = {1, 1}, .weight = nan}, "nodes[0].conv2d"});
    spec.layers.push_back({"b", FrontBias{std::vector<float>{}}, ""});
    spec.layers.push_back({"c", FrontPool{FrontPool::Kind::max, 5, 0}, ""});
    spec.layers.push_back({"d", FrontDense{0, two, {}}, "nodes[3].dense"});
    CHECK(faults_of(spec) ==
          "nodes[0].conv2d.weight[1]: got nan, need a finite number\n"
          "front.layers[1].bias: got 0 numbers, need one a channel or one an element of [2, 4, 4]\n"
          "front.layers[2]: got a window larger than its input [2, 4, 4], need at least one output "
          "row and column\n"
          "nodes[3].dense.outputs: got 0, need 1 to 2147483647");
}

TEST_CASE("front: shapes and sizes that cannot be are refused") {
    const std::vector<float> one(1, 1.0F);
    CHECK(faults_of({Shape{}, {}}) != "accepted");
    CHECK(faults_of({Shape{0, 2, 2}, {}}) != "accepted");
    CHECK(faults_of({Shape{4000000000U, 4000000000U, 4000000000U}, {}}) != "accepted");
    CHECK(faults_of({{4}, {layer({.out_channels = 1, .weight = one})}}) ==
          "front.layers[0]: got input [4], need [channels, height, width]");
    CHECK(faults_of({{1, 2, 2}, {layer({.out_channels = 1, .stride = {0, 1}, .weight = one})}}) ==
          "front.layers[0].stride: got 0, need 1 to 2147483647");
    CHECK(faults_of({{1, 2, 2}, {layer({.out_channels = 1, .groups = 2, .weight = one})}}) !=
          "accepted");
    CHECK(faults_of({{1, 2, 2}, {layer({.out_channels = 2, .weight = one})}}) ==
          "front.layers[0].weight: got 1 numbers, need 2");
    CHECK(faults_of({{1, 2, 2},
                     {layer({.out_channels = 1, .padding = {4000000, 4000000}, .weight = one})}}) !=
          "accepted");
    CHECK(faults_of({{1, 2, 2},
                     {layer({.out_channels = 1, .padding = {4294967295U, 0}, .weight = one})}}) !=
          "accepted");
    CHECK(faults_of({{2}, {{"", FrontDense{4294967295U, one, {}}, ""}}}) != "accepted");
    CHECK(faults_of({{1, 2, 2}, {layer({.out_channels = 1, .weight = one})}}) == "accepted");
}

}  // namespace saltus::test
