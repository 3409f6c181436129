// saltus convert, and the tutorial that uses it, run as a user runs them.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include <doctest/doctest.h>

#include "tests/cli/command.hpp"

namespace saltus {

using tests::read_bytes;
using tests::run_command;
using tests::Said;
using tests::ScratchFolder;

namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::size_t files_in(const std::filesystem::path& folder) {
    const std::filesystem::directory_iterator all(folder);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_CASE("convert: a shipped model to text and back is the same file, byte for byte") {
    const ScratchFolder folder;
    const std::string shipped = "examples/models/mnist_hybrid_duplicate.saltus";
    const std::string text = (folder / "m.textproto").string();
    const std::string again = (folder / "again.saltus").string();
    CHECK(run_command("convert " + shipped + " -o " + text).code == 0);
    CHECK(run_command("convert " + text + " -o " + again).code == 0);
    CHECK(read_bytes(again) == read_bytes(shipped));
}

TEST_CASE("convert: the tutorial's model runs to the same predictions in both forms") {
    const ScratchFolder folder;
    const std::string own = "examples/own-model/";
    const std::string saltus = (folder / "model.saltus").string();
    CHECK(run_command("convert " + own + "model.textproto -o " + saltus).code == 0);
    CHECK(run_command("info " + saltus + " --verify").code == 0);
    std::string predictions[2];
    for (int k = 0; k < 2; ++k) {
        const std::string csv = (folder / "p.csv").string();
        const Said said =
            run_command("run " + (k == 0 ? own + "model.textproto" : saltus) + " --data " + own +
                        "images.npy --labels " + own + "labels.npy --json - --predictions " + csv);
        CHECK(said.code == 0);
        CHECK(nlohmann::json::parse(said.output)["accuracy"] == 1.0);
        predictions[k] = read_bytes(csv);
    }
    CHECK(predictions[0] == predictions[1]);
}

TEST_CASE("convert: bad input is named, with exit code 2, and leaves no file") {
    const ScratchFolder folder;
    const std::string out = " -o " + (folder / "o.saltus").string();
    const auto expect = [&](const std::string& arguments, const std::string& words) {
        const Said said = run_command("convert " + arguments);
        CAPTURE(said.error);
        CHECK(said.code == 2);
        CHECK(contains(said.error, words));
    };
    expect("no-such.textproto" + out, "no-such.textproto: got \"No such file");
    expect("README.md" + out, "README.md: got \".md\", need .saltus or .textproto");
    expect("examples/own-model/model.textproto -o x.onnx", "x.onnx: got \".onnx\"");
    expect("examples/own-model/model.textproto", "--out is required");
    expect("examples/own-model/model.textproto -o " + (folder / "none/o.saltus").string(),
           "none/o.saltus: got \"No such file or directory\", need a folder that can be written");
    CHECK(files_in(folder.path()) == 0);
    std::ofstream(folder / "nan.textproto") << R"(format_version: 1 horizon: 1
        tensors { name: "W" shape: [1, 1] values: nan }
        nodes { name: "p" shape: 1 population {} } nodes { name: "q" shape: 1 population {} }
        projections { source: "p" target: "q" dense { weight: "W" } })";
    expect((folder / "nan.textproto").string() + out, "nan.textproto: projections[0]");
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("convert: over another model on a full disk it leaves that one, whole") {
    const ScratchFolder folder;
    const auto write_model = [&](const std::string& name, const std::string& value) {
        const auto numbers = [&](int count) {
            std::string text;
            for (int k = 0; k < count; ++k) {
                text += (k == 0 ? "" : ", ") + value;
            }
            return text;
        };
        std::ofstream(folder / name)
            << "format_version: 1 horizon: 4 inputs { name: \"x\" shape: 5 } "
               "nodes { name: \"in\" encoder { events {} } } "
               "tensors { name: \"w1\" shape: [4, 5] values: ["
            << numbers(20) << "] } tensors { name: \"w2\" shape: [100, 4] values: [" << numbers(400)
            << "] } nodes { name: \"a\" shape: 4 population {} } "
               "nodes { name: \"b\" shape: 100 population {} } "
               "projections { source: \"in\" target: \"a\" dense { weight: \"w1\" } } "
               "projections { source: \"a\" target: \"b\" dense { weight: \"w2\" } }";
    };
    write_model("a.textproto", "0.5");
    write_model("b.textproto", "0.25");
    const std::string at = folder.path().string() + "/";
    REQUIRE(run_command("convert " + at + "a.textproto -o " + at + "a.saltus").code == 0);
    std::ofstream(folder / "m.w2.npy") << "somebody's";
    REQUIRE(run_command("convert " + at + "a.textproto -o " + at + "m.textproto").code == 0);
    const std::size_t files = files_in(folder.path());
    // No file may pass 1,024 bytes: the first array fits, the second does not.
    const std::string limited = "trap '' XFSZ; ulimit -f 2; " SALTUS_COMMAND " convert " + at +
                                "b.textproto -o " + at + "m.textproto >/dev/null 2>&1";
    CHECK(std::system(limited.c_str()) == 1 << 8);
    CHECK(files_in(folder.path()) == files);
    CHECK(read_bytes(folder / "m.w2.npy") == "somebody's");
    CHECK(run_command("convert " + at + "m.textproto -o " + at + "again.saltus").code == 0);
    CHECK(read_bytes(folder / "again.saltus") == read_bytes(folder / "a.saltus"));
}

}  // namespace saltus
