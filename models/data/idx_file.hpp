// IDX, the format of the MNIST files: two zero bytes, element type, number of dimensions, the
// dimensions as big-endian 32-bit numbers, then the elements, row-major. Only unsigned bytes (type
// 0x08) are read. Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten
// digits".
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace saltus {

struct IdxArray {
    std::vector<std::uint32_t> dims;
    std::vector<std::uint8_t> bytes;  // as many as the product of dims
};

// Reads a plain or gzip-compressed file (told by its content) with `dimensions` dimensions. The
// declared size is held against the file's before anything is allocated, and no more than that is
// unpacked. Throws InputError naming the file.
IdxArray read_idx(const std::filesystem::path& path, std::uint32_t dimensions);

}  // namespace saltus
