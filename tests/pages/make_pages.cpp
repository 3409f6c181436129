// make_pages FOLDER: pages for explore_test.py that no trace of today gives: with explanations,
// with names that attack, with a million spikes, empty.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>

#include "models/trace/explore_data.hpp"
#include "models/trace/explore_page.hpp"

namespace saltus {

namespace {

TracePopulation population(const std::string& name, Shape shape, TracePopulation::Kind kind) {
    TracePopulation made;
    made.name = name;
    made.shape = std::move(shape);
    made.kind = kind;
    return made;
}

// Populations, window and readout of a page; samples are added by add_sample.
ExploreData make_data(const std::string& model,
                      std::vector<TracePopulation> populations,
                      Tick horizon,
                      double tick_seconds) {
    ExploreData data;
    data.trace_file = "it's a run.saltrace";
    data.header.model = model;
    data.header.horizon = horizon;
    data.header.tick_seconds = tick_seconds;
    data.header.populations = std::move(populations);
    data.until = horizon;
    data.ticks_per_bin = (horizon + 511) / 512;
    return data;
}

void add_readout(ExploreData& data, std::uint32_t of) {
    const auto values = static_cast<std::uint32_t>(data.header.populations[of].shape.size());
    data.header.readouts.push_back({"answer", of, ReadoutSpec::Kind::spike_count, values});
    data.readout_population.push_back(of);
}

// Adds spikes of one population, and counts them.
void add_spikes(const ExploreData& data, ExploreSample& sample, ExploreSpikes spikes) {
    const Tick bins = (data.until + data.ticks_per_bin - 1) / data.ticks_per_bin;
    std::vector<std::uint32_t> density(static_cast<std::size_t>(bins), 0U);
    for (const Tick tick : spikes.ticks) {
        ++density[static_cast<std::size_t>(tick / data.ticks_per_bin)];
    }
    sample.spikes.push_back(spikes.ticks.size());
    sample.density.push_back(std::move(density));
    sample.streams.push_back(std::move(spikes));
    sample.has_spikes = true;
}

ExploreSpikes random_spikes(std::mt19937& random, Tick ticks, std::uint32_t neurons, double rate) {
    ExploreSpikes spikes;
    for (Tick tick = 0; tick < ticks; ++tick) {
        const double now = rate * (1.2 + std::sin(static_cast<double>(tick) * 0.01));
        std::geometric_distribution<std::uint32_t> gap(std::min(0.9, now));
        for (std::uint64_t neuron = gap(random); neuron < neurons; neuron += 1 + gap(random)) {
            spikes.ticks.push_back(tick);
            spikes.neurons.push_back(static_cast<NeuronIndex>(neuron));
        }
    }
    return spikes;
}

void add_answer(ExploreSample& sample, std::uint32_t prediction, std::vector<float> values) {
    ReadoutTrace readout;
    readout.prediction = prediction;
    readout.values = std::move(values);
    sample.readouts.push_back(std::move(readout));
}

ExploreSpikes spikes_at(std::vector<Tick> ticks, std::vector<NeuronIndex> neurons) {
    ExploreSpikes spikes;
    spikes.ticks = std::move(ticks);
    spikes.neurons = std::move(neurons);
    return spikes;
}

// hidden[7] fires at 5: 0.25 of 0.5 leaked, two spikes, a bias, an own reset; hidden[8] misses by
// 0.375. All are exact in binary, so that the sums below hold to the bit.
void add_explanations(ExploreSample& sample) {
    using Kind = ExploreTerm::Kind;
    ExploreExplanation fired;
    fired.population = 1;
    fired.neuron = 7;
    fired.tick = 5;
    fired.fired = true;
    fired.threshold = 1;
    fired.terms = {{Kind::spike, 0U, 9, Tick{5}, 1.5},
                   {Kind::spike, 0U, 3, Tick{4}, 0.5},
                   {Kind::reset, std::nullopt, 0, Tick{2}, -1.0},
                   {Kind::initial, std::nullopt, 0, std::nullopt, 0.125},
                   {Kind::bias, std::nullopt, 0, std::nullopt, 0.25}};
    for (NeuronIndex k = 0; k < 15; ++k) {
        fired.terms.push_back({Kind::spike, 0U, k, Tick{1}, k % 2 == 0 ? 0.015625 : -0.0078125});
    }
    fired.membrane = 1.375 + 8 * 0.015625 - 7 * 0.0078125;  // 1.4453125
    sample.explanations.push_back(fired);

    ExploreExplanation silent;
    silent.population = 1;
    silent.neuron = 8;
    silent.tick = 5;
    silent.threshold = 1;
    silent.terms = {{Kind::spike, 0U, 9, Tick{5}, 0.75},
                    {Kind::rest, std::nullopt, 0, std::nullopt, -0.125}};
    silent.membrane = 0.625;
    sample.explanations.push_back(silent);
}

void write_explained(const std::filesystem::path& folder) {
    using Kind = TracePopulation::Kind;
    ExploreData data = make_data("two layers",
                                 {population("input", {1, 4, 4}, Kind::encoder),
                                  population("hidden", {20}, Kind::neurons),
                                  population("out", {3}, Kind::neurons)},
                                 25,
                                 0.001);
    add_readout(data, 2);
    for (const std::uint64_t number : {12U, 4U}) {
        ExploreSample sample;
        sample.number = number;
        if (number == 12) {
            sample.label = 2;
        }
        add_answer(sample, 1, {0, 2, 1});
        add_spikes(
            data, sample, spikes_at({0, 1, 1, 1, 4, 5, 5, 9, 20}, {3, 0, 2, 4, 3, 9, 15, 1, 9}));
        add_spikes(data, sample, spikes_at({2, 5, 6, 11, 11, 21}, {7, 7, 3, 0, 7, 19}));
        add_spikes(data, sample, spikes_at({7, 12, 22}, {1, 2, 1}));
        if (number == 12) {
            add_explanations(sample);
        }
        data.samples.push_back(std::move(sample));
    }
    data.totals = {7, 6, 5, 0, 300};
    data.notes = {"2 of 7 samples are on the page (--samples chooses)."};
    write_explore_page(folder / "explained.html", data);
}

void write_hostile(const std::filesystem::path& folder) {
    using Kind = TracePopulation::Kind;
    const std::string script = "</script><script>window.hacked = 1</script>";
    const std::string image = "<img src=x onerror=\"window.hacked = 1\">";
    ExploreData data = make_data("</title>" + script,
                                 {population(image, {4}, Kind::encoder),
                                  population("a, b:c%20&d=[3]@1 \"'", {200}, Kind::neurons),
                                  population(std::string(300, 'w') + script, {5}, Kind::neurons)},
                                 10,
                                 0);
    data.trace_file = image;
    data.model_file = "$(touch hacked)'";
    data.notes = {image};
    data.provenance.command_line = script;
    add_readout(data, 2);
    data.header.readouts[0].name = image;
    ExploreSample sample;
    sample.label = 0;
    add_answer(sample, 0, {1, 0, 0, 0, NAN});
    add_spikes(data, sample, spikes_at({1, 2}, {0, 3}));
    add_spikes(data, sample, spikes_at({3, 3}, {5, 150}));
    add_spikes(data, sample, spikes_at({5}, {0}));
    data.samples.push_back(std::move(sample));
    data.totals = {1, 1, 1, 0, 5};
    write_explore_page(folder / "hostile.html", data);
}

void write_million(const std::filesystem::path& folder) {
    using Kind = TracePopulation::Kind;
    ExploreData data = make_data("a million spikes",
                                 {population("events", {2, 128, 128}, Kind::encoder),
                                  population("excitatory", {8000}, Kind::neurons),
                                  population("inhibitory", {2000}, Kind::neurons),
                                  population("out", {10}, Kind::neurons)},
                                 10000,
                                 0.0001);
    add_readout(data, 3);
    std::mt19937 random(1);
    ExploreSample sample;
    add_spikes(data, sample, random_spikes(random, 10000, 2 * 128 * 128, 0.0014));
    add_spikes(data, sample, random_spikes(random, 10000, 8000, 0.0045));
    add_spikes(data, sample, random_spikes(random, 10000, 2000, 0.008));
    add_spikes(data, sample, random_spikes(random, 10000, 10, 0.004));
    std::vector<float> counts(10);
    for (const NeuronIndex neuron : sample.streams[3].neurons) {
        ++counts[neuron];
    }
    const auto most = std::max_element(counts.begin(), counts.end()) - counts.begin();
    sample.label = most;
    add_answer(sample, static_cast<std::uint32_t>(most), counts);
    for (const std::uint64_t count : sample.spikes) {
        data.totals.spikes += count;
    }
    data.totals.samples = data.totals.labelled = data.totals.right = 1;
    data.samples.push_back(std::move(sample));
    write_explore_page(folder / "million.html", data);
}

void write_empty(const std::filesystem::path& folder) {
    ExploreData data =
        make_data("nothing yet", {population("hidden", {5}, TracePopulation::Kind::neurons)}, 8, 0);
    write_explore_page(folder / "empty.html", data);
}

}  // namespace

}  // namespace saltus

int main(int argc, char** argv) {
    if (argc != 2) {
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    saltus::write_explained(folder);
    saltus::write_hostile(folder);
    saltus::write_million(folder);
    saltus::write_empty(folder);
    return 0;
}
