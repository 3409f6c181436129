// A model's tensors by name, wherever their numbers are: inline, in a .npy file beside the model,
// or in the container's map. Each is given as stored bytes; other forms are decoded when asked for
// and kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/files/faults.hpp"
#include "models/files/npy.hpp"

#include "saltus/model.pb.h"

namespace saltus {

struct StoredTensor {
    std::string path;  // "tensors[3]"
    std::string name;
    proto::TensorType::Value type = proto::TensorType::float32;  // never unset
    std::vector<std::uint64_t> shape;                            // no dimension is 0
    bool rows_by_source = false;
    std::span<const std::byte> data;  // little-endian, aligned to its elements
    std::uint64_t count = 0;          // elements in `data`, padding included
    std::span<const float> scales;    // int8 only
    bool finite_known = false;
    std::string checksum;  // of a segment; else empty

    [[nodiscard]] std::uint64_t size() const;      // product of the shape
    [[nodiscard]] std::string shape_text() const;  // "[500, 784]"
    [[nodiscard]] bool is_float() const;           // float32, float16 or bfloat16
};

std::size_t element_bytes(proto::TensorType::Value type);
std::string shape_text(std::span<const std::uint64_t> shape);

class TensorStore {
  public:
    // Views `message` and `data_area`, which must outlive it. `directory`: where files are.
    // Nothing is allocated beyond a small multiple of what the files hold. What is wrong with a
    // tensor is added to `faults`; it is then not found.
    TensorStore(const proto::Model& message,
                const std::filesystem::path& directory,
                std::span<const std::byte> data_area,
                Faults& faults);

    // nullptr if there is none of this name, or if it is faulty.
    [[nodiscard]] const StoredTensor* find(const std::string& name) const;

    // True if the name is declared, faulty or not.
    [[nodiscard]] bool declared(const std::string& name) const { return by_name_.count(name) != 0; }

    [[nodiscard]] const std::deque<StoredTensor>& all() const { return tensors_; }

    // The .npy files that numbers were taken from, each once.
    [[nodiscard]] std::vector<std::filesystem::path> files() const;

    // Views that live as long as the store. A by_index tensor's numbers as float32 (int8: scale *
    // q, rounded once; scales go by the first dimension).
    std::span<const float> floats(const StoredTensor& tensor);
    // Integers of at most T's range; faults name the tensor, and the view is then empty.
    std::span<const std::uint32_t> uint32s(const StoredTensor& tensor, Faults& faults);
    std::span<const std::uint64_t> uint64s(const StoredTensor& tensor, Faults& faults);

  private:
    bool place(const proto::Tensor& source, StoredTensor& tensor, Faults& faults);
    bool place_values(const proto::Tensor& source, StoredTensor& tensor, Faults& faults);
    bool place_integers(const proto::Tensor& source, StoredTensor& tensor, Faults& faults);
    bool place_file(const proto::Tensor& source, StoredTensor& tensor, Faults& faults);
    bool place_segment(const proto::Tensor& source, StoredTensor& tensor, Faults& faults);
    std::span<std::byte> own(std::size_t bytes);
    template <class T>
    std::span<const T> integers(const StoredTensor& tensor, Faults& faults);

    std::filesystem::path directory_;
    std::span<const std::byte> data_area_;
    std::deque<StoredTensor> tensors_;
    std::map<std::string, const StoredTensor*> by_name_;
    std::deque<NpyArray> arrays_;
    std::deque<std::vector<std::uint64_t>> owned_;  // of 64-bit words, for alignment
    std::map<const StoredTensor*, std::span<const float>> decoded_;
};

}  // namespace saltus
