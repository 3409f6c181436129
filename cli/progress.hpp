// How far a long run has come, on standard error: on a terminal one line redrawn in place, with
// rate and time left; elsewhere (a log file, CI) a plain line now and then.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace saltus::cli {

// Safe from any thread. Nothing is drawn for work that is over within the first interval.
class Progress {
  public:
    // `unit`: what is counted, in the plural ("samples"). `quiet`: draws nothing.
    Progress(std::string unit, std::uint64_t total, bool quiet = false);
    ~Progress();  // clears the bar if finish() was not called
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void advance(std::uint64_t count = 1);
    // Clears the bar, so that what is printed next starts on an empty line.
    void finish();

  private:
    using Clock = std::chrono::steady_clock;

    void draw(Clock::time_point now);

    std::string unit_;
    std::uint64_t total_;
    bool quiet_;
    bool terminal_;
    Clock::time_point start_;
    Clock::time_point next_draw_;
    std::mutex mutex_;
    std::uint64_t done_ = 0;
    bool drawn_ = false;
};

// The line that is drawn, without control characters; `width` 0: no bar. For tests.
std::string progress_line(const std::string& unit,
                          std::uint64_t done,
                          std::uint64_t total,
                          double seconds,
                          std::size_t width);

}  // namespace saltus::cli
