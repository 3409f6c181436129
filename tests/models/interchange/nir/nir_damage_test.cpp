// Hostile and damaged NIR files: an error that names the file, never a crash or much memory.
#include <filesystem>
#include <functional>
#include <hdf5.h>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/interchange/nir/nir_import.hpp"

#include "tests/models/data/scratch_folder.hpp"

using namespace saltus;
using namespace saltus::tests;

namespace {

namespace fs = std::filesystem;

const fs::path k_small = fs::path(SALTUS_SOURCE_DIR) / "tests/golden/nir/small";

// What is said of a file; empty: it was read.
std::string refusal(const fs::path& file) {
    NirImportOptions options;
    options.tick = 1e-4;
    try {
        import_nir(file, options);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

void write_text(hid_t group, const char* name, const std::string& text) {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, text.size());
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data());
    H5Dclose(set);
    H5Sclose(space);
    H5Tclose(type);
}

void write_numbers(hid_t group,
                   const char* name,
                   const std::vector<hsize_t>& shape,
                   const std::vector<double>& numbers) {
    const hid_t space =
        shape.empty() ? H5Screate(H5S_SCALAR)
                      : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t set =
        H5Dcreate2(group, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (!numbers.empty()) {
        H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data());
    }
    H5Dclose(set);
    H5Sclose(space);
}

void write_edges(hid_t graph, const std::vector<std::string>& names) {
    constexpr std::size_t k_width = 16;
    std::string bytes;
    for (std::string name : names) {
        name.resize(k_width, '\0');
        bytes += name;
    }
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, k_width);
    const hsize_t shape[] = {names.size() / 2, 2};
    const hid_t space = H5Screate_simple(2, shape, nullptr);
    const hid_t set =
        H5Dcreate2(graph, "edges", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
    H5Dclose(set);
    H5Sclose(space);
    H5Tclose(type);
}

// input [2] -> n -> output, with n made by `neuron`, and whatever `more` adds to the nodes.
std::string refusal_of(const std::function<void(hid_t)>& neuron,
                       const std::function<void(hid_t)>& more = {},
                       const std::vector<std::string>& edges = {"input", "n", "n", "output"}) {
    const ScratchFolder folder;
    const fs::path path = folder / "x.nir";
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    write_text(file, "version", "1.0");
    const hid_t graph = H5Gcreate2(file, "node", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    write_text(graph, "type", "NIRGraph");
    write_edges(graph, edges);
    const hid_t nodes = H5Gcreate2(graph, "nodes", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (const char* const name : {"input", "n", "output"}) {
        const hid_t node = H5Gcreate2(nodes, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        if (name[0] == 'n') {
            neuron(node);
        } else {
            write_text(node, "type", name[0] == 'i' ? "Input" : "Output");
            write_numbers(node, "shape", {1}, {2});
        }
        H5Gclose(node);
    }
    if (more) {
        more(nodes);
    }
    H5Gclose(nodes);
    H5Gclose(graph);
    H5Fclose(file);
    return refusal(path);
}

void good_neuron(hid_t node) {
    write_text(node, "type", "IF");
    write_numbers(node, "r", {2}, {1, 1});
    write_numbers(node, "v_threshold", {2}, {1, 1});
}

bool contains(const std::string& text, const std::string& part) {
    CAPTURE(text);
    CHECK(text.find(part) != std::string::npos);
    return true;
}

}  // namespace

TEST_CASE("NIR: the file that the cases below damage is a good one") {
    CHECK(refusal_of(good_neuron) == "");
}

TEST_CASE("NIR: what is no NIR file, or not there, is said by name") {
    const ScratchFolder folder;
    write_bytes(folder / "text.nir", "not HDF5");
    contains(refusal(folder / "text.nir"), "text.nir: got no HDF5");
    contains(refusal(folder / "nowhere.nir"), "nowhere.nir");
    const hid_t file =
        H5Fcreate((folder / "empty.nir").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    contains(refusal(folder / "empty.nir"), "no group \"node\"");
}

TEST_CASE(
    "NIR: fields that are missing, not finite or of another size are said by node and field") {
    contains(refusal_of([](hid_t node) { write_text(node, "type", "IF"); }),
             "n.v_threshold: got none");
    contains(refusal_of([](hid_t node) {
                 write_text(node, "type", "IF");
                 write_numbers(node, "r", {3}, {1, 1, 1});
                 write_numbers(node, "v_threshold", {3}, {1, 1, 1});
             }),
             "n: got numbers of 3 neurons where 2 arrive");
    contains(refusal_of([](hid_t node) {
                 write_text(node, "type", "IF");
                 write_numbers(node, "r", {2}, {1, 0.0 / 0.0});
                 write_numbers(node, "v_threshold", {2}, {1, 1});
             }),
             "n.r: got ");
    contains(refusal_of([](hid_t node) {
                 write_text(node, "type", "LIF");
                 write_numbers(node, "tau", {2}, {0.01, 0});
                 write_numbers(node, "r", {2}, {1, 1});
                 write_numbers(node, "v_leak", {2}, {0, 0});
                 write_numbers(node, "v_threshold", {2}, {1, 1});
             }),
             "n.tau: got 0, need seconds above 0");
    contains(refusal_of([](hid_t node) {
                 write_numbers(node, "r", {2}, {1, 1});
             }),
             "n: got no type");
}

TEST_CASE("NIR: an array that a header alone claims takes no memory") {
    contains(refusal_of([](hid_t node) {
                 write_text(node, "type", "IF");
                 write_numbers(node, "r", {1 << 20, 1 << 20}, {});
             }),
             "more than 2^28 numbers");
    contains(refusal_of([](hid_t node) {
                 write_text(node, "type", "IF");
                 write_numbers(node, "r", {1 << 20, 100}, {});
             }),
             "of which none is stored");
}

TEST_CASE("NIR: links that lead elsewhere, and edges to nobody, are refused") {
    contains(refusal_of(good_neuron,
                        [](hid_t nodes) {
                            H5Lcreate_soft(
                                "/node/nodes", nodes, "circle", H5P_DEFAULT, H5P_DEFAULT);
                        }),
             "circle: got a link that leads elsewhere");
    contains(refusal_of(good_neuron, {}, {"inptu", "n", "n", "output"}),
             "edges[0]: got \"inptu\", need a node; the nearest is \"input\"");
}

TEST_CASE("NIR: a group that is its own part ends") {
    contains(refusal_of(good_neuron,
                        [](hid_t nodes) {
                            const hid_t inner =
                                H5Gcreate2(nodes, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
                            write_text(inner, "type", "NIRGraph");
                            write_edges(inner, {"g", "g"});
                            H5Lcreate_hard(nodes, ".", inner, "nodes", H5P_DEFAULT, H5P_DEFAULT);
                            H5Gclose(inner);
                        }),
             "x.nir");
}

TEST_CASE("NIR: a loop of nodes without state is refused") {
    contains(refusal_of(good_neuron,
                        [](hid_t nodes) {
                            for (const char* const name : {"a", "b"}) {
                                const hid_t node =
                                    H5Gcreate2(nodes, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
                                write_text(node, "type", "Scale");
                                write_numbers(node, "scale", {2}, {1, 1});
                                H5Gclose(node);
                            }
                        },
                        {"input", "a", "a", "b", "b", "a", "b", "n", "n", "output"}),
             "a loop of nodes without state");
}

TEST_CASE("NIR: cut at any length, or with a byte changed, a file is read or refused") {
    const ScratchFolder folder;
    const std::string whole = read_bytes(k_small / "residual.nir");
    for (std::size_t length = 0; length < whole.size(); length += 97) {
        write_bytes(folder / "cut.nir", whole.substr(0, length));
        CHECK(refusal(folder / "cut.nir") != "");
    }
    for (std::size_t at = 0; at < whole.size(); at += 61) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x41);
        write_bytes(folder / "changed.nir", changed);
        refusal(folder / "changed.nir");  // any answer, but no crash
    }
}
