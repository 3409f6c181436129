// What a raster draws, held against the spikes: marks, cells, levels, pixels, and what is left out.
#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "models/trace/raster.hpp"
#include "models/trace/trace_file.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/cli/command.hpp"
#include "tests/models/trace/png_pixels.hpp"
#include "tests/models/trace/trace_examples.hpp"

namespace saltus {

namespace {

constexpr TickRange k_all{0, 1'000'000'000};

std::size_t times(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++n;
    }
    return n;
}

TraceHeader header_of(const Shape& shape, Tick horizon) {
    TraceHeader header;
    header.model = "one";
    header.horizon = horizon;
    header.populations = {
        {"a", shape, TracePopulation::Kind::neurons, false, Clock::stepped, true}};
    return header;
}

SampleTrace random_sample(const TraceHeader& header, std::uint64_t spikes_a_tick) {
    std::mt19937_64 random(7);
    SampleTrace sample;
    sample.streams.resize(header.populations.size());
    for (std::size_t p = 0; p < header.populations.size(); ++p) {
        const std::uint64_t slots = header.populations[p].shape.size();
        for (Tick tick = 0; tick < header.horizon; ++tick) {
            std::set<Slot> slots_now;
            for (std::uint64_t k = 0; k < spikes_a_tick; ++k) {
                slots_now.insert(static_cast<Slot>(random() % slots));
            }
            Packet packet;
            packet.tick = tick;
            packet.slots.assign(slots_now.begin(), slots_now.end());
            sample.streams[p].add(packet);
        }
    }
    return sample;
}

std::uint64_t spikes_of(const SampleTrace& sample, std::size_t p, const TickRange& ticks = k_all) {
    std::uint64_t n = 0;
    for (std::size_t k = 0; k < sample.streams[p].packets(); ++k) {
        n += ticks.holds(sample.streams[p].ticks[k]) ? sample.streams[p].spikes[k] : 0;
    }
    return n;
}

}  // namespace

TEST_CASE("raster: marks are the spikes, each at its tick and neuron") {
    const TraceHeader header = tests::example_header();
    const SampleTrace sample = tests::example_sample(header, 1);
    const std::string svg = raster_svg(header, sample);
    const std::regex mark(
        "<rect x=\"([0-9.]+)\" y=\"([0-9.]+)\" width=\"([0-9.]+)\" "
        "height=\"([0-9.]+)\"><title>([^\\[]+)\\[([0-9]+)\\]@([0-9]+)");
    std::map<std::string, std::set<std::pair<Tick, std::uint64_t>>> drawn;
    std::map<Tick, double> columns;
    std::map<std::pair<std::string, std::uint64_t>, double> rows;
    for (std::sregex_iterator at(svg.begin(), svg.end(), mark), end; at != end; ++at) {
        const Tick tick = std::stoll((*at)[7]);
        const std::uint64_t neuron = std::stoull((*at)[6]);
        const std::string name = (*at)[5];
        CHECK(drawn[name].emplace(tick, neuron).second);
        const double x = std::stod((*at)[1]) + std::stod((*at)[3]) / 2;
        const double y = std::stod((*at)[2]) + std::stod((*at)[4]) / 2;
        CHECK(columns.emplace(tick, x).first->second == doctest::Approx(x).epsilon(0.001));
        CHECK(rows.emplace(std::make_pair(name, neuron), y).first->second ==
              doctest::Approx(y).epsilon(0.001));
    }
    const double step = (columns.rbegin()->second - columns.begin()->second) /
                        static_cast<double>(columns.rbegin()->first - columns.begin()->first);
    CHECK(step > 0);
    for (const auto& [tick, x] : columns) {
        CHECK(std::abs(x - columns.begin()->second -
                       step * static_cast<double>(tick - columns.begin()->first)) < 0.05);
    }
    for (auto at = rows.begin(); std::next(at) != rows.end(); ++at) {
        if (at->first.first == std::next(at)->first.first) {
            CHECK(at->second < std::next(at)->second);  // by index, downwards
        }
    }
    for (std::size_t p = 0; p < header.populations.size(); ++p) {
        std::set<std::pair<Tick, std::uint64_t>> fired;
        const StreamTrace& stream = sample.streams[p];
        std::size_t spike = 0;
        for (std::size_t k = 0; k < stream.packets(); ++k) {
            for (std::uint32_t j = 0; j < stream.spikes[k]; ++j, ++spike) {
                fired.emplace(stream.ticks[k],
                              header.populations[p].shape.index_of(stream.slots[spike]));
            }
        }
        std::string name = header.populations[p].name;
        for (std::size_t at = name.find('"'); at != std::string::npos; at = name.find('"')) {
            name.replace(at, 1, "&quot;");
        }
        CAPTURE(name);
        CHECK(drawn[name] == fired);
    }
}

TEST_CASE("raster: a large population is cells whose counts are the spikes") {
    const TraceHeader header = header_of(Shape{7, 13, 11}, 333);
    const SampleTrace sample = random_sample(header, 60);
    for (const TickRange& ticks : {k_all, TickRange{17, 250}, TickRange{5, 6}}) {
        RasterRoom room;
        room.columns = 50;
        room.rows = 40;
        room.neurons_a_row = 1;
        const RasterData data = gather_raster(header, sample, {}, ticks, room);
        REQUIRE(data.bands.size() == 1);
        const RasterBand& band = data.bands[0];
        CHECK(band.form == RasterBand::Form::cells);
        CHECK(band.spikes == spikes_of(sample, 0, ticks));
        CHECK(band.rows <= room.rows);
        CHECK(band.columns <= room.columns);
        std::vector<std::uint64_t> counts(band.counts.size());
        const StreamTrace& stream = sample.streams[0];
        std::size_t spike = 0;
        for (std::size_t k = 0; k < stream.packets(); ++k) {
            for (std::uint32_t j = 0; j < stream.spikes[k]; ++j, ++spike) {
                if (ticks.holds(stream.ticks[k])) {
                    const auto neuron = header.populations[0].shape.index_of(stream.slots[spike]);
                    ++counts[neuron / band.neurons_a_cell * band.columns +
                             static_cast<std::uint64_t>(stream.ticks[k] - ticks.from) /
                                 band.ticks_a_cell];
                }
            }
        }
        CHECK(band.counts == counts);

        // Each cell with spikes is drawn, in a run of its row; the others are not.
        const std::string svg = picture_bytes(
            raster_picture(header, data, RasterStyle::paper), PictureFormat::svg, 300);
        const std::regex run("M[0-9]+ [0-9]+h([0-9.]+)v");
        double drawn = 0;
        const std::size_t grid = svg.find("crispEdges");
        REQUIRE(grid != std::string::npos);
        for (std::sregex_iterator
                 at(svg.begin() + static_cast<std::ptrdiff_t>(grid), svg.end(), run),
             end;
             at != end;
             ++at) {
            drawn += std::ceil(std::stod((*at)[1]));
        }
        CHECK(drawn == static_cast<double>(std::count_if(
                           counts.begin(), counts.end(), [](std::uint64_t n) { return n > 0; })));
        CHECK(times(svg, "darkest:") == 1);
    }
}

TEST_CASE(
    "raster: few spikes of a large population stay single, many that would hide each other not") {
    const TraceHeader header = header_of(Shape{500}, 8);
    const RasterRoom room = raster_room(RasterStyle::paper);
    CHECK(gather_raster(header, random_sample(header, 40), {}, k_all, room).bands[0].form ==
          RasterBand::Form::marks);
    CHECK(gather_raster(header, random_sample(header, 400), {}, k_all, room).bands[0].form ==
          RasterBand::Form::cells);
    const TraceHeader huge = header_of(Shape{100'000}, 8);
    CHECK(gather_raster(huge, random_sample(huge, 40), {}, k_all, room).bands[0].form ==
          RasterBand::Form::cells);
}

TEST_CASE("raster: too many marks become density with a note, the largest population first") {
    TraceHeader header = header_of(Shape{64}, 100);
    header.populations.push_back(header.populations[0]);
    header.populations[1].name = "b";
    SampleTrace sample = random_sample(header, 20);
    sample.streams[1].clear();
    Packet packet;
    packet.tick = 3;
    packet.slots = {1, 5};
    sample.streams[1].add(packet);
    RasterRoom room;
    room.marks = 100;
    const RasterData data = gather_raster(header, sample, {}, k_all, room);
    CHECK(data.bands[0].form == RasterBand::Form::cells);
    CHECK(data.bands[0].marks.empty());
    CHECK(data.bands[1].form == RasterBand::Form::marks);
    REQUIRE(data.notes.size() == 1);
    CHECK(data.notes[0].find("a has more spikes") == 0);
}

TEST_CASE("raster: what is too much to read comes from the index, with a note") {
    const tests::ScratchFolder folder;
    const TraceHeader header = header_of(Shape{40}, 500);
    const SampleTrace sample = random_sample(header, 10);
    TraceWriter writer(folder / "t.saltrace", header, {});
    writer.add(sample);
    writer.finish();
    const TraceFile file(folder / "t.saltrace");
    RasterRoom room;
    room.spikes_read = 1000;
    const RasterData data = gather_raster(file, 0, {}, k_all, room);
    const RasterBand& band = data.bands[0];
    CHECK(band.form == RasterBand::Form::levels);
    CHECK(band.rows == 1);
    CHECK(data.notes.size() == 1);
    CHECK(data.spikes == spikes_of(sample, 0));
    for (std::size_t k = 0; k < band.columns; ++k) {
        const Tick from = band.origin + static_cast<Tick>(k * band.ticks_a_cell);
        CHECK(band.counts[k] ==
              spikes_of(sample, 0, {from, from + static_cast<Tick>(band.ticks_a_cell)}));
    }
    // A window that is small enough is read.
    const RasterData window = gather_raster(file, 0, {}, {100, 140}, room);
    CHECK(window.bands[0].form == RasterBand::Form::marks);
    CHECK(window.spikes == spikes_of(sample, 0, {100, 140}));
    CHECK(window.notes.empty());
}

TEST_CASE("raster: only so many bands are drawn, those that fire first, and the rest is said") {
    TraceHeader header = header_of(Shape{3}, 10);
    header.populations.resize(10, header.populations[0]);
    SampleTrace sample;
    sample.streams.resize(10);
    SampleRecord record;
    record.levels.resize(10 * level_count(header.horizon));
    record.levels[7 * level_count(header.horizon)] = 1;
    Packet packet;
    packet.slots = {2};
    sample.streams[7].add(packet);
    RasterRoom room;
    room.bands = 4;
    const RasterData data = gather_raster(
        header,
        record,
        [&](PopulationId p, const TickRange&, const auto& take) { take(sample.streams[p]); },
        {},
        k_all,
        room);
    std::vector<PopulationId> drawn;
    for (const RasterBand& band : data.bands) {
        drawn.push_back(band.population);
    }
    CHECK(drawn == std::vector<PopulationId>{0, 1, 2, 7});
    REQUIRE(data.notes.size() == 1);
    CHECK(data.notes[0].find("4 of 10 populations") == 0);
}

TEST_CASE("raster: a picture is at most 5 MB however many spikes and populations there are") {
    TraceHeader header = header_of(Shape{4000}, 800);
    header.populations.resize(70, header.populations[0]);
    const SampleTrace sample = random_sample(header, 120);
    const RasterData data =
        gather_raster(header, sample, {}, k_all, raster_room(RasterStyle::paper));
    for (const RasterStyle style : {RasterStyle::paper, RasterStyle::slides}) {
        const Picture picture = raster_picture(header, data, style);
        for (const PictureFormat format :
             {PictureFormat::svg, PictureFormat::png, PictureFormat::pdf}) {
            const std::string bytes = picture_bytes(picture, format, raster_dots_per_inch(style));
            CHECK(bytes.size() < 5'000'000);
            CHECK(bytes.size() > 10'000);
        }
    }
}

TEST_CASE("raster: the legend names what is drawn, and silent bands are thin") {
    const TraceHeader header = tests::example_header();
    SampleTrace sample = tests::example_sample(header, 1);
    const auto legend = [&](const char* text) {
        return times(raster_svg(header, sample), std::string(">") + text + "<");
    };
    CHECK(legend("encoder") == 1);
    CHECK(legend("max pool") == 1);
    CHECK(legend("read out") == 1);
    const auto height = [&] {
        return raster_picture(header,
                              gather_raster(header, sample, {}, k_all, RasterRoom()),
                              RasterStyle::paper)
            .height;
    };
    const double full = height();
    sample.streams[0].clear();
    CHECK(legend("encoder") == 0);
    CHECK(legend("max pool") == 1);
    CHECK(height() < full - 40);
    sample.streams[3].clear();
    CHECK(legend("max pool") == 0);
}

TEST_CASE("raster: names of any bytes leave well-formed XML") {
    TraceHeader header = tests::example_header();
    header.model =
        std::string("m\0\x01\x7f", 4) + "\xEF\xBF\xBE\xEF\xBF\xBF\xC2\x85\xE2\x80\xAE<&>";
    header.populations[2].name = "\xFF\xFE]]>\x1b[31m" + std::string(3000, 'n');
    header.readouts = {};
    const std::string svg = raster_svg(header, tests::example_sample(header, 1));
    for (const char c : svg) {
        const auto byte = static_cast<unsigned char>(c);
        CHECK_MESSAGE((byte >= 0x20 || c == '\n'), static_cast<int>(byte));
        CHECK(byte != 0x7F);
    }
    for (const char* bad :
         {"\xEF\xBF\xBE", "\xEF\xBF\xBF", "\xC2\x85", "\xE2\x80\xAE", "\xFF", "<&>", "]]>"}) {
        CHECK(svg.find(bad) == std::string::npos);
    }
    CHECK(svg.find("&lt;&amp;&gt;") != std::string::npos);
    CHECK(svg.size() < 1'000'000);
}

TEST_CASE("raster: equal traces are equal bytes, as SVG, PNG and PDF") {
    const TraceHeader header = tests::example_header();
    const SampleTrace sample = tests::example_sample(header, 2);
    const RasterData data = gather_raster(header, sample, {}, k_all, RasterRoom());
    for (const RasterStyle style : {RasterStyle::paper, RasterStyle::slides}) {
        for (const PictureFormat format :
             {PictureFormat::svg, PictureFormat::png, PictureFormat::pdf}) {
            const std::string once =
                picture_bytes(raster_picture(header, data, style), format, 150);
            CHECK(once == picture_bytes(raster_picture(header, data, style), format, 150));
        }
    }
    const std::string pdf =
        picture_bytes(raster_picture(header, data, RasterStyle::paper), PictureFormat::pdf, 0);
    CHECK(pdf.substr(0, 8) == "%PDF-1.4");
    CHECK(times(pdf, "/CreationDate") == 1);
    CHECK(times(pdf, "19700101000000") == 1);  // with or without "D:", as cairo's release has it
}

TEST_CASE("raster: a PNG's dots are the marks, at 300 dots an inch on 174 mm") {
    const TraceHeader header = header_of(Shape{10}, 10);
    SampleTrace sample;
    sample.streams.resize(1);
    const auto blue = [&] {
        const RasterData data = gather_raster(header, sample, {}, k_all, RasterRoom());
        const tests::Pixels pixels = tests::read_png(picture_bytes(
            raster_picture(header, data, RasterStyle::paper), PictureFormat::png, 300));
        CHECK(pixels.width == 2056);  // 174 mm, rounded up
        CHECK(pixels.height > 300);
        return pixels.count(0x00, 0x72, 0xB2);
    };
    CHECK(blue() == 0);
    Packet packet;
    packet.slots = {4};
    sample.streams[0].add(packet);
    const std::size_t one = blue();  // the mark and the legend's box
    packet.tick = 5;
    packet.slots = {2, 7, 9};
    sample.streams[0].add(packet);
    const std::size_t four = blue();
    const double mark = static_cast<double>(four - one) / 3;
    CHECK(mark > 500);
    CHECK(static_cast<double>(one) > mark);
    packet.tick = 7;
    packet.slots = {0, 1, 2, 3};
    sample.streams[0].add(packet);
    CHECK(static_cast<double>(blue() - four) == doctest::Approx(4 * mark).epsilon(0.1));
}

TEST_CASE("picture: a grid whose last row is short is drawn as far as it goes") {
    Picture picture;
    picture.width = 72;
    picture.height = 72;
    Picture::Cells cells{0, 0, 72, 72, 24, 24, 3, {}, {255, 255, 255}};
    cells.colours.assign(7, Colour{1, 2, 3});
    picture.shapes.emplace_back(cells);
    const tests::Pixels pixels = tests::read_png(picture_bytes(picture, PictureFormat::png, 72));
    CHECK(pixels.count(1, 2, 3) == std::size_t{7 * 24 * 24});
    CHECK(pixels.count(255, 255, 255) == std::size_t{2 * 24 * 24});
    CHECK(picture_bytes(picture, PictureFormat::pdf, 72).size() > 100);
}

}  // namespace saltus
