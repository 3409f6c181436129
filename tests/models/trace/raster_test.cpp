// The picture of a sample: what stands over a readout's column, two readouts of one population, and
// horizons of any length.
#include "models/trace/raster.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include <doctest/doctest.h>

namespace saltus {

namespace {

std::size_t times(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++n;
    }
    return n;
}

TraceHeader header_of(const std::vector<TraceReadout>& readouts, Tick horizon = 20) {
    TraceHeader header;
    header.model = "small";
    header.horizon = horizon;
    header.populations = {
        {"hidden", Shape{7}, TracePopulation::Kind::neurons, false, Clock::stepped, true},
        {"out", Shape{3}, TracePopulation::Kind::neurons, false, Clock::stepped, true}};
    header.readouts = readouts;
    return header;
}

SampleTrace sample_of(const TraceHeader& header) {
    SampleTrace sample;
    sample.streams.resize(header.populations.size());
    for (const TraceReadout& readout : header.readouts) {
        ReadoutTrace result;
        for (std::uint32_t k = 0; k < readout.values; ++k) {
            result.values.push_back(static_cast<float>(k) +
                                    0.25F * static_cast<float>(readout.values));
        }
        result.prediction = readout.values - 1;
        sample.readouts.push_back(result);
    }
    return sample;
}

std::string picture(const std::vector<TraceReadout>& readouts) {
    const TraceHeader header = header_of(readouts);
    return raster_svg(header, sample_of(header));
}

double width_of(const std::string& svg) {
    return std::stod(svg.substr(svg.find("width=\"") + 7));
}

}  // namespace

TEST_CASE("raster: a readout's column is headed by what it shows") {
    using Kind = ReadoutSpec::Kind;

    struct Case {
        Kind kind;
        bool logit;
        const char* heading;
    };

    for (const Case& one : {Case{Kind::spike_count, false, "spike count"},
                            Case{Kind::first_spike, false, "first spike"},
                            Case{Kind::membrane, false, "membrane"},
                            Case{Kind::mean_membrane, false, "mean membrane"},
                            Case{Kind::membrane, true, "logit"},
                            Case{Kind::mean_membrane, true, "logit"},
                            Case{Kind::spike_count, true, "logit"}}) {
        CAPTURE(one.heading);
        const std::string svg = picture({{"answer", 1, one.kind, 3, one.logit}});
        for (const char* heading :
             {"spike count", "first spike", "membrane", "mean membrane", "logit"}) {
            CHECK(times(svg, std::string(">") + heading + "<") ==
                  (std::string(heading) == one.heading ? 1 : 0));
        }
    }
}

TEST_CASE("raster: two readouts of one population have a column each, two populations' one") {
    using Kind = ReadoutSpec::Kind;
    const std::string one = picture({{"a", 1, Kind::spike_count, 3, false}});
    const std::string two =
        picture({{"a", 1, Kind::spike_count, 3, false}, {"b", 1, Kind::membrane, 3, true}});
    const std::string apart =
        picture({{"a", 1, Kind::spike_count, 3, false}, {"b", 0, Kind::membrane, 7, false}});
    CHECK(times(two, ">a: spike count<") == 1);
    CHECK(times(two, ">b: logit<") == 1);
    CHECK(times(two, ">predicted<") == 2);
    // The page is as wide as a journal's, until the values would leave too little for time.
    CHECK(width_of(two) == width_of(one));
    const std::string three = picture({{"a", 1, Kind::spike_count, 3, false},
                                       {"b", 1, Kind::membrane, 3, true},
                                       {"c", 1, Kind::first_spike, 3, false}});
    CHECK(times(three, ">predicted<") == 3);
    CHECK(width_of(three) > width_of(one));
    CHECK(times(apart, ">a: spike count<") == 1);
    CHECK(times(apart, ">b: membrane<") == 1);
    CHECK(width_of(apart) == width_of(one));
    for (const char* value : {">0.75<", ">1.75<", ">2.75<"}) {
        CHECK(times(two, value) == 2);
    }
}

TEST_CASE("raster: the longest horizon that a trace can state has a time axis that ends") {
    const TraceHeader header = header_of({}, std::numeric_limits<Tick>::max());
    const std::string svg = raster_svg(header, sample_of(header));
    CHECK(times(svg, "stroke=\"#555555\"") <= 21);
    CHECK(times(svg, "stroke=\"#555555\"") >= 2);
}

}  // namespace saltus
