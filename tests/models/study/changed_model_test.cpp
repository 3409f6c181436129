#include "models/study/changed_model.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/run/sample_reader.hpp"

#include "tests/models/study/small_study.hpp"

using namespace saltus;
using namespace saltus::tests;

namespace {

// What every sample comes to with these settings.
std::vector<std::vector<float>> values(const LoadedModel& model,
                                       const DataSet& data,
                                       const std::vector<Setting>& settings) {
    const ChangedModel changed(model, settings, "--set");
    const Pipeline pipeline = changed.pipeline();
    PipelineWorker worker(pipeline, 0);
    const DataSet* const inputs[] = {&data};
    SampleReader reader(inputs);
    std::vector<std::vector<float>> all;
    for (std::uint64_t k = 0; k < data.samples(); ++k) {
        all.push_back(worker.run(k, reader.read(k)).result.readouts.at(0).values);
    }
    return all;
}

// The same of a model whose text says what the settings say.
std::vector<std::vector<float>> written(const std::string& from, const std::string& to) {
    const SmallStudy small;
    std::string text = read_bytes(small.folder / "m.textproto");
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    write_bytes(small.folder / "other.textproto", text.replace(at, from.size(), to));
    const LoadedModel other = LoadedModel::load(small.folder / "other.textproto");
    return values(other, *small.data, {});
}

const std::string k_hidden = "\"hidden\" population {}";

}  // namespace

TEST_CASE("changed model: a setting is what the model's own text would say") {
    const SmallStudy small;
    const auto with = [&](const std::vector<Setting>& settings) {
        return values(*small.model, *small.data, settings);
    };
    CHECK(with({{"hidden.theta", 0.75}}) ==
          written(k_hidden, "\"hidden\" population { theta: 0.75 }"));
    CHECK(with({{"hidden.beta", 0.5}}) == written(k_hidden, "\"hidden\" population { beta: 0.5 }"));
    CHECK(with({{"hidden.v_init", 0.5}}) ==
          written(k_hidden, "\"hidden\" population { v_init: 0.5 }"));
    CHECK(with({{"hidden.theta_scale", 2}}) ==
          written(k_hidden, "\"hidden\" population { theta: 2 }"));
    CHECK(with({{"hidden.theta", 0.5}, {"hidden.theta_scale", 3}}) ==
          written(k_hidden, "\"hidden\" population { theta: 1.5 }"));
    CHECK(with({{"hidden.theta_scale", 3}, {"hidden.theta", 0.5}}) ==
          written(k_hidden, "\"hidden\" population { theta: 1.5 }"));
    CHECK(with({{"horizon", 5}}) == written("horizon: 8", "horizon: 5"));
    CHECK(with({{"hidden.theta", 0.75}}) != with({}));
}

TEST_CASE("changed model: a scale of all thresholds scales each") {
    const SmallStudy small;
    CHECK(values(*small.model, *small.data, {{"theta_scale", 0.5}}) ==
          values(*small.model, *small.data, {{"hidden.theta", 0.5}, {"out.theta", 0.5}}));
}

TEST_CASE("changed model: weights rounded or pruned, whether stored by index or by source") {
    const SmallStudy small;
    save_saltus(*small.model, small.folder / "m.saltus");
    const LoadedModel stored = LoadedModel::load(small.folder / "m.saltus");  // rows with padding
    for (const std::vector<Setting>& settings : {std::vector<Setting>{{"weights.bits", 3}},
                                                 {{"weights.prune", 0.5}},
                                                 {{"weights.prune", 0.25}, {"weights.bits", 2}}}) {
        CHECK(values(stored, *small.data, settings) == values(*small.model, *small.data, settings));
    }
    // Half of w1's twelve weights and of w2's six, the smallest, by hand.
    const LoadedModel pruned = [&] {
        std::string text = read_bytes(small.folder / "m.textproto");
        const auto replace = [&](const std::string& from, const std::string& to) {
            const std::size_t at = text.find(from);
            REQUIRE(at != std::string::npos);
            text.replace(at, from.size(), to);
        };
        replace("0.5, 0.25, 0, 0.125, 0, 0.375, 0.5, 0.25, 0.25, 0, 0.0625, 0.5",
                "0.5, 0.25, 0, 0, 0, 0.375, 0.5, 0.25, 0.25, 0, 0, 0.5");
        replace("0.75, 0.25, 0.125, 0.125, 0.5, 1", "0.75, 0, 0, 0, 0.5, 1");
        write_bytes(small.folder / "pruned.textproto", text);
        return LoadedModel::load(small.folder / "pruned.textproto");
    }();
    CHECK(values(*small.model, *small.data, {{"weights.prune", 0.5}}) ==
          values(pruned, *small.data, {}));
}

TEST_CASE("pruning takes the share of smallest magnitude, all of equal ones or none") {
    std::vector<float> weights = {0.5F, -0.125F, 0.25F, 0.125F, -1, 0};
    std::vector<float> fewer = weights;
    prune_by_magnitude(fewer, 0.34);  // 2 of 6: 0 and one of two of 0.125
    CHECK(fewer == weights);
    prune_by_magnitude(weights, 0.5);
    CHECK(weights == std::vector<float>{0.5F, 0, 0.25F, 0, -1, 0});
    prune_by_magnitude(weights, 0);
    CHECK(weights[0] == 0.5F);
    prune_by_magnitude(weights, 1);
    CHECK(weights == std::vector<float>(6, 0.0F));
}

TEST_CASE("rounding to bits gives multiples of the largest magnitude over 2^(bits - 1) - 1") {
    std::vector<float> weights = {0.7F, -0.2F, 0.34F, 0};
    round_to_bits(weights, 4);  // a step of 0.1
    CHECK(weights[0] == doctest::Approx(0.7));
    CHECK(weights[1] == doctest::Approx(-0.2));
    CHECK(weights[2] == doctest::Approx(0.3));
    std::vector<float> coarse = {0.7F, -0.2F, 0.36F, 0};
    round_to_bits(coarse, 2);  // -1, 0, 1 times 0.7
    CHECK(coarse == std::vector<float>{0.7F, -0.0F, 0.7F, 0});
    std::vector<float> nothing = {0, 0};
    round_to_bits(nothing, 4);
    CHECK(nothing == std::vector<float>{0, 0});
}

TEST_CASE(
    "changed model: unknown paths are refused with the nearest, values out of range by name") {
    const SmallStudy small;
    const auto refusal = [&](const std::vector<Setting>& settings) {
        try {
            const ChangedModel changed(*small.model, settings, "--set");
        } catch (const InputError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK(refusal({{"hiden.theta", 1}}).find("the nearest is \"hidden.theta\"") !=
          std::string::npos);
    CHECK(refusal({{"horizont", 1}}).find("the nearest is \"horizon\"") != std::string::npos);
    CHECK(refusal({{"horizon", 1.5}}).find("a whole number") != std::string::npos);
    CHECK(refusal({{"theta_scale", 0}}).find("a factor above 0") != std::string::npos);
    CHECK(refusal({{"weights.bits", 1}}).find("from 2 to 16") != std::string::npos);
    CHECK(refusal({{"weights.prune", 1.5}}).find("a share from 0 to 1") != std::string::npos);
    CHECK(refusal({{"hidden.theta", 1}, {"hidden.theta", 2}}).find("each path once") !=
          std::string::npos);
}
