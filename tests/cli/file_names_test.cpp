// Names that are not UTF-8: a file may have one, a model may not hold one, and what was written can
// be read again.
#include <doctest/doctest.h>

#include "tests/cli/workshop.hpp"

namespace saltus {

using namespace saltus::tests;

TEST_CASE("file names: model and data may have any, and trace and JSON can be read again") {
    const Workshop shop;
    shop.write("m\xFF.textproto", network("beta: 0.5"));
    std::filesystem::copy(shop.in("e.npy"), shop.in("caf\xE9.npy"));
    const Said run = shop.say(
        "run %/m\xFF.textproto --events %/caf\xE9.npy --trace @/t\xE9.saltrace --json @/j.json "
        "--predictions @/p\xE9.csv");
    CHECK(run.code == 0);
    CHECK(run.error.empty());
    CHECK(shop.say("trace digest @/t\xE9.saltrace --json @/d.json").code == 0);
    CHECK(shop.say("trace export @/t\xE9.saltrace -o @/t\xE9.csv").code == 0);
    const std::string text = read_bytes(shop.folder / "out/j.json");
    const nlohmann::json json = nlohmann::json::parse(text);
    CHECK(contains(text, "caf\\\\xE9.npy"));
    CHECK(shop.say("bench %/m\xFF.textproto --events %/caf\xE9.npy -r 1 --format json -o @/b.json")
              .code == 0);
    CHECK(contains(nlohmann::json::parse(read_bytes(shop.folder / "out/b.json"))["model_file"],
                   "/m\\xFF.textproto"));
    const Said info = shop.say("info %/m\xFF.textproto --json -");
    CHECK(info.code == 0);
    CHECK(contains(nlohmann::json::parse(info.output)["file"], "/m\\xFF.textproto"));
    CHECK(
        shop.say("convert examples/models/mnist_hybrid_latency.saltus -o @/n\xE9.textproto").code ==
        0);
    CHECK(shop.say("convert @/n\xE9.textproto -o @/n\xE9.saltus").code == 0);
    CHECK(shop.say("info @/n\xE9.saltus --verify").code == 0);
    CHECK(read_bytes(shop.folder / "out/n\xE9.saltus") ==
          read_bytes("examples/models/mnist_hybrid_latency.saltus"));
}

TEST_CASE("file names: a model that holds one is refused with the place") {
    const Workshop shop;
    const auto refused = [&](std::string text, const std::string& from, const std::string& place) {
        CAPTURE(place);
        std::string to = from;
        to.insert(to.find('"') + 1, "\xE9");
        for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos;) {
            text.replace(at, from.size(), to);
            at += to.size();
        }
        shop.check_model(text, {place + ": got bytes that are not UTF-8 (\"\\xE9"});
    };
    const std::string good = network("beta: 0.5") +
                             " name: \"model\" description: \"words\" provenance { source: \"s\" }";
    refused(good, "name: \"model\"", "name");
    refused(good, "description: \"words\"", "description");
    refused(good, "source: \"s\"", "provenance.source");
    refused(good, "name: \"b\"", "nodes[2].name");
    refused(good, "weight: \"V\"", "projections[1].dense.weight");
    refused(good, "name: \"r\"", "readouts[0].name");
    refused(good, "name: \"x\"", "inputs[0].name");
}

}  // namespace saltus
