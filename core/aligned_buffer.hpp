// Numbers from a 64-byte boundary on: a whole vector of them lies in one cache line. Internal to
// core.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace saltus::detail {

// Not set, and not kept when it grows.
template <class T>
class AlignedBuffer {
  public:
    T* room_for(std::size_t n) {
        if (n > size_) {
            data_.reset(static_cast<T*>(::operator new[](n * sizeof(T), std::align_val_t{64})));
            size_ = n;
        }
        return data_.get();
    }

    T* data() { return data_.get(); }

    [[nodiscard]] const T* data() const { return data_.get(); }

    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    struct Free {
        void operator()(T* p) const { ::operator delete[](p, std::align_val_t{64}); }
    };

    std::unique_ptr<T[], Free> data_;
    std::size_t size_ = 0;
};

}  // namespace saltus::detail
