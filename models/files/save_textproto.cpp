// LoadedModel -> protobuf text, to read and edit: a few numbers are written out, more go to .npy
// files beside it, by index again.
#include <cstring>

#include "models/files/array_files.hpp"
#include "models/files/atomic_file.hpp"
#include "models/files/message_form.hpp"
#include "models/files/model_data.hpp"
#include "models/files/narrow.hpp"
#include "models/files/relay.hpp"

namespace saltus {

namespace {

using Type = proto::TensorType;

constexpr std::uint64_t k_most_inline = 16;

NpyType file_type(Type::Value type) {
    switch (type) {
        case Type::float16:
            return NpyType::float16;
        case Type::bfloat16:
            return NpyType::uint16;
        case Type::int8:
            return NpyType::int8;
        case Type::uint32:
            return NpyType::uint32;
        case Type::uint64:
            return NpyType::uint64;
        default:
            return NpyType::float32;
    }
}

void write_out(const StoredTensor& tensor, std::span<const std::byte> bytes, proto::Tensor& entry) {
    const std::size_t element = element_bytes(tensor.type);
    const bool integers = tensor.type == Type::uint32 || tensor.type == Type::uint64;
    for (std::size_t at = 0; at < bytes.size(); at += element) {
        if (integers) {
            std::uint64_t value = 0;
            std::memcpy(&value, bytes.data() + at, element);
            entry.add_integers(value);
        } else {
            entry.add_values(load_float(tensor.type, bytes.data() + at));
        }
    }
    // What the reader takes for granted need not be said.
    if (tensor.type != Type::float32 && tensor.type != Type::uint64) {
        entry.set_type(tensor.type);
    }
    if (tensor.shape.size() != 1) {
        entry.mutable_shape()->Add(tensor.shape.begin(), tensor.shape.end());
    }
}

}  // namespace

void save_textproto(const LoadedModel& model,
                    const std::filesystem::path& path,
                    const std::function<void()>& poll) {
    const LoadedModel::Data& data = model.data();
    proto::Model text = data.message;
    text.clear_tensors();
    text.clear_needs();  // they follow from the rest, which is now open to change
    ArrayFiles arrays(path);
    for (const StoredTensor& tensor : data.tensors->all()) {
        if (poll) {
            poll();
        }
        proto::Tensor& entry = *text.add_tensors();
        entry.set_name(tensor.name);
        entry.mutable_scales()->Add(tensor.scales.begin(), tensor.scales.end());
        std::vector<std::byte> laid;
        std::span<const std::byte> bytes = tensor.data;
        if (tensor.rows_by_source) {
            const auto use = data.translation.uses.find(&tensor);
            if (use == data.translation.uses.end()) {
                throw ModelError(data.origin + ": " + tensor.path + " (\"" + tensor.name + "\")",
                                 "rows_by_source, but no projection that uses it",
                                 "a use, which says its order by index");
            }
            laid = lay_by_index(tensor, use->second.front());
            bytes = laid;
        }
        if (tensor.size() <= k_most_inline && !tensor.shape.empty()) {
            write_out(tensor, bytes, entry);
            continue;
        }
        entry.set_file(arrays.add(tensor.name, file_type(tensor.type), tensor.shape, bytes));
        if (tensor.type == Type::bfloat16) {
            entry.set_type(tensor.type);
        }
    }
    const std::string printed =
        "# proto-file: proto/saltus/model.proto\n# proto-message: saltus.proto.Model\n" +
        print_text(text);
    if (printed.size() > k_most_text) {
        throw ModelError(path.string(),
                         std::to_string(printed.size()) + " bytes of text",
                         "at most " + std::to_string(k_most_text) + ", as a reader takes");
    }
    AtomicFile file(path);
    file.write(printed);
    file.close();
    if (poll) {
        poll();
    }
    // From here on it is a matter of names: the arrays get theirs, then the text its own, which is
    // the moment at which the model is there.
    arrays.appear();
    file.commit();
    arrays.keep();
}

}  // namespace saltus
