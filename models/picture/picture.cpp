#include "models/picture/picture.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/picture/picture_files.hpp"
#include "models/picture/picture_text.hpp"

namespace saltus {

namespace {

// Widths of DejaVu Sans in shares of its size, by kind of letter, rounded up.
double letter_width(char c) {
    constexpr std::string_view k_narrow = " iljtfrI.,:;'|!()[]-";
    constexpr std::string_view k_wide = "mwMW@%";
    if (k_narrow.find(c) != std::string_view::npos) {
        return 0.42;
    }
    return k_wide.find(c) != std::string_view::npos ? 1.0 : (c >= 'A' && c <= 'Z' ? 0.72 : 0.64);
}

constexpr double k_bold = 1.1;

}  // namespace

Colour mixed(Colour from, Colour to, double share) {
    const double part = std::clamp(share, 0.0, 1.0);
    const auto mix = [&](std::uint8_t a, std::uint8_t b) {
        return static_cast<std::uint8_t>(std::lround(a + (b - a) * part));
    };
    return {mix(from.red, to.red), mix(from.green, to.green), mix(from.blue, to.blue)};
}

PictureFormat picture_format(const std::filesystem::path& path) {
    const std::string extension = path.extension().string();
    if (extension == ".svg") {
        return PictureFormat::svg;
    }
    if (extension == ".png") {
        return PictureFormat::png;
    }
    if (extension == ".pdf") {
        return PictureFormat::pdf;
    }
    throw InputError(
        path.string(), fmt::format("extension \"{}\"", extension), ".svg, .png or .pdf");
}

std::string picture_bytes(const Picture& picture, PictureFormat format, double dots_per_inch) {
    switch (format) {
        case PictureFormat::svg:
            return detail::svg_of(picture);
        case PictureFormat::png:
            return detail::png_of(picture, dots_per_inch);
        case PictureFormat::pdf:
            break;
    }
    return detail::pdf_of(picture);
}

double text_width(const std::string& text, double size, bool bold) {
    double width = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80U) {
            width += letter_width(c);
        } else if (byte >= 0xC0U) {
            width += byte >= 0xE3U ? 1.1 : 0.64;  // from U+3000 on letters are as wide as high
        }
    }
    return width * size * (bold ? k_bold : 1);
}

std::string fitted(const std::string& text, double size, double width, bool bold) {
    std::string shown = text;
    for (std::size_t n = letters(text); n > 3 && text_width(shown, size, bold) > width;) {
        const double share = width / text_width(shown, size, bold);
        n = std::max<std::size_t>(
            3, std::min(n - 1, static_cast<std::size_t>(static_cast<double>(n) * share)));
        shown = shorten(text, n);
    }
    return shown;
}

}  // namespace saltus
