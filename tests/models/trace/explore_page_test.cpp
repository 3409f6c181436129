// What an explore page carries, read back by a reader of its own.
#include "models/trace/explore_page.hpp"

#include <cstring>
#include <nlohmann/json.hpp>
#include <zlib.h>

#include <doctest/doctest.h>

#include "models/trace/explore_gather.hpp"
#include "models/trace/page_columns.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/trace/trace_examples.hpp"

namespace saltus {

using tests::read_bytes;
using tests::ScratchFolder;

namespace {

// The text of the element with this id; empty if there is none.
std::string element(const std::string& page, const std::string& id) {
    const std::size_t at = page.find("id=\"" + id + "\">");
    if (at == std::string::npos) {
        return "";
    }
    const std::size_t from = page.find('>', at) + 1;
    return page.substr(from, page.find("</script>", from) - from);
}

std::string unpack(const std::string& text) {
    std::string packed;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        static const std::string digits =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const std::size_t digit = digits.find(c);
        if (digit == std::string::npos) {
            break;
        }
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        held += 6;
        if (held >= 8) {
            held -= 8;
            packed += static_cast<char>(bits >> held);
        }
    }
    std::string out(1 << 22, '\0');
    uLongf size = out.size();
    REQUIRE(uncompress(reinterpret_cast<Bytef*>(out.data()),
                       &size,
                       reinterpret_cast<const Bytef*>(packed.data()),
                       static_cast<uLong>(packed.size())) == Z_OK);
    out.resize(size);
    return out;
}

struct Columns {
    std::string bytes;
    std::size_t at = 0;

    std::uint64_t number() {
        std::uint64_t value = 0;
        for (int shift = 0;; shift += 7) {
            const auto byte = static_cast<unsigned char>(bytes.at(at++));
            value |= std::uint64_t{byte & 0x7FU} << shift;
            if (byte < 0x80) {
                return value;
            }
        }
    }

    float real() {
        float value = 0;
        std::memcpy(&value, bytes.data() + at, 4);
        at += 4;
        return value;
    }
};

ExploreData example(const std::filesystem::path& trace) {
    const TraceHeader header = tests::example_header();
    TraceWriter writer(trace, header, {});
    for (std::uint64_t k = 0; k < 6; ++k) {
        writer.add(tests::example_sample(header, k));
    }
    writer.finish();
    return gather_explore_data(trace, {});
}

}  // namespace

TEST_CASE("explore page: its columns unpack to the spikes and densities they were made of") {
    const ScratchFolder folder;
    const ExploreData data = example(folder / "t");
    write_explore_page(folder / "x.html", data);
    const std::string page = read_bytes(folder / "x.html");
    Columns density{unpack(element(page, "density"))};
    for (std::size_t k = 0; k < data.samples.size(); ++k) {
        const ExploreSample& sample = data.samples[k];
        Columns columns{unpack(element(page, "spikes-" + std::to_string(k)))};
        for (std::size_t p = 0; p < sample.streams.size(); ++p) {
            for (const std::uint32_t count : sample.density[p]) {
                CHECK(density.number() == count);
            }
            ExploreSpikes read;
            Tick tick = 0;
            std::vector<std::uint64_t> counts(columns.number());
            std::vector<Tick> ticks;
            for (std::uint64_t& count : counts) {
                tick += static_cast<Tick>(columns.number());
                ticks.push_back(tick);
                count = columns.number();
            }
            for (std::size_t j = 0; j < counts.size(); ++j) {
                std::uint64_t neuron = 0;
                for (std::uint64_t n = 0; n < counts[j]; ++n) {
                    neuron += columns.number();
                    read.ticks.push_back(ticks[j]);
                    read.neurons.push_back(static_cast<NeuronIndex>(neuron));
                }
            }
            CHECK(read.ticks == sample.streams[p].ticks);
            CHECK(read.neurons == sample.streams[p].neurons);
            const bool payloads = columns.number() == 1;
            CHECK(payloads == !sample.streams[p].payloads.empty());
            for (const float payload : sample.streams[p].payloads) {
                CHECK(columns.real() == payload);
            }
        }
        CHECK(columns.at == columns.bytes.size());
    }
    CHECK(density.at == density.bytes.size());
    CHECK(nlohmann::json::parse(element(page, "meta"))["samples"].size() == 6);
}

TEST_CASE("explore page: explanations and courses are there as they were given") {
    const ScratchFolder folder;
    ExploreData data = example(folder / "t");
    ExploreExplanation why;
    why.population = 2;
    why.neuron = 5;
    why.tick = 7;
    why.membrane = 0.625;
    why.threshold = 1;
    why.residue = -0.125;
    why.not_tested = "refractory";
    why.terms = {{ExploreTerm::Kind::spike, 0U, 3, Tick{6}, 0.5},
                 {ExploreTerm::Kind::reset, std::nullopt, 0, Tick{2}, 0.25}};
    data.samples[1].explanations = {why};
    data.samples[1].courses = {{1, {0.5F, -2.0F}}};
    write_explore_page(folder / "x.html", data);
    const std::string page = read_bytes(folder / "x.html");
    CHECK(element(page, "explained-0").empty());
    const auto read = nlohmann::json::parse(unpack(element(page, "explained-1")));
    REQUIRE(read.size() == 1);
    CHECK(read[0]["membrane"] == 0.625);
    CHECK(read[0]["residue"] == -0.125);
    CHECK(read[0]["notTested"] == "refractory");
    CHECK(read[0]["terms"][0]["kind"] == "spike");
    CHECK(read[0]["terms"][0]["tick"] == 6);
    CHECK(read[0]["terms"][1]["kind"] == "reset");
    CHECK(read[0]["terms"][1]["population"].is_null());
    Columns course{unpack(element(page, "course-1-1"))};
    CHECK(course.real() == 0.5F);
    CHECK(course.real() == -2.0F);
    CHECK(nlohmann::json::parse(element(page, "meta"))["samples"][1]["courses"] ==
          nlohmann::json{1});
}

TEST_CASE("explore page: no name can leave its place") {
    const ScratchFolder folder;
    ExploreData data = example(folder / "t");
    data.header.model = "</title></script><script>hacked()</script>";
    data.header.populations[0].name = "</script><!--<script>hacked()";
    data.trace_file = "\xFF\xFE not UTF-8";
    write_explore_page(folder / "x.html", data);
    const std::string page = read_bytes(folder / "x.html");
    CHECK(page.find("<script>hacked()") == std::string::npos);
    CHECK(page.find("<!--") == page.rfind("<!--"));
    const auto meta = nlohmann::json::parse(element(page, "meta"));
    CHECK(meta["model"] == data.header.model);
    CHECK(meta["populations"][0]["name"] == data.header.populations[0].name);
    CHECK(page.find("Content-Security-Policy") < page.find("<style>"));
}

TEST_CASE("explore page: numbers of every length survive packing") {
    ColumnWriter writer;
    std::vector<std::uint64_t> numbers = {0, 1, 127, 128, 300, 1ULL << 32, ~0ULL};
    for (const std::uint64_t number : numbers) {
        writer.put(number);
    }
    for (std::size_t cut = 0; cut < 4; ++cut) {
        const std::string bytes = writer.bytes().substr(cut);
        CHECK(unpack(packed_text(bytes)) == bytes);
    }
    Columns columns{unpack(packed_text(writer.bytes()))};
    for (const std::uint64_t number : numbers) {
        CHECK(columns.number() == number);
    }
}

}  // namespace saltus
