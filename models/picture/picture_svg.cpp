// A picture as SVG: text stays text, and marks can say what they are.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "models/picture/picture_files.hpp"
#include "models/picture/picture_text.hpp"

namespace saltus::detail {

namespace {

constexpr double k_mm_a_point = 25.4 / 72;

std::string hex(Colour colour) {
    return fmt::format("#{:02X}{:02X}{:02X}", colour.red, colour.green, colour.blue);
}

// At most two decimals, and none that say nothing.
std::string number(double value) {
    const double rounded = std::round(value * 100) / 100;
    return fmt::format("{}", rounded == 0 ? 0.0 : rounded);
}

std::string title_of(const std::string& title) {
    return title.empty() ? std::string() : "<title>" + escape(title) + "</title>";
}

class Writer {
  public:
    explicit Writer(const Picture& picture) {
        put("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}mm\" height=\"{}mm\" "
            "viewBox=\"0 0 {} {}\" font-family=\"'DejaVu Sans','Helvetica "
            "Neue',Arial,sans-serif\">\n"
            "{}\n<rect width=\"100%\" height=\"100%\" fill=\"#FFF\"/>\n",
            number(picture.width * k_mm_a_point),
            number(picture.height * k_mm_a_point),
            number(picture.width),
            number(picture.height),
            title_of(picture.title));
        for (const Picture::Shape& shape : picture.shapes) {
            std::visit([this](const auto& one) { add(one); }, shape);
        }
        out_ += "</svg>\n";
    }

    std::string take() { return std::move(out_); }

  private:
    template <class... Args>
    void put(fmt::format_string<Args...> text, Args&&... args) {
        fmt::format_to(std::back_inserter(out_), text, std::forward<Args>(args)...);
    }

    void close(const char* name, const std::string& title) {
        if (title.empty()) {
            out_ += "/>\n";
        } else {
            put(">{}</{}>\n", title_of(title), name);
        }
    }

    void add(const Picture::Box& box) {
        put("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"",
            number(box.x),
            number(box.y),
            number(box.width),
            number(box.height),
            hex(box.fill));
        if (box.outline) {
            put(" stroke=\"{}\" stroke-width=\"{}\"", hex(*box.outline), number(box.line));
        }
        close("rect", box.title);
    }

    void add(const Picture::Line& line) {
        put("<path d=\"M{} {}L{} {}\" stroke=\"{}\" stroke-width=\"{}\"/>\n",
            number(line.x1),
            number(line.y1),
            number(line.x2),
            number(line.y2),
            hex(line.colour),
            number(line.width));
    }

    void add(const Picture::Text& text) {
        constexpr const char* k_anchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
        put("<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"{}{}>{}{}</text>\n",
            number(text.x),
            number(text.y),
            number(text.size),
            hex(text.colour),
            text.bold ? " font-weight=\"bold\"" : "",
            k_anchors[static_cast<std::size_t>(text.anchor)],
            title_of(text.title),
            escape(text.text));
    }

    void add(const Picture::Marks& marks) {
        const std::string width = number(marks.width);
        const std::string height = number(marks.height);
        if (marks.titles.empty()) {
            put("<path fill=\"{}\" d=\"", hex(marks.fill));
            for (const auto& [x, y] : marks.corners) {
                put("M{} {}h{}v{}h-{}z", number(x), number(y), width, height, width);
            }
            out_ += "\"/>\n";
            return;
        }
        put("<g fill=\"{}\">\n", hex(marks.fill));
        for (std::size_t k = 0; k < marks.corners.size(); ++k) {
            put("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
                number(marks.corners[k].first),
                number(marks.corners[k].second),
                width,
                height);
            close("rect", marks.titles[k]);
        }
        out_ += "</g>\n";
    }

    // A path a colour, in units of cells; neighbours of one row and colour are one box.
    void add(const Picture::Cells& cells) {
        if (cells.columns == 0) {
            return;
        }
        std::map<Colour, std::string> paths;
        const double right = cells.width / cells.cell_width;
        const double bottom = cells.height / cells.cell_height;
        for (std::size_t at = 0; at < cells.colours.size();) {
            const std::optional<Colour>& colour = cells.colours[at];
            const std::size_t row = at / cells.columns;
            const std::size_t first = at % cells.columns;
            const std::size_t in_row =
                std::min(cells.columns, cells.colours.size() - row * cells.columns);
            std::size_t end = first + 1;
            for (; end < in_row && cells.colours[row * cells.columns + end] == colour; ++end) {
            }
            at = row * cells.columns + end;
            if (colour) {
                const double width =
                    std::min(static_cast<double>(end), right) - static_cast<double>(first);
                const double height =
                    std::min(static_cast<double>(row + 1), bottom) - static_cast<double>(row);
                fmt::format_to(std::back_inserter(paths[*colour]),
                               "M{} {}h{}v{}h-{}z",
                               first,
                               row,
                               number(width),
                               number(height),
                               number(width));
            }
        }
        put("<g shape-rendering=\"crispEdges\" transform=\"translate({} {}) scale({:.6g} "
            "{:.6g})\">\n",
            number(cells.x),
            number(cells.y),
            cells.cell_width,
            cells.cell_height);
        for (const auto& [colour, path] : paths) {
            put("<path fill=\"{}\" d=\"{}\"/>\n", hex(colour), path);
        }
        out_ += "</g>\n";
    }

    std::string out_;
};

}  // namespace

std::string svg_of(const Picture& picture) {
    return Writer(picture).take();
}

}  // namespace saltus::detail
