// A picture as PNG or PDF, by cairo.
#include <algorithm>
#include <cairo-pdf.h>
#include <cairo.h>
#include <cmath>
#include <cstring>
#include <memory>

#include "core/error.hpp"
#include "models/picture/picture_files.hpp"
#include "models/picture/picture_text.hpp"

namespace saltus::detail {

namespace {

constexpr double k_points_an_inch = 72;
constexpr double k_most_dots = 32767;  // cairo's, a side

struct Destroy {
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }

    void operator()(cairo_t* context) const { cairo_destroy(context); }

    void operator()(cairo_font_options_t* options) const { cairo_font_options_destroy(options); }
};

using Surface = std::unique_ptr<cairo_surface_t, Destroy>;

void check(cairo_status_t status) {
    if (status != CAIRO_STATUS_SUCCESS) {
        throw Error(std::string("the picture could not be drawn: cairo: ") +
                    cairo_status_to_string(status));
    }
}

// cairo is C: nothing may be thrown through it.
cairo_status_t append(void* closure, const unsigned char* data, unsigned length) noexcept {
    try {
        static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
        return CAIRO_STATUS_SUCCESS;
    } catch (...) {
        return CAIRO_STATUS_NO_MEMORY;
    }
}

class Painter {
  public:
    explicit Painter(cairo_surface_t* surface) : context_(cairo_create(surface)) {
        // The machine's taste in hinting must not move letters.
        const std::unique_ptr<cairo_font_options_t, Destroy> options(cairo_font_options_create());
        cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
        cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
        cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
        cairo_set_font_options(context_.get(), options.get());
    }

    void paint(const Picture& picture, double scale) {
        cairo_scale(context_.get(), scale, scale);
        set(Colour{255, 255, 255});
        cairo_paint(context_.get());
        for (const Picture::Shape& shape : picture.shapes) {
            std::visit([this](const auto& one) { add(one); }, shape);
        }
        check(cairo_status(context_.get()));
    }

  private:
    void set(Colour colour) {
        cairo_set_source_rgb(
            context_.get(), colour.red / 255.0, colour.green / 255.0, colour.blue / 255.0);
    }

    void add(const Picture::Box& box) {
        cairo_rectangle(context_.get(), box.x, box.y, box.width, box.height);
        set(box.fill);
        cairo_fill_preserve(context_.get());
        if (box.outline) {
            set(*box.outline);
            cairo_set_line_width(context_.get(), box.line);
            cairo_stroke(context_.get());
        }
        cairo_new_path(context_.get());
    }

    void add(const Picture::Line& line) {
        set(line.colour);
        cairo_set_line_width(context_.get(), line.width);
        cairo_move_to(context_.get(), line.x1, line.y1);
        cairo_line_to(context_.get(), line.x2, line.y2);
        cairo_stroke(context_.get());
    }

    void add(const Picture::Text& text) {
        set(text.colour);
        cairo_select_font_face(context_.get(),
                               "DejaVu Sans",
                               CAIRO_FONT_SLANT_NORMAL,
                               text.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
        cairo_set_font_size(context_.get(), text.size);
        const std::string shown = printable(text.text);
        cairo_text_extents_t extents;
        cairo_text_extents(context_.get(), shown.c_str(), &extents);
        const double back = text.anchor == Picture::Anchor::start ? 0
                            : text.anchor == Picture::Anchor::end ? extents.x_advance
                                                                  : extents.x_advance / 2;
        cairo_move_to(context_.get(), text.x - back, text.y);
        cairo_show_text(context_.get(), shown.c_str());
    }

    void add(const Picture::Marks& marks) {
        set(marks.fill);
        for (const auto& [x, y] : marks.corners) {
            cairo_rectangle(context_.get(), x, y, marks.width, marks.height);
            cairo_fill(context_.get());
        }
    }

    // As an image of a dot a cell: boxes would leave seams between them.
    void add(const Picture::Cells& cells) {
        if (cells.columns == 0) {
            return;
        }
        const auto columns = static_cast<int>(cells.columns);
        const std::size_t rows = (cells.colours.size() + cells.columns - 1) / cells.columns;
        const Surface image(
            cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, static_cast<int>(rows)));
        check(cairo_surface_status(image.get()));
        unsigned char* const bytes = cairo_image_surface_get_data(image.get());
        const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(image.get()));
        for (std::size_t at = 0; at < rows * cells.columns; ++at) {
            const Colour colour =
                at < cells.colours.size() ? cells.colours[at].value_or(cells.blank) : cells.blank;
            const std::uint32_t dot = static_cast<std::uint32_t>(colour.red) << 16U |
                                      static_cast<std::uint32_t>(colour.green) << 8U | colour.blue;
            std::memcpy(bytes + at / cells.columns * stride + at % cells.columns * sizeof dot,
                        &dot,
                        sizeof dot);
        }
        cairo_surface_mark_dirty(image.get());
        cairo_t* const context = context_.get();
        cairo_save(context);
        cairo_rectangle(context, cells.x, cells.y, cells.width, cells.height);
        cairo_clip(context);
        cairo_translate(context, cells.x, cells.y);
        cairo_scale(context, cells.cell_width, cells.cell_height);
        cairo_set_source_surface(context, image.get(), 0, 0);
        cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_NEAREST);
        cairo_paint(context);
        cairo_restore(context);
    }

    std::unique_ptr<cairo_t, Destroy> context_;
};

}  // namespace

std::string png_of(const Picture& picture, double dots_per_inch) {
    const double scale = std::min(dots_per_inch / k_points_an_inch,
                                  k_most_dots / std::ceil(std::max(picture.width, picture.height)));
    const Surface surface(
        cairo_image_surface_create(CAIRO_FORMAT_RGB24,
                                   static_cast<int>(std::ceil(picture.width * scale)),
                                   static_cast<int>(std::ceil(picture.height * scale))));
    check(cairo_surface_status(surface.get()));
    Painter(surface.get()).paint(picture, scale);
    std::string bytes;
    check(cairo_surface_write_to_png_stream(surface.get(), append, &bytes));
    return bytes;
}

std::string pdf_of(const Picture& picture) {
    std::string bytes;
    const Surface surface(
        cairo_pdf_surface_create_for_stream(append, &bytes, picture.width, picture.height));
    check(cairo_surface_status(surface.get()));
    cairo_pdf_surface_restrict_to_version(surface.get(), CAIRO_PDF_VERSION_1_4);
    // A date of now would make each drawing another file.
    cairo_pdf_surface_set_metadata(
        surface.get(), CAIRO_PDF_METADATA_CREATE_DATE, "1970-01-01T00:00:00Z");
    cairo_pdf_surface_set_metadata(
        surface.get(), CAIRO_PDF_METADATA_TITLE, printable(picture.title).c_str());
    Painter(surface.get()).paint(picture, 1);
    cairo_surface_finish(surface.get());
    check(cairo_surface_status(surface.get()));
    return bytes;
}

}  // namespace saltus::detail
