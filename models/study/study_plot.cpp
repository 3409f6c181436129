#include "models/study/study_plot.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "models/energy/energy_model.hpp"

namespace saltus {

namespace {

// Okabe and Ito's: told apart by the colour-blind, and in grey.
constexpr Colour k_blue{0x00, 0x72, 0xB2};
constexpr Colour k_orange{0xD5, 0x5E, 0x00};
constexpr Colour k_black{0x11, 0x11, 0x11};
constexpr Colour k_grey{0x55, 0x55, 0x55};
constexpr Colour k_pale{0xA9, 0xC4, 0xDA};
constexpr Colour k_grid{0xDD, 0xDD, 0xDD};

constexpr double k_width = 493;  // points: 174 mm
constexpr double k_height = 300;
constexpr double k_left = 52;
constexpr double k_right = 478;
constexpr double k_top = 34;
constexpr double k_bottom = 258;
constexpr double k_size = 8;
constexpr double k_depth = 15;     // points of accuracy below the best that are drawn
constexpr double k_few_times = 3;  // costs that differ by less stand on a linear axis

struct Dot {
    double cost = 0;
    double accuracy = 0;
    double low = 0;
    double high = 0;
    bool best = false;
    std::string title;
};

struct Range {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();

    void take(double value) {
        low = std::min(low, value);
        high = std::max(high, value);
    }
};

std::string settings_text(const std::vector<Setting>& settings) {
    std::string text;
    for (const Setting& setting : settings) {
        text += (text.empty() ? "" : ", ") + setting.path + "=" + value_text(setting.value);
    }
    return text;
}

// 1, 2 or 5 times a power of ten: some four of them in the range.
double step_of(double range) {
    const double power = std::pow(10, std::floor(std::log10(range / 4)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (range / (factor * power) <= 5) {
            return factor * power;
        }
    }
    return 10 * power;
}

class Plot {
  public:
    Plot(const StudySummary& summary, std::optional<std::size_t> energy, const std::string& cost)
        : summary_(summary), energy_(energy), cost_(cost) {
        picture_.width = k_width;
        picture_.height = k_height;
        picture_.title = "Accuracy against " + cost;
    }

    Picture draw() {
        gather();
        text(k_left,
             18,
             10,
             "Accuracy against " + cost_ + ", a sample",
             Picture::Anchor::start,
             k_black,
             true);
        if (dots_.empty()) {
            text(k_left,
                 60,
                 k_size,
                 "nothing to draw: no point has an accuracy and a cost",
                 Picture::Anchor::start,
                 k_grey);
            return std::move(picture_);
        }
        look_near_the_best();
        set_ranges();
        axes();
        front();
        for (const Dot& dot : dots_) {
            point(dot, dot.best ? k_blue : k_pale, 2.2);
        }
        for (const Dot& rival : rivals_) {
            square(rival);
        }
        legend();
        return std::move(picture_);
    }

  private:
    void gather() {
        for (const StudyRow& row : summary_.rows) {
            const double cost = energy_ ? (*energy_ < row.joules.size() ? row.joules[*energy_] : 0)
                                        : row.total_operations;
            if (row.runs > 0 && row.labelled && cost > 0) {
                dots_.push_back({cost,
                                 100 * row.accuracy,
                                 100 * row.low,
                                 100 * row.high,
                                 false,
                                 fmt::format("{}: {:.2f} %, {}",
                                             settings_text(row.settings),
                                             100 * row.accuracy,
                                             cost_text(cost))});
            }
        }
        for (const StudyRival& rival : summary_.rivals) {
            const std::optional<double> cost =
                energy_ ? rival.joules[*energy_] : std::optional(rival.macs);
            if (cost && *cost > 0) {
                rivals_.push_back({*cost, 100 * rival.accuracy, 0, 0, false, rival.kind});
            }
        }
        // What nobody beats, of this cost.
        std::stable_sort(dots_.begin(), dots_.end(), [](const Dot& a, const Dot& b) {
            return a.cost < b.cost || (a.cost == b.cost && a.accuracy > b.accuracy);
        });
        double most = -1;
        for (Dot& dot : dots_) {
            dot.best = dot.accuracy > most;
            most = std::max(most, dot.accuracy);
        }
    }

    // Far below the best there is little to see: points more than k_depth below it are counted, not
    // drawn, as long as three are left.
    void look_near_the_best() {
        double best = 0;
        for (const Dot& dot : dots_) {
            best = std::max(best, dot.accuracy);
        }
        const auto low = [&](const Dot& dot) { return dot.accuracy < best - k_depth; };
        const auto lower = static_cast<std::size_t>(std::count_if(dots_.begin(), dots_.end(), low));
        if (dots_.size() - lower >= 3) {
            std::erase_if(dots_, low);
            lower_ = lower;
        }
        std::erase_if(rivals_, low);
    }

    [[nodiscard]] std::string cost_text(double cost) const {
        if (energy_) {
            return joules_text(cost);
        }
        return cost >= 1e6    ? fmt::format("{:.4g} M", cost / 1e6)
               : cost >= 1000 ? fmt::format("{:.4g} k", cost / 1000)
                              : fmt::format("{:.3g}", cost);
    }

    void set_ranges() {
        Range costs;
        Range accuracies;
        for (const std::vector<Dot>* const list : {&dots_, &rivals_}) {
            for (const Dot& dot : *list) {
                costs.take(std::log10(dot.cost));
                accuracies.take(dot.accuracy);
            }
        }
        logarithmic_ = costs.high - costs.low > std::log10(k_few_times);
        if (!logarithmic_) {
            costs = {std::pow(10, costs.low), std::pow(10, costs.high)};
        }
        const double wide =
            std::max(costs.high - costs.low, logarithmic_ ? 0.1 : 0.001 * costs.high);
        low_cost_ = costs.low - 0.06 * wide;
        high_cost_ = costs.high + 0.06 * wide;
        const double tall = std::max(accuracies.high - accuracies.low, 0.2);
        low_accuracy_ = std::max(0.0, accuracies.low - 0.08 * tall);
        high_accuracy_ = std::min(100.0, accuracies.high + 0.1 * tall);
    }

    [[nodiscard]] double x(double cost) const {
        const double at = logarithmic_ ? std::log10(cost) : cost;
        return k_left + (at - low_cost_) / (high_cost_ - low_cost_) * (k_right - k_left);
    }

    [[nodiscard]] double y(double accuracy) const {
        const double part = (accuracy - low_accuracy_) / (high_accuracy_ - low_accuracy_);
        return k_bottom - std::clamp(part, 0.0, 1.0) * (k_bottom - k_top);
    }

    void axes() {
        const double step = step_of(high_accuracy_ - low_accuracy_);
        for (double at = std::ceil(low_accuracy_ / step) * step; at <= high_accuracy_ + 1e-9;
             at += step) {
            line(k_left, y(at), k_right, y(at), 0.5, k_grid);
            text(k_left - 5,
                 y(at) + 3,
                 k_size,
                 fmt::format("{:g}", std::round(at * 1e6) / 1e6),
                 Picture::Anchor::end,
                 k_grey);
        }
        double last = -100;
        for (const double cost : cost_ticks()) {
            line(x(cost), k_top, x(cost), k_bottom, 0.5, k_grid);
            if (x(cost) - last > 40) {
                text(x(cost),
                     k_bottom + 12,
                     k_size,
                     cost_text(cost),
                     Picture::Anchor::middle,
                     k_grey);
                last = x(cost);
            }
        }
        line(k_left, k_bottom, k_right, k_bottom, 0.8, k_black);
        line(k_left, k_top, k_left, k_bottom, 0.8, k_black);
        text(k_left, k_top - 5, k_size, "accuracy, %", Picture::Anchor::start, k_grey);
        text(k_right,
             k_bottom + 25,
             k_size,
             cost_ + (logarithmic_ ? ", a sample (logarithmic)" : ", a sample"),
             Picture::Anchor::end,
             k_grey);
    }

    [[nodiscard]] std::vector<double> cost_ticks() const {
        std::vector<double> ticks;
        if (!logarithmic_) {
            const double step = step_of(high_cost_ - low_cost_);
            for (double k = std::ceil(low_cost_ / step); k * step <= high_cost_; ++k) {
                ticks.push_back(k * step);
            }
            return ticks;
        }
        for (int power = static_cast<int>(std::floor(low_cost_)); power <= high_cost_; ++power) {
            for (const double factor : {1.0, 2.0, 5.0}) {
                const double cost = factor * std::pow(10, power);
                if (std::log10(cost) >= low_cost_ && std::log10(cost) <= high_cost_) {
                    ticks.push_back(cost);
                }
            }
        }
        return ticks;
    }

    void front() {
        const Dot* before = nullptr;
        for (const Dot& dot : dots_) {
            if (!dot.best) {
                continue;
            }
            if (before != nullptr) {
                line(x(before->cost),
                     y(before->accuracy),
                     x(dot.cost),
                     y(before->accuracy),
                     1,
                     k_blue);
                line(x(dot.cost), y(before->accuracy), x(dot.cost), y(dot.accuracy), 1, k_blue);
            }
            line(x(dot.cost), y(dot.low), x(dot.cost), y(dot.high), 0.6, k_blue);
            before = &dot;
        }
    }

    void point(const Dot& dot, Colour colour, double half) {
        picture_.shapes.emplace_back(Picture::Box{x(dot.cost) - half,
                                                  y(dot.accuracy) - half,
                                                  2 * half,
                                                  2 * half,
                                                  colour,
                                                  std::nullopt,
                                                  0,
                                                  dot.title});
    }

    void square(const Dot& rival) {
        constexpr double k_half = 3.5;
        picture_.shapes.emplace_back(Picture::Box{x(rival.cost) - k_half,
                                                  y(rival.accuracy) - k_half,
                                                  2 * k_half,
                                                  2 * k_half,
                                                  k_orange,
                                                  k_black,
                                                  0.5,
                                                  rival.title});
        const bool left = x(rival.cost) > k_right - 60;
        text(x(rival.cost) + (left ? -6 : 6),
             y(rival.accuracy) + 3,
             k_size,
             rival.title,
             left ? Picture::Anchor::end : Picture::Anchor::start,
             k_black);
    }

    void legend() {
        double at = k_left;
        const auto entry = [&](Colour colour, const std::string& words) {
            picture_.shapes.emplace_back(
                Picture::Box{at, k_bottom + 31, 6, 6, colour, std::nullopt, 0, ""});
            text(at + 10, k_bottom + 37, k_size, words, Picture::Anchor::start, k_black);
            at += 22 + text_width(words, k_size);
        };
        entry(k_blue, "nobody as accurate is cheaper");
        if (std::any_of(dots_.begin(), dots_.end(), [](const Dot& dot) { return !dot.best; })) {
            entry(k_pale, "other points");
        }
        if (!rivals_.empty()) {
            entry(k_orange, "artificial rivals, zeros skipped");
        }
        if (lower_ > 0) {
            text(k_right,
                 18,
                 k_size,
                 fmt::format("{} points lie lower", lower_),
                 Picture::Anchor::end,
                 k_grey);
        }
    }

    void line(double x1, double y1, double x2, double y2, double width, Colour colour) {
        picture_.shapes.emplace_back(Picture::Line{x1, y1, x2, y2, width, colour});
    }

    void text(double at_x,
              double at_y,
              double size,
              const std::string& words,
              Picture::Anchor anchor,
              Colour colour,
              bool bold = false) {
        picture_.shapes.emplace_back(
            Picture::Text{at_x, at_y, size, words, anchor, colour, bold, ""});
    }

    const StudySummary& summary_;
    std::optional<std::size_t> energy_;
    std::string cost_;
    Picture picture_;
    std::vector<Dot> dots_;
    std::vector<Dot> rivals_;
    std::size_t lower_ = 0;    // points not drawn
    bool logarithmic_ = true;  // costs differ by more than k_few_times
    double low_cost_ = 0;
    double high_cost_ = 1;
    double low_accuracy_ = 0;
    double high_accuracy_ = 100;
};

}  // namespace

Picture study_plot(const StudySummary& summary,
                   std::optional<std::size_t> energy,
                   const std::string& cost) {
    return Plot(summary, energy, cost).draw();
}

}  // namespace saltus
