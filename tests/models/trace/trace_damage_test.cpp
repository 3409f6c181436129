// Files of version 2 that were cut off, damaged or made up: what is complete is read, what is not is
// named, and nothing crashes.
#include <cstring>
#include <saltus/trace.pb.h>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/trace/trace_file.hpp"
#include "models/trace/trace_frame.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/trace/trace_examples.hpp"

namespace saltus {

using tests::example_header;
using tests::example_sample;
using tests::read_bytes;
using tests::ScratchFolder;
using tests::write_bytes;

namespace {

// Samples 0 to 3, each large enough for chunks of its own: as few spikes as that takes.
constexpr std::uint64_t k_samples = 4;

TraceHeader header_of_large() {
    TraceHeader header = example_header();
    header.horizon = 3000;
    header.populations.push_back(
        {"wide", Shape{64}, TracePopulation::Kind::neurons, false, Clock::stepped, true});
    return header;
}

SampleTrace large_sample(std::uint64_t number) {
    SampleTrace sample = example_sample(example_header(), number);
    sample.streams.emplace_back();
    for (Tick tick = 0; tick < 3000; ++tick) {
        Packet packet;
        packet.tick = tick;
        for (Slot slot = 0; slot < 64; ++slot) {
            if ((slot + tick) % 64 < 40 + static_cast<Tick>(number)) {
                packet.slots.push_back(slot);
            }
        }
        sample.streams.back().add(packet);
    }
    return sample;
}

void write_large(const std::filesystem::path& path) {
    TraceWriter writer(path, header_of_large(), {});
    for (std::uint64_t number = 0; number < k_samples; ++number) {
        writer.add(large_sample(number));
    }
    writer.finish();
}

void write_small(const std::filesystem::path& path) {
    TraceWriter writer(path, example_header(), {"saltus run", "now", "a processor", "saltus", 1});
    for (std::uint64_t number = 0; number < k_samples; ++number) {
        writer.add(example_sample(example_header(), number));
    }
    writer.finish();
}

// Whether every sample that the file shows is the one that was written; those it cannot give must
// be refused by an InputError that names the file. Returns how many were right.
template <class Expected>
std::size_t count_right(const TraceFile& file, Expected expected) {
    std::size_t right = 0;
    for (std::uint64_t place = 0; place < file.samples(); ++place) {
        try {
            const SampleTrace sample = file.sample(place);
            REQUIRE(sample.number < k_samples);
            if (sample == expected(sample.number)) {
                ++right;
            }
        } catch (const InputError& error) {
            REQUIRE(std::string(error.what()).rfind(file.path(), 0) == 0);
        }
    }
    return right;
}

SampleTrace expected_small(std::uint64_t number) {
    return example_sample(example_header(), number);
}

// Where chunks start, and the end.
std::vector<std::size_t> frames_of(const std::string& bytes) {
    std::vector<std::size_t> frames;
    for (std::size_t at = 8; at + k_footer_bytes < bytes.size();) {
        frames.push_back(at);
        std::uint32_t length = 0;
        std::memcpy(&length, bytes.data() + at + 4, 4);
        at += k_frame_bytes + length;
    }
    return frames;
}

}  // namespace

TEST_CASE("trace damage: cut at any byte, complete chunks are read, with a warning, or the file is refused") {
    const ScratchFolder folder;
    write_small(folder / "whole");
    const std::string whole = read_bytes(folder / "whole");
    const std::vector<std::size_t> frames = frames_of(whole);
    REQUIRE(frames.size() == 6);  // header, provenance, spikes, samples, page, index
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        write_bytes(folder / "cut", whole.substr(0, size));
        try {
            const TraceFile file(folder / "cut");
            REQUIRE(size >= frames[1]);
            REQUIRE_FALSE(file.warnings().empty());
            const std::size_t right = count_right(file, expected_small);
            REQUIRE(right == (size >= frames[4] ? k_samples : 0));
            REQUIRE(file.samples() == (size >= frames[3] ? k_samples : 0));
        } catch (const InputError& error) {
            REQUIRE(size < frames[1]);
            REQUIRE(std::string(error.what()).rfind((folder / "cut").string(), 0) == 0);
        }
    }
}

TEST_CASE("trace damage: a file cut between chunks of a large sample has the earlier samples whole") {
    const ScratchFolder folder;
    write_large(folder / "whole");
    const std::string whole = read_bytes(folder / "whole");
    for (const std::size_t at : frames_of(whole)) {
        if (at < 300) {
            continue;  // header and provenance
        }
        write_bytes(folder / "cut", whole.substr(0, at));
        const TraceFile file(folder / "cut");
        REQUIRE(file.warnings().size() == 1);
        CHECK(file.warnings().front().find("cut off") != std::string::npos);
        const std::size_t right = count_right(file, large_sample);
        CHECK(right + 1 >= file.samples());
    }
    const TraceFile file(folder / "whole");
    CHECK(file.warnings().empty());
    CHECK(count_right(file, large_sample) == k_samples);
}

TEST_CASE("trace damage: a flipped bit anywhere is found, and other chunks are read") {
    const ScratchFolder folder;
    write_small(folder / "whole");
    const std::string whole = read_bytes(folder / "whole");
    for (std::size_t at = 0; at < whole.size(); ++at) {
        CAPTURE(at);
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
        write_bytes(folder / "damaged", damaged);
        // Everything looked at: it is said, and what is shown is right.
        try {
            const TraceFile file(folder / "damaged", TraceFile::Trust::nothing);
            REQUIRE_FALSE(file.warnings().empty());
            (void)count_right(file, expected_small);
        } catch (const InputError& error) {
            REQUIRE(std::string(error.what()).rfind((folder / "damaged").string(), 0) == 0);
        }
        // By the index: no wrong sample is taken for a right one.
        try {
            const TraceFile file(folder / "damaged");
            for (std::uint64_t place = 0; place < file.samples(); ++place) {
                const SampleTrace sample = file.sample(place);
                REQUIRE(sample == expected_small(place));
            }
        } catch (const InputError& error) {
            REQUIRE(std::string(error.what()).rfind((folder / "damaged").string(), 0) == 0);
        }
    }
}

TEST_CASE("trace damage: a damaged chunk is named, and leaves the samples of others readable") {
    const ScratchFolder folder;
    write_large(folder / "whole");
    const std::string whole = read_bytes(folder / "whole");
    const std::vector<std::size_t> frames = frames_of(whole);
    std::size_t hurt = 0;
    for (std::size_t k = 2; k + 2 < frames.size(); ++k) {
        std::string damaged = whole;
        damaged[frames[k] + 20] = static_cast<char>(damaged[frames[k] + 20] ^ 1);
        write_bytes(folder / "damaged", damaged);
        const TraceFile file(folder / "damaged", TraceFile::Trust::nothing);
        REQUIRE(file.warnings().size() == 1);
        CHECK(file.warnings().front().find("chunk at byte " + std::to_string(frames[k])) !=
              std::string::npos);
        CHECK(count_right(file, large_sample) >= k_samples - 1);
        hurt += count_right(file, large_sample) == k_samples - 1 ? 1 : 0;

        // By the index the sample that the chunk belongs to is refused, by name; the others are read.
        const TraceFile indexed(folder / "damaged");
        std::size_t right = 0;
        std::string fault;
        for (std::uint64_t place = 0; place < indexed.samples(); ++place) {
            try {
                right += indexed.sample(place) == large_sample(place) ? 1 : 0;
            } catch (const InputError& error) {
                fault = error.what();
            }
        }
        CHECK(right == k_samples - 1);
        CHECK(fault.find("chunk at byte " + std::to_string(frames[k])) != std::string::npos);
    }
    CHECK(hurt >= k_samples);
}

TEST_CASE("trace damage: heads that claim much do not make a reader allocate it") {
    const ScratchFolder folder;
    proto::TraceChunk header;
    header.mutable_header()->set_format_version(2);
    header.mutable_header()->set_horizon(8);
    header.mutable_header()->set_level_ticks(1);
    proto::TracePopulation& population = *header.mutable_header()->add_populations();
    population.set_kind(proto::TracePopulation::NEURONS);
    population.add_shape(1U << 28);
    const auto file_of = [&](const proto::TraceChunk& second) {
        std::string bytes = "SALTRAC2";
        proto::TraceChunk provenance;
        provenance.mutable_provenance();
        for (const std::string& body : {header.SerializeAsString(),
                                        provenance.SerializeAsString(),
                                        second.SerializeAsString()}) {
            const auto frame = frame_of(std::as_bytes(std::span(body)));
            bytes.append(reinterpret_cast<const char*>(frame.data()), frame.size());
            bytes += body;
        }
        write_bytes(folder / "x", bytes);
        return TraceFile(folder / "x", TraceFile::Trust::nothing);
    };
    proto::TraceChunk chunk;
    proto::TraceSpikes& spikes = *chunk.mutable_spikes();
    spikes.add_samples(0);
    spikes.set_until_tick(8);
    proto::TraceSpikeColumns& columns = *spikes.add_populations();
    for (int k = 0; k < 9; ++k) {
        columns.add_masks();
    }
    columns.mutable_blocks()->set_size(std::uint64_t{1} << 60);
    CHECK_THROWS_AS(file_of(chunk).spikes(0, 0), InputError);
    columns.mutable_blocks()->set_size(1);
    columns.mutable_blocks()->set_packed("\x01");
    columns.mutable_steps()->set_size(1);
    columns.mutable_steps()->set_packed(std::string(1, '\0'));
    columns.mutable_counts()->set_size(5);
    columns.mutable_counts()->set_packed("\xFE\xFF\xFF\xFF\x0F");
    CHECK_THROWS_AS(file_of(chunk).spikes(0, 0), InputError);

    population.set_shape(0, 0xFFFFFFFF);
    CHECK_THROWS_WITH_AS(file_of(chunk),
                         ((folder / "x").string() +
                          ": header.populations[0].shape: got [4294967295], need at most 2^28 neurons")
                             .c_str(),
                         InputError);
}

}  // namespace saltus
