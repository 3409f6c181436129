#include "models/trace/trace_summary.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/data/sample_range.hpp"
#include "models/trace/answer_tally.hpp"
#include "models/trace/population_tally.hpp"

namespace saltus {

namespace {

std::string numbers_text(const TraceFile& file) {
    return file.samples() == 0 ? std::string("it has none")
                               : fmt::format("{} of them, {} to {}",
                                             file.samples(),
                                             file.number(0),
                                             file.number(file.samples() - 1));
}

// The places of the samples asked for; nothing: all.
std::optional<std::vector<std::uint64_t>> chosen_places(const TraceFile& file,
                                                        const std::string& samples) {
    if (samples.empty()) {
        return std::nullopt;
    }
    const std::uint64_t end = file.samples() == 0 ? 1 : file.number(file.samples() - 1) + 1;
    std::vector<std::uint64_t> places;
    for (const std::uint64_t number : parse_sample_range(samples, end, "--samples")) {
        const std::optional<std::uint64_t> place = file.find(number);
        if (!place) {
            throw InputError("--samples",
                             fmt::format("sample {}", number),
                             fmt::format("samples of the trace ({})", numbers_text(file)));
        }
        places.push_back(*place);
    }
    return places;
}

std::vector<PopulationId> chosen_populations(const TraceHeader& header,
                                             const std::vector<std::string>& names) {
    std::string valid;
    for (const TracePopulation& population : header.populations) {
        valid += (valid.empty() ? "" : ", ") + population.name;
    }
    for (const std::string& name : names) {
        const auto has_name = [&](const TracePopulation& p) { return p.name == name; };
        if (std::none_of(header.populations.begin(), header.populations.end(), has_name)) {
            throw InputError("--population", '"' + name + '"', "one of " + valid);
        }
    }
    std::vector<PopulationId> chosen;
    for (PopulationId p = 0; p < header.populations.size(); ++p) {
        if (names.empty() ||
            std::find(names.begin(), names.end(), header.populations[p].name) != names.end()) {
            chosen.push_back(p);
        }
    }
    return chosen;
}

TickRange window_of(const TraceHeader& header, const std::optional<std::pair<Tick, Tick>>& ticks) {
    if (!ticks) {
        return {0, header.horizon};
    }
    const auto [first, last] = *ticks;
    if (first < 0 || first > last || last >= header.horizon) {
        throw InputError("--ticks",
                         fmt::format("{}-{}", first, last),
                         fmt::format("ticks of 0-{}", header.horizon - 1));
    }
    return {first, last + 1};
}

// Whether a sample's record is there; of one that was cut off, only the number is.
bool is_recorded(const TraceHeader& header, const SampleRecord& record) {
    return record.readouts.size() == header.readouts.size() &&
           (header.whole() || record.digest.has_value());
}

class Summing {
  public:
    Summing(const TraceFile& file, const TraceSummaryRequest& request)
        : file_(file),
          request_(request),
          places_(chosen_places(file, request.samples)),
          window_(window_of(file.header(), request.ticks)) {
        for (const PopulationId p : chosen_populations(file.header(), request.populations)) {
            populations_.emplace_back(file.header(), p, window_);
        }
        for (std::size_t k = 0; k < file.header().readouts.size(); ++k) {
            readouts_.emplace_back(file.header(), k);
        }
        died_.resize(populations_.size());
    }

    TraceSummary sum() {
        const TraceHeader& header = file_.header();
        TraceSummary summary;
        summary.path = file_.path();
        summary.model = header.model;
        summary.horizon = header.horizon;
        summary.tick_seconds = header.tick_seconds;
        summary.from = window_.from;
        summary.until = window_.until;
        summary.samples = places_ ? places_->size() : file_.samples();
        for (std::uint64_t k = 0; k < summary.samples; ++k) {
            request_.poll();
            add(places_ ? (*places_)[k] : k, k, summary);
        }
        for (std::size_t k = 0; k < populations_.size(); ++k) {
            summary.populations.push_back(populations_[k].summary(summary.samples));
            summary.populations.back().died_samples = died_[k];
        }
        for (const AnswerTally& readout : readouts_) {
            summary.readouts.push_back(readout.summary());
        }
        return summary;
    }

  private:
    void add(std::uint64_t place, std::uint64_t k, TraceSummary& summary) {
        const SampleRecord record = file_.record(place);  // a copy: other calls end its life
        const bool recorded = is_recorded(file_.header(), record);
        summary.first_sample = k == 0 ? record.number : summary.first_sample;
        summary.last_sample = record.number;
        summary.without_record += recorded ? 0 : 1;
        follow_activity(place, recorded, summary);
        for (AnswerTally& readout : readouts_) {
            if (recorded) {
                readout.add(file_, place, record, request_.poll);
            }
        }
    }

    void follow_activity(std::uint64_t place, bool recorded, TraceSummary& summary) {
        std::optional<std::size_t> dead;  // the first of the last ones that did not fire
        bool any = false;
        bool known = true;
        for (std::size_t k = 0; k < populations_.size(); ++k) {
            const std::optional<bool> fired =
                populations_[k].add(file_, place, recorded, request_.poll);
            if (!fired) {
                known = known && !populations_[k].sends_spikes();
                continue;
            }
            any = true;
            dead = *fired ? std::nullopt : std::optional<std::size_t>(dead.value_or(k));
        }
        if (!any || !known) {
            return;
        }
        ++summary.followed_samples;
        if (dead) {
            ++died_[*dead];
        } else {
            ++summary.alive_samples;
        }
    }

    const TraceFile& file_;
    const TraceSummaryRequest& request_;
    std::optional<std::vector<std::uint64_t>> places_;
    TickRange window_;
    std::vector<PopulationTally> populations_;
    std::vector<AnswerTally> readouts_;
    std::vector<std::uint64_t> died_;  // by chosen population
};

}  // namespace

double TraceSummary::places(const PopulationSummary& population) const {
    return static_cast<double>(population.neurons) * static_cast<double>(until - from) *
           static_cast<double>(samples);
}

double TraceSummary::rate(const PopulationSummary& population) const {
    const double all = places(population);
    return all > 0 ? static_cast<double>(population.spikes) / all : 0;
}

std::optional<double> TraceSummary::activation_sparsity() const {
    double all = 0;
    double spikes = 0;
    for (const PopulationSummary& population : populations) {
        if (population.fires() && population.kind == TracePopulation::Kind::neurons) {
            all += places(population);
            spikes += static_cast<double>(population.spikes);
        }
    }
    return all > 0 ? std::optional<double>(1 - spikes / all) : std::nullopt;
}

TraceSummary summarise_trace(const TraceFile& file, const TraceSummaryRequest& request) {
    return Summing(file, request).sum();
}

}  // namespace saltus
