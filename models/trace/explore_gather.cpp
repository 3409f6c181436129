#include "models/trace/explore_gather.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/trace/answer_lead.hpp"
#include "models/picture/picture_text.hpp"
#include "models/trace/thumbnail.hpp"
#include "models/trace/trace_reader.hpp"

namespace saltus {

namespace {

constexpr Tick k_most_bins = 512;

// What the first pass keeps of each sample.
struct Candidate {
    ExploreSample sample;  // without streams, density, thumbnail
    std::uint64_t spikes = 0;
    bool wrong = false;
    std::optional<double> margin;
};

class Gathering {
  public:
    Gathering(const std::filesystem::path& trace, const ExploreRequest& request)
        : trace_(trace), request_(request) {
        data_.trace_file = trace.string();
        data_.model_file = request.model_file;
        data_.data_name = request.data_name;
        data_.data_option = request.data_option;
    }

    ExploreData gather() {
        TraceReader reader(trace_);
        data_.header = reader.header();
        choose_populations();
        choose_window();
        if (request_.data != nullptr) {
            data_.thumbnail = thumbnail_of(*request_.data);
        }
        survey(reader);
        data_.provenance = reader.provenance();
        choose_samples();
        read_spikes(reader.file());
        return std::move(data_);
    }

  private:
    void choose_populations() {
        std::vector<TracePopulation>& all = data_.header.populations;
        const std::size_t of_trace = all.size();
        std::vector<std::optional<std::uint32_t>> place(of_trace);
        std::vector<TracePopulation> shown;
        chosen_ = chosen_populations(data_.header, request_.populations);
        for (const PopulationId p : chosen_) {
            place[p] = static_cast<std::uint32_t>(shown.size());
            shown.push_back(all[p]);
        }
        for (const TraceReadout& readout : data_.header.readouts) {
            data_.readout_population.push_back(place[readout.population]);
        }
        if (shown.size() < of_trace) {
            data_.notes.push_back(fmt::format(
                "{} of {} populations are on the page (--population).", shown.size(), of_trace));
        }
        all = std::move(shown);
    }

    void choose_window() {
        const Tick horizon = data_.header.horizon;
        const TickRange window = chosen_ticks(data_.header, request_.ticks);
        data_.from = window.from;
        data_.until = window.until;
        if (window.until - window.from < horizon) {
            data_.notes.push_back(fmt::format("Ticks {} to {} of {} are on the page (--ticks).",
                                              window.from,
                                              window.until - 1,
                                              horizon));
        }
        const Tick ticks = data_.until - data_.from;
        data_.ticks_per_bin = std::max<Tick>(1, (ticks + k_most_bins - 1) / k_most_bins);
        bins_ = static_cast<std::size_t>((ticks + data_.ticks_per_bin - 1) / data_.ticks_per_bin);
    }

    // Calls take(packet, first spike, spike behind the last) for each packet within the window.
    template <class Take>
    void for_each_packet(const StreamTrace& stream, Take take) const {
        std::size_t at = 0;
        for (std::size_t k = 0; k < stream.packets(); ++k) {
            const std::size_t first = at;
            at += stream.spikes[k];
            if (stream.ticks[k] >= data_.from && stream.ticks[k] < data_.until) {
                take(stream.ticks[k], first, at);
            }
        }
    }

    // The first pass: numbers of every sample, and totals.
    void survey(TraceReader& reader) {
        SampleTrace sample;
        while (reader.next(sample)) {
            request_.poll();
            Candidate candidate;
            candidate.sample.number = sample.number;
            candidate.sample.label = sample.label;
            candidate.sample.readouts = sample.readouts;
            for (const PopulationId p : chosen_) {
                std::uint64_t count = 0;
                for_each_packet(sample.streams[p], [&](Tick, std::size_t first, std::size_t end) {
                    count += end - first;
                });
                candidate.sample.spikes.push_back(count);
                candidate.spikes += count;
            }
            candidate.margin = margin_of(data_.header, candidate.sample);
            candidate.wrong = is_wrong(candidate.sample);
            add_to_totals(candidate);
            candidates_.push_back(std::move(candidate));
        }
    }

    void add_to_totals(const Candidate& candidate) {
        ExploreTotals& totals = data_.totals;
        const ExploreSample& sample = candidate.sample;
        ++totals.samples;
        totals.spikes += candidate.spikes;
        if (!sample.readouts.empty()) {
            totals.labelled += sample.label ? 1 : 0;
            totals.right += sample.label && !candidate.wrong ? 1 : 0;
            totals.undecided += sample.readouts[0].undecided ? 1 : 0;
        }
    }

    void choose_samples() {
        keep_asked();
        std::stable_sort(
            candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
                constexpr double k_last = std::numeric_limits<double>::infinity();
                return a.wrong != b.wrong ? a.wrong
                                          : a.margin.value_or(k_last) < b.margin.value_or(k_last);
            });
        const bool asked = request_.samples.has_value();
        std::uint64_t left = request_.most_spikes;
        std::size_t densities = 0;
        for (Candidate& candidate : candidates_) {
            const bool fits = candidate.spikes <= left;
            if (!asked && (data_.samples.size() == request_.most_samples ||
                           (!fits && !data_.samples.empty()))) {
                break;
            }
            candidate.sample.has_spikes = fits;
            left -= fits ? candidate.spikes : 0;
            densities += fits ? 0 : 1;
            data_.samples.push_back(std::move(candidate.sample));
        }
        candidates_.clear();
        note_what_is_left_out(asked, densities);
    }

    // Strikes out what --samples does not name.
    void keep_asked() {
        if (!request_.samples) {
            return;
        }
        std::vector<std::uint64_t> numbers;  // the trace is in ascending number
        for (const Candidate& candidate : candidates_) {
            numbers.push_back(candidate.sample.number);
        }
        std::vector<Candidate> kept;
        for (const std::uint64_t place : chosen_places(numbers, *request_.samples)) {
            kept.push_back(std::move(candidates_[place]));
        }
        candidates_ = std::move(kept);
    }

    void note_what_is_left_out(bool asked, std::size_t densities) {
        const std::uint64_t shown = data_.samples.size();
        const std::uint64_t all = data_.totals.samples;
        if (shown < all) {
            data_.notes.push_back(
                fmt::format("{} of {} samples are on the page{} (--samples chooses).",
                            grouped(shown),
                            grouped(all),
                            asked ? "" : ": wrong ones first, then those of smallest margin"));
        }
        if (densities > 0) {
            data_.notes.push_back(
                fmt::format("{} without single spikes, as the page's limit is {} (--max-spikes).",
                            counted(densities, "sample"),
                            grouped(request_.most_spikes)));
        }
    }

    // Density and spikes of the chosen samples, in the order of the file.
    void read_spikes(const TraceFile& file) {
        std::map<std::uint64_t, ExploreSample*> wanted;
        for (ExploreSample& sample : data_.samples) {
            wanted.emplace(sample.number, &sample);
        }
        for (const auto& [number, sample] : wanted) {
            request_.poll();
            take_sample(file.sample(file.find(number).value()), *sample);
        }
    }

    void take_sample(const SampleTrace& from, ExploreSample& to) const {
        for (const PopulationId p : chosen_) {
            std::vector<std::uint32_t>& density = to.density.emplace_back(bins_, 0U);
            for_each_packet(from.streams[p], [&](Tick tick, std::size_t first, std::size_t end) {
                density[static_cast<std::size_t>((tick - data_.from) / data_.ticks_per_bin)] +=
                    static_cast<std::uint32_t>(end - first);
            });
            if (to.has_spikes) {
                const Shape& shape = data_.header.populations[to.streams.size()].shape;
                take_stream(from.streams[p], shape, to.streams.emplace_back());
            }
        }
        if (request_.data != nullptr) {
            if (to.number >= request_.data->samples()) {
                throw InputError(request_.data->name(),
                                 fmt::format("{} samples", request_.data->samples()),
                                 fmt::format("sample {}, which the trace holds", to.number));
            }
            to.thumbnail = read_thumbnail(*request_.data, data_.thumbnail, to.number);
        }
    }

    // From ascending slots to ascending indices, packet by packet.
    void take_stream(const StreamTrace& from, const Shape& shape, ExploreSpikes& to) const {
        std::vector<std::pair<NeuronIndex, float>> packet;
        for_each_packet(from, [&](Tick tick, std::size_t first, std::size_t end) {
            packet.clear();
            for (std::size_t k = first; k < end; ++k) {
                packet.emplace_back(shape.index_of(from.slots[k]), from.payload(k));
            }
            std::sort(packet.begin(), packet.end());
            for (const auto& [neuron, payload] : packet) {
                to.ticks.push_back(tick);
                to.neurons.push_back(neuron);
                if (!from.payloads.empty()) {
                    to.payloads.push_back(payload);
                }
            }
        });
    }

    std::filesystem::path trace_;
    const ExploreRequest& request_;
    ExploreData data_;
    std::vector<PopulationId> chosen_;  // of the trace, in file order
    std::vector<Candidate> candidates_;
    std::size_t bins_ = 0;
};

}  // namespace

std::optional<double> margin_of(const TraceHeader& header, const ExploreSample& sample) {
    if (sample.readouts.empty() || sample.readouts[0].values.size() < 2) {
        return std::nullopt;
    }
    const ReadoutTrace& readout = sample.readouts[0];
    const auto answer = sample.label ? *sample.label : std::int64_t{readout.prediction};
    if (answer < 0 || static_cast<std::uint64_t>(answer) >= readout.values.size()) {
        return std::nullopt;
    }
    return answer_lead(header.readouts[0].kind, readout.values, static_cast<std::size_t>(answer));
}

bool is_wrong(const ExploreSample& sample) {
    return sample.label && !sample.readouts.empty() &&
           *sample.label != std::int64_t{sample.readouts[0].prediction};
}

ExploreData gather_explore_data(const std::filesystem::path& trace, const ExploreRequest& request) {
    return Gathering(trace, request).gather();
}

}  // namespace saltus
