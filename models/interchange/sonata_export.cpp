#include "models/interchange/sonata_export.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "models/files/atomic_file.hpp"
#include "models/interchange/hdf5_writer.hpp"
#include "models/interchange/unnamed_file.hpp"

namespace saltus {

namespace {

namespace fs = std::filesystem;
using detail::Hdf5Handle;
using detail::link_name;

constexpr hsize_t k_most_chunk = hsize_t{1} << 16;  // elements
constexpr Tick k_last_tick = Tick{1} << 50;  // whose time in float64 still leads back to it

class SonataFile : public detail::Hdf5Writer {
  public:
    SonataFile(const std::string& path, std::string shown)
        : detail::Hdf5Writer(path, std::move(shown)) {
        const std::uint32_t magic = 0x0A7A;
        const std::array<std::uint32_t, 2> version = {0, 1};
        attribute(root(), "magic", H5T_STD_U32LE, H5T_NATIVE_UINT32, &magic);
        attribute(root(), "version", H5T_STD_U32LE, H5T_NATIVE_UINT32, version.data(), 2);
    }

    void sorted_by_time(const Hdf5Handle& of) const {
        const Hdf5Handle type = names(H5T_STD_U8LE, {"none", "by_id", "by_time"});
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
        const hsize_t chunk = std::clamp<hsize_t>(expected, 16, k_most_chunk);
        return dataset(parent, name, type, {0}, {chunk}, H5T_NATIVE_FLOAT, fill);
    }

    // Values behind the first `at`.
    void append(const Hdf5Handle& column,
                hid_t type,
                const void* values,
                hsize_t at,
                hsize_t count) const {
        resize(column, at + count);
        if (count > 0) {
            write(column, type, values, {at}, {count});
        }
    }
};

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
