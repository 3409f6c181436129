// Arrays that kernels run over: they begin at a cache line, so that no vector lies across two.
// Internal to core.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace saltus::detail {

template <class Number>
struct LineAllocator {
    using value_type = Number;
    static constexpr std::align_val_t k_line{64};

    LineAllocator() = default;

    template <class Other>
    LineAllocator(const LineAllocator<Other>&) {}  // NOLINT: allocators convert

    Number* allocate(std::size_t n) {
        return static_cast<Number*>(::operator new(n * sizeof(Number), k_line));
    }

    void deallocate(Number* p, std::size_t) { ::operator delete(p, k_line); }

    friend bool operator==(const LineAllocator&, const LineAllocator&) { return true; }
};

template <class Number>
using Lanes = std::vector<Number, LineAllocator<Number>>;

}  // namespace saltus::detail
