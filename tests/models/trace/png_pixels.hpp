// The dots of a PNG of 8-bit RGB, read by zlib and the standard's filters: not by what wrote it.
// Source: PNG (ISO/IEC 15948), 9 and 10.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>
#include <zlib.h>

namespace saltus::tests {

struct Pixels {
    std::size_t width = 0;
    std::size_t height = 0;
    std::vector<unsigned char> rgb;  // [row, column, 3]

    [[nodiscard]] std::size_t count(unsigned red, unsigned green, unsigned blue) const {
        std::size_t n = 0;
        for (std::size_t at = 0; at < rgb.size(); at += 3) {
            n += rgb[at] == red && rgb[at + 1] == green && rgb[at + 2] == blue ? 1 : 0;
        }
        return n;
    }
};

inline std::size_t big_endian(const std::string& bytes, std::size_t at) {
    std::size_t value = 0;
    for (std::size_t k = 0; k < 4; ++k) {
        value = value << 8 | static_cast<unsigned char>(bytes.at(at + k));
    }
    return value;
}

inline Pixels read_png(const std::string& bytes) {
    if (bytes.substr(0, 8) != "\x89PNG\r\n\x1a\n" || bytes.substr(12, 4) != "IHDR" ||
        bytes.at(24) != 8 || bytes.at(25) != 2) {
        throw std::runtime_error("no PNG of 8-bit RGB");
    }
    Pixels pixels;
    pixels.width = big_endian(bytes, 16);
    pixels.height = big_endian(bytes, 20);
    std::string packed;
    for (std::size_t at = 8; at < bytes.size();) {
        const std::size_t length = big_endian(bytes, at);
        if (bytes.substr(at + 4, 4) == "IDAT") {
            packed += bytes.substr(at + 8, length);
        }
        at += length + 12;
    }
    const std::size_t line = 3 * pixels.width;
    std::vector<unsigned char> raw((line + 1) * pixels.height);
    uLongf size = raw.size();
    if (uncompress(raw.data(),
                   &size,
                   reinterpret_cast<const unsigned char*>(packed.data()),
                   packed.size()) != Z_OK ||
        size != raw.size()) {
        throw std::runtime_error("PNG: damaged data");
    }
    pixels.rgb.resize(line * pixels.height);
    for (std::size_t y = 0; y < pixels.height; ++y) {
        for (std::size_t x = 0; x < line; ++x) {
            const int left = x < 3 ? 0 : pixels.rgb[y * line + x - 3];
            const int up = y == 0 ? 0 : pixels.rgb[(y - 1) * line + x];
            const int corner = x < 3 || y == 0 ? 0 : pixels.rgb[(y - 1) * line + x - 3];
            const int guess = left + up - corner;
            const int to_left = std::abs(guess - left);
            const int to_up = std::abs(guess - up);
            const int to_corner = std::abs(guess - corner);
            const int paeth = to_left <= to_up && to_left <= to_corner ? left
                              : to_up <= to_corner                     ? up
                                                                       : corner;
            const int filters[] = {0, left, up, (left + up) / 2, paeth};
            pixels.rgb[y * line + x] = static_cast<unsigned char>(raw[y * (line + 1) + 1 + x] +
                                                                  filters[raw[y * (line + 1)] % 5]);
        }
    }
    return pixels;
}

}  // namespace saltus::tests
