// A .saltus file whose header says that its weights are finite, and whose bytes were damaged since:
// refused when it is to be run, by every schedule alike; damaged padding changes nothing.
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/model.hpp"
#include "models/pipeline.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/files/small_model.hpp"

namespace saltus {

using tests::load_text;

namespace {

const std::string k_model = R"(format_version: 1 name: "m" horizon: 8
    inputs { name: "x" shape: 2 }
    tensors { name: "W" shape: [3, 2] values: [0.4321, 0.25, 0.5, 0.25, 0.5, 0.25] }
    nodes { name: "code" shape: 2 encoder { bernoulli {} } }
    nodes { name: "mid" shape: 3 population { beta: 0.5 } }
    projections { source: "code" target: "mid" dense { weight: "W" } }
    readouts { name: "answer" population: "mid" kind: spike_count ties: index }
)";

// The file with the four bytes `place` numbers behind 0.4321 replaced.
std::string damaged(const std::string& bytes, std::size_t place, float by) {
    const float known = 0.4321F;
    std::string pattern(sizeof known, '\0');
    std::memcpy(pattern.data(), &known, sizeof known);
    const std::size_t at = bytes.rfind(pattern);
    REQUIRE(at != std::string::npos);
    std::string out = bytes;
    std::memcpy(out.data() + at + place * sizeof by, &by, sizeof by);
    return out;
}

std::vector<float> run(const Pipeline& pipeline) {
    const std::vector<float> values = {1, 1};
    const SampleInput input{values, 1, {}};
    PipelineWorker worker(pipeline, 0);
    return worker.run(0, {&input, 1}).result.readouts[0].values;
}

}  // namespace

TEST_CASE("damaged model: a weight that is not finite is refused, whatever the header says") {
    const tests::ScratchFolder folder;
    save_saltus(load_text(k_model), folder / "m.saltus");
    const std::string bytes = tests::read_bytes(folder / "m.saltus");
    const LoadedModel whole = LoadedModel::load(folder / "m.saltus");
    const std::vector<float> expected = run(Pipeline(whole));
    for (const float bad :
         {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
        tests::write_bytes(folder / "bad.saltus", damaged(bytes, 1, bad));
        const LoadedModel model = LoadedModel::load(folder / "bad.saltus");
        try {
            const Pipeline pipeline(model);
            FAIL("it was compiled");
        } catch (const ModelError& error) {
            const std::string text = error.what();
            CAPTURE(text);
            CHECK(text.find("bad.saltus") != std::string::npos);
            CHECK(text.find("need finite numbers") != std::string::npos);
        }
        tests::write_bytes(folder / "padding.saltus", damaged(bytes, 5, bad));
        const LoadedModel padded = LoadedModel::load(folder / "padding.saltus");
        CHECK(run(Pipeline(padded)) == expected);
    }
}

}  // namespace saltus
