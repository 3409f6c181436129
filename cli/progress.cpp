#include "cli/progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace saltus::cli {

namespace {

constexpr std::chrono::milliseconds k_terminal_interval{100};
constexpr std::chrono::milliseconds k_plain_interval{5000};
constexpr std::size_t k_bar = 24;

std::string duration_text(double seconds) {
    const auto whole = static_cast<std::uint64_t>(std::min(std::ceil(seconds), 3.6e8));
    if (whole < 60) {
        return fmt::format("{} s", whole);
    }
    if (whole < 3600) {
        return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    }
    return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string rate_text(double rate) {
    return rate >= 100 ? fmt::format("{:.0f}", rate) : fmt::format("{:.3g}", rate);
}

std::size_t terminal_columns() {
    winsize size = {};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return 80;
    }
    return size.ws_col;
}

}  // namespace

std::string progress_line(const std::string& unit,
                          std::uint64_t done,
                          std::uint64_t total,
                          double seconds,
                          std::size_t width) {
    const double share = total == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(total);
    std::string line;
    if (width > 0) {
        const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
        line = '[' + std::string(filled, '#') + std::string(width - filled, '.') + "] ";
    }
    line += fmt::format("{:3.0f} %  {}/{} {}", share * 100, done, total, unit);
    if (seconds > 0 && done > 0) {
        const double rate = static_cast<double>(done) / seconds;
        line += fmt::format("  {}/s", rate_text(rate));
        if (done < total) {
            line +=
                fmt::format("  {} left", duration_text(static_cast<double>(total - done) / rate));
        }
    }
    return line;
}

Progress::Progress(std::string unit, std::uint64_t total, bool quiet)
    : unit_(std::move(unit)),
      total_(total),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      next_draw_(start_ + (terminal_ ? k_terminal_interval : k_plain_interval)) {}

Progress::~Progress() {
    finish();
}

void Progress::advance(std::uint64_t count) {
    const std::lock_guard lock(mutex_);
    done_ += count;
    if (quiet_) {
        return;
    }
    const Clock::time_point now = Clock::now();
    if (now < next_draw_) {
        return;
    }
    draw(now);
    next_draw_ = now + (terminal_ ? k_terminal_interval : k_plain_interval);
}

void Progress::finish() {
    const std::lock_guard lock(mutex_);
    if (drawn_ && terminal_) {
        std::fputs("\r\033[K", stderr);
    }
    drawn_ = false;
    quiet_ = true;
}

void Progress::draw(Clock::time_point now) {
    const double seconds = std::chrono::duration<double>(now - start_).count();
    std::string line = progress_line(unit_, done_, total_, seconds, terminal_ ? k_bar : 0);
    if (terminal_) {
        line = "\r\033[K" + line.substr(0, terminal_columns() - 1);
    } else {
        line += '\n';
    }
    std::fputs(line.c_str(), stderr);
    drawn_ = true;
}

}  // namespace saltus::cli
