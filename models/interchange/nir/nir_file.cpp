#include "models/interchange/nir/nir_file.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/mapped_file.hpp"
#include "models/files/nearest_name.hpp"
#include "models/files/utf8.hpp"
#include "models/interchange/hdf5_handle.hpp"
#include "models/interchange/nir/in_child.hpp"
#include "models/interchange/nir/nir_packed.hpp"

namespace saltus {

namespace {

using detail::Hdf5Handle;

constexpr std::size_t k_most_nodes = 100000;
constexpr std::uint64_t k_most_numbers = std::uint64_t{1} << 28;
constexpr int k_most_depth = 16;

class Reader {
  public:
    explicit Reader(const std::filesystem::path& path) : path_(path.string()) {}

    NirGraph read() {
        { const MappedFile readable{path_}; }  // says by name what cannot be opened
        file_ = Hdf5Handle(H5Fopen(path_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
        if (!file_.open()) {
            throw ModelError(path_, "no HDF5", "a NIR file");
        }
        if (const std::optional<Hdf5Handle> version = dataset(file_.id(), "version", "")) {
            graph_.version = text_of(*version, "version");
        }
        const Hdf5Handle root = group(file_.id(), "node", "");
        read_graph(root.id(), "", 0);
        return std::move(graph_);
    }

  private:
    [[noreturn]] void fail(const std::string& where,
                           const std::string& found,
                           const std::string& needed) const {
        throw ModelError(where.empty() ? path_ : path_ + ": " + where, escape_bytes(found), needed);
    }

    // Names of plain links in a group; others are refused: they may lead round in a circle or out
    // of the file.
    std::vector<std::string> names_in(hid_t group, const std::string& where) const {
        H5G_info_t info{};
        if (H5Gget_info(group, &info) < 0) {
            fail(where, "a group that cannot be read", "a whole file");
        }
        if (info.nlinks > k_most_nodes) {
            fail(where,
                 fmt::format("{} parts", info.nlinks),
                 fmt::format("at most {}", k_most_nodes));
        }
        std::vector<std::string> names;
        for (hsize_t k = 0; k < info.nlinks; ++k) {
            const ssize_t length = H5Lget_name_by_idx(
                group, ".", H5_INDEX_NAME, H5_ITER_INC, k, nullptr, 0, H5P_DEFAULT);
            if (length < 0) {
                fail(where, "a name that cannot be read", "a whole file");
            }
            std::string name(static_cast<std::size_t>(length), '\0');
            H5Lget_name_by_idx(group,
                               ".",
                               H5_INDEX_NAME,
                               H5_ITER_INC,
                               k,
                               name.data(),
                               name.size() + 1,
                               H5P_DEFAULT);
            H5L_info_t link{};
            if (H5Lget_info(group, name.c_str(), &link, H5P_DEFAULT) < 0 ||
                link.type != H5L_TYPE_HARD) {
                fail(where.empty() ? name : where + "/" + name,
                     "a link that leads elsewhere",
                     "a part of this file");
            }
            if (!is_utf8(name)) {
                fail(where, "a name that is no UTF-8", "UTF-8 text");
            }
            names.push_back(name);
        }
        return names;
    }

    Hdf5Handle group(hid_t parent, const char* name, const std::string& where) const {
        Hdf5Handle found(H5Gopen2(parent, name, H5P_DEFAULT), H5Gclose);
        if (!found.open()) {
            fail(where, std::string("no group \"") + name + '"', "a NIR graph");
        }
        return found;
    }

    std::optional<Hdf5Handle> dataset(hid_t parent,
                                      const std::string& name,
                                      const std::string& where) const {
        if (H5Lexists(parent, name.c_str(), H5P_DEFAULT) <= 0) {
            return std::nullopt;
        }
        Hdf5Handle found(H5Dopen2(parent, name.c_str(), H5P_DEFAULT), H5Dclose);
        if (!found.open()) {
            fail(where + "/" + name, "no dataset", "numbers or text");
        }
        return found;
    }

    std::vector<std::uint64_t> shape_of(const Hdf5Handle& set, const std::string& where) const {
        const Hdf5Handle space(H5Dget_space(set.id()), H5Sclose);
        const int rank = space.open() ? H5Sget_simple_extent_ndims(space.id()) : -1;
        if (rank < 0 || rank > 8) {
            fail(where, "an array that cannot be read", "at most 8 dimensions");
        }
        std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
        if (rank > 0) {
            H5Sget_simple_extent_dims(space.id(), extents.data(), nullptr);
        }
        return {extents.begin(), extents.end()};
    }

    // Checked against what the file holds, so that a header alone takes no memory.
    std::uint64_t count_of(const Hdf5Handle& set,
                           const std::vector<std::uint64_t>& shape,
                           const std::string& where) {
        std::uint64_t count = 1;
        for (const std::uint64_t extent : shape) {
            if (extent != 0 && count > k_most_numbers / extent) {
                fail(where, "more than 2^28 numbers", "at most 2^28");
            }
            count *= extent;
        }
        if (count > 1 && H5Dget_storage_size(set.id()) == 0) {
            fail(where, fmt::format("{} numbers of which none is stored", count), "numbers");
        }
        numbers_ += count;
        if (numbers_ > k_most_numbers) {
            fail(where, "more than 2^28 numbers in all", "at most 2^28");
        }
        return count;
    }

    std::vector<std::string> texts_of(const Hdf5Handle& set, const std::string& where) {
        const std::vector<std::uint64_t> shape = shape_of(set, where);
        const auto count = static_cast<std::size_t>(count_of(set, shape, where));
        const Hdf5Handle type(H5Dget_type(set.id()), H5Tclose);
        if (!type.open() || H5Tget_class(type.id()) != H5T_STRING) {
            fail(where, "no text", "text");
        }
        std::vector<std::string> texts;
        if (H5Tis_variable_str(type.id()) > 0) {
            std::vector<char*> pointers(count, nullptr);
            const Hdf5Handle memory(H5Tcopy(H5T_C_S1), H5Tclose);
            H5Tset_size(memory.id(), H5T_VARIABLE);
            H5Tset_cset(memory.id(), H5Tget_cset(type.id()));
            if (H5Dread(set.id(), memory.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) <
                0) {
                fail(where, "text that cannot be read", "a whole file");
            }
            for (const char* const pointer : pointers) {
                texts.emplace_back(pointer == nullptr ? "" : pointer);
            }
            const Hdf5Handle space(H5Dget_space(set.id()), H5Sclose);
            H5Dvlen_reclaim(memory.id(), space.id(), H5P_DEFAULT, pointers.data());
        } else {
            const std::size_t size = H5Tget_size(type.id());
            if (size == 0 || size > 65536 || count > k_most_numbers / size) {
                fail(where, "text of an absurd length", "text");
            }
            std::vector<char> bytes(count * size);
            if (H5Dread(set.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0) {
                fail(where, "text that cannot be read", "a whole file");
            }
            for (std::size_t k = 0; k < count; ++k) {
                const std::string text(bytes.data() + k * size, size);
                texts.push_back(text.substr(0, text.find('\0')));
            }
        }
        for (const std::string& text : texts) {
            if (!is_utf8(text)) {
                fail(where, "text that is no UTF-8", "UTF-8 text");
            }
        }
        return texts;
    }

    std::string text_of(const Hdf5Handle& set, const std::string& where) {
        const std::vector<std::string> texts = texts_of(set, where);
        if (texts.size() != 1) {
            fail(where, fmt::format("{} texts", texts.size()), "one");
        }
        return texts[0];
    }

    void read_field(hid_t parent,
                    const std::string& name,
                    NirNode& node,
                    const std::string& where) {
        const std::string at = where + "/" + name;
        const Hdf5Handle set = *dataset(parent, name, where);
        const Hdf5Handle type(H5Dget_type(set.id()), H5Tclose);
        const H5T_class_t kind = type.open() ? H5Tget_class(type.id()) : H5T_NO_CLASS;
        if (kind == H5T_STRING) {
            node.words[name] = text_of(set, at);
            return;
        }
        if (kind != H5T_FLOAT && kind != H5T_INTEGER && kind != H5T_ENUM) {
            fail(at, "data of another kind", "numbers or text");
        }
        NirArray array;
        array.shape = shape_of(set, at);
        array.numbers.resize(count_of(set, array.shape, at));
        if (!array.numbers.empty() &&
            H5Dread(
                set.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.numbers.data()) <
                0) {
            fail(at, "numbers that cannot be read", "a whole file");
        }
        node.fields[name] = std::move(array);
    }

    // A graph's nodes and edges; `outer`: its name and a slash, or nothing.
    void read_graph(hid_t graph, const std::string& outer, int depth) {
        if (depth > k_most_depth) {
            fail(outer, "graphs nested more than 16 deep", "fewer");
        }
        const Hdf5Handle nodes = group(graph, "nodes", outer.empty() ? "node" : outer);
        std::map<std::string, std::pair<std::size_t, std::size_t>>
            ends;  // where edges come in, where they leave
        for (const std::string& name : names_in(nodes.id(), outer)) {
            ends[name] = read_node(nodes.id(), name, outer, depth);
        }
        const std::optional<Hdf5Handle> edges = dataset(graph, "edges", outer);
        if (!edges) {
            fail(outer.empty() ? "node" : outer, "no edges", "edges");
        }
        const std::string where = outer + "edges";
        const std::vector<std::uint64_t> shape = shape_of(*edges, where);
        if (shape.size() != 2 || shape[1] != 2) {
            if (!shape.empty() && shape[0] == 0) {
                return;
            }
            fail(where, "another shape", "pairs of names");
        }
        const std::vector<std::string> names = texts_of(*edges, where);
        for (std::size_t k = 0; k + 1 < names.size(); k += 2) {
            const std::string place = fmt::format("{}[{}]", where, k / 2);
            add_edge(end_of(ends, names[k], place).second, end_of(ends, names[k + 1], place).first);
        }
    }

    std::pair<std::size_t, std::size_t> end_of(
        const std::map<std::string, std::pair<std::size_t, std::size_t>>& ends,
        const std::string& name,
        const std::string& place) const {
        const auto at = ends.find(name);
        if (at == ends.end()) {
            std::vector<std::string> names;
            for (const auto& [known, end] : ends) {
                names.push_back(known);
            }
            fail(place,
                 '"' + name + '"',
                 "a node; the nearest is \"" + nearest_name(names, name) + '"');
        }
        return at->second;
    }

    void add_edge(std::size_t from, std::size_t to) {
        if (!seen_.insert({from, to}).second) {
            graph_.notes.push_back(
                fmt::format("the edge {} -> {} stands twice in the file and is taken once",
                            graph_.nodes[from].name,
                            graph_.nodes[to].name));
            return;
        }
        graph_.edges.emplace_back(from, to);
    }

    // Returns the places at which edges come into it and leave it.
    std::pair<std::size_t, std::size_t> read_node(hid_t nodes,
                                                  const std::string& name,
                                                  const std::string& outer,
                                                  int depth) {
        const std::string where = outer + name;
        const Hdf5Handle node = group(nodes, name.c_str(), where);
        const std::optional<Hdf5Handle> type = dataset(node.id(), "type", where);
        if (!type) {
            fail(where, "no type", "a NIR node");
        }
        const std::string kind = text_of(*type, where + "/type");
        if (kind == "NIRGraph") {
            const std::size_t first = graph_.nodes.size();
            read_graph(node.id(), where + "/", depth + 1);
            return ends_of_graph(first, where);
        }
        NirNode made;
        made.name = where;
        made.type = depth > 0 && (kind == "Input" || kind == "Output") ? "Through " + kind : kind;
        for (const std::string& field : names_in(node.id(), where)) {
            // What a newer file says of the node as text or a group is no number of its dynamics.
            if (field != "type" && field != "metadata" && field != "input_type" &&
                field != "output_type") {
                read_field(node.id(), field, made, where);
            }
        }
        if (graph_.nodes.size() == k_most_nodes) {
            fail(where, "more than 100000 nodes", "fewer");
        }
        graph_.nodes.push_back(std::move(made));
        return {graph_.nodes.size() - 1, graph_.nodes.size() - 1};
    }

    std::pair<std::size_t, std::size_t> ends_of_graph(std::size_t first, const std::string& where) {
        std::optional<std::size_t> in;
        std::optional<std::size_t> out;
        for (std::size_t k = first; k < graph_.nodes.size(); ++k) {
            NirNode& node = graph_.nodes[k];
            if (node.type == "Through Input" || node.type == "Through Output") {
                std::optional<std::size_t>& end = node.type == "Through Input" ? in : out;
                if (end) {
                    fail(where, "several inputs or outputs", "one of each in a nested graph");
                }
                end = k;
                node.type = "Through";
            }
        }
        if (!in || !out) {
            fail(where, "no input or no output", "one of each in a nested graph");
        }
        return {*in, *out};
    }

    const std::string path_;
    const detail::Hdf5Silence silence_;
    Hdf5Handle file_;
    NirGraph graph_;
    std::set<std::pair<std::size_t, std::size_t>> seen_;
    std::uint64_t numbers_ = 0;
};

}  // namespace

NirGraph read_nir(const std::filesystem::path& path) {
    return detail::unpacked(
        detail::in_child(path.string(), [&] { return detail::packed(Reader(path).read()); }));
}

}  // namespace saltus
