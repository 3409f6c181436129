#include "models/trace/page_columns.hpp"

#include <bit>
#include <limits>
#include <zlib.h>

#include "core/error.hpp"

namespace saltus {

namespace {

std::string base64(std::string_view bytes) {
    constexpr std::string_view k_digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t k = 0; k < bytes.size(); k += 3) {
        const std::size_t left = bytes.size() - k;
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            const unsigned char byte = j < left ? static_cast<unsigned char>(bytes[k + j]) : 0;
            group = group << 8 | byte;
        }
        for (std::size_t j = 0; j < 4; ++j) {
            text += j <= left ? k_digits[group >> (18 - 6 * j) & 63U] : '=';
        }
    }
    return text;
}

}  // namespace

void ColumnWriter::put(std::uint64_t number) {
    while (number >= 0x80) {
        put_byte(static_cast<std::uint8_t>(number | 0x80U));
        number >>= 7;
    }
    put_byte(static_cast<std::uint8_t>(number));
}

void ColumnWriter::put_float(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int k = 0; k < 4; ++k) {
        put_byte(static_cast<std::uint8_t>(bits >> (8 * k)));
    }
}

void ColumnWriter::put_bytes(std::span<const std::uint8_t> bytes) {
    bytes_.append(bytes.begin(), bytes.end());
}

std::string packed_text(std::string_view bytes) {
    if (bytes.size() > std::numeric_limits<std::uint32_t>::max()) {
        throw Error("a page's column is beyond 4 GiB");
    }
    uLongf size = compressBound(static_cast<uLong>(bytes.size()));
    std::string packed(size, '\0');
    if (compress2(reinterpret_cast<Bytef*>(packed.data()),
                  &size,
                  reinterpret_cast<const Bytef*>(bytes.data()),
                  static_cast<uLong>(bytes.size()),
                  Z_DEFAULT_COMPRESSION) != Z_OK) {
        throw InternalError("zlib could not compress a page's column");
    }
    packed.resize(size);
    return base64(packed);
}

}  // namespace saltus
