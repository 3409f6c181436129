// A zip archive read by APPNOTE.TXT and zlib alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <zlib.h>

#include <doctest/doctest.h>

namespace saltus::tests {

inline std::uint64_t number_at(const std::string& bytes, std::size_t at, int size) {
    std::uint64_t value = 0;
    for (int k = size - 1; k >= 0; --k) {
        value = value << 8 | static_cast<unsigned char>(bytes.at(at + static_cast<std::size_t>(k)));
    }
    return value;
}

// The members of a zip archive, by way of its directory, sizes in 32 or 64 bits; checksums are
// checked.
inline std::map<std::string, std::string> unzip(const std::string& bytes) {
    std::map<std::string, std::string> members;
    const std::size_t end = bytes.size() - 22;
    REQUIRE(number_at(bytes, end, 4) == 0x06054b50);
    std::uint64_t count = number_at(bytes, end + 10, 2);
    std::uint64_t at = number_at(bytes, end + 16, 4);
    if (at == 0xFFFFFFFF) {
        REQUIRE(number_at(bytes, end - 20, 4) == 0x07064b50);
        const std::uint64_t wide = number_at(bytes, end - 12, 8);
        REQUIRE(number_at(bytes, wide, 4) == 0x06064b50);
        count = number_at(bytes, wide + 32, 8);
        at = number_at(bytes, wide + 48, 8);
    }
    for (std::uint64_t k = 0; k < count; ++k) {
        REQUIRE(number_at(bytes, at, 4) == 0x02014b50);
        const std::uint64_t check = number_at(bytes, at + 16, 4);
        std::uint64_t packed = number_at(bytes, at + 20, 4);
        std::uint64_t size = number_at(bytes, at + 24, 4);
        const std::uint64_t name_size = number_at(bytes, at + 28, 2);
        const std::uint64_t extra = number_at(bytes, at + 30, 2);
        std::uint64_t offset = number_at(bytes, at + 42, 4);
        const std::string name = bytes.substr(at + 46, name_size);
        if (extra != 0) {
            size = number_at(bytes, at + 46 + name_size + 4, 8);
            packed = number_at(bytes, at + 46 + name_size + 12, 8);
            offset = number_at(bytes, at + 46 + name_size + 20, 8);
        }
        REQUIRE(number_at(bytes, offset, 4) == 0x04034b50);
        const std::uint64_t data =
            offset + 30 + number_at(bytes, offset + 26, 2) + number_at(bytes, offset + 28, 2);
        std::string out(size, '\0');
        z_stream z = {};
        REQUIRE(inflateInit2(&z, -15) == Z_OK);
        z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + data));
        z.avail_in = static_cast<uInt>(packed);
        z.next_out = reinterpret_cast<Bytef*>(out.data());
        z.avail_out = static_cast<uInt>(size);
        CHECK(inflate(&z, Z_FINISH) == Z_STREAM_END);
        CHECK(z.total_out == size);
        CHECK(z.avail_in == 0);
        inflateEnd(&z);
        CHECK(crc32(0, reinterpret_cast<const Bytef*>(out.data()), static_cast<uInt>(size)) ==
              check);
        members[name] = out;
        at += 46 + name_size + extra;
    }
    return members;
}

}  // namespace saltus::tests
