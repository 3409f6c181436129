#include "models/files/npy.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/error.hpp"
#include "models/files/atomic_file.hpp"
#include "models/files/half.hpp"
#include "models/files/npy_header.hpp"

namespace saltus {

namespace {

struct TypeRow {
    NpyType type;
    const char* descr;
    const char* text;
    std::size_t bytes;
};

constexpr std::array<TypeRow, 12> k_types = {{
    {NpyType::boolean, "|b1", "bool", 1},
    {NpyType::int8, "|i1", "int8", 1},
    {NpyType::uint8, "|u1", "uint8", 1},
    {NpyType::int16, "<i2", "int16", 2},
    {NpyType::uint16, "<u2", "uint16", 2},
    {NpyType::int32, "<i4", "int32", 4},
    {NpyType::uint32, "<u4", "uint32", 4},
    {NpyType::int64, "<i8", "int64", 8},
    {NpyType::uint64, "<u8", "uint64", 8},
    {NpyType::float16, "<f2", "float16", 2},
    {NpyType::float32, "<f4", "float32", 4},
    {NpyType::float64, "<f8", "float64", 8},
}};

const TypeRow& row_of(NpyType type) {
    return k_types[static_cast<std::size_t>(type)];
}

NpyType type_of(const std::string& path, const std::string& descr) {
    for (const TypeRow& row : k_types) {
        // One-byte types have no byte order, and may be written with any mark.
        if (descr == row.descr ||
            (row.bytes == 1 && descr.size() == 3 && descr.substr(1) == row.descr + 1)) {
            return row.type;
        }
    }
    throw InputError(path + ": descr",
                     "'" + descr + "'",
                     "a little-endian bool, integer, float16, float32 or float64 array");
}

template <class From>
From load(const std::byte* from) {
    From value{};
    std::memcpy(&value, from, sizeof(From));
    return value;
}

// True if `value` is representable in To; for floating To everything is.
template <class To, class From>
bool fits(From value) {
    if constexpr (std::is_floating_point_v<To>) {
        return true;
    } else if constexpr (std::is_floating_point_v<From>) {
        // The limits as powers of two, exact in floating point.
        const From above = std::ldexp(From{1}, std::numeric_limits<To>::digits);
        const From lowest = std::is_signed_v<To> ? -above : From{0};
        return value >= lowest && value < above && std::trunc(value) == value;
    } else {
        return std::in_range<To>(value);
    }
}

struct Half {
    std::uint16_t bits;
};

template <class Stored, class To>
void convert(const NpyArray& array, std::uint64_t first, std::span<To> out) {
    const std::byte* from = array.bytes().data() + first * sizeof(Stored);
    for (std::size_t k = 0; k < out.size(); ++k, from += sizeof(Stored)) {
        if constexpr (std::is_same_v<Stored, To>) {
            out[k] = load<Stored>(from);
        } else {
            const auto value = [&] {
                if constexpr (std::is_same_v<Stored, Half>) {
                    return float_from_half(load<std::uint16_t>(from));
                } else {
                    return load<Stored>(from);
                }
            }();
            if (!fits<To>(value)) {
                throw InputError(array.path().string() + "[" + std::to_string(first + k) + "]",
                                 std::to_string(value),
                                 "an integer of " + std::to_string(sizeof(To) * 8) + " bits" +
                                     (std::is_signed_v<To> ? "" : ", not negative"));
            }
            out[k] = static_cast<To>(value);
        }
    }
}

// From column-major to row-major, element by element.
std::vector<std::byte> transpose(std::span<const std::byte> data,
                                 std::span<const std::uint64_t> shape,
                                 std::size_t element) {
    std::vector<std::byte> out(data.size());
    const std::size_t rank = shape.size();
    std::vector<std::uint64_t> at(rank, 0);
    const std::uint64_t count = data.size() / element;
    for (std::uint64_t k = 0; k < count; ++k) {
        std::uint64_t target = 0;
        for (std::size_t d = 0; d < rank; ++d) {
            target = target * shape[d] + at[d];
        }
        std::memcpy(out.data() + target * element, data.data() + k * element, element);
        for (std::size_t d = 0; d < rank && ++at[d] == shape[d]; ++d) {
            at[d] = 0;
        }
    }
    return out;
}

}  // namespace

std::size_t npy_element_bytes(NpyType type) {
    return row_of(type).bytes;
}

std::string npy_type_text(NpyType type) {
    return row_of(type).text;
}

NpyArray::NpyArray(const std::filesystem::path& path) : path_(path), file_(path) {
    const std::string name = path.string();
    const NpyHeader header = parse_npy_header(name, file_.bytes());
    type_ = type_of(name, header.descr);
    shape_ = header.shape;
    size_ = 1;
    for (const std::uint64_t d : shape_) {
        if (d != 0 && size_ > (std::uint64_t{1} << 62) / d) {
            throw InputError(name + ": shape", shape_text(), "fewer than 2^62 elements");
        }
        size_ *= d;
    }
    const std::size_t element = npy_element_bytes(type_);
    const std::span<const std::byte> rest = file_.bytes().subspan(header.data_offset);
    if (size_ > rest.size() || size_ * element != rest.size()) {
        throw InputError(name,
                         std::to_string(rest.size()) + " bytes of data",
                         std::to_string(size_) + " x " + std::to_string(element) +
                             " bytes for a shape of " + shape_text() + " and type " +
                             npy_type_text(type_));
    }
    data_ = rest;
    if (header.fortran_order && shape_.size() > 1 && size_ != 0) {
        transposed_ = transpose(rest, shape_, element);
        data_ = transposed_;
    }
}

std::string NpyArray::shape_text() const {
    std::string text = "[";
    for (std::size_t k = 0; k < shape_.size(); ++k) {
        text += (k == 0 ? "" : ", ") + std::to_string(shape_[k]);
    }
    return text + "]";
}

template <class T>
void NpyArray::read(std::uint64_t first, std::span<T> out) const {
    if (first > size_ || out.size() > size_ - first) {
        throw InternalError(path_.string() + ": read past the end of the array");
    }
    switch (type_) {
        case NpyType::boolean:
        case NpyType::uint8:
            return convert<std::uint8_t>(*this, first, out);
        case NpyType::int8:
            return convert<std::int8_t>(*this, first, out);
        case NpyType::int16:
            return convert<std::int16_t>(*this, first, out);
        case NpyType::uint16:
            return convert<std::uint16_t>(*this, first, out);
        case NpyType::int32:
            return convert<std::int32_t>(*this, first, out);
        case NpyType::uint32:
            return convert<std::uint32_t>(*this, first, out);
        case NpyType::int64:
            return convert<std::int64_t>(*this, first, out);
        case NpyType::uint64:
            return convert<std::uint64_t>(*this, first, out);
        case NpyType::float16:
            return convert<Half>(*this, first, out);
        case NpyType::float32:
            return convert<float>(*this, first, out);
        case NpyType::float64:
            return convert<double>(*this, first, out);
    }
}

template void NpyArray::read<float>(std::uint64_t, std::span<float>) const;
template void NpyArray::read<double>(std::uint64_t, std::span<double>) const;
template void NpyArray::read<std::uint8_t>(std::uint64_t, std::span<std::uint8_t>) const;
template void NpyArray::read<std::int8_t>(std::uint64_t, std::span<std::int8_t>) const;
template void NpyArray::read<std::uint16_t>(std::uint64_t, std::span<std::uint16_t>) const;
template void NpyArray::read<std::int32_t>(std::uint64_t, std::span<std::int32_t>) const;
template void NpyArray::read<std::uint32_t>(std::uint64_t, std::span<std::uint32_t>) const;
template void NpyArray::read<std::int64_t>(std::uint64_t, std::span<std::int64_t>) const;
template void NpyArray::read<std::uint64_t>(std::uint64_t, std::span<std::uint64_t>) const;

std::string npy_header(NpyType type, std::span<const std::uint64_t> shape) {
    std::string dict =
        std::string("{'descr': '") + row_of(type).descr + "', 'fortran_order': False, 'shape': (";
    for (const std::uint64_t d : shape) {
        dict += std::to_string(d) + ", ";
    }
    // Python writes (3,) for one dimension and (3, 4) for more.
    if (shape.size() == 1) {
        dict.pop_back();
    }
    if (shape.size() > 1) {
        dict.resize(dict.size() - 2);
    }
    dict += "), }";
    const std::size_t k_prefix = 10;
    dict.append(63 - (k_prefix + dict.size()) % 64, ' ');
    dict += '\n';
    std::string header("\x93NUMPY\x01\x00", 8);
    header += static_cast<char>(dict.size() & 0xFF);
    header += static_cast<char>(dict.size() >> 8);
    return header + dict;
}

void write_npy(const std::filesystem::path& path,
               NpyType type,
               std::span<const std::uint64_t> shape,
               std::span<const std::byte> bytes) {
    std::uint64_t count = 1;
    for (const std::uint64_t d : shape) {
        count *= d;
    }
    if (count * npy_element_bytes(type) != bytes.size()) {
        throw InternalError(path.string() + ": the array does not hold what its shape says");
    }
    AtomicFile file(path);
    file.write(npy_header(type, shape));
    file.write(bytes);
    file.commit();
}

}  // namespace saltus
