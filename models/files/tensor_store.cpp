#include "models/files/tensor_store.hpp"

#include <cstring>
#include <exception>
#include <limits>
#include <set>

#include "models/files/container.hpp"
#include "models/files/half.hpp"
#include "models/files/narrow.hpp"

namespace saltus {

namespace {

using Type = proto::TensorType;

// The type that a .npy file's numbers have in a model, unless the model says another.
Type::Value type_of_file(NpyType type) {
    switch (type) {
        case NpyType::float16:
            return Type::float16;
        case NpyType::float32:
        case NpyType::float64:
            return Type::float32;
        case NpyType::int8:
            return Type::int8;
        case NpyType::boolean:
        case NpyType::uint8:
        case NpyType::int16:
        case NpyType::uint16:
        case NpyType::int32:
        case NpyType::uint32:
            return Type::uint32;
        case NpyType::int64:
        case NpyType::uint64:
            return Type::uint64;
    }
    return Type::float32;
}

// True if the file's bytes are the tensor's as they stand.
bool same_bytes(NpyType file, Type::Value type) {
    switch (type) {
        case Type::float16:
            return file == NpyType::float16;
        case Type::bfloat16:
            return file == NpyType::uint16;
        case Type::float32:
            return file == NpyType::float32;
        case Type::int8:
            return file == NpyType::int8;
        case Type::uint32:
            return file == NpyType::uint32;
        case Type::uint64:
            return file == NpyType::uint64;
        default:
            return false;
    }
}

// How many of the five ways to give the numbers are used.
int ways_given(const proto::Tensor& tensor) {
    return static_cast<int>(tensor.values_size() != 0) +
           static_cast<int>(tensor.integers_size() != 0) + static_cast<int>(tensor.has_raw()) +
           static_cast<int>(!tensor.file().empty()) + static_cast<int>(tensor.has_segment());
}

bool aligned(std::span<const std::byte> bytes, std::size_t to) {
    return reinterpret_cast<std::uintptr_t>(bytes.data()) % to == 0;
}

// Product of a shape, saturating: no file holds 2^63 elements.
std::uint64_t product(std::span<const std::uint64_t> shape) {
    std::uint64_t n = 1;
    for (const std::uint64_t d : shape) {
        if (d != 0 && n > (std::uint64_t{1} << 63) / d) {
            return std::uint64_t{1} << 63;
        }
        n *= d;
    }
    return n;
}

// Shape against bytes: by index exactly, by source at least (padding depends on the use).
bool check_size(StoredTensor& tensor, Faults& faults) {
    const std::size_t element = element_bytes(tensor.type);
    for (const std::uint64_t d : tensor.shape) {
        if (d == 0) {
            faults.add(tensor.path + ".shape", tensor.shape_text(), "no dimension of 0");
            return false;
        }
    }
    if (tensor.data.size() % element != 0) {
        faults.add(tensor.path,
                   std::to_string(tensor.data.size()) + " bytes",
                   "a multiple of " + std::to_string(element));
        return false;
    }
    tensor.count = tensor.data.size() / element;
    const bool fits =
        tensor.rows_by_source ? tensor.size() <= tensor.count : tensor.size() == tensor.count;
    if (!fits) {
        faults.add(tensor.path + ".shape",
                   tensor.shape_text() + " for " + std::to_string(tensor.count) + " numbers",
                   "a shape that holds them");
    }
    return fits;
}

bool check_scales(const StoredTensor& tensor, Faults& faults) {
    const std::size_t scales = tensor.scales.size();
    if (tensor.type != Type::int8) {
        if (scales == 0) {
            return true;
        }
        faults.add(
            tensor.path + ".scales", std::to_string(scales) + " of them", "type int8, or none");
        return false;
    }
    const std::uint64_t rows = tensor.shape.empty() ? 1 : tensor.shape[0];
    if (scales == 1 || scales == rows) {
        return true;
    }
    // A sparse tensor's scales go by target neuron; its use checks them.
    if (tensor.shape.size() == 1 && scales > 0) {
        return true;
    }
    faults.add(tensor.path + ".scales",
               std::to_string(scales) + " of them",
               "1, or one a target: " + std::to_string(rows));
    return false;
}

}  // namespace

std::size_t element_bytes(Type::Value type) {
    switch (type) {
        case Type::float16:
        case Type::bfloat16:
            return 2;
        case Type::int8:
            return 1;
        case Type::uint64:
            return 8;
        default:
            return 4;
    }
}

std::string shape_text(std::span<const std::uint64_t> shape) {
    std::string text = "[";
    for (std::size_t k = 0; k < shape.size(); ++k) {
        text += (k == 0 ? "" : ", ") + std::to_string(shape[k]);
    }
    return text + "]";
}

std::uint64_t StoredTensor::size() const {
    return product(shape);
}

std::string StoredTensor::shape_text() const {
    return saltus::shape_text(shape);
}

bool StoredTensor::is_float() const {
    return type == Type::float32 || type == Type::float16 || type == Type::bfloat16;
}

TensorStore::TensorStore(const proto::Model& message,
                         const std::filesystem::path& directory,
                         std::span<const std::byte> data_area,
                         Faults& faults)
    : directory_(directory), data_area_(data_area) {
    for (int k = 0; k < message.tensors_size(); ++k) {
        const proto::Tensor& source = message.tensors(k);
        StoredTensor tensor;
        tensor.path = "tensors[" + std::to_string(k) + "]";
        tensor.name = source.name();
        if (source.name().empty()) {
            faults.add(tensor.path + ".name", "none", "a name");
            continue;
        }
        const auto [entry, fresh] = by_name_.emplace(source.name(), nullptr);
        if (!fresh) {
            faults.add(
                tensor.path + ".name", "\"" + source.name() + "\" again", "a name of its own");
            continue;
        }
        if (!place(source, tensor, faults)) {
            continue;
        }
        tensors_.push_back(std::move(tensor));
        entry->second = &tensors_.back();
    }
}

const StoredTensor* TensorStore::find(const std::string& name) const {
    const auto entry = by_name_.find(name);
    return entry == by_name_.end() ? nullptr : entry->second;
}

std::vector<std::filesystem::path> TensorStore::files() const {
    std::set<std::filesystem::path> paths;
    for (const NpyArray& array : arrays_) {
        paths.insert(array.path());
    }
    return {paths.begin(), paths.end()};
}

std::span<std::byte> TensorStore::own(std::size_t bytes) {
    owned_.emplace_back((bytes + 7) / 8);
    return std::as_writable_bytes(std::span(owned_.back())).first(bytes);
}

bool TensorStore::place(const proto::Tensor& source, StoredTensor& tensor, Faults& faults) {
    if (const int ways = ways_given(source); ways != 1) {
        faults.add(tensor.path + " (\"" + tensor.name + "\")",
                   ways == 0 ? "no numbers" : "numbers in " + std::to_string(ways) + " ways",
                   "one of values, integers, raw, file, segment");
        return false;
    }
    tensor.type = source.type() == Type::unset ? Type::float32 : source.type();
    tensor.shape.assign(source.shape().begin(), source.shape().end());
    tensor.rows_by_source = source.layout() == proto::TensorLayout::rows_by_source;
    if (tensor.rows_by_source && !source.has_segment()) {
        faults.add(tensor.path + ".layout", "rows_by_source", "by_index outside a .saltus file");
        return false;
    }
    tensor.scales = {source.scales().data(), static_cast<std::size_t>(source.scales_size())};
    bool placed = false;
    if (source.values_size() != 0) {
        placed = place_values(source, tensor, faults);
    } else if (source.integers_size() != 0) {
        placed = place_integers(source, tensor, faults);
    } else if (source.has_raw()) {
        const auto raw = std::as_bytes(std::span(source.raw()));
        const auto copy = own(raw.size());
        if (!raw.empty()) {
            std::memcpy(copy.data(), raw.data(), raw.size());
        }
        tensor.data = copy;
        placed = true;
    } else if (source.has_segment()) {
        placed = place_segment(source, tensor, faults);
    } else {
        placed = place_file(source, tensor, faults);
    }
    return placed && check_size(tensor, faults) && check_scales(tensor, faults);
}

bool TensorStore::place_values(const proto::Tensor& source, StoredTensor& tensor, Faults& faults) {
    const auto count = static_cast<std::size_t>(source.values_size());
    if (tensor.shape.empty()) {
        tensor.shape = {count};
    }
    const std::span<const float> values(source.values().data(), count);
    if (tensor.type == Type::float32) {
        tensor.data = std::as_bytes(values);
        return true;
    }
    const std::size_t element = element_bytes(tensor.type);
    const auto out = own(count * element);
    for (std::size_t k = 0; k < count; ++k) {
        if (!store_exactly(values[k], tensor.type, out.data() + k * element)) {
            faults.add(tensor.path + ".values[" + std::to_string(k) + "]",
                       std::to_string(values[k]),
                       "a number that is exact as " + Type::Value_Name(tensor.type));
            return false;
        }
    }
    tensor.data = out;
    return true;
}

bool TensorStore::place_integers(const proto::Tensor& source,
                                 StoredTensor& tensor,
                                 Faults& faults) {
    const auto count = static_cast<std::size_t>(source.integers_size());
    if (tensor.shape.empty()) {
        tensor.shape = {count};
    }
    if (source.type() == Type::unset) {
        tensor.type = Type::uint64;
    }
    if (tensor.type != Type::uint32 && tensor.type != Type::uint64) {
        faults.add(tensor.path + ".type", Type::Value_Name(tensor.type), "uint32 or uint64");
        return false;
    }
    const std::span<const std::uint64_t> values(source.integers().data(), count);
    if (tensor.type == Type::uint64) {
        tensor.data = std::as_bytes(values);
        return true;
    }
    const auto out = own(count * 4);
    for (std::size_t k = 0; k < count; ++k) {
        if (values[k] > std::numeric_limits<std::uint32_t>::max()) {
            faults.add(tensor.path + ".integers[" + std::to_string(k) + "]",
                       std::to_string(values[k]),
                       "less than 2^32");
            return false;
        }
        const auto value = static_cast<std::uint32_t>(values[k]);
        std::memcpy(out.data() + k * 4, &value, 4);
    }
    tensor.data = out;
    return true;
}

bool TensorStore::place_segment(const proto::Tensor& source, StoredTensor& tensor, Faults& faults) {
    const proto::Segment& segment = source.segment();
    const std::string path = tensor.path + ".segment";
    if (segment.offset() % k_segment_alignment != 0) {
        faults.add(path + ".offset", std::to_string(segment.offset()), "a multiple of 64");
        return false;
    }
    if (segment.offset() > data_area_.size() ||
        segment.bytes() > data_area_.size() - segment.offset()) {
        faults.add(path,
                   std::to_string(segment.bytes()) + " bytes from " +
                       std::to_string(segment.offset()) + " on",
                   "a place within the " + std::to_string(data_area_.size()) +
                       " bytes of tensors (is the file truncated?)");
        return false;
    }
    tensor.data = data_area_.subspan(static_cast<std::size_t>(segment.offset()),
                                     static_cast<std::size_t>(segment.bytes()));
    tensor.finite_known = segment.finite();
    tensor.checksum = segment.checksum();
    return true;
}

bool TensorStore::place_file(const proto::Tensor& source, StoredTensor& tensor, Faults& faults) {
    const std::filesystem::path name(source.file());
    bool beside = name.is_relative();
    for (const auto& part : name) {
        beside = beside && part != "..";
    }
    if (!beside) {
        faults.add(tensor.path + ".file", "\"" + source.file() + "\"", "a file beside the model");
        return false;
    }
    try {
        const NpyArray& array = arrays_.emplace_back(directory_ / name);
        if (source.type() == Type::unset) {
            tensor.type = type_of_file(array.type());
        }
        if (tensor.shape.empty()) {
            tensor.shape = array.shape();
        }
        if (tensor.shape != array.shape()) {
            faults.add(tensor.path + ".shape",
                       tensor.shape_text(),
                       array.shape_text() + " as in " + array.path().string());
            return false;
        }
        const std::size_t element = element_bytes(tensor.type);
        if (same_bytes(array.type(), tensor.type)) {
            tensor.data = array.bytes();
            if (aligned(tensor.data, element)) {
                return true;
            }
            const auto copy = own(tensor.data.size());
            std::memcpy(copy.data(), tensor.data.data(), tensor.data.size());
            tensor.data = copy;
            return true;
        }
        const auto out = own(static_cast<std::size_t>(array.size()) * element);
        if (tensor.type == Type::float32) {
            array.read<float>(
                0, {reinterpret_cast<float*>(out.data()), static_cast<std::size_t>(array.size())});
        } else if (tensor.type == Type::uint32) {
            array.read<std::uint32_t>(0,
                                      {reinterpret_cast<std::uint32_t*>(out.data()),
                                       static_cast<std::size_t>(array.size())});
        } else if (tensor.type == Type::uint64) {
            array.read<std::uint64_t>(0,
                                      {reinterpret_cast<std::uint64_t*>(out.data()),
                                       static_cast<std::size_t>(array.size())});
        } else {
            faults.add(tensor.path + ".file",
                       "a file of " + npy_type_text(array.type()),
                       "numbers stored as " + Type::Value_Name(tensor.type) +
                           (tensor.type == Type::bfloat16 ? " (bits, as uint16)" : ""));
            return false;
        }
        tensor.data = out;
        return true;
    } catch (const InputError& error) {
        faults.add(tensor.path + ".file",
                   error.fault().path + ": " + error.fault().found,
                   error.fault().needed);
        return false;
    }
}

std::span<const float> TensorStore::floats(const StoredTensor& tensor) {
    if (tensor.type == Type::float32) {
        return {reinterpret_cast<const float*>(tensor.data.data()),
                static_cast<std::size_t>(tensor.count)};
    }
    const auto known = decoded_.find(&tensor);
    if (known != decoded_.end()) {
        return known->second;
    }
    const auto count = static_cast<std::size_t>(tensor.count);
    const auto bytes = own(count * sizeof(float));
    const std::span<float> out(reinterpret_cast<float*>(bytes.data()), count);
    const bool each_row = !tensor.shape.empty() && tensor.scales.size() == tensor.shape[0];
    const std::size_t rows = each_row ? tensor.scales.size() : 1;
    for (std::size_t k = 0; k < count; ++k) {
        out[k] = load_float(tensor.type, tensor.data.data() + k * element_bytes(tensor.type));
        if (!tensor.scales.empty()) {
            out[k] = tensor.scales[k / (count / rows)] * out[k];
        }
    }
    decoded_.emplace(&tensor, out);
    return out;
}

template <class T>
std::span<const T> TensorStore::integers(const StoredTensor& tensor, Faults& faults) {
    if (tensor.type != Type::uint32 && tensor.type != Type::uint64) {
        faults.add(
            tensor.path + " (\"" + tensor.name + "\")", Type::Value_Name(tensor.type), "integers");
        return {};
    }
    const auto count = static_cast<std::size_t>(tensor.count);
    if (element_bytes(tensor.type) == sizeof(T)) {
        return {reinterpret_cast<const T*>(tensor.data.data()), count};
    }
    const auto bytes = own(count * sizeof(T));
    const std::span<T> out(reinterpret_cast<T*>(bytes.data()), count);
    for (std::size_t k = 0; k < count; ++k) {
        std::uint64_t value = 0;
        std::memcpy(&value,
                    tensor.data.data() + k * element_bytes(tensor.type),
                    element_bytes(tensor.type));
        if (value > std::numeric_limits<T>::max()) {
            faults.add(tensor.path + "[" + std::to_string(k) + "]",
                       std::to_string(value),
                       "less than 2^32");
            return {};
        }
        out[k] = static_cast<T>(value);
    }
    return out;
}

std::span<const std::uint32_t> TensorStore::uint32s(const StoredTensor& tensor, Faults& faults) {
    return integers<std::uint32_t>(tensor, faults);
}

std::span<const std::uint64_t> TensorStore::uint64s(const StoredTensor& tensor, Faults& faults) {
    return integers<std::uint64_t>(tensor, faults);
}

}  // namespace saltus
