#include "models/interchange/sonata_export.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "models/files/atomic_file.hpp"
#include "models/interchange/hdf5_handle.hpp"
#include "models/interchange/unnamed_file.hpp"

namespace saltus {

namespace {

namespace fs = std::filesystem;
using detail::Hdf5Handle;

constexpr hsize_t k_most_chunk = hsize_t{1} << 16;  // elements
constexpr Tick k_last_tick = Tick{1} << 50;  // whose time in float64 still leads back to it

// The file at work; every call that fails is the disk's fault or HDF5's.
class SonataFile {
  public:
    SonataFile(const std::string& path, std::string shown) : shown_(std::move(shown)) {
        file_ = own(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
        const std::uint32_t magic = 0x0A7A;
        const std::array<std::uint32_t, 2> version = {0, 1};
        attribute(file_, "magic", H5T_STD_U32LE, H5T_NATIVE_UINT32, &magic);
        attribute(file_, "version", H5T_STD_U32LE, H5T_NATIVE_UINT32, version.data(), 2);
    }

    // Lists its groups in the order in which they were made.
    [[nodiscard]] Hdf5Handle group(const Hdf5Handle& parent, const std::string& name) const {
        const Hdf5Handle links = own(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
        check(H5Pset_char_encoding(links.id(), H5T_CSET_UTF8));
        const Hdf5Handle order = own(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
        check(H5Pset_link_creation_order(order.id(),
                                         H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
        return own(H5Gcreate2(parent.id(), name.c_str(), links.id(), order.id(), H5P_DEFAULT),
                   H5Gclose);
    }

    [[nodiscard]] const Hdf5Handle& root() const { return file_; }

    // `count` 0: one value, no array.
    void attribute(const Hdf5Handle& of,
                   const char* name,
                   hid_t stored,
                   hid_t given,
                   const void* values,
                   hsize_t count = 0) const {
        const Hdf5Handle space = own(
            count == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, nullptr), H5Sclose);
        const Hdf5Handle made = own(
            H5Acreate2(of.id(), name, stored, space.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
        check(H5Awrite(made.id(), given, values));
    }

    void text(const Hdf5Handle& of, const char* name, const std::string& value) const {
        const Hdf5Handle type = own(H5Tcopy(H5T_C_S1), H5Tclose);
        check(H5Tset_size(type.id(), H5T_VARIABLE));
        check(H5Tset_cset(type.id(), H5T_CSET_UTF8));
        const char* const bytes = value.c_str();
        attribute(of, name, type.id(), type.id(), &bytes);
    }

    void sorted_by_time(const Hdf5Handle& of) const {
        const Hdf5Handle type = own(H5Tenum_create(H5T_STD_U8LE), H5Tclose);
        std::uint8_t number = 0;
        for (const char* name : {"none", "by_id", "by_time"}) {
            check(H5Tenum_insert(type.id(), name, &number));
            ++number;
        }
        const std::uint8_t by_time = 2;
        attribute(of, "sorting", type.id(), type.id(), &by_time);
    }

    // A column without values yet, `fill` for those that are never written. `expected`: about how
    // many there will be.
    [[nodiscard]] Hdf5Handle column(const Hdf5Handle& parent,
                                    const char* name,
                                    hid_t type,
                                    std::uint64_t expected,
                                    const float* fill = nullptr) const {
        const hsize_t none = 0;
        const hsize_t most = H5S_UNLIMITED;
        const hsize_t chunk = std::clamp<hsize_t>(expected, 16, k_most_chunk);
        const Hdf5Handle space = own(H5Screate_simple(1, &none, &most), H5Sclose);
        const Hdf5Handle how = own(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
        check(H5Pset_chunk(how.id(), 1, &chunk));
        check(H5Pset_shuffle(how.id()));
        check(H5Pset_deflate(how.id(), 4));
        check(H5Pset_obj_track_times(how.id(), false));  // the same spikes give the same file
        if (fill != nullptr) {
            check(H5Pset_fill_value(how.id(), H5T_NATIVE_FLOAT, fill));
        }
        return own(
            H5Dcreate2(
                parent.id(), name, type, space.id(), H5P_DEFAULT, how.id(), H5P_DEFAULT),
            H5Dclose);
    }

    // Values behind the first `at`.
    void append(const Hdf5Handle& column,
                hid_t type,
                const void* values,
                hsize_t at,
                hsize_t count) const {
        const hsize_t size = at + count;
        check(H5Dset_extent(column.id(), &size));
        if (count == 0) {
            return;
        }
        const Hdf5Handle there = own(H5Dget_space(column.id()), H5Sclose);
        check(H5Sselect_hyperslab(there.id(), H5S_SELECT_SET, &at, nullptr, &count, nullptr));
        const Hdf5Handle here = own(H5Screate_simple(1, &count, nullptr), H5Sclose);
        check(H5Dwrite(column.id(), type, here.id(), there.id(), H5P_DEFAULT, values));
    }

    void flush() const { check(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL)); }

  private:
    void check(herr_t result) const {
        if (result < 0) {
            throw Error(shown_ + ": HDF5 could not write it; is the disk full?");
        }
    }

    [[nodiscard]] Hdf5Handle own(hid_t id, Hdf5Handle::Close close) const {
        check(id < 0 ? -1 : 0);
        return {id, close};
    }

    std::string shown_;
    Hdf5Handle file_;
};

// As a link's name: unlike names stay unlike.
std::string link_name(const std::string& name) {
    if (name == ".") {
        return "%2E";
    }
    std::string out;
    for (const char c : name) {
        out += c == '/' ? "%2F" : c == '%' ? "%25" : std::string(1, c);
    }
    return out;
}

// Writes one (sample, population).
class Exporter {
  public:
    Exporter(const ExportPart& part, const SonataFile& file)
        : part_(part),
          trace_(part.trace),
          file_(file),
          one_sample_(part.places.size() == 1),
          tick_ms_(part.header().tick_seconds * 1000),
          spikes_(file.group(file.root(), "spikes")) {
        const std::int64_t horizon = part.header().horizon;
        file_.attribute(spikes_, "horizon", H5T_STD_I64LE, H5T_NATIVE_INT64, &horizon);
        if (tick_ms_ > 0) {
            file_.attribute(spikes_, "tick_ms", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &tick_ms_);
        }
    }

    void write(std::uint64_t place, PopulationId id) {
        const TracePopulation& population = trace_.header().populations[id];
        const std::uint64_t number = trace_.number(place);
        const std::string name = one_sample_
                                     ? link_name(population.name)
                                     : fmt::format("{}@{}", link_name(population.name), number);
        const Hdf5Handle group = file_.group(spikes_, name);
        describe(group, population, number);
        const std::uint64_t expected = events_of(place, id);
        const Hdf5Handle times = file_.column(group, "timestamps", H5T_IEEE_F64LE, expected);
        file_.text(times, "units", tick_ms_ > 0 ? "milliseconds" : "ticks");
        const Hdf5Handle neurons = file_.column(group, "node_ids", H5T_STD_U64LE, expected);
        Hdf5Handle payloads;
        hsize_t written = 0;
        part_.visit(place, id, [&](const StreamTrace& stream) {
            gather(stream, population.shape);
            const hsize_t count = times_.size();
            file_.append(times, H5T_NATIVE_DOUBLE, times_.data(), written, count);
            file_.append(neurons, H5T_NATIVE_UINT64, neurons_.data(), written, count);
            if (!stream.payloads.empty() && !payloads.open()) {
                const float one = 1;
                payloads = file_.column(group, "payloads", H5T_IEEE_F32LE, expected, &one);
            }
            if (!stream.payloads.empty()) {
                file_.append(payloads, H5T_NATIVE_FLOAT, stream.payloads.data(), written, count);
            }
            written += count;
        });
        if (payloads.open()) {
            file_.append(payloads, H5T_NATIVE_FLOAT, nullptr, written, 0);  // the rest is 1
        }
    }

  private:
    void describe(const Hdf5Handle& group,
                  const TracePopulation& population,
                  std::uint64_t number) const {
        file_.sorted_by_time(group);
        file_.text(group, "population", population.name);
        file_.attribute(group, "sample", H5T_STD_U64LE, H5T_NATIVE_UINT64, &number);
        const std::vector<std::uint64_t> shape(population.shape.dims.begin(),
                                               population.shape.dims.end());
        file_.attribute(
            group, "shape", H5T_STD_U64LE, H5T_NATIVE_UINT64, shape.data(), shape.size());
    }

    // 0 where a record was cut off.
    [[nodiscard]] std::uint64_t events_of(std::uint64_t place, PopulationId id) const {
        const std::vector<std::uint64_t>& levels = trace_.record(place).levels;
        const std::size_t bins = level_count(trace_.header().horizon);
        std::uint64_t events = 0;
        for (std::size_t k = id * bins; k < (id + 1) * bins && k < levels.size(); ++k) {
            events += levels[k];
        }
        return events;
    }

    void gather(const StreamTrace& stream, const Shape& shape) {
        times_.clear();
        neurons_.clear();
        std::size_t at = 0;
        for (std::size_t k = 0; k < stream.packets(); ++k) {
            const Tick tick = stream.ticks[k];
            if (tick > k_last_tick) {
                throw InputError(trace_.path(),
                                 fmt::format("a spike at tick {}", tick),
                                 "ticks up to 2^50: later times are not told apart as float64");
            }
            const auto time = static_cast<double>(tick);
            times_.insert(times_.end(), stream.spikes[k], tick_ms_ > 0 ? time * tick_ms_ : time);
            for (const std::size_t end = at + stream.spikes[k]; at < end; ++at) {
                neurons_.push_back(shape.index_of(stream.slots[at]));
            }
        }
    }

    const ExportPart& part_;
    const TraceFile& trace_;
    const SonataFile& file_;
    bool one_sample_;
    double tick_ms_;
    Hdf5Handle spikes_;
    std::vector<double> times_;
    std::vector<std::uint64_t> neurons_;
};

}  // namespace

void export_sonata(const ExportPart& part, const fs::path& out) {
    const detail::Hdf5Silence silence;
    AtomicFile file(out);
    detail::UnnamedFile work(out);
    {
        const SonataFile sonata(work.path(), out.string());
        work.drop_name();
        Exporter exporter(part, sonata);
        for (const std::uint64_t place : part.places) {
            part.poll();
            for (const PopulationId id : part.populations) {
                exporter.write(place, id);
            }
        }
        sonata.flush();
    }
    work.copy_to(file);
    file.commit();
}

}  // namespace saltus
