#include "models/trace/explore_page.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include <fmt/format.h>

#include "models/files/atomic_file.hpp"
#include "models/pages/page_assets.hpp"
#include "models/pages/script_text.hpp"
#include "models/trace/page_columns.hpp"
#include "models/picture/picture_text.hpp"

namespace saltus {

namespace {

using Json = nlohmann::ordered_json;

// In the order of the enums.
constexpr std::array<const char*, 3> k_population_kinds = {"encoder", "neurons", "max_pool"};
constexpr std::array<const char*, 4> k_readout_kinds = {
    "spike_count", "first_spike", "membrane", "mean_membrane"};
constexpr std::array<const char*, 7> k_term_kinds = {
    "spike", "drive", "bias", "initial", "rest", "leak", "reset"};

template <std::size_t n, class Enum>
const char* name_in(const std::array<const char*, n>& names, Enum value) {
    return names.at(static_cast<std::size_t>(value));
}

template <class T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json populations_json(const ExploreData& data) {
    Json list = Json::array();
    for (const TracePopulation& population : data.header.populations) {
        list.push_back({{"name", population.name},
                        {"shape", population.shape.dims},
                        {"neurons", population.shape.size()},
                        {"kind", name_in(k_population_kinds, population.kind)},
                        {"holdsValues", population.holds_values},
                        {"fires", population.fires}});
    }
    return list;
}

Json readouts_json(const ExploreData& data) {
    Json list = Json::array();
    for (std::size_t k = 0; k < data.header.readouts.size(); ++k) {
        const TraceReadout& readout = data.header.readouts[k];
        list.push_back({{"name", readout.name},
                        {"population", or_null(data.readout_population[k])},
                        {"kind", name_in(k_readout_kinds, readout.kind)},
                        {"values", readout.values}});
    }
    return list;
}

Json sample_json(const ExploreData& data, const ExploreSample& sample) {
    Json readouts = Json::array();
    for (const ReadoutTrace& readout : sample.readouts) {
        readouts.push_back({{"prediction", readout.prediction},
                            {"values", readout.values},
                            {"tied", readout.tied},
                            {"undecided", readout.undecided}});
    }
    Json courses = Json::array();
    for (const ExploreCourse& course : sample.courses) {
        courses.push_back(course.readout);
    }
    return {{"number", sample.number},
            {"label", or_null(sample.label)},
            {"margin", or_null(margin_of(data.header, sample))},
            {"wrong", is_wrong(sample)},
            {"spikes", sample.spikes},
            {"hasSpikes", sample.has_spikes},
            {"courses", courses},
            {"explained", sample.explanations.size()},
            {"readouts", readouts}};
}

Json meta_json(const ExploreData& data) {
    Json samples = Json::array();
    for (const ExploreSample& sample : data.samples) {
        samples.push_back(sample_json(data, sample));
    }
    const ExploreTotals& totals = data.totals;
    return {{"format", 1},
            {"traceFile", data.trace_file},
            {"modelFile", data.model_file},
            {"dataName", data.data_name},
            {"dataOption", data.data_option},
            {"model", data.header.model},
            {"commandLine", data.provenance.command_line},
            {"time", data.provenance.time},
            {"program", data.provenance.program},
            {"seed", data.header.seed},
            {"horizon", data.header.horizon},
            {"tickSeconds", data.header.tick_seconds},
            {"from", data.from},
            {"until", data.until},
            {"ticksPerBin", data.ticks_per_bin},
            {"populations", populations_json(data)},
            {"readouts", readouts_json(data)},
            {"thumbnail",
             {{"channels", data.thumbnail.channels},
              {"height", data.thumbnail.height},
              {"width", data.thumbnail.width}}},
            {"totals",
             {{"samples", totals.samples},
              {"labelled", totals.labelled},
              {"right", totals.right},
              {"undecided", totals.undecided},
              {"spikes", totals.spikes}}},
            {"notes", data.notes},
            {"samples", samples}};
}

// For each population: number of packets; of each, the tick since the one before and its spikes;
// of each spike, the neuron since the one before in its packet; then 1 and the payloads, or 0.
std::string spike_columns(const ExploreSample& sample) {
    ColumnWriter out;
    for (const ExploreSpikes& stream : sample.streams) {
        const std::size_t spikes = stream.ticks.size();
        std::vector<std::size_t> starts;
        for (std::size_t k = 0; k < spikes; ++k) {
            if (k == 0 || stream.ticks[k] != stream.ticks[k - 1]) {
                starts.push_back(k);
            }
        }
        out.put(starts.size());
        starts.push_back(spikes);
        Tick before = 0;
        for (std::size_t k = 0; k + 1 < starts.size(); ++k) {
            out.put(static_cast<std::uint64_t>(stream.ticks[starts[k]] - before));
            out.put(starts[k + 1] - starts[k]);
            before = stream.ticks[starts[k]];
        }
        for (std::size_t k = 0; k < spikes; ++k) {
            const bool first = k == 0 || stream.ticks[k] != stream.ticks[k - 1];
            out.put(stream.neurons[k] - (first ? 0 : stream.neurons[k - 1]));
        }
        out.put_byte(stream.payloads.empty() ? 0 : 1);
        for (const float payload : stream.payloads) {
            out.put_float(payload);
        }
    }
    return out.bytes();
}

std::string explanation_text(const ExploreSample& sample) {
    Json list = Json::array();
    for (const ExploreExplanation& explanation : sample.explanations) {
        Json terms = Json::array();
        for (const ExploreTerm& term : explanation.terms) {
            terms.push_back({{"kind", name_in(k_term_kinds, term.kind)},
                             {"population", or_null(term.population)},
                             {"neuron", term.neuron},
                             {"tick", or_null(term.tick)},
                             {"value", term.value}});
        }
        list.push_back({{"population", explanation.population},
                        {"neuron", explanation.neuron},
                        {"tick", explanation.tick},
                        {"fired", explanation.fired},
                        {"notTested", explanation.not_tested},
                        {"membrane", explanation.membrane},
                        {"threshold", explanation.threshold},
                        {"strictly", explanation.strictly},
                        {"residue", explanation.residue},
                        {"terms", terms}});
    }
    return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

class Page {
  public:
    explicit Page(const std::filesystem::path& path) : file_(path) {}

    void write(const ExploreData& data) {
        head(data);
        file_.write(fmt::format("<script type=\"application/json\" id=\"meta\">{}</script>\n",
                                script_text(meta_json(data))));
        common_columns(data);
        for (std::size_t k = 0; k < data.samples.size(); ++k) {
            const ExploreSample& sample = data.samples[k];
            if (sample.has_spikes) {
                column(fmt::format("spikes-{}", k), spike_columns(sample));
            }
            if (!sample.explanations.empty()) {
                column(fmt::format("explained-{}", k), explanation_text(sample));
            }
            for (const ExploreCourse& course : sample.courses) {
                ColumnWriter values;
                for (const float value : course.values) {
                    values.put_float(value);
                }
                column(fmt::format("course-{}-{}", k, course.readout), values.bytes());
            }
        }
        file_.write("<script>");
        file_.write(explore_script());
        file_.write("</script>\n</body>\n</html>\n");
        file_.commit();
    }

  private:
    // The policy keeps the page to itself: nothing is fetched, whatever a name may hold.
    void head(const ExploreData& data) {
        file_.write(fmt::format(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
            "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
            "base-uri 'none'; form-action 'none'\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta name=\"color-scheme\" content=\"light dark\">\n"
            "<link rel=\"icon\" href=\"data:,\">\n<title>{} \u2013 spikes \u2013 "
            "Saltus</title>\n<style>",
            escape(data.header.model.empty() ? "unnamed model" : data.header.model)));
        file_.write(explore_style());
        file_.write(
            "</style>\n</head>\n<body>\n<noscript>This page needs JavaScript.</noscript>\n");
    }

    // Density of all samples, and their thumbnails: read when the page opens.
    void common_columns(const ExploreData& data) {
        ColumnWriter density;
        ColumnWriter thumbnails;
        for (const ExploreSample& sample : data.samples) {
            for (const std::vector<std::uint32_t>& bins : sample.density) {
                for (const std::uint32_t count : bins) {
                    density.put(count);
                }
            }
            thumbnails.put_bytes(sample.thumbnail);
        }
        column("density", density.bytes());
        column("thumbnails", thumbnails.bytes());
    }

    void column(const std::string& name, std::string_view bytes) {
        if (bytes.empty()) {
            return;
        }
        file_.write(fmt::format("<script type=\"text/plain\" id=\"{}\">", name));
        file_.write(packed_text(bytes));
        file_.write("</script>\n");
    }

    AtomicFile file_;
};

}  // namespace

void write_explore_page(const std::filesystem::path& path, const ExploreData& data) {
    Page(path).write(data);
}

}  // namespace saltus
