#include "models/interchange/trace_import.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/interchange/spike_source.hpp"
#include "models/trace/trace_message.hpp"
#include "models/trace/trace_writer.hpp"

namespace saltus {

namespace detail {

std::optional<TimeUnit> time_unit_of(const std::string& text) {
    static const std::map<std::string, TimeUnit> k_units = {
        {"ms", TimeUnit::milliseconds}, {"millisecond", TimeUnit::milliseconds},
        {"milliseconds", TimeUnit::milliseconds}, {"s", TimeUnit::seconds},
        {"second", TimeUnit::seconds}, {"seconds", TimeUnit::seconds},
        {"us", TimeUnit::microseconds}, {"microseconds", TimeUnit::microseconds},
        {"tick", TimeUnit::ticks}, {"ticks", TimeUnit::ticks}};
    const auto found = k_units.find(text);
    return found == k_units.end() ? std::nullopt : std::optional(found->second);
}

const char* time_unit_text(TimeUnit unit) {
    switch (unit) {
        case TimeUnit::ticks:
            return "ticks";
        case TimeUnit::milliseconds:
            return "ms";
        case TimeUnit::seconds:
            return "s";
        case TimeUnit::microseconds:
            return "us";
    }
    return "";
}

}  // namespace detail

namespace {

using detail::SourceStream;
using detail::SpikeSource;
using detail::TimeUnit;

constexpr double k_last_tick = 1125899906842624.0;  // 2^50: times beyond are not told apart

struct Spike {
    Tick tick;
    std::uint32_t neuron;
    float payload;
};

class Import {
  public:
    Import(const std::filesystem::path& in, const ImportChoice& choice, SpikeSource source)
        : in_(in.string()), choice_(choice), source_(std::move(source)) {
        header_.model = in.stem().string();
        header_.tick_seconds =
            choice.tick_seconds > 0 ? choice.tick_seconds : source_.tick_seconds;
        list_populations();
        find_horizon();
    }

    [[nodiscard]] const TraceHeader& header() const { return header_; }

    void write(TraceWriter& writer, const std::function<void()>& poll) {
        std::set<std::uint64_t> numbers;
        for (const SourceStream& stream : source_.streams) {
            numbers.insert(stream.sample);
        }
        for (const std::uint64_t number : numbers) {
            poll();
            SampleTrace sample;
            sample.number = number;
            sample.streams.resize(header_.populations.size());
            for (std::size_t p = 0; p < sample.streams.size(); ++p) {
                fill(number, header_.populations[p], sample.streams[p]);
            }
            writer.add(sample);
        }
    }

    [[nodiscard]] std::vector<std::string> notes() const {
        std::vector<std::string> all = notes_;
        if (furthest_ > 1e-3) {
            all.push_back(fmt::format(
                "times are not whole ticks: the furthest is {:.3g} ticks from its tick", furthest_));
        }
        if (merged_ > 0) {
            all.push_back(fmt::format("{} spikes share neuron and tick with another, first {}; "
                                      "their payloads are added up",
                                      merged_,
                                      first_merged_));
        }
        return all;
    }

  private:
    void list_populations() {
        for (const auto& [name, shape] : choice_.neurons) {
            add_population(name, shape);
        }
        for (const SourceStream& stream : source_.streams) {
            if (find(stream.population) != nullptr) {
                continue;
            }
            Shape shape = stream.shape.value_or(Shape{largest(stream.population) + 1});
            if (!stream.shape) {
                notes_.push_back(fmt::format("population {} has {} neurons, by its largest number",
                                             stream.population,
                                             shape.size()));
            }
            add_population(stream.population, std::move(shape));
        }
        if (header_.populations.empty()) {
            throw InputError(in_, "no populations", "spikes, or --neurons NAME=N");
        }
    }

    void add_population(const std::string& name, Shape shape) {
        if (shape.size() == 0 || shape.size() > k_most_trace_neurons) {
            throw InputError(in_ + ": " + name,
                             fmt::format("{} neurons", shape.size()),
                             "1 to 2^28");
        }
        header_.populations.push_back({name,
                                       std::move(shape),
                                       TracePopulation::Kind::neurons,
                                       false,
                                       Clock::stepped,
                                       true});
    }

    [[nodiscard]] const TracePopulation* find(const std::string& name) const {
        for (const TracePopulation& population : header_.populations) {
            if (population.name == name) {
                return &population;
            }
        }
        return nullptr;
    }

    // The largest number of a neuron of a population, over all samples.
    [[nodiscard]] std::uint32_t largest(const std::string& population) const {
        std::uint64_t most = 0;
        for (const SourceStream& stream : source_.streams) {
            if (stream.population == population && !stream.neurons.empty()) {
                most = std::max(most,
                                *std::max_element(stream.neurons.begin(), stream.neurons.end()));
            }
        }
        if (most >= k_most_trace_neurons) {
            throw InputError(
                in_ + ": " + population, fmt::format("neuron {}", most), "numbers below 2^28");
        }
        return static_cast<std::uint32_t>(most);
    }

    void find_horizon() {
        header_.horizon = choice_.horizon;
        if (header_.horizon == 0 && choice_.tick_seconds == 0) {
            header_.horizon = std::max<Tick>(source_.horizon, 0);
        }
        if (header_.horizon != 0) {
            return;
        }
        Tick last = 0;
        for (const SourceStream& stream : source_.streams) {
            for (const double time : stream.times) {
                last = std::max(last, tick_of(stream, time));
            }
        }
        header_.horizon = last + 1;
        notes_.push_back(
            fmt::format("the horizon is {} ticks, by the last spike", header_.horizon));
    }

    [[nodiscard]] static std::string time_text(const SourceStream& stream, double time) {
        return fmt::format("time {} {}", time, detail::time_unit_text(stream.unit));
    }

    // How many ticks a time is, not yet whole.
    [[nodiscard]] double ticks_of(const SourceStream& stream, double time) const {
        if (stream.unit == TimeUnit::ticks) {
            return time;
        }
        if (!(header_.tick_seconds > 0)) {
            throw InputError(stream.where,
                             fmt::format("times in {} and no tick's length",
                                         detail::time_unit_text(stream.unit)),
                             "--tick SECONDS");
        }
        const double units = stream.unit == TimeUnit::milliseconds   ? 1e3
                             : stream.unit == TimeUnit::microseconds ? 1e6
                                                                     : 1;
        return time / (header_.tick_seconds * units);
    }

    [[nodiscard]] Tick tick_of(const SourceStream& stream, double time) const {
        if (!std::isfinite(time) || time < 0) {
            throw InputError(stream.where, time_text(stream, time), "finite times from 0");
        }
        const double ticks = ticks_of(stream, time);
        if (ticks > k_last_tick) {
            throw InputError(stream.where, time_text(stream, time), "times of up to 2^50 ticks");
        }
        if (stream.unit == TimeUnit::ticks && ticks != std::floor(ticks)) {
            throw InputError(stream.where, time_text(stream, time), "whole ticks");
        }
        return static_cast<Tick>(std::llround(ticks));
    }

    // Checked spikes of one population and sample, as a stream.
    void fill(std::uint64_t number, const TracePopulation& population, StreamTrace& out) {
        std::vector<Spike> spikes;
        for (const SourceStream& stream : source_.streams) {
            if (stream.sample == number && stream.population == population.name) {
                take(stream, population.shape, spikes);
            }
        }
        // Payloads of one neuron and tick are added in the order of the file.
        std::stable_sort(spikes.begin(), spikes.end(), [](const Spike& a, const Spike& b) {
            return a.tick != b.tick ? a.tick < b.tick : a.neuron < b.neuron;
        });
        Packet packet;
        for (std::size_t k = 0; k < spikes.size(); ++k) {
            const Spike& spike = spikes[k];
            const bool same_tick = !packet.slots.empty() && packet.tick == spike.tick;
            if (same_tick && packet.slots.back() == spike.neuron) {
                packet.payloads.back() += spike.payload;
                note_merged(population, spike);
                continue;
            }
            if (!same_tick) {
                add(packet, out);
                packet.clear();
                packet.tick = spike.tick;
            }
            packet.slots.push_back(spike.neuron);
            packet.payloads.push_back(spike.payload);
        }
        add(packet, out);
    }

    static void add(Packet& packet, StreamTrace& out) {
        packet.drop_unit_payloads();
        out.add(packet);
    }

    void note_merged(const TracePopulation& population, const Spike& spike) {
        if (merged_++ == 0) {
            first_merged_ = fmt::format("{}[{}]@{}",
                                        population.name,
                                        population.shape.index_of(spike.neuron),
                                        spike.tick);
        }
    }

    void take(const SourceStream& stream, const Shape& shape, std::vector<Spike>& spikes) {
        for (std::size_t k = 0; k < stream.times.size(); ++k) {
            const Tick tick = tick_of(stream, stream.times[k]);
            if (tick >= header_.horizon) {
                throw InputError(stream.where,
                                 time_text(stream, stream.times[k]),
                                 fmt::format("ticks below the horizon, {}", header_.horizon));
            }
            if (stream.neurons[k] >= shape.size()) {
                throw InputError(stream.where,
                                 fmt::format("neuron {}", stream.neurons[k]),
                                 fmt::format("one of {} neurons, from 0", shape.size()));
            }
            const float payload = stream.payloads.empty() ? 1.0F : stream.payloads[k];
            if (!std::isfinite(payload)) {
                throw InputError(stream.where,
                                 fmt::format("payload {} at {}", payload, time_text(stream, stream.times[k])),
                                 "finite payloads");
            }
            furthest_ = std::max(
                furthest_,
                std::abs(ticks_of(stream, stream.times[k]) - static_cast<double>(tick)));
            const auto index = static_cast<NeuronIndex>(stream.neurons[k]);
            spikes.push_back({tick, shape.slot_of(index), payload});
        }
    }

    std::string in_;
    const ImportChoice& choice_;
    SpikeSource source_;
    TraceHeader header_;
    std::vector<std::string> notes_;
    double furthest_ = 0;
    std::uint64_t merged_ = 0;
    std::string first_merged_;
};

SpikeSource read_source(const std::filesystem::path& in,
                        const ImportChoice& choice,
                        const std::function<void()>& poll) {
    std::optional<TimeUnit> unit;
    if (!choice.unit.empty()) {
        unit = detail::time_unit_of(choice.unit);
        if (!unit) {
            throw InputError("--unit", '"' + choice.unit + '"', "ms, s, us or ticks");
        }
    }
    if (in.extension() == ".h5") {
        return detail::read_sonata(in, choice.population, unit, poll);
    }
    if (in.extension() == ".csv") {
        return detail::read_spike_csv(in, choice.population, unit, poll);
    }
    throw InputError(in.string(), "extension \"" + in.extension().string() + "\"", ".h5 or .csv");
}

}  // namespace

std::vector<std::string> import_trace(const std::filesystem::path& in,
                                      const std::filesystem::path& out,
                                      const ImportChoice& choice,
                                      const TraceProvenance& provenance,
                                      const std::function<void()>& poll) {
    const std::function<void()> look = poll ? poll : [] {};
    Import import(in, choice, read_source(in, choice, look));
    TraceWriter writer(out, import.header(), provenance);
    import.write(writer, look);
    writer.finish();
    return import.notes();
}

}  // namespace saltus
