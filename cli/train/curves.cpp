#include "cli/train/curves.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <vector>

#include <fmt/format.h>

namespace saltus::cli {

namespace {

// Okabe and Ito's colours: told apart by the colour-blind, and in grey.
constexpr const char* k_blue = "#0072B2";
constexpr const char* k_orange = "#D55E00";

constexpr double k_width = 760;
constexpr double k_left = 78;
constexpr double k_right = 732;
constexpr double k_top = 64;
constexpr double k_panel = 130;
constexpr double k_gap = 30;

struct Epoch {
    double number = 0;
    bool spiking = false;
    double train = 0;
    double validation = 0;
    double loss = 0;
    double operations = 0;
};

struct Line {
    const char* name;
    const char* colour;
    double Epoch::*member;
};

struct Panel {
    const char* title;
    std::vector<Line> lines;
    bool logarithmic = false;
};

std::string escaped(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
            case '<':
                safe += "&lt;";
                break;
            case '&':
                safe += "&amp;";
                break;
            default:
                safe += static_cast<unsigned char>(c) < 32 ? ' ' : c;
        }
    }
    return safe;
}

std::vector<Epoch> epochs_of(const std::string& history) {
    std::vector<Epoch> epochs;
    std::istringstream lines(history);
    for (std::string line; std::getline(lines, line);) {
        const nlohmann::json json = nlohmann::json::parse(line);
        epochs.push_back({json["epoch"].get<double>(),
                          json["spiking"].get<bool>(),
                          100 * json["train_accuracy"].get<double>(),
                          100 * json["validation"]["accuracy"].get<double>(),
                          json["loss"].get<double>(),
                          std::max(1.0, json["validation"]["total_operations"].get<double>())});
    }
    return epochs;
}

std::string text(double x, double y, const std::string& words, const char* anchor, const char* more = "") {
    return fmt::format("<text x='{:.1f}' y='{:.1f}' text-anchor='{}' {}>{}</text>\n", x, y, anchor, more, words);
}

// 1, 2 or 5 times a power of ten: about four of them between.
double nice_step(double range) {
    const double power = std::pow(10, std::floor(std::log10(range / 4)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (range / (factor * power) <= 5) {
            return factor * power;
        }
    }
    return 10 * power;
}

std::vector<double> ticks(double low, double high) {
    const double step = nice_step(high - low);
    std::vector<double> list;
    for (double tick = std::ceil(low / step) * step; tick <= high; tick += step) {
        list.push_back(tick);
    }
    return list;
}

// 1, 2, 5, 10, ... where there are two of them between, else round numbers at even distances.
std::vector<double> logarithmic_ticks(double low, double high) {
    std::vector<double> list;
    for (double power = std::pow(10, std::floor(low)); power <= std::pow(10, high); power *= 10) {
        for (const double factor : {1.0, 2.0, 5.0}) {
            const double at = std::log10(factor * power);
            if (at >= low && at <= high) {
                list.push_back(factor * power);
            }
        }
    }
    return list.size() > 1 ? list : ticks(std::pow(10, low), std::pow(10, high));
}

class Drawing {
  public:
    explicit Drawing(std::vector<Epoch> epochs) : epochs_(std::move(epochs)) {}

    std::string panel(const Panel& panel, double top) const {
        const auto value = [&panel](double y) { return panel.logarithmic ? std::log10(y) : y; };
        double low = 1e300;
        double high = -1e300;
        for (const Epoch& epoch : epochs_) {
            for (const Line& line : panel.lines) {
                low = std::min(low, value(epoch.*line.member));
                high = std::max(high, value(epoch.*line.member));
            }
        }
        const double margin = std::max(0.02 * std::abs(high), 0.08 * (high - low));
        low -= margin;
        high += margin;
        const auto y_of = [&](double y) {
            return top + k_panel - (value(y) - low) / (high - low) * k_panel;
        };
        std::string svg = text(k_left, top - 8, panel.title, "start", "font-weight='bold'");
        svg += axis(panel, low, high, top);
        for (std::size_t l = 0; l < panel.lines.size(); ++l) {
            const Line& line = panel.lines[l];
            std::string points;
            for (const Epoch& epoch : epochs_) {
                points += fmt::format("{:.1f},{:.1f} ", x_of(epoch.number), y_of(epoch.*line.member));
            }
            svg += fmt::format(
                "<polyline points='{}' fill='none' stroke='{}' stroke-width='1.8'{}/>\n",
                points, line.colour, l == 1 ? " stroke-dasharray='5 3'" : "");
            if (panel.lines.size() > 1) {
                const double x = k_right - 190 + 100 * static_cast<double>(l);
                svg += fmt::format(
                    "<line x1='{0:.1f}' x2='{1:.1f}' y1='{2:.1f}' y2='{2:.1f}' stroke='{3}' stroke-width='1.8'{4}/>\n",
                    x, x + 22, top - 12, line.colour, l == 1 ? " stroke-dasharray='5 3'" : "");
                svg += text(x + 27, top - 8, line.name, "start");
            }
        }
        return svg;
    }

    // Where the spiking steps began, and the epochs' numbers.
    std::string frame(double bottom) const {
        std::string svg;
        const double step = std::max(1.0, nice_step(std::max(1.0, epochs_.back().number)));
        for (double e = step; e <= epochs_.back().number; e += step) {
            svg += text(x_of(e), bottom + 16, fmt::format("{:.0f}", e), "middle");
        }
        svg += text((k_left + k_right) / 2, bottom + 34, "epoch", "middle");
        const auto first = std::find_if(
            epochs_.begin(), epochs_.end(), [](const Epoch& epoch) { return epoch.spiking; });
        if (first != epochs_.end() && first != epochs_.begin()) {
            const double x = x_of(first->number - 0.5);
            svg += fmt::format(
                "<line x1='{0:.1f}' x2='{0:.1f}' y1='{1}' y2='{2:.1f}' stroke='#555' stroke-dasharray='2 3'/>\n",
                x, k_top, bottom);
            svg += text(x - 5, k_top + 12, "artificial", "end", "fill='#555'");
            svg += text(x + 5, k_top + 12, "spiking", "start", "fill='#555'");
        }
        return svg;
    }

  private:
    [[nodiscard]] double x_of(double epoch) const {
        const double last = std::max(2.0, epochs_.back().number);
        return k_left + (epoch - 1) / (last - 1) * (k_right - k_left);
    }

    static std::string axis(const Panel& panel, double low, double high, double top) {
        std::string svg = fmt::format(
            "<rect x='{}' y='{:.1f}' width='{}' height='{}' fill='none' stroke='#999'/>\n",
            k_left, top, k_right - k_left, k_panel);
        for (const double shown : panel.logarithmic ? logarithmic_ticks(low, high) : ticks(low, high)) {
            const double at = panel.logarithmic ? std::log10(shown) : shown;
            const double y = top + k_panel - (at - low) / (high - low) * k_panel;
            svg += fmt::format("<line x1='{}' x2='{}' y1='{:.1f}' y2='{:.1f}' stroke='#ddd'/>\n",
                               k_left, k_right, y, y);
            svg += text(k_left - 6, y + 4,
                        panel.logarithmic ? fmt::format("{:.0f}", shown) : fmt::format("{:.4g}", shown),
                        "end");
        }
        return svg;
    }

    std::vector<Epoch> epochs_;
};

}  // namespace

std::string training_curves(const std::string& name, const std::string& history) {
    const Panel panels[] = {
        {"accuracy, %",
         {{"validation", k_blue, &Epoch::validation}, {"training", k_orange, &Epoch::train}}},
        {"loss", {{"loss", k_blue, &Epoch::loss}}},
        {"total operations a sample (logarithmic)", {{"operations", k_blue, &Epoch::operations}}, true}};
    const double bottom = k_top + 3 * k_panel + 2 * k_gap;
    std::string svg = fmt::format(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0:.0f} {1:.0f}' width='{0:.0f}' height='{1:.0f}' "
        "role='img' font-family='DejaVu Sans, Verdana, sans-serif' font-size='12'>\n"
        "<title>Training of {2}</title>\n<rect width='{0:.0f}' height='{1:.0f}' fill='white'/>\n",
        k_width, bottom + 46, escaped(name));
    svg += text(k_left, 26, "Training of " + escaped(name), "start", "font-size='16' font-weight='bold'");
    const std::vector<Epoch> epochs = epochs_of(history);
    if (epochs.empty()) {
        return svg + text(k_left, k_top, "no epoch was finished", "start") + "</svg>\n";
    }
    const Drawing drawing(epochs);
    double top = k_top;
    for (const Panel& panel : panels) {
        svg += drawing.panel(panel, top);
        top += k_panel + k_gap;
    }
    return svg + drawing.frame(bottom) + "</svg>\n";
}

}  // namespace saltus::cli
