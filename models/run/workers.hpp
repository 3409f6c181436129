// Threads that do one job together, again and again; the caller's own is one of them, so that there
// is always one. A thread that the system refuses to make (a limit on processes or memory) is done
// without: work() says how many there are.
//
// boost::asio::thread_pool was used before: when a thread cannot be made its constructor waits for
// ever for the threads that it has.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace saltus {

// Makes a thread that runs what it is given; throws std::system_error if that cannot be. Tests give
// one that fails.
using StartThread = std::function<std::thread(std::function<void()>)>;

// Called at most once, from any thread, with what happened: "7 of 64 threads could be made:
// Resource temporarily unavailable".
using SayShortage = std::function<void(const std::string&)>;

class Workers {
  public:
    // Up to `count` (at least 1) with the caller's own thread. Stops at the first that cannot be
    // made and tells `short_of_threads`. Empty functions: std::thread, and nobody is told.
    Workers(unsigned count, const StartThread& start, const SayShortage& short_of_threads);
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;
    ~Workers();  // joins

    // With the caller's own; at least 1.
    [[nodiscard]] unsigned count() const { return static_cast<unsigned>(threads_.size()) + 1; }

    // Calls job(n) for every n below count(), each on a thread of its own, job(0) on the caller's.
    // Returns when all have; then throws what the first of them by n threw. Allocates nothing.
    void run(const std::function<void(unsigned)>& job);

  private:
    // Why there are fewer than `count`; empty: there are not.
    std::string make_threads(unsigned count, const StartThread& start);
    void serve(unsigned n);
    void do_one(unsigned n, const std::function<void(unsigned)>& job);
    void end();

    std::mutex mutex_;
    std::condition_variable begins_;
    std::condition_variable ended_;
    const std::function<void(unsigned)>* job_ = nullptr;  // of the round under way
    std::uint64_t round_ = 0;
    std::size_t at_work_ = 0;  // threads, without the caller's
    bool over_ = false;
    std::vector<std::exception_ptr> failures_;  // by n
    std::vector<std::thread> threads_;
};

}  // namespace saltus
