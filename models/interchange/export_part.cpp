#include "models/interchange/export_part.hpp"

#include <string>

#include "core/error.hpp"

namespace saltus {

namespace {

bool recorded(const TracePopulation& population) {
    return population.recorded == TracePopulation::Recorded::every_spike;
}

[[noreturn]] void refuse_unrecorded(const TraceHeader& header, const std::string& name) {
    std::string valid;
    for (const TracePopulation& population : header.populations) {
        if (recorded(population)) {
            valid += (valid.empty() ? "" : ", ") + population.name;
        }
    }
    throw InputError(
        "--population",
        '"' + name + "\", whose spikes were not recorded",
        valid.empty() ? "a trace with spikes (saltus run --record)" : "one of " + valid);
}

}  // namespace

void ExportPart::visit(std::uint64_t place,
                       PopulationId id,
                       const std::function<void(const StreamTrace&)>& take) const {
    trace.visit(place, id, ticks, [&](const StreamTrace& stream) {
        poll();
        take(stream);
    });
}

ExportPart export_part(const TraceFile& trace,
                       const TraceChoice& choice,
                       const std::function<void()>& poll) {
    const TraceHeader& header = trace.header();
    ExportPart part{trace,
                    chosen_places(trace, choice.samples),
                    chosen_populations(header, choice.populations),
                    {},
                    chosen_ticks(header, choice.ticks),
                    poll ? poll : [] {}};
    for (const PopulationId id : part.chosen) {
        if (recorded(header.populations[id])) {
            part.populations.push_back(id);
        } else if (!choice.populations.empty()) {
            refuse_unrecorded(header, header.populations[id].name);
        }
    }
    return part;
}

}  // namespace saltus
