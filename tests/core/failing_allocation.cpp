#include "tests/core/failing_allocation.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

thread_local int passing_left = -1;  // -1: none fails
thread_local bool has_failed = false;

void* allocate(std::size_t bytes, std::size_t alignment) {
    if (passing_left == 0) {
        passing_left = -1;
        has_failed = true;
        throw std::bad_alloc();
    }
    if (passing_left > 0) {
        --passing_left;
    }
    const std::size_t whole = (bytes + alignment) / alignment * alignment;
    void* const room = std::aligned_alloc(alignment, whole);
    if (room == nullptr) {
        throw std::bad_alloc();
    }
    return room;
}

}  // namespace

namespace saltus::test {

FailingAllocation::FailingAllocation(int passing) {
    has_failed = false;
    passing_left = passing;
}

FailingAllocation::~FailingAllocation() {
    passing_left = -1;
}

bool FailingAllocation::happened() {
    return has_failed;
}

}  // namespace saltus::test

void* operator new(std::size_t bytes) {
    return allocate(bytes, alignof(std::max_align_t));
}

void* operator new[](std::size_t bytes) {
    return allocate(bytes, alignof(std::max_align_t));
}

// The standard library asks for buffers that it can do without by these (std::stable_sort).
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    try {
        return allocate(bytes, alignof(std::max_align_t));
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void* operator new[](std::size_t bytes, const std::nothrow_t& nothrow) noexcept {
    return operator new(bytes, nothrow);
}

void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return allocate(bytes, static_cast<std::size_t>(alignment));
}

void* operator new[](std::size_t bytes, std::align_val_t alignment) {
    return allocate(bytes, static_cast<std::size_t>(alignment));
}

void operator delete(void* p) noexcept {
    std::free(p);
}

void operator delete[](void* p) noexcept {
    std::free(p);
}

void operator delete(void* p, const std::nothrow_t&) noexcept {
    std::free(p);
}

void operator delete[](void* p, const std::nothrow_t&) noexcept {
    std::free(p);
}

void operator delete(void* p, std::size_t) noexcept {
    std::free(p);
}

void operator delete[](void* p, std::size_t) noexcept {
    std::free(p);
}

void operator delete(void* p, std::align_val_t) noexcept {
    std::free(p);
}

void operator delete[](void* p, std::align_val_t) noexcept {
    std::free(p);
}

void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
    std::free(p);
}

void operator delete[](void* p, std::size_t, std::align_val_t) noexcept {
    std::free(p);
}
