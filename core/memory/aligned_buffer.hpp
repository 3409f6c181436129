// Numbers from a 64-byte boundary on: a whole vector of them lies in one cache line. Internal to
// core.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace saltus::detail {

// Not set, and not kept when it grows. It then takes twice what it had: room that nobody has
// written to is not in memory, but what malloc is given back again and again in pieces is.
template <class T>
class AlignedBuffer {
  public:
    T* room_for(std::size_t n) {
        if (n > size_) {
            const std::size_t room = n > 2 * size_ ? n : 2 * size_;
            data_.reset();
            size_ = 0;
            data_.reset(static_cast<T*>(::operator new[](room * sizeof(T), std::align_val_t{64})));
            size_ = room;
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
