#include "models/trace/trace_export.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/atomic_file.hpp"
#include "models/files/csv_field.hpp"
#include "models/files/npy.hpp"
#include "models/interchange/sonata_export.hpp"
#include "models/trace/trace_file.hpp"
#include "models/trace/zip_writer.hpp"

namespace saltus {

namespace {

namespace fs = std::filesystem;

struct Spike {
    NeuronIndex neuron;
    Tick tick;
    float payload;
};

// Calls take(spike) for each spike of a stream, in order.
template <class Take>
void for_each_spike(const StreamTrace& stream, const Shape& shape, Take take) {
    std::size_t at = 0;
    for (std::size_t k = 0; k < stream.packets(); ++k) {
        for (const std::size_t end = at + stream.spikes[k]; at < end; ++at) {
            take(Spike{shape.index_of(stream.slots[at]), stream.ticks[k], stream.payload(at)});
        }
    }
}

bool recorded(const TracePopulation& population) {
    return population.recorded == TracePopulation::Recorded::every_spike;
}

using Places = std::vector<std::uint64_t>;

void export_csv(const TraceFile& trace,
                const Places& places,
                const fs::path& out,
                const std::function<void()>& poll) {
    const std::vector<TracePopulation>& populations = trace.header().populations;
    AtomicFile file(out);
    file.write("sample,population,neuron,tick,payload\n");
    fmt::memory_buffer lines;
    for (const std::uint64_t place : places) {
        poll();
        const std::uint64_t number = trace.number(place);
        for (PopulationId p = 0; p < populations.size(); ++p) {
            if (!recorded(populations[p])) {
                continue;
            }
            const std::string name = csv_field(populations[p].name);
            trace.visit(place, p, {}, [&](const StreamTrace& stream) {
                lines.clear();
                for_each_spike(stream, populations[p].shape, [&](const Spike& spike) {
                    fmt::format_to(std::back_inserter(lines),
                                   "{},{},{},{},{}\n",
                                   number,
                                   name,
                                   spike.neuron,
                                   spike.tick,
                                   spike.payload);
                });
                file.write(std::string_view(lines.data(), lines.size()));
            });
        }
    }
    file.commit();
}

// Calls take(number, population, stream) for all spikes, piece by piece.
template <class Take>
void for_each_piece(const TraceFile& trace,
                    const Places& places,
                    const std::function<void()>& poll,
                    Take take) {
    const std::vector<TracePopulation>& populations = trace.header().populations;
    for (const std::uint64_t place : places) {
        poll();
        const std::uint64_t number = trace.number(place);
        for (PopulationId p = 0; p < populations.size(); ++p) {
            if (recorded(populations[p])) {
                trace.visit(place, p, {}, [&](const StreamTrace& stream) {
                    take(number, p, stream);
                });
            }
        }
    }
}

std::uint64_t count_spikes(const TraceFile& trace,
                           const Places& places,
                           const std::function<void()>& poll) {
    std::uint64_t count = 0;
    for_each_piece(trace, places, poll, [&](std::uint64_t, PopulationId, const StreamTrace& stream) {
        count += stream.slots.size();
    });
    return count;
}

void write_text(ZipMember& member, std::string_view text) {
    member.write(std::as_bytes(std::span(text)));
}

// The code points of UTF-8 text; a byte that is none stands for itself.
std::vector<std::uint32_t> code_points(const std::string& text) {
    std::vector<std::uint32_t> points;
    for (std::size_t k = 0; k < text.size();) {
        const auto lead = static_cast<unsigned char>(text[k]);
        const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
        std::uint32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
        bool good = k + length <= text.size() && lead < 0xF5;
        for (std::size_t j = 1; good && j < length; ++j) {
            const auto next = static_cast<unsigned char>(text[k + j]);
            good = (next & 0xC0U) == 0x80U;
            point = point << 6 | (next & 0x3FU);
        }
        points.push_back(good ? point : lead);
        k += good ? length : 1;
    }
    return points;
}

// NumPy's text arrays: each padded with zeros to the longest, 32 bits a character.
void write_names(ZipMember& member, const std::vector<TracePopulation>& populations) {
    std::vector<std::vector<std::uint32_t>> names;
    std::size_t longest = 1;
    for (const TracePopulation& population : populations) {
        names.push_back(code_points(population.name));
        longest = std::max(longest, names.back().size());
    }
    std::string header = fmt::format(
        "{{'descr': '<U{}', 'fortran_order': False, 'shape': ({},), }}", longest, names.size());
    header.append(63 - (10 + header.size()) % 64, ' ');
    header += '\n';
    const char size[] = {static_cast<char>(header.size() & 0xFF),
                         static_cast<char>(header.size() >> 8)};
    write_text(member, std::string_view("\x93NUMPY\x01\x00", 8));
    write_text(member, std::string_view(size, 2));
    write_text(member, header);
    for (std::vector<std::uint32_t>& name : names) {
        name.resize(longest, 0);
        member.write(std::as_bytes(std::span(name)));
    }
}

template <class T>
struct Column {
    explicit Column(const char* name, std::uint64_t count) : member(std::string(name) + ".npy") {
        write_text(member, npy_header(npy_type_of<T>(), std::array<std::uint64_t, 1>{count}));
    }

    void flush() {
        member.write(std::as_bytes(std::span(values)));
        values.clear();
    }

    ZipMember member;
    std::vector<T> values;
};

void export_npz(const TraceFile& trace,
                const Places& places,
                const fs::path& out,
                const std::function<void()>& poll) {
    const std::uint64_t count = count_spikes(trace, places, poll);
    const std::vector<TracePopulation>& populations = trace.header().populations;
    Column<std::int64_t> number("sample", count);
    Column<std::int32_t> population("population", count);
    Column<std::int64_t> neuron("neuron", count);
    Column<std::int64_t> tick("tick", count);
    Column<float> payload("payload", count);
    ZipMember names("population_names.npy");
    write_names(names, populations);

    AtomicFile file(out);
    for_each_piece(trace, places, poll, [&](std::uint64_t sample, PopulationId p, const StreamTrace& stream) {
        for_each_spike(stream, populations[p].shape, [&](const Spike& spike) {
            number.values.push_back(static_cast<std::int64_t>(sample));
            population.values.push_back(static_cast<std::int32_t>(p));
            neuron.values.push_back(spike.neuron);
            tick.values.push_back(spike.tick);
            payload.values.push_back(spike.payload);
        });
        number.flush();
        population.flush();
        neuron.flush();
        tick.flush();
        payload.flush();
    });
    ZipWriter zip(file);
    zip.add(number.member);
    zip.add(population.member);
    zip.add(neuron.member);
    zip.add(tick.member);
    zip.add(payload.member);
    zip.add(names);
    zip.finish();
    file.commit();
}

}  // namespace

void export_trace(const TraceFile& trace,
                  const fs::path& out,
                  const std::function<void()>& poll,
                  const std::optional<std::vector<std::uint64_t>>& places) {
    const std::function<void()> look = poll ? poll : [] {};
    Places chosen;
    if (places) {
        chosen = *places;
    } else {
        chosen.resize(trace.samples());
        std::iota(chosen.begin(), chosen.end(), std::uint64_t{0});
    }
    const fs::path extension = out.extension();
    if (extension == ".csv") {
        return export_csv(trace, chosen, out, look);
    }
    if (extension == ".npz") {
        return export_npz(trace, chosen, out, look);
    }
    if (extension == ".h5") {
        return export_sonata(trace, chosen, out, look);
    }
    throw InputError(
        out.string(), "extension \"" + extension.string() + "\"", k_export_extensions);
}

}  // namespace saltus
