// What goes into an explore page, against the trace read directly.
#include "models/trace/explore_gather.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/data/npy_data_set.hpp"
#include "models/files/npy.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/trace/trace_examples.hpp"

namespace saltus {

using tests::ScratchFolder;

namespace {

using Spike = std::tuple<Tick, NeuronIndex, float>;

std::vector<SampleTrace> write_example(const std::filesystem::path& path, std::uint64_t samples) {
    const TraceHeader header = tests::example_header();
    TraceWriter writer(path, header, {});
    std::vector<SampleTrace> all;
    for (std::uint64_t k = 0; k < samples; ++k) {
        all.push_back(tests::example_sample(header, 2 * k + 1));
        writer.add(all.back());
    }
    writer.finish();
    return all;
}

const SampleTrace& numbered(const std::vector<SampleTrace>& samples, std::uint64_t number) {
    return *std::find_if(samples.begin(), samples.end(), [&](const SampleTrace& sample) {
        return sample.number == number;
    });
}

// Spikes of a trace's stream within [from, until), by index, in a set's order.
std::set<Spike> spikes_of(const StreamTrace& stream, const Shape& shape, Tick from, Tick until) {
    std::set<Spike> spikes;
    std::size_t at = 0;
    for (std::size_t k = 0; k < stream.packets(); ++k) {
        for (std::uint32_t j = 0; j < stream.spikes[k]; ++j, ++at) {
            if (stream.ticks[k] >= from && stream.ticks[k] < until) {
                spikes.insert(
                    {stream.ticks[k], shape.index_of(stream.slots[at]), stream.payload(at)});
            }
        }
    }
    return spikes;
}

std::vector<Spike> spikes_of(const ExploreSpikes& stream) {
    std::vector<Spike> spikes;
    for (std::size_t k = 0; k < stream.ticks.size(); ++k) {
        spikes.emplace_back(stream.ticks[k],
                            stream.neurons[k],
                            stream.payloads.empty() ? 1.0F : stream.payloads[k]);
    }
    return spikes;
}

ExploreRequest request_of(const std::string& samples) {
    ExploreRequest request;
    request.samples = samples;
    return request;
}

std::string fault_of(const std::filesystem::path& trace, const ExploreRequest& request) {
    try {
        gather_explore_data(trace, request);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("explore: every spike of the trace is there, by index, in ascending (tick, neuron)") {
    const ScratchFolder folder;
    const std::vector<SampleTrace> all = write_example(folder / "t", 9);
    const ExploreData data = gather_explore_data(folder / "t", {});
    REQUIRE(data.samples.size() == 9);
    CHECK(data.notes.empty());
    std::uint64_t total = 0;
    for (const ExploreSample& sample : data.samples) {
        const SampleTrace& traced = numbered(all, sample.number);
        CHECK(sample.label == traced.label);
        CHECK(sample.readouts == traced.readouts);
        REQUIRE(sample.streams.size() == data.header.populations.size());
        for (std::size_t p = 0; p < sample.streams.size(); ++p) {
            const std::vector<Spike> spikes = spikes_of(sample.streams[p]);
            const std::set<Spike> wanted =
                spikes_of(traced.streams[p], data.header.populations[p].shape, 0, 20);
            CHECK(std::equal(spikes.begin(), spikes.end(), wanted.begin(), wanted.end()));
            CHECK(sample.spikes[p] == wanted.size());
            REQUIRE(sample.density[p].size() == 20);
            for (Tick tick = 0; tick < 20; ++tick) {
                const auto count = std::count_if(wanted.begin(), wanted.end(), [&](const Spike& s) {
                    return std::get<0>(s) == tick;
                });
                CHECK(sample.density[p][static_cast<std::size_t>(tick)] == count);
            }
            total += wanted.size();
        }
    }
    CHECK(data.totals.spikes == total);
    CHECK(total > 1000);
}

TEST_CASE("explore: wrong samples come first, then the smallest margins") {
    const ScratchFolder folder;
    write_example(folder / "t", 40);
    const ExploreData data = gather_explore_data(folder / "t", {});
    std::uint64_t wrong = 0;
    std::uint64_t labelled = 0;
    for (std::size_t k = 0; k < data.samples.size(); ++k) {
        const ExploreSample& sample = data.samples[k];
        const ReadoutTrace& readout = sample.readouts[0];
        const bool is = sample.label && *sample.label != readout.prediction;
        wrong += is ? 1 : 0;
        labelled += sample.label ? 1 : 0;
        CHECK(is_wrong(sample) == is);
        std::vector<float> others = readout.values;
        const auto answer = static_cast<std::size_t>(sample.label.value_or(readout.prediction));
        const float own = others[answer];
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(answer));
        CHECK(margin_of(data.header, sample) ==
              own - *std::max_element(others.begin(), others.end()));
        if (k > 0) {
            const ExploreSample& before = data.samples[k - 1];
            CHECK(std::pair(!is_wrong(before), *margin_of(data.header, before)) <=
                  std::pair(!is, *margin_of(data.header, sample)));
        }
    }
    CHECK(wrong > 5);
    CHECK(data.totals.labelled == labelled);
    CHECK(data.totals.right == labelled - wrong);
}

TEST_CASE("explore: where first spikes answer, the earlier one leads") {
    TraceHeader header = tests::example_header();
    header.readouts[0].kind = ReadoutSpec::Kind::first_spike;
    ExploreSample sample;
    sample.readouts = {{1, {7, 3, 5}, false, false}};
    CHECK(margin_of(header, sample) == 2);
    sample.label = 0;
    CHECK(margin_of(header, sample) == -4);
    sample.label = 3;
    CHECK_FALSE(margin_of(header, sample).has_value());
    sample.label = -1;
    CHECK_FALSE(margin_of(header, sample).has_value());
    sample.readouts[0].values = {7};
    CHECK_FALSE(margin_of(header, sample).has_value());
    sample.readouts.clear();
    CHECK_FALSE(margin_of(header, sample).has_value());
    CHECK_FALSE(is_wrong(sample));
}

TEST_CASE("explore: limits leave out the last, and the page says so") {
    const ScratchFolder folder;
    write_example(folder / "t", 30);
    const ExploreData whole = gather_explore_data(folder / "t", {});
    const auto spikes = [](const ExploreSample& sample) {
        std::uint64_t sum = 0;
        for (const std::uint64_t count : sample.spikes) {
            sum += count;
        }
        return sum;
    };
    ExploreRequest request;
    request.most_samples = 4;
    CHECK(gather_explore_data(folder / "t", request).samples.size() == 4);
    request.most_samples = 30;
    request.most_spikes = spikes(whole.samples[0]) + spikes(whole.samples[1]);
    const ExploreData two = gather_explore_data(folder / "t", request);
    REQUIRE(two.samples.size() == 2);
    CHECK(two.samples[1].number == whole.samples[1].number);
    CHECK(two.totals.samples == 30);
    REQUIRE(two.notes.size() == 1);
    CHECK(two.notes[0].find("2 of 30 samples") == 0);

    // A sample that is too large alone keeps its density.
    request.most_spikes = spikes(whole.samples[0]) - 1;
    const ExploreData one = gather_explore_data(folder / "t", request);
    REQUIRE(one.samples.size() >= 1);
    CHECK_FALSE(one.samples[0].has_spikes);
    CHECK(one.samples[0].streams.empty());
    CHECK(one.samples[0].density == whole.samples[0].density);
    CHECK(one.notes.back().find("1 sample without single spikes") == 0);
}

TEST_CASE("explore: samples, populations and ticks that are asked for, and those alone") {
    const ScratchFolder folder;
    const std::vector<SampleTrace> all = write_example(folder / "t", 9);
    ExploreRequest request = request_of("3,7-7");
    request.populations = {"out", "pool"};
    request.ticks = {5, 11};
    const ExploreData data = gather_explore_data(folder / "t", request);
    REQUIRE(data.samples.size() == 2);
    REQUIRE(data.header.populations.size() == 2);
    CHECK(data.header.populations[0].name == "pool");
    CHECK(data.from == 5);
    CHECK(data.until == 12);
    CHECK(data.readout_population[0] == 1U);
    CHECK_FALSE(data.readout_population[1].has_value());
    CHECK(data.notes.size() == 3);
    for (const ExploreSample& sample : data.samples) {
        const std::set<Spike> wanted =
            spikes_of(numbered(all, sample.number).streams[3], Shape{2, 1, 2}, 5, 12);
        const std::vector<Spike> spikes = spikes_of(sample.streams[0]);
        CHECK(std::equal(spikes.begin(), spikes.end(), wanted.begin(), wanted.end()));
    }
}

TEST_CASE("explore: what is unknown is named with what there is") {
    const ScratchFolder folder;
    write_example(folder / "t", 3);
    CHECK(fault_of(folder / "t", request_of("2")) ==
          "--sample: got sample 2, need one of the samples of the trace: 1, 3, 5");
    CHECK(fault_of(folder / "t", request_of("6")) ==
          "--sample: got sample 6, need one of the samples of the trace: 1, 3, 5");
    ExploreRequest request;
    request.populations = {"pols"};
    CHECK(fault_of(folder / "t", request) ==
          "--population: got \"pols\", need one of pixels, held, hidden, \"one\", pool, out");
    request.populations.clear();
    request.ticks = {4, 20};
    CHECK(fault_of(folder / "t", request) == "--ticks: got 4-20, need ticks of 0-19");
    request.ticks = {5, 4};
    CHECK(fault_of(folder / "t", request) == "--ticks: got 5-4, need ticks of 0-19");
}

TEST_CASE("explore: an empty trace is a page without samples") {
    const ScratchFolder folder;
    write_example(folder / "t", 0);
    const ExploreData data = gather_explore_data(folder / "t", {});
    CHECK(data.samples.empty());
    CHECK(data.totals.samples == 0);
    CHECK(fault_of(folder / "t", request_of("0")) ==
          "--sample: got sample 0, need a trace with samples: the trace has none");
}

TEST_CASE("explore: thumbnails are the sample's own input, shrunk to 48 pixels") {
    const ScratchFolder folder;
    write_example(folder / "t", 2);
    std::vector<float> values(4 * 96 * 10);
    for (std::size_t k = 0; k < values.size(); ++k) {
        values[k] = static_cast<float>(k / 960) + static_cast<float>(k % 10);
    }
    const std::vector<std::uint64_t> shape = {4, 96, 10};
    write_npy<float>(folder / "x.npy", shape, std::span<const float>(values));
    const auto set = open_npy_data_set(folder / "x.npy", false);
    ExploreRequest request;
    request.data = set.get();
    const ExploreData data = gather_explore_data(folder / "t", request);
    CHECK(data.thumbnail.channels == 1);
    CHECK(data.thumbnail.height == 48);
    CHECK(data.thumbnail.width == 10);
    for (const ExploreSample& sample : data.samples) {
        REQUIRE(sample.thumbnail.size() == 480);
        for (std::size_t k = 0; k < 480; ++k) {
            CHECK(sample.thumbnail[k] == std::lround(255.0 * static_cast<double>(k % 10) / 9));
        }
    }
    const std::vector<std::uint64_t> short_shape = {2, 96, 10};
    write_npy<float>(
        folder / "short.npy", short_shape, std::span<const float>(values).first(2 * 960));
    const auto short_set = open_npy_data_set(folder / "short.npy", false);
    request.data = short_set.get();
    CHECK(fault_of(folder / "t", request)
              .find("got 2 samples, need sample 3, which the trace holds") != std::string::npos);
}

}  // namespace saltus
