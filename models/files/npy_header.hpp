// The header of a .npy file: a Python dictionary as text, in front of the elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace saltus {

struct NpyHeader {
    std::string descr;  // "<f4"
    bool fortran_order = false;
    std::vector<std::uint64_t> shape;
    std::size_t data_offset = 0;  // where the elements start; within the file
};

// Throws InputError with `path` in front: wrong magic, version, truncation, or a dictionary that is
// not exactly descr, fortran_order and shape.
NpyHeader parse_npy_header(const std::string& path, std::span<const std::byte> file);

}  // namespace saltus
