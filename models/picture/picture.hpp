// A picture as shapes on a page, whatever file it becomes: what draws a raster or a map says it
// once, and SVG, PNG and PDF show the same. Lengths are points (1/72 inch), y downwards.
//
// Equal pictures become equal bytes: no time, no random name. PNG and PDF letters are the DejaVu
// Sans of the machine; SVG leaves letters to its reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace saltus {

struct Colour {
    std::uint8_t red = 0;
    std::uint8_t green = 0;
    std::uint8_t blue = 0;

    friend auto operator<=>(const Colour&, const Colour&) = default;
};

// `share` of the way from one colour to another, 0 to 1.
Colour mixed(Colour from, Colour to, double share);

struct Picture {
    enum class Anchor { start, middle, end };

    // Titles are tooltips, where the file's reader has them.
    struct Box {
        double x = 0;
        double y = 0;
        double width = 0;
        double height = 0;
        Colour fill;
        std::optional<Colour> outline;
        double line = 0;  // width of the outline
        std::string title;
    };

    struct Line {
        double x1 = 0;
        double y1 = 0;
        double x2 = 0;
        double y2 = 0;
        double width = 0;
        Colour colour;
    };

    // One line of text; y is its base line.
    struct Text {
        double x = 0;
        double y = 0;
        double size = 0;
        std::string text;
        Anchor anchor = Anchor::start;
        Colour colour;
        bool bold = false;
        std::string title;
    };

    // Boxes of one size and colour. titles: one each, or none.
    struct Marks {
        double width = 0;
        double height = 0;
        Colour fill;
        std::vector<std::pair<double, double>> corners;  // upper left
        std::vector<std::string> titles;
    };

    // A grid of coloured cells without seams, cut off at width and height. Where there is no colour
    // SVG leaves the cell bare; PNG and PDF, in which the grid is an image, show `blank`.
    struct Cells {
        double x = 0;
        double y = 0;
        double width = 0;
        double height = 0;
        double cell_width = 0;
        double cell_height = 0;
        std::size_t columns = 0;
        std::vector<std::optional<Colour>> colours;  // [row, column]; the last row may be short
        Colour blank{255, 255, 255};
    };

    using Shape = std::variant<Box, Line, Text, Marks, Cells>;

    double width = 0;
    double height = 0;
    std::string title;
    std::vector<Shape> shapes;  // later ones cover earlier ones
};

enum class PictureFormat { svg, png, pdf };

// By the extension. Throws InputError for another one.
PictureFormat picture_format(const std::filesystem::path& path);

// The file's bytes. `dots_per_inch`: of a PNG, of at most 32,767 dots a side. Throws Error if the
// machine's cairo or its memory fail.
std::string picture_bytes(const Picture& picture, PictureFormat format, double dots_per_inch);

// What a text of this size is about wide, rather more than less.
double text_width(const std::string& text, double size, bool bold = false);

// The text, shortened in the middle until it is at most `width` wide.
std::string fitted(const std::string& text, double size, double width, bool bold = false);

}  // namespace saltus
