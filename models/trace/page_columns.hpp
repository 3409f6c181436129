// Columns of numbers as a page carries them: variable-length bytes, compressed, as text. Internal
// to models/trace; models/pages/src/shared/blobs.ts reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saltus {

// Appends numbers to a string of bytes.
class ColumnWriter {
  public:
    void put(std::uint64_t number);  // LEB128: seven bits a byte, lowest first

    void put_byte(std::uint8_t byte) { bytes_.push_back(static_cast<char>(byte)); }

    void put_float(float value);  // four bytes, little-endian
    void put_bytes(std::span<const std::uint8_t> bytes);

    [[nodiscard]] const std::string& bytes() const { return bytes_; }

  private:
    std::string bytes_;
};

// zlib's format (RFC 1950), then base64. Throws Error for bytes beyond zlib's 4 GiB.
std::string packed_text(std::string_view bytes);

}  // namespace saltus
