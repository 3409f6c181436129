#include "models/trace/crc32c.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace saltus {

namespace {

static_assert(std::endian::native == std::endian::little, "words are read as they lie");

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
    constexpr std::uint32_t k_polynomial = 0x82F63B78U;  // reflected
    Tables tables = {};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t sum = byte;
        for (int bit = 0; bit < 8; ++bit) {
            sum = (sum & 1U) != 0 ? sum >> 1 ^ k_polynomial : sum >> 1;
        }
        tables[0][byte] = sum;
    }
    for (std::size_t t = 1; t < tables.size(); ++t) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t sum = tables[t - 1][byte];
            tables[t][byte] = sum >> 8 ^ tables[0][sum & 0xFFU];
        }
    }
    return tables;
}

constexpr Tables k_tables = make_tables();

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) {
    std::uint32_t sum = ~before;
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), 8);
        word ^= sum;
        sum = 0;
        for (std::size_t k = 0; k < 8; ++k) {
            sum ^= k_tables[7 - k][word >> (8 * k) & 0xFFU];
        }
    }
    for (const std::byte byte : bytes) {
        sum = sum >> 8 ^ k_tables[0][(sum ^ static_cast<std::uint32_t>(byte)) & 0xFFU];
    }
    return ~sum;
}

}  // namespace saltus
