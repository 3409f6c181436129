// The raster in a terminal: its dots, read back, are the spikes.
#include "models/trace/raster_terminal.hpp"

#include <set>
#include <sstream>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "tests/models/trace/trace_examples.hpp"

namespace saltus {

namespace {

constexpr TickRange k_all{0, 1'000'000'000};

// Code points.
std::vector<std::uint32_t> decoded(const std::string& line) {
    std::vector<std::uint32_t> out;
    for (const char c : line) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            out.push_back(byte);
        } else if (byte >= 0xC0) {
            out.push_back(byte & (byte >= 0xF0 ? 0x07U : byte >= 0xE0 ? 0x0FU : 0x1FU));
        } else {
            out.back() = out.back() << 6 | (byte & 0x3FU);
        }
    }
    return out;
}

// (column, row) of the dots of each band that has dots, in order.
std::vector<std::set<std::pair<std::size_t, std::size_t>>> dots_of(const std::string& picture) {
    // The dots of U+2800 + bits, by bit: (column, row).
    constexpr std::pair<std::size_t, std::size_t> k_places[8] = {
        {0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {0, 3}, {1, 3}};
    std::vector<std::set<std::pair<std::size_t, std::size_t>>> bands;
    std::istringstream lines(picture);
    std::size_t row = 0;
    for (std::string line; std::getline(lines, line);) {
        const std::vector<std::uint32_t> letters = decoded(line);
        if (letters.size() < 9 || letters[8] != 0x2502) {
            row = 0;
            continue;
        }
        if (row == 0) {
            bands.emplace_back();
        }
        for (std::size_t x = 9; x < letters.size(); ++x) {
            REQUIRE((letters[x] == ' ' || letters[x] >> 8 == 0x28));
            for (std::size_t bit = 0; letters[x] != ' ' && bit < 8; ++bit) {
                if ((letters[x] >> bit & 1U) != 0) {
                    bands.back().emplace(2 * (x - 9) + k_places[bit].first,
                                         4 * row + k_places[bit].second);
                }
            }
        }
        ++row;
    }
    return bands;
}

TraceHeader header_of(std::uint32_t neurons, Tick horizon) {
    TraceHeader header;
    header.model = "one";
    header.horizon = horizon;
    header.populations = {
        {"a", Shape{neurons}, TracePopulation::Kind::neurons, false, Clock::stepped, true}};
    return header;
}

std::string picture(const TraceHeader& header,
                    const SampleTrace& sample,
                    std::size_t columns = 100,
                    const TickRange& ticks = k_all) {
    return terminal_raster(
        header, gather_raster(header, sample, {}, ticks, terminal_room(columns)), columns);
}

}  // namespace

TEST_CASE("raster in a terminal: dots read back are the spikes") {
    struct Case {
        std::uint32_t neurons;
        Tick horizon;
        std::size_t columns;
        Tick from;
    };

    for (const Case& one : {Case{1, 1, 100, 0},
                            Case{3, 8, 100, 0},
                            Case{40, 180, 100, 0},
                            Case{97, 20, 100, 0},
                            Case{500, 700, 100, 0},
                            Case{1000, 61, 40, 0},
                            Case{30, 300, 60, 211}}) {
        CAPTURE(one.neurons);
        CAPTURE(one.horizon);
        const TraceHeader header = header_of(one.neurons, one.horizon);
        SampleTrace sample;
        sample.streams.resize(1);
        const auto ticks = static_cast<std::uint64_t>(one.horizon - one.from);
        const std::size_t room = 2 * (one.columns - 9);
        const std::uint64_t ticks_a_dot = (ticks + room - 1) / room;
        const std::uint64_t neurons_a_dot = (one.neurons + 39) / 40;
        const std::size_t wide =
            ticks_a_dot > 1 ? 1 : std::min<std::size_t>(8, std::max<std::size_t>(1, room / ticks));
        std::set<std::pair<std::size_t, std::size_t>> expected;
        for (Tick tick = 0; tick < one.horizon; tick += 5) {
            Packet packet;
            packet.tick = tick;
            packet.slots = {static_cast<Slot>(tick * 7 % one.neurons)};
            sample.streams[0].add(packet);
            for (std::size_t k = 0; tick >= one.from && k < (wide + 1) / 2; ++k) {
                expected.emplace(static_cast<std::size_t>(tick - one.from) / ticks_a_dot * wide + k,
                                 packet.slots[0] / neurons_a_dot);
            }
        }
        const std::string text = picture(header, sample, one.columns, {one.from, one.horizon});
        const auto bands = dots_of(text);
        REQUIRE(bands.size() == 1);
        CHECK(bands[0] == expected);
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            CHECK(decoded(line).size() <= one.columns);
            CHECK((line.empty() || line.back() != ' '));
        }
    }
}

TEST_CASE("raster in a terminal: bands have names and totals, silence and the answer are said") {
    const TraceHeader header = tests::example_header();
    SampleTrace sample = tests::example_sample(header, 1);
    const std::string text = picture(header, sample);
    CHECK(dots_of(text).size() == 4);
    for (const TracePopulation& population : header.populations) {
        CHECK(text.find('\n' + population.name + "  ") != std::string::npos);
    }
    CHECK(text.find("held  5 neurons, values held over time, no spikes\n") != std::string::npos);
    CHECK(text.find("small, sample 1: label 1, predicted") == 0);
    CHECK(text.find("time in ticks of 1 ms; ") != std::string::npos);
    for (StreamTrace& stream : sample.streams) {
        stream.clear();
    }
    const std::string silent = picture(header, sample);
    CHECK(dots_of(silent).empty());
    CHECK(silent.find("out  3 neurons, no spikes\n") != std::string::npos);
    CHECK(silent.find("0 spikes of 5 populations\n") != std::string::npos);
}

TEST_CASE("raster in a terminal: where all would be dots, their density is the spikes'") {
    const TraceHeader header = header_of(400, 2000);
    SampleTrace sample;
    sample.streams.resize(1);
    for (Tick tick = 0; tick < 2000; ++tick) {
        Packet packet;
        packet.tick = tick;
        // Every neuron at each tick of the first half, every fourth at each of the second.
        for (Slot slot = 0; slot < 400; slot += tick < 1000 ? 1 : 4) {
            packet.slots.push_back(slot);
        }
        sample.streams[0].add(packet);
    }
    const std::string text = picture(header, sample);
    CHECK(text.find("; dithered\n") != std::string::npos);
    const auto bands = dots_of(text);
    REQUIRE(bands.size() == 1);
    std::size_t first = 0;
    std::size_t second = 0;
    for (const auto& [x, y] : bands[0]) {
        (x < 90 ? first : second) += 1;
    }
    CHECK(first > 90 * 40 * 9 / 10);
    CHECK(second < first / 3);
    CHECK(second > first / 5);
}

TEST_CASE("raster in a terminal: no name reaches it raw") {
    TraceHeader header = header_of(3, 4);
    header.model = "\x1b[2Jm";
    header.populations[0].name =
        "a\x1b]0;x\x07"
        "b";
    SampleTrace sample;
    sample.streams.resize(1);
    const std::string text = picture(header, sample);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x07') == std::string::npos);
}

}  // namespace saltus
