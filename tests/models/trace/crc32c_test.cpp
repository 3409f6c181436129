#include "models/trace/crc32c.hpp"

#include <random>
#include <string_view>
#include <vector>

#include <boost/crc.hpp>
#include <doctest/doctest.h>

namespace saltus {

TEST_CASE("crc32c: the check value of its definition, and Boost's bits for any bytes in any pieces") {
    CHECK(crc32c(std::as_bytes(std::span(std::string_view("123456789")))) == 0xE3069283U);
    std::mt19937 random(1);
    std::vector<std::byte> bytes;
    for (int k = 0; k < 300; ++k) {
        boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> expected;
        expected.process_bytes(bytes.data(), bytes.size());
        const std::span<const std::byte> all(bytes);
        REQUIRE(crc32c(all) == expected.checksum());
        const std::size_t cut = random() % (bytes.size() + 1);
        REQUIRE(crc32c(all.subspan(cut), crc32c(all.first(cut))) == expected.checksum());
        bytes.push_back(static_cast<std::byte>(random()));
    }
}

}  // namespace saltus
