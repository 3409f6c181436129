#include "models/interchange/nir_data_export.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/atomic_file.hpp"
#include "models/interchange/hdf5_writer.hpp"
#include "models/interchange/unnamed_file.hpp"

namespace saltus {

namespace {

namespace fs = std::filesystem;
using detail::Hdf5Handle;
using detail::Hdf5Writer;

constexpr std::uint64_t k_most_elements = std::uint64_t{1} << 34;  // of a grid
constexpr hsize_t k_most_chunk = hsize_t{1} << 16;
constexpr Tick k_last_tick = Tick{1} << 50;  // whose time in float64 still leads back to it

void check_tick(const ExportPart& part, Tick tick) {
    if (tick > k_last_tick) {
        throw InputError(part.trace.path(),
                         fmt::format("a spike at tick {}", tick),
                         "ticks up to 2^50: later times are not told apart as float64");
    }
}

double dt_of(const ExportPart& part) {
    return part.header().tick_seconds > 0 ? part.header().tick_seconds : 1;
}

double time_of(Tick tick, double dt) {
    double time = static_cast<double>(tick) * dt;
    while (std::floor(time / dt) < static_cast<double>(tick)) {
        time = std::nextafter(time, std::numeric_limits<double>::infinity());
    }
    return time;
}

// What has to be known of a population before its data set is made.
struct Extent {
    std::uint64_t most_events = 0;  // of a sample
    bool valued = false;            // a payload is not 1
};

Extent extent_of(const ExportPart& part, PopulationId id) {
    Extent extent;
    for (const std::uint64_t place : part.places) {
        part.poll();
        std::uint64_t events = 0;
        part.visit(place, id, [&](const StreamTrace& stream) {
            events += stream.slots.size();
            extent.valued = extent.valued || std::any_of(stream.payloads.begin(),
                                                         stream.payloads.end(),
                                                         [](float p) { return p != 1; });
        });
        extent.most_events = std::max(extent.most_events, events);
    }
    return extent;
}

void describe(const Hdf5Writer& file,
              const Hdf5Handle& group,
              const ExportPart& part,
              PopulationId id,
              const char* dims) {
    const std::vector<std::uint32_t>& given = part.population(id).shape.dims;
    const std::vector<std::uint64_t> shape(given.begin(), given.end());
    const double dt = dt_of(part);
    file.text(group, "dims", dims);
    file.attribute(group, "shape", H5T_STD_U64LE, H5T_NATIVE_UINT64, shape.data(), shape.size());
    file.attribute(group, "dt", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &dt);
}

// idx, time and value of one population.
class EventRows {
  public:
    EventRows(const Hdf5Writer& file,
              const Hdf5Handle& group,
              const ExportPart& part,
              PopulationId id)
        : file_(file), part_(part), id_(id) {
        const Extent extent = extent_of(part, id);
        const std::vector<hsize_t> size = {part.places.size(), extent.most_events};
        const std::vector<hsize_t> chunk = {
            1, std::clamp<hsize_t>(extent.most_events, 16, k_most_chunk)};
        const std::int64_t none = -1;
        const double never = std::numeric_limits<double>::infinity();
        idx_ = file.dataset(group, "idx", H5T_STD_I64LE, size, chunk, H5T_NATIVE_INT64, &none);
        time_ = file.dataset(group, "time", H5T_IEEE_F64LE, size, chunk, H5T_NATIVE_DOUBLE, &never);
        if (extent.valued) {
            value_ = file.dataset(group, "value", H5T_IEEE_F32LE, size, chunk);
        }
        file.text(group, "__type__", extent.valued ? "ValuedEventData" : "EventData");
        const auto neurons = static_cast<std::int64_t>(part.population(id).shape.size());
        const double end = time_of(part.ticks.until, dt_of(part));
        file.attribute(group, "n_neurons", H5T_STD_I64LE, H5T_NATIVE_INT64, &neurons);
        file.attribute(group, "t_max", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &end);
        describe(file, group, part, id, "sample, event");
    }

    void write() {
        for (std::size_t row = 0; row < part_.places.size(); ++row) {
            part_.poll();
            hsize_t at = 0;
            part_.visit(part_.places[row], id_, [&](const StreamTrace& stream) {
                gather(stream);
                const std::vector<hsize_t> count = {1, neurons_.size()};
                if (!neurons_.empty()) {
                    file_.write(idx_, H5T_NATIVE_INT64, neurons_.data(), {row, at}, count);
                    file_.write(time_, H5T_NATIVE_DOUBLE, times_.data(), {row, at}, count);
                    if (value_.open()) {
                        file_.write(value_, H5T_NATIVE_FLOAT, values_.data(), {row, at}, count);
                    }
                }
                at += neurons_.size();
            });
        }
    }

  private:
    void gather(const StreamTrace& stream) {
        neurons_.clear();
        times_.clear();
        values_.clear();
        for_each_spike(stream, part_.population(id_).shape, [&](const ExportedSpike& spike) {
            check_tick(part_, spike.tick);
            neurons_.push_back(spike.neuron);
            times_.push_back(time_of(spike.tick, dt_of(part_)));
            values_.push_back(spike.payload);
        });
    }

    const Hdf5Writer& file_;
    const ExportPart& part_;
    PopulationId id_;
    Hdf5Handle idx_;
    Hdf5Handle time_;
    Hdf5Handle value_;
    std::vector<std::int64_t> neurons_;
    std::vector<double> times_;
    std::vector<float> values_;
};

// data of one population, written in blocks of ticks; a block without a spike is not written.
class GridRows {
  public:
    GridRows(const Hdf5Writer& file,
             const Hdf5Handle& group,
             const ExportPart& part,
             PopulationId id)
        : file_(file),
          part_(part),
          id_(id),
          neurons_(part.population(id).shape.size()),
          ticks_(static_cast<std::uint64_t>(part.ticks.until - part.ticks.from)),
          valued_(extent_of(part, id).valued),
          boolean_(file.names(H5T_STD_I8LE, {"FALSE", "TRUE"})) {
        check_size();
        block_ = std::clamp<std::uint64_t>(
            k_most_chunk / std::max<std::uint64_t>(neurons_, 1), 1, ticks_);
        const hsize_t wide = std::clamp<hsize_t>(neurons_, 1, hsize_t{1} << 20);
        data_ = file.dataset(group,
                             "data",
                             valued_ ? H5T_IEEE_F32LE : boolean_.id(),
                             {part.places.size(), ticks_, neurons_},
                             {1, block_, wide});
        file.text(group, "__type__", "TimeGriddedData");
        describe(file, group, part, id, "sample, tick, neuron");
    }

    void write() {
        for (row_ = 0; row_ < part_.places.size(); ++row_) {
            part_.poll();
            part_.visit(part_.places[row_], id_, [&](const StreamTrace& stream) {
                for_each_spike(
                    stream, part_.population(id_).shape, [&](const ExportedSpike& spike) {
                        put(static_cast<std::uint64_t>(spike.tick - part_.ticks.from), spike);
                    });
            });
            flush();
        }
    }

  private:
    void check_size() const {
        const std::uint64_t most = k_most_elements / std::max<std::uint64_t>(neurons_, 1) /
                                   std::max<std::uint64_t>(part_.places.size(), 1);
        if (ticks_ > most) {
            throw InputError(part_.trace.path(),
                             fmt::format("a grid of {} samples, {} ticks and {} neurons ({})",
                                         part_.places.size(),
                                         ticks_,
                                         neurons_,
                                         part_.population(id_).name),
                             "at most 2^34 elements: fewer --samples or --ticks, or no --grid");
        }
    }

    void put(std::uint64_t tick, const ExportedSpike& spike) {
        if (!holds_ || tick / block_ != at_ / block_) {
            flush();
            at_ = tick / block_ * block_;
            const std::uint64_t size = std::min(block_, ticks_ - at_) * neurons_;
            bytes_.assign(valued_ ? 0 : size, 0);
            values_.assign(valued_ ? size : 0, 0);
            holds_ = true;
        }
        const std::uint64_t cell = (tick - at_) * neurons_ + spike.neuron;
        if (valued_) {
            values_[cell] = spike.payload;
        } else {
            bytes_[cell] = 1;
        }
    }

    void flush() {
        if (holds_) {
            const void* const values = valued_ ? static_cast<const void*>(values_.data())
                                               : static_cast<const void*>(bytes_.data());
            file_.write(data_,
                        valued_ ? H5T_NATIVE_FLOAT : boolean_.id(),
                        values,
                        {row_, at_, 0},
                        {1, std::min(block_, ticks_ - at_), neurons_});
            holds_ = false;
        }
    }

    const Hdf5Writer& file_;
    const ExportPart& part_;
    PopulationId id_;
    std::uint64_t neurons_;
    std::uint64_t ticks_;
    bool valued_;
    Hdf5Handle boolean_;
    Hdf5Handle data_;
    std::uint64_t block_ = 1;  // ticks
    std::uint64_t row_ = 0;
    std::uint64_t at_ = 0;  // the block's first tick, from the first that was chosen
    bool holds_ = false;
    std::vector<std::uint8_t> bytes_;
    std::vector<float> values_;
};

void write_run(const Hdf5Writer& file, const ExportPart& part) {
    file.text(file.root(), "__type__", "NIRGraphData");
    file.text(file.root(), "time_unit", part.header().tick_seconds > 0 ? "s" : "ticks");
    const std::int64_t horizon = part.header().horizon;
    const std::int64_t first = part.ticks.from;
    file.attribute(file.root(), "horizon", H5T_STD_I64LE, H5T_NATIVE_INT64, &horizon);
    file.attribute(file.root(), "first_tick", H5T_STD_I64LE, H5T_NATIVE_INT64, &first);
    std::vector<std::uint64_t> numbers;
    std::vector<std::int64_t> labels;
    for (const std::uint64_t place : part.places) {
        numbers.push_back(part.trace.number(place));
        if (const std::optional<std::int64_t> label = part.trace.record(place).label) {
            labels.push_back(*label);
        }
    }
    const std::vector<hsize_t> size = {numbers.size()};
    const std::vector<hsize_t> chunk = {std::clamp<hsize_t>(numbers.size(), 16, k_most_chunk)};
    const Hdf5Handle made = file.dataset(file.root(), "sample_numbers", H5T_STD_U64LE, size, chunk);
    if (!numbers.empty()) {
        file.write(made, H5T_NATIVE_UINT64, numbers.data(), {0}, size);
    }
    if (!numbers.empty() && labels.size() == numbers.size()) {
        const Hdf5Handle named = file.dataset(file.root(), "labels", H5T_STD_I64LE, size, chunk);
        file.write(named, H5T_NATIVE_INT64, labels.data(), {0}, size);
    }
}

template <class Rows>
void export_nir(const ExportPart& part, const fs::path& out) {
    const detail::Hdf5Silence silence;
    AtomicFile file(out);
    detail::UnnamedFile work(out);
    {
        const Hdf5Writer hdf5(work.path(), out.string());
        work.drop_name();
        write_run(hdf5, part);
        const Hdf5Handle nodes = hdf5.group(hdf5.root(), "nodes");
        for (const PopulationId id : part.populations) {
            const Hdf5Handle node = hdf5.group(nodes, detail::link_name(part.population(id).name));
            hdf5.text(node, "__type__", "NIRNodeData");
            const Hdf5Handle observables = hdf5.group(node, "observables");
            const Hdf5Handle spikes = hdf5.group(observables, "spikes");
            Rows(hdf5, spikes, part, id).write();
        }
        hdf5.flush();
    }
    work.copy_to(file);
    file.commit();
}

}  // namespace

void export_nir_events(const ExportPart& part, const fs::path& out) {
    export_nir<EventRows>(part, out);
}

void export_nir_grid(const ExportPart& part, const fs::path& out) {
    export_nir<GridRows>(part, out);
}

}  // namespace saltus
