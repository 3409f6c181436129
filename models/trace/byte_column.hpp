// Columns of bytes, as a trace's chunks hold them: numbers as LEB128 varints, floats as four planes
// of bytes, each column by itself compressed by zstd. Internal to models/trace.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace saltus::proto {
class TraceColumn;
}  // namespace saltus::proto

namespace saltus {

using Bytes = std::vector<std::uint8_t>;

// At most: a hostile file must not make a reader allocate more for one column.
inline constexpr std::uint64_t k_most_column_bytes = std::uint64_t{1} << 28;

inline void put_varint(Bytes& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
        out.push_back(static_cast<std::uint8_t>(value | 0x80));
    }
    out.push_back(static_cast<std::uint8_t>(value));
}

// Small where the value is near 0, on either side.
inline void put_signed(Bytes& out, std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    put_varint(out, bits << 1 ^ (value < 0 ? ~std::uint64_t{0} : 0));
}

void put_floats(Bytes& out, std::span<const float> values);

// Reads a column from front to back. Throws InputError naming it if it ends too early or goes on.
class ColumnCursor {
  public:
    ColumnCursor() = default;

    // `name`: file, chunk and column. Both must live on.
    ColumnCursor(std::span<const std::uint8_t> bytes, const std::string& name)
        : at_(bytes.data()), end_(bytes.data() + bytes.size()), name_(&name) {}

    [[nodiscard]] std::uint64_t varint() {
        if (at_ != end_ && *at_ < 0x80) {
            return *at_++;
        }
        return long_varint();
    }

    [[nodiscard]] std::uint8_t byte() {
        if (at_ == end_) {
            (void)take(1);  // says so
        }
        return *at_++;
    }

    [[nodiscard]] std::int64_t signed_varint() {
        const std::uint64_t bits = varint();
        return static_cast<std::int64_t>(bits >> 1 ^ ((bits & 1) != 0 ? ~std::uint64_t{0} : 0));
    }

    [[nodiscard]] std::span<const std::uint8_t> take(std::uint64_t bytes);

    [[nodiscard]] std::uint64_t left() const { return static_cast<std::uint64_t>(end_ - at_); }

    void end() const;  // nothing may be left

  private:
    std::uint64_t long_varint();

    const std::uint8_t* at_ = nullptr;
    const std::uint8_t* end_ = nullptr;
    const std::string* name_ = nullptr;
};

// `planes`: as put_floats wrote them, 4 bytes a float.
void take_floats(std::span<const std::uint8_t> planes, std::vector<float>& out);

// Packs columns: zstd level 1, or as they are where that is no longer. One a thread. The same bytes
// for the same column and release of zstd.
class ColumnPacker {
  public:
    ColumnPacker();
    ColumnPacker(ColumnPacker&&) noexcept;
    ~ColumnPacker();

    void pack(std::span<const std::uint8_t> bytes, proto::TraceColumn& out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// Unpacks them. Throws InputError with `name` in front for what is no column.
class ColumnUnpacker {
  public:
    ColumnUnpacker();
    ColumnUnpacker(ColumnUnpacker&&) noexcept;
    ~ColumnUnpacker();

    void unpack(const proto::TraceColumn& column, const std::string& name, Bytes& out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace saltus
