// Bad files and options that the command must refuse: exit code 2, one line on standard error
// that names file, field, what was found and what is needed, nothing on standard output, no file
// left.
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/cli/workshop.hpp"

namespace saltus {

using namespace tests;

TEST_CASE("bad input: the tests' own good input is good") {
    const Workshop shop;
    CHECK(shop.say("run %/good.textproto --events %/e.npy" + Workshop::k_outputs).code == 0);
    CHECK(shop.say("run %/still.textproto --data %/x.npy --labels %/l.npy").code == 0);
    CHECK(names_in(shop.folder / "out").size() == 3);
}

TEST_CASE("bad input: model files that are missing, cut off or something else") {
    const Workshop shop;
    const std::string shipped = read_bytes(k_shipped);
    const auto run = [&](const std::string& name, const std::vector<std::string>& words) {
        std::vector<std::string> all = {name + ": ", "got "};
        all.insert(all.end(), words.begin(), words.end());
        shop.check_refused("run %/" + name + " --data examples/data" + Workshop::k_outputs, all);
        shop.check_refused("convert %/" + name + " -o @/c.textproto", all);
        shop.check_refused("info %/" + name, all);
    };
    run("none.saltus", {"No such file or directory", "need"});
    std::filesystem::create_directory(shop.in("folder.saltus"));
    run("folder.saltus", {"need"});
    shop.write("empty.saltus", "");
    run("empty.saltus", {"an empty file, need a .saltus file"});
    shop.write("short.saltus", shipped.substr(0, 20));
    run("short.saltus", {"20 bytes", "need"});
    shop.write("magic.saltus", "PK" + shipped.substr(2));
    run("magic.saltus", {"magic number: got something else, need a .saltus file"});
    shop.write("text.saltus", network("beta: 0.5"));
    run("text.saltus", {"magic number: got something else, need a .saltus file"});
    shop.write("model.onnx", "x");
    run("model.onnx", {"\".onnx\", need .saltus or .textproto"});
    shop.write("model", "x");
    run("model", {"need .saltus or .textproto"});
    for (const std::size_t length : {std::size_t{100}, std::size_t{4000}, shipped.size() - 1}) {
        shop.write("cut.saltus", shipped.substr(0, length));
        shop.check_refused("run %/cut.saltus --data examples/data" + Workshop::k_outputs,
                           {"cut.saltus: ", "got ", "need "});
    }
    shop.write("long.saltus", shipped + "and more");
    shop.check_refused("run %/long.saltus --data examples/data",
                       {"long.saltus: ", "got ", "need "});
}

TEST_CASE("bad input: names in the environment that nothing has") {
    const Workshop shop;
    const auto refuse = [&](const char* variable, const char* value, const std::string& said) {
        setenv(variable, value, 1);
        shop.check_refused(
            "run %/still.textproto --data %/x.npy --labels %/l.npy" + Workshop::k_outputs, {said});
        unsetenv(variable);
    };
    refuse("SALTUS_KERNELS", "avx3", "SALTUS_KERNELS: got \"avx3\", need baseline, avx2, avx512, ");
    refuse("SALTUS_SCHEDULE", "tick", "SALTUS_SCHEDULE: got \"tick\", need ticks, or nothing");
}

TEST_CASE("bad input: data files that are missing, cut off or something else") {
    const Workshop shop;
    const std::string pixels(3 * 4, '\7');
    const std::string images = idx({3, 2, 2}, pixels);
    const std::string labels = idx({3}, std::string("\0\1\1", 3));
    shop.write("m.textproto",
               "format_version: 1 horizon: 4 inputs { name: \"x\" shape: [1, 2, 2] } "
               "tensors { name: \"W\" shape: [2, 4] values: [1, 1, 1, 1, 1, 1, 1, 1] } "
               "nodes { name: \"in\" encoder { duplicate {} } } nodes { name: \"b\" shape: 2 "
               "population {} } "
               "projections { source: \"in\" target: \"b\" dense { weight: \"W\" } } " +
                   k_readout);

    struct Case {
        std::string what;
        std::string images;
        std::string labels;
        bool packed;
        std::vector<std::string> words;
    };

    const std::string i = "t10k-images-idx3-ubyte";
    const std::string l = "t10k-labels-idx1-ubyte";
    const std::vector<Case> cases = {
        {"cut off",
         images.substr(0, 20),
         labels,
         false,
         {i, "got 20 bytes, need 28 for [3, 2, 2]"}},
        {"header alone",
         images.substr(0, 9),
         labels,
         false,
         {i, "got 9 bytes, need an IDX header of 16"}},
        {"magic",
         idx({3, 2, 2}, pixels, 13),
         labels,
         false,
         {i, "got magic number 0x00000d03, need 0x00000803"}},
        {"dimensions", idx({3}, pixels), labels, false, {i, "magic number 0x00000801"}},
        {"no image",
         idx({0, 2, 2}, ""),
         labels,
         false,
         {i, "got [0, 2, 2], need dimensions of at least 1"}},
        {"beyond memory",
         idx({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, pixels),
         labels,
         false,
         {i, "[4294967295, 4294967295, 4294967295]"}},
        {"beyond memory, packed",
         idx({0xFFFFFFFF, 0xFFFF, 1}, pixels),
         labels,
         true,
         {i + ".gz", "packed bytes, need enough to hold [4294967295, 65535, 1]"}},
        {"packed and cut off inside",
         images.substr(0, 20),
         labels,
         true,
         {i + ".gz", "got 4 elements, need 12 for [3, 2, 2]"}},
        {"more than declared",
         images + "more",
         labels,
         true,
         {i + ".gz", "more data than declared"}},
        {"fewer labels",
         images,
         idx({2}, std::string("\0\1", 2)),
         false,
         {l, "got 2 labels, need 3, one an image of " + i}},
        {"more labels",
         images,
         idx({4}, std::string("\0\1\1\0", 4)),
         false,
         {l, "got 4 labels, need 3, one an image of " + i}},
        {"label out of range",
         images,
         idx({3}, std::string("\0\1\2", 3)),
         false,
         {"label 2 of sample 2, need labels below 2"}},
        {"magic of labels",
         images,
         idx({3, 1}, std::string("\0\1\1", 3)),
         false,
         {l, "got magic number 0x00000802, need 0x00000801"}},
        {"other size",
         idx({3, 3, 2}, std::string(18, '\1')),
         labels,
         false,
         {i, "got samples of shape [1, 3, 2], need [1, 2, 2], as the model's input x declares"}},
    };
    for (const Case& bad : cases) {
        CAPTURE(bad.what);
        std::filesystem::remove_all(shop.in("d"));
        std::filesystem::create_directory(shop.in("d"));
        if (bad.packed) {
            write_gzip(shop.in("d/" + i + ".gz"), bad.images);
        } else {
            shop.write("d/" + i, bad.images);
        }
        shop.write("d/" + l, bad.labels);
        shop.check_refused("run %/m.textproto --data %/d" + Workshop::k_outputs, bad.words);
    }
    std::filesystem::remove(shop.in("d/" + i));
    const auto refuse_folder = [&](const std::vector<std::string>& words) {
        shop.check_refused("run %/m.textproto --data %/d" + Workshop::k_outputs, words);
    };
    refuse_folder({"/d: got " + l + " without images, need " + i});
    std::filesystem::remove(shop.in("d/" + l));
    refuse_folder({"/d: got a folder without images, need " + i});
    write_gzip(shop.in("d/" + i + ".gz"), images);
    const std::string packed = read_bytes(shop.in("d/" + i + ".gz"));
    shop.write("d/" + i + ".gz", packed.substr(0, packed.size() - 9));
    refuse_folder({i + ".gz: got a gzip file that ends early, need the whole file"});
    std::string damaged = packed;
    damaged[packed.size() - 6] = static_cast<char>(damaged[packed.size() - 6] ^ 1);
    shop.write("d/" + i + ".gz", damaged);
    refuse_folder({i + ".gz: got damaged gzip data"});
}

TEST_CASE("bad input: arrays that are missing, cut off or something else") {
    const Workshop shop;
    const std::string array = read_bytes(shop.in("x.npy"));
    const auto refuse = [&](const std::string& name, const std::vector<std::string>& words) {
        std::vector<std::string> all = {name + ": ", "got "};
        all.insert(all.end(), words.begin(), words.end());
        shop.check_refused("run %/still.textproto --data %/" + name + Workshop::k_outputs, all);
    };
    refuse("none.npy", {"no such file or folder, need"});
    shop.write("cut.npy", array.substr(0, array.size() - 1));
    refuse("cut.npy", {"got 23 bytes of data, need 6 x 4 bytes for a shape of [3, 2]"});
    shop.write("long.npy", array + "x");
    refuse("long.npy", {"got 25 bytes of data, need 6 x 4 bytes for a shape of [3, 2]"});
    shop.write("header.npy", array.substr(0, 30));
    refuse("header.npy", {"need"});
    shop.write("magic.npy", "x" + array.substr(1));
    refuse("magic.npy", {"need"});
    shop.write("empty.npy", "");
    refuse("empty.npy", {"need"});
    std::string big = array;
    big.replace(big.find("(3, 2)"), 6, "(9000000000000000000, 9000000000000000000)");
    shop.write("huge.npy", big);
    refuse("huge.npy", {"a dimension beyond 2^58, need"});
    std::string complex = array;
    complex.replace(complex.find("<f4"), 3, "<c8");
    shop.write("complex.npy", complex);
    refuse("complex.npy", {"<c8", "need"});
    shop.write("x.csv", "1,2");
    refuse("x.csv", {"a file that is not .npy, need a folder of images or a .npy array"});
    write_array<float>(shop.in("wide.npy"), {2, 3}, {1, 2, 3, 4, 5, 6});
    refuse("wide.npy", {"samples of shape [3], need [2], as the model's input x declares"});
    write_array<float>(shop.in("none2.npy"), {0, 2}, {});
    refuse("none2.npy", {"shape [0, 2], need [sample, ...], no dimension 0"});

    write_array<float>(shop.in("nan.npy"), {3, 2}, {0, 1, 1, NAN, 0, INFINITY});
    for (const char* threads : {"1", "3"}) {
        shop.check_refused(
            std::string("run %/still.textproto --data %/nan.npy --threads ") + threads +
                Workshop::k_outputs,
            {"nan.npy: sample 1, input \"x\": got nan at place 1, need finite numbers"});
    }
    const auto refuse_labels = [&](const std::string& name, const std::vector<std::string>& words) {
        shop.check_refused(
            "run %/still.textproto --data %/x.npy --labels %/" + name + Workshop::k_outputs, words);
    };
    refuse_labels("none.npy", {"none.npy: got \"No such file or directory\""});
    write_array<std::int64_t>(shop.in("two.npy"), {2}, {0, 1});
    refuse_labels("two.npy", {"two.npy: got 2 labels, need 3, one a sample"});
    write_array<std::int64_t>(shop.in("minus.npy"), {3}, {0, -1, 1});
    refuse_labels("minus.npy", {"minus.npy: got label -1 of sample 1, need labels of at least 0"});
    write_array<std::int64_t>(shop.in("high.npy"), {3}, {0, 1, 2});
    refuse_labels("high.npy", {"high.npy", "label 2 of sample 2, need labels below 2"});
    write_array<float>(shop.in("half.npy"), {3}, {0, 0.5, 1});
    refuse_labels("half.npy", {"half.npy", "0.5"});
    write_array<std::int64_t>(shop.in("square.npy"), {3, 1}, {0, 1, 1});
    refuse_labels("square.npy", {"square.npy: got shape [3, 1], need labels [sample]"});

    const auto refuse_events = [&](const std::string& name, const std::vector<std::string>& words) {
        shop.check_refused("run %/good.textproto --events %/" + name + Workshop::k_outputs, words);
    };
    refuse_events("none.npy", {"none.npy: got no such file or folder"});
    write_array<float>(shop.in("inf.npy"), {1, 2, 2}, {0, 1, INFINITY, 0});
    refuse_events("inf.npy", {"inf.npy: sample 0, input \"x\": got inf at place 2, need finite"});
    refuse_events("wide.npy", {"wide.npy: got ", "need [2], as the model's input x declares"});
}

TEST_CASE("bad input: outputs that cannot be written are said before anything is run") {
    const Workshop shop;
    shop.write("file", "x");
    for (const char* option : {"--trace", "--predictions", "--json"}) {
        const std::string line =
            "run %/still.textproto --data %/x.npy --trace @/1 --predictions @/2 --json @/3 ";
        const std::string alone =
            std::string("run %/still.textproto --data %/x.npy ") + option + " ";
        CAPTURE(line);
        shop.check_refused(
            alone + "@/none/o",
            {"/out/none/o: got \"No such file or directory\", need a folder that can be written"});
        shop.check_refused(
            alone + "%/file/o",
            {"/in/file/o: got \"Not a directory\", need a folder that can be written"});
        shop.check_refused(alone + "@", {"/out: got a folder, need the name of a file to write"});
    }
    shop.check_refused(
        "run %/still.textproto --data %/x.npy --trace @/t --predictions @/p --json @/none/j",
        {"none/j"});
    shop.check_refused("convert %/good.textproto -o @/none/m.saltus",
                       {"none/m.saltus: got \"No such file or directory\""});
}

TEST_CASE("bad input: options that do not fit each other, the model or their range") {
    const Workshop shop;
    const std::string run = "run %/still.textproto --data %/x.npy" + Workshop::k_outputs + " ";

    struct Case {
        std::string line;
        std::vector<std::string> words;
    };

    const std::vector<Case> cases = {
        {"run", {"MODEL is required"}},
        {"run %/still.textproto" + Workshop::k_outputs,
         {"--data: got nothing, need data for input \"x\" of the model"}},
        {"run %/good.textproto" + Workshop::k_outputs,
         {"--events: got nothing, need spikes for input \"x\" of the model"}},
        {run + "--events %/e.npy",
         {"--events: got ", "e.npy, need a model with an input of spikes"}},
        {"run %/good.textproto --events %/e.npy --data %/x.npy",
         {"--data: got ", "x.npy, need a model with an input other than spikes"}},
        {run + "--samples 3", {"--samples: got sample 3, need numbers below 3"}},
        {run + "--samples ''", {"--samples: got an empty value, need a value"}},
        {run + "--record-samples ''", {"--record-samples: got an empty value"}},
        {run + "--labels ''", {"--labels: got an empty value"}},
        {run + "--samples 2-1", {"--samples: got \"2-1\", need numbers and ranges such as"}},
        {run + "--samples 1,x", {"--samples: got \"1,x\", need numbers"}},
        {run + "--samples 0-18446744073709551615", {"--samples: got sample 18446744073709551615"}},
        {run + "--horizon 0", {"--horizon", "0"}},
        {run + "--horizon -4", {"--horizon", "-4"}},
        {run + "--horizon ten", {"--horizon", "ten"}},
        {run + "--threads 0", {"--threads", "0"}},
        {run + "--threads many", {"--threads", "many"}},
        {run + "--seed x", {"--seed", "x"}},
        {run + "--seed -1", {"--seed", "-1"}},
        {run + "--sample 1", {"--sample"}},
        {run + "more", {"more"}},
        {run + "--data %/x.npy", {"--data"}},
        {"run %/still.textproto --data %/x.npy:test",
         {"x.npy:test: got a split of one array, need the array's path alone"}},
        {"run %/still.textproto --data %/x.npy:dev", {"split \"dev\", need train or test"}},
        {"run %/still.textproto --data examples/data",
         {"samples of shape [1, 28, 28], need [2], as the model's input x declares"}},
        {"run " + std::string(k_shipped) + " --data %/x.npy",
         {"x.npy: got samples of shape [2], need [1, 28, 28]"}},
        {"run " + std::string(k_shipped) + " --data examples/data:train",
         {"examples/data: got no split \"train\", only t10k-images"}},
        {"run " + std::string(k_shipped) + " --data examples/nowhere",
         {"examples/nowhere: got no such file or folder, need "}},
        {"info", {"MODEL is required"}},
        {"convert %/good.textproto", {"--out is required"}},
        {"convert %/good.textproto -o @/m.onnx",
         {"m.onnx: got \".onnx\", need .saltus or .textproto"}},
        {"convert %/good.textproto -o @/m",
         {"/m: got a name without extension, need .saltus or .textproto"}},
    };
    for (const Case& bad : cases) {
        shop.check_refused(bad.line, bad.words);
    }
}

}  // namespace saltus
