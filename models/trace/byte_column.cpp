#include "models/trace/byte_column.hpp"

#include <bit>
#include <cstring>
#include <new>
#include <saltus/trace.pb.h>
#include <zstd.h>

#include <fmt/format.h>

namespace saltus {

namespace {

constexpr int k_level = 1;
// The most bytes that a byte of a zstd frame can stand for: blocks of 128 KiB, 4 bytes each.
constexpr std::uint64_t k_most_ratio = (std::uint64_t{1} << 17) / 4;

struct FreeCompressor {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

struct FreeDecompressor {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

void put_floats(Bytes& out, std::span<const float> values) {
    const std::size_t n = values.size();
    const std::size_t first = out.size();
    out.resize(first + 4 * n);
    for (std::size_t k = 0; k < n; ++k) {
        const auto bits = std::bit_cast<std::uint32_t>(values[k]);
        for (std::size_t plane = 0; plane < 4; ++plane) {
            out[first + plane * n + k] = static_cast<std::uint8_t>(bits >> (8 * plane));
        }
    }
}

void take_floats(std::span<const std::uint8_t> planes, std::vector<float>& out) {
    const std::size_t n = planes.size() / 4;
    const std::size_t first = out.size();
    out.resize(first + n);
    for (std::size_t k = 0; k < n; ++k) {
        std::uint32_t bits = 0;
        for (std::size_t plane = 0; plane < 4; ++plane) {
            bits |= std::uint32_t{planes[plane * n + k]} << (8 * plane);
        }
        out[first + k] = std::bit_cast<float>(bits);
    }
}

std::uint64_t ColumnCursor::long_varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (at_ == end_) {
            throw InputError(*name_, "its end within a number", "a whole number");
        }
        const std::uint8_t byte = *at_++;
        if (shift == 63 && byte > 1) {
            break;
        }
        value |= std::uint64_t{byte & 0x7FU} << shift;
        if (byte < 0x80) {
            return value;
        }
    }
    throw InputError(*name_, "a number of more than 64 bits", "at most 64");
}

std::span<const std::uint8_t> ColumnCursor::take(std::uint64_t bytes) {
    if (bytes > left()) {
        throw InputError(
            *name_, fmt::format("{} bytes left", left()), fmt::format("{} more", bytes));
    }
    const std::span<const std::uint8_t> taken(at_, static_cast<std::size_t>(bytes));
    at_ += bytes;
    return taken;
}

void ColumnCursor::end() const {
    if (at_ != end_) {
        throw InputError(*name_, fmt::format("{} bytes too many", left()), "none");
    }
}

struct ColumnPacker::State {
    std::unique_ptr<ZSTD_CCtx, FreeCompressor> context{ZSTD_createCCtx()};
};

ColumnPacker::ColumnPacker() : state_(std::make_unique<State>()) {
    if (!state_->context) {
        throw std::bad_alloc();
    }
}

ColumnPacker::ColumnPacker(ColumnPacker&&) noexcept = default;
ColumnPacker::~ColumnPacker() = default;

void ColumnPacker::pack(std::span<const std::uint8_t> bytes, proto::TraceColumn& out) {
    if (bytes.size() > k_most_column_bytes) {
        throw Error(fmt::format("a trace's column: got {} bytes, need at most {}",
                                bytes.size(),
                                k_most_column_bytes));
    }
    out.set_size(bytes.size());
    std::string& packed = *out.mutable_packed();
    packed.resize(ZSTD_compressBound(bytes.size()));
    const std::size_t size = ZSTD_compressCCtx(state_->context.get(),
                                               packed.data(),
                                               packed.size(),
                                               bytes.data(),
                                               bytes.size(),
                                               k_level);
    if (ZSTD_isError(size) != 0) {
        throw InternalError(fmt::format("zstd: {}", ZSTD_getErrorName(size)));
    }
    if (size < bytes.size()) {
        packed.resize(size);
    } else {
        packed.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
}

struct ColumnUnpacker::State {
    std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context{ZSTD_createDCtx()};
};

ColumnUnpacker::ColumnUnpacker() : state_(std::make_unique<State>()) {
    if (!state_->context) {
        throw std::bad_alloc();
    }
}

ColumnUnpacker::ColumnUnpacker(ColumnUnpacker&&) noexcept = default;
ColumnUnpacker::~ColumnUnpacker() = default;

void ColumnUnpacker::unpack(const proto::TraceColumn& column, const std::string& name, Bytes& out) {
    const std::string& packed = column.packed();
    if (column.size() == packed.size()) {
        out.assign(packed.begin(), packed.end());
        return;
    }
    if (column.size() > k_most_column_bytes || column.size() / k_most_ratio > packed.size()) {
        throw InputError(name,
                         fmt::format("{} bytes in {}", column.size(), packed.size()),
                         fmt::format("at most {} a byte, {} in all", k_most_ratio, k_most_column_bytes));
    }
    out.resize(column.size());
    const std::size_t size = ZSTD_decompressDCtx(
        state_->context.get(), out.data(), out.size(), packed.data(), packed.size());
    if (ZSTD_isError(size) != 0) {
        throw InputError(name, ZSTD_getErrorName(size), "a zstd frame");
    }
    if (size != out.size()) {
        throw InputError(name, fmt::format("{} bytes", size), fmt::format("{}", out.size()));
    }
}

}  // namespace saltus
