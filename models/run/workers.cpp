#include "models/run/workers.hpp"

#include <array>
#include <cstddef>
#include <new>
#include <sys/mman.h>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace saltus {

namespace {

// What is kept back from the threads' stacks for the work itself, where addresses are limited
// (ulimit -v): else the last thread that fits takes what all of them need to work.
constexpr std::size_t k_kept_back = std::size_t{48} << 20;
constexpr std::size_t k_stack = std::size_t{1} << 19;
constexpr std::size_t k_page = 4096;

class KeptBack {
  public:
    KeptBack()
        : address_(mmap(nullptr, k_kept_back, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}

    KeptBack(const KeptBack&) = delete;
    KeptBack& operator=(const KeptBack&) = delete;

    ~KeptBack() {
        if (address_ != MAP_FAILED) {
            munmap(address_, k_kept_back);
        }
    }

    [[nodiscard]] bool held() const { return address_ != MAP_FAILED; }

  private:
    void* address_;
};

// The first thread's stack grows as it is used, and a stack that cannot grow is a crash, not an
// error: what the engine needs of it is taken now.
[[gnu::noinline]] void take_stack() {
    std::array<volatile char, k_stack> stack;
    for (std::size_t at = 0; at < k_stack; at += k_page) {
        stack[at] = 0;
    }
}

}  // namespace

Workers::Workers(unsigned count, const StartThread& start, const SayShortage& short_of_threads)
    : failures_(count) {
    try {
        const std::string refused = make_threads(count, start);
        if (refused.empty()) {
            return;
        }
        take_stack();
        if (short_of_threads) {
            short_of_threads(
                fmt::format("{} of {} threads could be made: {}", this->count(), count, refused));
        }
    } catch (...) {
        end();
        throw;
    }
}

std::string Workers::make_threads(unsigned count, const StartThread& start) {
    if (count == 1) {
        return "";
    }
    threads_.reserve(count - 1);
    const KeptBack kept_back;
    if (!kept_back.held()) {
        return "too little memory";
    }
    try {
        for (unsigned n = 1; n < count; ++n) {
            auto serve_n = [this, n] { serve(n); };
            threads_.push_back(start ? start(serve_n) : std::thread(serve_n));
        }
    } catch (const std::system_error& error) {
        return error.code().message();
    } catch (const std::bad_alloc&) {
        return "out of memory";
    }
    return "";
}

Workers::~Workers() {
    end();
}

void Workers::end() {
    {
        const std::lock_guard lock(mutex_);
        over_ = true;
    }
    begins_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
    threads_.clear();
}

void Workers::do_one(unsigned n, const std::function<void(unsigned)>& job) {
    try {
        job(n);
    } catch (...) {
        failures_[n] = std::current_exception();
    }
}

void Workers::serve(unsigned n) {
    std::uint64_t served = 0;
    std::unique_lock lock(mutex_);
    while (true) {
        begins_.wait(lock, [&] { return over_ || round_ != served; });
        if (over_) {
            return;
        }
        served = round_;
        const std::function<void(unsigned)>& job = *job_;
        lock.unlock();
        do_one(n, job);
        lock.lock();
        if (--at_work_ == 0) {
            ended_.notify_one();
        }
    }
}

void Workers::run(const std::function<void(unsigned)>& job) {
    {
        const std::lock_guard lock(mutex_);
        job_ = &job;
        at_work_ = threads_.size();
        ++round_;
    }
    begins_.notify_all();
    do_one(0, job);
    {
        std::unique_lock lock(mutex_);
        ended_.wait(lock, [&] { return at_work_ == 0; });
    }
    std::exception_ptr first;
    for (std::exception_ptr& failure : failures_) {
        std::exception_ptr taken = std::exchange(failure, nullptr);
        first = first ? first : taken;
    }
    if (first) {
        std::rethrow_exception(first);
    }
}

}  // namespace saltus
