// What a LoadedModel owns; for the files of this folder alone.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/files/mapped_file.hpp"
#include "models/files/tensor_store.hpp"
#include "models/files/translation.hpp"
#include "models/model.hpp"

#include "saltus/model.pb.h"

namespace saltus {

// Later members view earlier ones; nothing is changed or moved once it is made.
struct LoadedModel::Data {
    std::string origin;
    std::vector<std::filesystem::path> files;
    MappedFile file;
    proto::Model message;
    std::unique_ptr<const TensorStore> tensors;
    Translation translation;
};

// The first number of a tensor that no model may hold: not finite, an int8 of -128, or padding
// between rows that is not zero; its place and text.
std::optional<Fault> find_bad_number(const StoredTensor& tensor, const LoadedModel::Data& data);

}  // namespace saltus
