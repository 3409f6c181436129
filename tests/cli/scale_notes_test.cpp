// What saltus run says of inputs that are scaled otherwise than models are trained.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/cli/run_files.hpp"

namespace saltus {

using nlohmann::json;
using tests::contains;
using tests::run_to_json;
using tests::ScratchFolder;
using tests::write_array;
using tests::write_bytes;

namespace {

// The notes of a run on four samples of these numbers.
std::string notes(const std::vector<float>& values, const std::string& more = "") {
    const ScratchFolder folder;
    write_bytes(folder / "m.textproto",
                "format_version: 1 name: \"m\" horizon: 2 inputs { name: \"x\" shape: [2] " + more +
                    " } nodes { name: \"d\" encoder { duplicate {} } } nodes { name: \"o\" shape: "
                    "[2] population { fires: false } } "
                    "projections { source: \"d\" target: \"o\" identity {} } "
                    "readouts { name: \"r\" population: \"o\" kind: membrane }");
    write_array<float>(folder / "x.npy", {4, 2}, values);
    const json found =
        run_to_json((folder / "m.textproto").string() + " --data " + (folder / "x.npy").string());
    return found["notes"].dump();
}

}  // namespace

TEST_CASE("run: inputs far from 0 to 1 are noted, with what to look at") {
    CHECK(contains(notes({0, 255, 3, 1, 0, 0, 7, 9}),
                   "the largest number of input \\\"x\\\" is 255 after its division by 1"));
    CHECK(contains(notes({0, 1, 0, 1, 0, 0, 1, 1}, "divide_by: 255"),
                   "is 0.003922 after its division by 255"));
}

TEST_CASE("run: inputs near 0 to 1, all zero, or with a mean of their own are not noted") {
    CHECK(notes({0, 1, 0.5F, 1, 0, 0, 0.25F, 1}) == "[]");
    CHECK(notes({0, 255, 3, 1, 0, 0, 7, 9}, "divide_by: 255") == "[]");
    CHECK(notes({0, 0, 0, 0, 0, 0, 0, 0}) == "[]");
    CHECK(notes({0, 255, 3, 1, 0, 0, 7, 9}, "mean: 100 deviation: 50") == "[]");
}

}  // namespace saltus
