#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "models/interchange/hdf5_handle.hpp"
#include "models/interchange/spike_source.hpp"

namespace saltus::detail {

namespace {

using Handle = Hdf5Handle;

// One file's groups, data sets and attributes. Every failure is the file's.
class Hdf5Reader {
  public:
    explicit Hdf5Reader(const std::filesystem::path& path) : path_(path.string()) {
        if (!std::filesystem::is_regular_file(path)) {
            throw InputError(path_, "no such file", "a SONATA file (HDF5)");
        }
        file_ = Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
        if (!file_.open()) {
            throw InputError(path_, "a file that HDF5 cannot open", "a SONATA file (HDF5)");
        }
    }

    [[nodiscard]] const Handle& root() const { return file_; }

    [[nodiscard]] std::string at(const std::string& place) const { return path_ + ": " + place; }

    [[nodiscard]] static bool has(const Handle& parent, const char* name) {
        return H5Lexists(parent.id(), name, H5P_DEFAULT) > 0;
    }

    [[nodiscard]] Handle group(const Handle& parent, const char* name, const std::string& place) const {
        Handle made(H5Gopen2(parent.id(), name, H5P_DEFAULT), H5Gclose);
        if (!made.open()) {
            throw InputError(at(place), "no such group", "a SONATA file's groups");
        }
        return made;
    }

    // Names of what is in a group, in the order of making if the file knows it, else by name.
    [[nodiscard]] std::vector<std::string> names(const Handle& group) const {
        const Handle plan(H5Gget_create_plist(group.id()), H5Pclose);
        unsigned order = 0;
        const bool made = plan.open() && H5Pget_link_creation_order(plan.id(), &order) >= 0 &&
                          (order & H5P_CRT_ORDER_INDEXED) != 0;
        std::vector<std::string> found;
        const auto take = [](hid_t, const char* name, const H5L_info_t*, void* list) -> herr_t {
            static_cast<std::vector<std::string>*>(list)->emplace_back(name);
            return 0;
        };
        hsize_t from = 0;
        check(H5Literate(group.id(),
                         made ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME,
                         H5_ITER_INC,
                         &from,
                         take,
                         &found),
              "/spikes");
        return found;
    }

    // A whole column as `type`.
    template <class T>
    [[nodiscard]] std::vector<T> column(const Handle& parent,
                                        const char* name,
                                        hid_t type,
                                        bool whole_numbers,
                                        const std::string& place) const {
        const Handle set(H5Dopen2(parent.id(), name, H5P_DEFAULT), H5Dclose);
        if (!set.open()) {
            throw InputError(at(place), "no such data set", std::string("a column ") + name);
        }
        const Handle stored(H5Dget_type(set.id()), H5Tclose);
        const H5T_class_t kind = H5Tget_class(stored.id());
        if (kind != H5T_INTEGER && (whole_numbers || kind != H5T_FLOAT)) {
            throw InputError(at(place), "another type", whole_numbers ? "integers" : "numbers");
        }
        const Handle space(H5Dget_space(set.id()), H5Sclose);
        if (H5Sget_simple_extent_ndims(space.id()) != 1) {
            throw InputError(at(place), "another shape", "one dimension, a number a spike");
        }
        const hssize_t count = H5Sget_simple_extent_npoints(space.id());
        if (count > (hssize_t{1} << 36)) {
            throw InputError(at(place), fmt::format("{} spikes", count), "at most 2^36");
        }
        std::vector<T> values(static_cast<std::size_t>(std::max<hssize_t>(count, 0)));
        if (!values.empty()) {
            check(H5Dread(set.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), place);
        }
        return values;
    }

    // The numbers of an attribute; none if it is not there.
    template <class T>
    [[nodiscard]] std::vector<T> numbers(const Handle& of, const char* name, hid_t type) const {
        if (H5Aexists(of.id(), name) <= 0) {
            return {};
        }
        const Handle made(H5Aopen(of.id(), name, H5P_DEFAULT), H5Aclose);
        const Handle stored(H5Aget_type(made.id()), H5Tclose);
        const Handle space(H5Aget_space(made.id()), H5Sclose);
        const hssize_t count = H5Sget_simple_extent_npoints(space.id());
        const H5T_class_t kind = H5Tget_class(stored.id());
        if ((kind != H5T_INTEGER && kind != H5T_FLOAT) || count < 1 || count > 16) {
            throw InputError(at(name), "another type or size", "a number or a few");
        }
        std::vector<T> values(static_cast<std::size_t>(count));
        check(H5Aread(made.id(), type, values.data()), name);
        return values;
    }

    // A text; nothing if there is no such attribute.
    [[nodiscard]] std::optional<std::string> text(const Handle& of, const char* name) const {
        if (H5Aexists(of.id(), name) <= 0) {
            return std::nullopt;
        }
        const Handle made(H5Aopen(of.id(), name, H5P_DEFAULT), H5Aclose);
        const Handle stored(H5Aget_type(made.id()), H5Tclose);
        const Handle space(H5Aget_space(made.id()), H5Sclose);
        if (H5Tget_class(stored.id()) != H5T_STRING ||
            H5Sget_simple_extent_npoints(space.id()) != 1) {
            throw InputError(at(name), "another type", "a text");
        }
        if (H5Tis_variable_str(stored.id()) > 0) {
            char* bytes = nullptr;
            check(H5Aread(made.id(), stored.id(), &bytes), name);
            std::string value = bytes == nullptr ? "" : bytes;
            H5free_memory(bytes);
            return value;
        }
        std::string value(H5Tget_size(stored.id()), '\0');
        check(H5Aread(made.id(), stored.id(), value.data()), name);
        value.resize(std::min(value.find('\0'), value.size()));
        while (!value.empty() && value.back() == ' ') {
            value.pop_back();
        }
        return value;
    }

    void check(herr_t result, const std::string& place) const {
        if (result < 0) {
            throw InputError(at(place), "what HDF5 cannot read", "a whole file");
        }
    }

  private:
    std::string path_;
    Handle file_;
};

TimeUnit unit_of(const Hdf5Reader& file,
                 const Handle& group,
                 std::optional<TimeUnit> unit,
                 const std::string& place) {
    const Handle times(H5Dopen2(group.id(), "timestamps", H5P_DEFAULT), H5Dclose);
    if (!times.open()) {
        throw InputError(file.at(place), "no timestamps", "timestamps and node_ids");
    }
    const std::optional<std::string> text = file.text(times, "units");
    if (!text) {
        return unit.value_or(TimeUnit::milliseconds);  // the format's own
    }
    const std::optional<TimeUnit> known = time_unit_of(*text);
    if (!known) {
        throw InputError(file.at(place + "/timestamps: units"), '"' + *text + '"', "ms, s, us or ticks");
    }
    return *known;
}

SourceStream read_group(const Hdf5Reader& file,
                        const Handle& group,
                        const std::string& name,
                        std::optional<TimeUnit> unit,
                        const std::string& place) {
    SourceStream stream;
    stream.where = file.at(place);
    stream.population = file.text(group, "population").value_or(name);
    const auto sample = file.numbers<std::uint64_t>(group, "sample", H5T_NATIVE_UINT64);
    stream.sample = sample.empty() ? 0 : sample[0];
    const auto shape = file.numbers<std::uint32_t>(group, "shape", H5T_NATIVE_UINT32);
    if (!shape.empty()) {
        stream.shape = Shape(shape);
    }
    stream.unit = unit_of(file, group, unit, place);
    stream.times = file.column<double>(
        group, "timestamps", H5T_NATIVE_DOUBLE, false, place + "/timestamps");
    const char* ids = Hdf5Reader::has(group, "node_ids") ? "node_ids" : "gids";
    // What does not fit is the nearest that does: a negative number would be 0, so it is read with
    // its sign.
    const auto signed_ids =
        file.column<std::int64_t>(group, ids, H5T_NATIVE_INT64, true, place + "/" + ids);
    for (const std::int64_t id : signed_ids) {
        if (id < 0) {
            throw InputError(stream.where, fmt::format("neuron {}", id), "numbers from 0");
        }
        stream.neurons.push_back(static_cast<std::uint64_t>(id));
    }
    if (Hdf5Reader::has(group, "payloads")) {
        stream.payloads = file.column<float>(
            group, "payloads", H5T_NATIVE_FLOAT, false, place + "/payloads");
    }
    if (stream.neurons.size() != stream.times.size() ||
        (!stream.payloads.empty() && stream.payloads.size() != stream.times.size())) {
        throw InputError(stream.where,
                         fmt::format("{} times, {} neurons and {} payloads",
                                     stream.times.size(),
                                     stream.neurons.size(),
                                     stream.payloads.size()),
                         "columns of one length");
    }
    return stream;
}

}  // namespace

SpikeSource read_sonata(const std::filesystem::path& path,
                        const std::string& population,
                        std::optional<TimeUnit> unit,
                        const std::function<void()>& poll) {
    const Hdf5Silence silence;
    const Hdf5Reader file(path);
    SpikeSource source;
    const Handle spikes = file.group(file.root(), "spikes", "/spikes");
    const auto tick = file.numbers<double>(spikes, "tick_ms", H5T_NATIVE_DOUBLE);
    source.tick_seconds = tick.empty() ? 0 : tick[0] / 1000;
    const auto horizon = file.numbers<std::int64_t>(spikes, "horizon", H5T_NATIVE_INT64);
    source.horizon = horizon.empty() ? 0 : horizon[0];
    if (Hdf5Reader::has(spikes, "timestamps")) {
        source.streams.push_back(read_group(file, spikes, population, unit, "/spikes"));
        return source;
    }
    for (const std::string& name : file.names(spikes)) {
        poll();
        const std::string place = "/spikes/" + name;
        const Handle group = file.group(spikes, name.c_str(), place);
        source.streams.push_back(read_group(file, group, name, unit, place));
    }
    return source;
}

}  // namespace saltus::detail
