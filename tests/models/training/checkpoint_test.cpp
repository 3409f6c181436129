// Checkpoints: what is written is what is read, and a damaged file is never taken for a whole one.
#include "tests/models/training/torch_doctest.hpp"

#include <random>

#include <ATen/Parallel.h>

#include "tests/models/training/training_cases.hpp"

using namespace saltus;
using namespace saltus::training;
using namespace saltus::training::test;

namespace {

Checkpoint example() {
    torch::manual_seed(2);
    Checkpoint c;
    c.recipe_digest = "0123";
    c.recipe = "name: \"x\"\n";
    c.step = 123456789012;
    c.spiking = true;
    c.state = {{"linear1.weight", torch::randn({7, 5})}, {"coding.full_scale", torch::full({}, 0.3F)}};
    c.best_accuracy = 1.0 / 3;
    c.best_epoch = 17;
    c.best_state = {{"linear1.weight", torch::randn({7, 5})}};
    c.history = "one\ntwo\n";
    return c;
}

bool same(const Checkpoint& a, const Checkpoint& b) {
    const auto same_state = [](const auto& x, const auto& y) {
        if (x.size() != y.size()) {
            return false;
        }
        for (std::size_t k = 0; k < x.size(); ++k) {
            if (x[k].first != y[k].first || !torch::equal(x[k].second, y[k].second)) {
                return false;
            }
        }
        return true;
    };
    return a.recipe_digest == b.recipe_digest && a.recipe == b.recipe && a.step == b.step &&
           a.spiking == b.spiking && a.best_accuracy == b.best_accuracy &&
           a.best_epoch == b.best_epoch && a.history == b.history && same_state(a.state, b.state) &&
           same_state(a.best_state, b.best_state);
}

}  // namespace

TEST_CASE("checkpoint: everything written is read, bit for bit, the optimiser's state too") {
    const tests::ScratchFolder folder;
    const Checkpoint written = example();
    Tensor weight = torch::randn({4, 3}).set_requires_grad(true);
    torch::optim::Adam adam({weight}, torch::optim::AdamOptions(0.01));
    for (int step = 0; step < 3; ++step) {
        adam.zero_grad();
        (weight * weight).sum().backward();
        adam.step();
    }
    save_checkpoint(folder / "c", written, &adam);
    CheckpointReader reader(folder / "c");
    CHECK(same(reader.checkpoint(), written));

    Tensor twin = weight.detach().clone().set_requires_grad(true);
    torch::optim::Adam other({twin}, torch::optim::AdamOptions(0.01));
    reader.read_optimiser(other);
    for (const auto& [optimiser, tensor] : {std::pair{&adam, weight}, {&other, twin}}) {
        optimiser->zero_grad();
        (tensor * tensor).sum().backward();
        optimiser->step();
    }
    CHECK(torch::equal(weight, twin));
}

TEST_CASE("checkpoint: one without an optimiser says so when it is gone on from") {
    const tests::ScratchFolder folder;
    save_checkpoint(folder / "c", example(), nullptr);
    CheckpointReader reader(folder / "c");
    Tensor weight = torch::zeros({2}).set_requires_grad(true);
    torch::optim::Adam adam({weight}, torch::optim::AdamOptions(0.01));
    CHECK_THROWS_AS(reader.read_optimiser(adam), InputError);
}

TEST_CASE("checkpoint: a file that is none, or a part of one, is refused by name") {
    const tests::ScratchFolder folder;
    save_checkpoint(folder / "c", example(), nullptr);
    const std::string bytes = tests::read_bytes(folder / "c");
    CHECK_THROWS_AS(CheckpointReader(folder / "missing"), InputError);
    std::vector<std::string> damaged{"", "x", "not a checkpoint at all, but a text", std::string(4096, '\0')};
    for (std::size_t part = 1; part < 16; ++part) {
        damaged.push_back(bytes.substr(0, bytes.size() * part / 16));
    }
    damaged.push_back(bytes.substr(0, bytes.size() - 1));
    for (const std::string& text : damaged) {
        tests::write_bytes(folder / "damaged", text);
        CAPTURE(text.size());
        const std::string said = error_of([&] { CheckpointReader reader(folder / "damaged"); });
        CHECK(said.find((folder / "damaged").string()) != std::string::npos);
        CHECK_THROWS_AS(CheckpointReader(folder / "damaged"), InputError);
    }
}

TEST_CASE("checkpoint: a changed byte is refused or changes nothing") {
    const tests::ScratchFolder folder;
    const Checkpoint written = example();
    save_checkpoint(folder / "c", written, nullptr);
    const std::string bytes = tests::read_bytes(folder / "c");
    std::mt19937 random(5);
    int refused = 0;
    for (int k = 0; k < 1500; ++k) {
        std::string other = bytes;
        const std::size_t at = random() % bytes.size();
        other[at] = static_cast<char>(other[at] ^ (1 << random() % 8));
        tests::write_bytes(folder / "damaged", other);
        CAPTURE(at);
        try {
            CheckpointReader reader(folder / "damaged");
            CHECK(same(reader.checkpoint(), written));
        } catch (const InputError&) {
            ++refused;
        }
    }
    CHECK(refused > 100);
}
