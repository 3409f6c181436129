// A model as text with its arrays beside it: there from one moment to the next, never a mix of two,
// and nothing else in the folder is touched.
#include "models/files/array_files.hpp"

#include <cstring>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"

#include "small_model.hpp"
#include "tests/models/data/scratch_folder.hpp"

namespace saltus::tests {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_tensors = 3;

// Weights that are `value` throughout, too many to stand in the text.
LoadedModel model_of(float value) {
    std::string text =
        "format_version: 1 horizon: 4 inputs { name: \"x\" shape: 5 } "
        "nodes { name: \"in\" encoder { events {} } } ";
    for (std::size_t k = 0; k < k_tensors; ++k) {
        const std::string n = std::to_string(k);
        text += "tensors { name: \"w/" + n + "\" shape: [5, 5] values: [";
        for (int w = 0; w < 25; ++w) {
            text += (w == 0 ? "" : ", ") + std::to_string(value);
        }
        text += "] } nodes { name: \"n" + n +
                "\" shape: 5 population {} } projections { source: \"" +
                (k == 0 ? "in" : "n" + std::to_string(k - 1)) + "\" target: \"n" + n +
                "\" dense { weight: \"w/" + n + "\" } } ";
    }
    return load_text(text);
}

// The one number that all weights of the model on disk are; throws if it is a mix.
float value_of(const fs::path& text) {
    const LoadedModel model = LoadedModel::load(text);
    const NetworkSpec network = model.network_spec();
    std::set<float> values;
    for (const ProjectionSpec& projection : network.projections) {
        const Weights& weights = std::get<Dense>(projection.connection).weights;
        for (std::size_t at = 0; at < weights.data.size(); at += sizeof(float)) {
            float value = 0;
            std::memcpy(&value, weights.data.data() + at, sizeof value);
            values.insert(value);
        }
    }
    if (values.size() != 1) {
        throw std::runtime_error("a mix of two models");
    }
    return *values.begin();
}

std::map<std::string, std::string> contents(const fs::path& folder) {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::directory_iterator(folder)) {
        all[entry.path().filename().string()] = read_bytes(entry.path());
    }
    return all;
}

}  // namespace

TEST_CASE("array files: a model written over another is the new one, with nobody's file touched") {
    const ScratchFolder folder;
    const fs::path text = folder / "m.textproto";
    const std::string names[] = {"m.w_0.npy", "m.w_1.npy", "w.npy"};
    for (const std::string& name : names) {
        write_bytes(folder / name, "somebody's");
    }
    save_textproto(model_of(1), text);
    CHECK(value_of(text) == 1);
    const auto first = contents(folder.path());
    CHECK(first.size() == 3 + 1 + k_tensors);
    save_textproto(model_of(2), text);
    CHECK(value_of(text) == 2);
    const auto second = contents(folder.path());
    for (const auto& [name, bytes] : first) {
        if (name != "m.textproto") {
            CHECK(second.at(name) == bytes);
        }
    }
}

TEST_CASE("array files: what is written twice is the same files") {
    const ScratchFolder folder;
    save_textproto(model_of(1), folder / "m.textproto");
    const auto once = contents(folder.path());
    save_textproto(model_of(1), folder / "m.textproto");
    CHECK(contents(folder.path()) == once);
    save_textproto(LoadedModel::load(folder / "m.textproto"), folder / "m.textproto");
    CHECK(contents(folder.path()) == once);
}

TEST_CASE("array files: a write that ends at any step leaves the folder as it was") {
    const ScratchFolder folder;
    save_textproto(model_of(1), folder / "m.textproto");
    const auto before = contents(folder.path());
    std::size_t steps = 0;
    save_textproto(model_of(2), folder / "n.textproto", [&] { ++steps; });
    CHECK(steps == k_tensors + 1);
    for (const auto& [name, bytes] : contents(folder.path())) {
        if (before.count(name) == 0) {
            fs::remove(folder / name);
        }
    }
    for (std::size_t last = 0; last < steps; ++last) {
        std::size_t step = 0;
        const auto stop = [&] {
            if (step++ == last) {
                throw std::runtime_error("stopped");
            }
        };
        CHECK_THROWS_WITH(save_textproto(model_of(2), folder / "m.textproto", stop), "stopped");
        CHECK(contents(folder.path()) == before);
    }
}

TEST_CASE("array files: killed between its renames, the old model is there, whole") {
    const ScratchFolder folder;
    const fs::path text = folder / "m.textproto";
    save_textproto(model_of(1), text);
    const auto before = contents(folder.path());
    {
        ArrayFiles arrays(text);
        const std::vector<float> values(25, 2);
        for (const char* const tensor : {"w/0", "w/1", "w/2"}) {
            arrays.add(tensor,
                       NpyType::float32,
                       std::vector<std::uint64_t>{5, 5},
                       std::as_bytes(std::span(values)));
        }
        CHECK(value_of(text) == 1);
        arrays.appear();  // here the power goes
        CHECK(contents(folder.path()).size() == before.size() + k_tensors);
        CHECK(value_of(text) == 1);
    }
    CHECK(contents(folder.path()) == before);  // it did not, but the text could not be renamed
}

TEST_CASE("array files: an array that was edited since is not overwritten") {
    const ScratchFolder folder;
    save_textproto(model_of(1), folder / "m.textproto");
    for (const auto& [name, bytes] : contents(folder.path())) {
        if (name.ends_with(".npy")) {
            write_bytes(folder / name, bytes.substr(0, bytes.size() - 1) + "!");
        }
    }
    const auto before = contents(folder.path());
    CHECK_THROWS_AS(save_textproto(model_of(1), folder / "m.textproto"), InputError);
    CHECK(contents(folder.path()) == before);
    save_textproto(model_of(2), folder / "m.textproto");
    CHECK(value_of(folder / "m.textproto") == 2);
}

TEST_CASE("array files: names are UTF-8 and fit, whatever the model's and the tensor's are") {
    const ScratchFolder folder;
    const std::string stem = std::string(230, 'x');
    save_textproto(model_of(1), folder / (stem + ".textproto"));
    CHECK(value_of(folder / (stem + ".textproto")) == 1);
    save_textproto(model_of(1), folder / "caf\xE9.textproto");
    CHECK(value_of(folder / "caf\xE9.textproto") == 1);
}

}  // namespace saltus::tests
