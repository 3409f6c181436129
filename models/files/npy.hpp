// NumPy's .npy arrays, format versions 1 to 3, little-endian: bool, (u)int8 to (u)int64, float16,
// float32, float64. Files are mapped, so an array of any size opens at once and can be read piece
// by piece; one in Fortran order is transposed when opened. Hostile headers are refused, never
// trusted: what is claimed must be what the file holds, to the byte. Format:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "models/files/mapped_file.hpp"

namespace saltus {

enum class NpyType {
    boolean,
    int8,
    uint8,
    int16,
    uint16,
    int32,
    uint32,
    int64,
    uint64,
    float16,
    float32,
    float64
};

std::size_t npy_element_bytes(NpyType type);
std::string npy_type_text(NpyType type);  // "float32"

class NpyArray {
  public:
    // Throws InputError naming the file.
    explicit NpyArray(const std::filesystem::path& path);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    [[nodiscard]] NpyType type() const { return type_; }

    [[nodiscard]] const std::vector<std::uint64_t>& shape() const {
        return shape_;
    }  // outermost first

    [[nodiscard]] std::string shape_text() const;  // "[3, 4]"

    [[nodiscard]] std::uint64_t size() const { return size_; }  // elements

    // Row-major elements as they are stored; not necessarily aligned.
    [[nodiscard]] std::span<const std::byte> bytes() const { return data_; }

    // Elements [first, first + out.size()), row-major, as T (float, double, or an integer). To a
    // floating type a value is rounded; to an integer one it must fit exactly, else InputError
    // names its place. Throws InternalError if the range is not within the array.
    template <class T>
    void read(std::uint64_t first, std::span<T> out) const;

    template <class T>
    [[nodiscard]] std::vector<T> as() const {
        std::vector<T> values(static_cast<std::size_t>(size_));
        read<T>(0, values);
        return values;
    }

  private:
    std::filesystem::path path_;
    MappedFile file_;
    std::vector<std::byte> transposed_;  // only if the file is in Fortran order
    std::span<const std::byte> data_;
    NpyType type_ = NpyType::float32;
    std::vector<std::uint64_t> shape_;
    std::uint64_t size_ = 0;
};

// Magic, version and header, padded to 64 bytes; raw row-major elements follow.
std::string npy_header(NpyType type, std::span<const std::uint64_t> shape);

// Written whole or not at all (AtomicFile). `bytes` must hold what the shape says (InternalError).
void write_npy(const std::filesystem::path& path,
               NpyType type,
               std::span<const std::uint64_t> shape,
               std::span<const std::byte> bytes);

template <class T>
constexpr NpyType npy_type_of();

template <>
constexpr NpyType npy_type_of<float>() {
    return NpyType::float32;
}

template <>
constexpr NpyType npy_type_of<double>() {
    return NpyType::float64;
}

template <>
constexpr NpyType npy_type_of<std::uint8_t>() {
    return NpyType::uint8;
}

template <>
constexpr NpyType npy_type_of<std::int8_t>() {
    return NpyType::int8;
}

template <>
constexpr NpyType npy_type_of<std::uint16_t>() {
    return NpyType::uint16;
}

template <>
constexpr NpyType npy_type_of<std::int32_t>() {
    return NpyType::int32;
}

template <>
constexpr NpyType npy_type_of<std::uint32_t>() {
    return NpyType::uint32;
}

template <>
constexpr NpyType npy_type_of<std::int64_t>() {
    return NpyType::int64;
}

template <>
constexpr NpyType npy_type_of<std::uint64_t>() {
    return NpyType::uint64;
}

template <class T>
void write_npy(const std::filesystem::path& path,
               const std::vector<std::uint64_t>& shape,
               std::span<const T> values) {
    write_npy(path, npy_type_of<T>(), shape, std::as_bytes(values));
}

}  // namespace saltus
