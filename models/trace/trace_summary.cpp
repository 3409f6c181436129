#include "models/trace/trace_summary.hpp"

#include <algorithm>

#include "models/trace/answer_tally.hpp"
#include "models/trace/population_tally.hpp"

namespace saltus {

namespace {

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
          window_(chosen_ticks(file.header(), request.ticks)) {
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
        summary.samples = places_.size();
        for (std::uint64_t k = 0; k < summary.samples; ++k) {
            request_.poll();
            add(places_[k], k, summary);
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
    std::vector<std::uint64_t> places_;
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
