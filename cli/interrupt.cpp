#include "cli/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace saltus::cli {

namespace {

// A signal handler has nobody to be handed state by, so this one flag is global; lock-free atomics
// are the only objects that a handler and other threads may share.
std::atomic<bool> signalled{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int /*number*/) {
    signalled.store(true, std::memory_order_relaxed);
}

}  // namespace

void watch_interrupts() {
    struct sigaction action = {};
    action.sa_handler = on_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() noexcept {
    return signalled.load(std::memory_order_relaxed);
}

void stop_if_interrupted() {
    if (interrupted()) {
        throw Interrupted();
    }
}

}  // namespace saltus::cli
