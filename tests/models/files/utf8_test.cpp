#include "models/files/utf8.hpp"

#include <string>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/files/container.hpp"

#include "fault_text.hpp"
#include "small_model.hpp"
#include "tests/models/data/scratch_folder.hpp"

namespace saltus::tests {

namespace {

// RFC 3629 read backwards: a code point as bytes.
std::string encoded(std::uint32_t point) {
    const auto rest = [&](int shift) {
        return static_cast<char>(0x80 | ((point >> shift) & 0x3F));
    };
    if (point < 0x80) {
        return {static_cast<char>(point)};
    }
    if (point < 0x800) {
        return {static_cast<char>(0xC0 | (point >> 6)), rest(0)};
    }
    if (point < 0x10000) {
        return {static_cast<char>(0xE0 | (point >> 12)), rest(6), rest(0)};
    }
    return {static_cast<char>(0xF0 | (point >> 18)), rest(12), rest(6), rest(0)};
}

}  // namespace

TEST_CASE("utf8: every code point is UTF-8 but for surrogates, and nothing beyond the last") {
    for (std::uint32_t point = 0; point < 0x120000; ++point) {
        const bool good = point < 0xD800 || (point > 0xDFFF && point <= 0x10FFFF);
        if (is_utf8(encoded(point)) != good) {
            FAIL("U+" << std::hex << point);
        }
    }
}

TEST_CASE("utf8: of all pairs and triples of bytes, as many are UTF-8 as the code points say") {
    // One-byte characters: 128, two bytes: 1920, three: 61440 (2^16 - 2^11 less surrogates).
    std::size_t pairs = 0;
    std::size_t triples = 0;
    for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
            std::string text = {static_cast<char>(a), static_cast<char>(b), '\0'};
            pairs += is_utf8(text.substr(0, 2)) ? 1 : 0;
            for (int c = 0; c < 256; ++c) {
                text[2] = static_cast<char>(c);
                triples += is_utf8(text) ? 1 : 0;
            }
        }
    }
    CHECK(pairs == 128 * 128 + 1920);
    CHECK(triples == 128 * 128 * 128 + 2 * 128 * 1920 + 61440);
}

TEST_CASE("utf8: bytes that are no character are shown by their number, the rest stays") {
    CHECK(escape_bytes("caf\xC3\xA9 \xE2\x82\xAC") == "caf\xC3\xA9 \xE2\x82\xAC");
    CHECK(escape_bytes("caf\xE9.npy") == "caf\\xE9.npy");
    CHECK(escape_bytes("\xC3") == "\\xC3");
    CHECK(escape_bytes("\xED\xA0\x80") == "\\xED\\xA0\\x80");
    CHECK(escape_bytes("\xC0\xAF") == "\\xC0\\xAF");
}

TEST_CASE("utf8: a model with other text is refused with the place, as text and as container") {
    const auto spoilt = [](const std::string& good, const std::string& path) {
        CAPTURE(path);
        std::string text = k_small_model;
        REQUIRE(text.find(good) != std::string::npos);
        for (std::size_t at = 0; (at = text.find(good, at)) != std::string::npos;) {
            std::string bad = good;
            bad[bad.find('"') + 1] = '\xE9';
            text.replace(at, good.size(), bad);
            at += good.size();
        }
        const std::string refused = fault_text([&] { load_text(text); });
        CHECK(
            contains(refused, "m.textproto: " + path + ": got bytes that are not UTF-8 (\"\\xE9"));
        // The same in a container: protobuf writes it, and would say no more than "no model".
        proto::Model message;
        {
            const std::string fine = k_small_model;
            message = parse_text(std::as_bytes(std::span(fine)), "m");
        }
        std::string bytes = message.SerializeAsString();
        const std::string value =
            good.substr(good.find('"') + 1, good.rfind('"') - good.find('"') - 1);
        const std::size_t at = bytes.find(value);
        REQUIRE(at != std::string::npos);
        bytes[at] = '\xE9';
        const std::string header =
            fault_text([&] { parse_header(std::as_bytes(std::span(bytes)), "m.saltus"); });
        CAPTURE(header);
        CHECK(contains(header, "m.saltus: "));
        CHECK(contains(header, ": got bytes that are not UTF-8 (\"\\xE9"));
    };
    spoilt("name: \"small\"", "name");
    spoilt("name: \"image\"", "inputs[0].name");
    spoilt("name: \"mid\"", "nodes[3].name");
    spoilt("source: \"code\"", "projections[0].source");
    spoilt("offsets: \"offsets\"", "projections[3].sparse.offsets");
    spoilt("name: \"class\"", "readouts[0].name");
}

TEST_CASE("utf8: a header too long to be read again is not written") {
    const ScratchFolder folder;
    const std::string header((std::size_t{1} << 28) + 1, 'x');
    const std::string refused =
        fault_text([&] { write_container(folder / "m.saltus", header, {}); });
    CHECK(contains(refused, "header length: got 268435457, need at most 268435456 bytes"));
    CHECK(files_in(folder.path()) == 0);
}

}  // namespace saltus::tests
