#include "models/interchange/trace_export.hpp"

#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/atomic_file.hpp"
#include "models/files/csv_field.hpp"
#include "models/interchange/aer_export.hpp"
#include "models/interchange/export_part.hpp"
#include "models/interchange/nir_data_export.hpp"
#include "models/interchange/npz_export.hpp"
#include "models/interchange/perfetto_export.hpp"
#include "models/interchange/sonata_export.hpp"

namespace saltus {

namespace {

namespace fs = std::filesystem;

void export_csv(const ExportPart& part, const fs::path& out) {
    AtomicFile file(out);
    file.write("sample,population,neuron,tick,payload\n");
    fmt::memory_buffer lines;
    for (const std::uint64_t place : part.places) {
        part.poll();
        const std::uint64_t number = part.trace.number(place);
        for (const PopulationId id : part.populations) {
            const std::string name = csv_field(part.population(id).name);
            part.visit(place, id, [&](const StreamTrace& stream) {
                lines.clear();
                for_each_spike(stream, part.population(id).shape, [&](const ExportedSpike& spike) {
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

struct Format {
    std::string_view ending;
    void (*write)(const ExportPart&, const fs::path&);
};

constexpr Format k_formats[] = {
    {".csv", export_csv},
    {".npz", export_npz},
    {".h5", export_sonata},
    {".nirdata", export_nir_events},
    {".perfetto-trace", export_perfetto},
    {".aer.txt", export_aer_text},
    {".aedat", export_aedat},
};

const Format* format_of(const fs::path& out) {
    const std::string name = out.filename().string();
    for (const Format& format : k_formats) {
        if (name.size() > format.ending.size() &&
            std::string_view(name).substr(name.size() - format.ending.size()) == format.ending) {
            return &format;
        }
    }
    return nullptr;
}

}  // namespace

std::string export_extensions() {
    std::string all;
    for (const Format& format : k_formats) {
        all += all.empty() ? "" : &format == std::end(k_formats) - 1 ? " or " : ", ";
        all += format.ending;
    }
    return all;
}

void export_trace(const TraceFile& trace, const fs::path& out, const ExportOptions& options) {
    const Format* const format = format_of(out);
    if (format == nullptr) {
        throw InputError(
            out.string(), "extension \"" + out.extension().string() + "\"", export_extensions());
    }
    const bool nir = format->write == export_nir_events;
    if (options.grid && !nir) {
        throw InputError("--grid", "an output " + out.string(), "one that ends in .nirdata");
    }
    const ExportPart part = export_part(trace, options.choice, options.poll);
    (options.grid ? export_nir_grid : format->write)(part, out);
}

}  // namespace saltus
