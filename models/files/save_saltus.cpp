// LoadedModel -> container: every tensor becomes a segment, checked to be finite, weights laid by
// source where all who read them agree on the order.
#include <vector>

#include "models/files/container.hpp"
#include "models/files/message_form.hpp"
#include "models/files/model_data.hpp"
#include "models/files/relay.hpp"

namespace saltus {

namespace {

// The one way in which a tensor is used as weights, or nullptr.
const WeightUse* single_use(const Translation& translation, const StoredTensor& tensor) {
    const auto entry = translation.uses.find(&tensor);
    if (entry == translation.uses.end() || translation.by_index.count(&tensor) != 0) {
        return nullptr;
    }
    for (const WeightUse& use : entry->second) {
        if (!(use == entry->second.front())) {
            return nullptr;
        }
    }
    return &entry->second.front();
}

}  // namespace

void save_saltus(const LoadedModel& model,
                 const std::filesystem::path& path,
                 const std::function<void()>& poll) {
    const LoadedModel::Data& data = model.data();
    proto::Model header = data.message;
    header.clear_tensors();
    std::vector<std::vector<std::byte>> laid;
    std::vector<std::span<const std::byte>> segments;
    std::vector<Fault> faults;
    std::uint64_t offset = 0;
    for (const StoredTensor& tensor : data.tensors->all()) {
        if (poll) {
            poll();
        }
        if (auto fault = find_bad_number(tensor, data)) {
            faults.push_back(*fault);
        }
        const WeightUse* use = single_use(data.translation, tensor);
        const bool by_source = use != nullptr && can_lie_by_source(tensor, *use);
        std::span<const std::byte> bytes = tensor.data;
        if (by_source && !tensor.rows_by_source) {
            bytes = laid.emplace_back(lay_by_source(tensor, *use));
        }
        proto::Tensor& entry = *header.add_tensors();
        entry.set_name(tensor.name);
        entry.set_type(tensor.type);
        entry.mutable_shape()->Add(tensor.shape.begin(), tensor.shape.end());
        entry.mutable_scales()->Add(tensor.scales.begin(), tensor.scales.end());
        if (by_source || tensor.rows_by_source) {
            entry.set_layout(proto::TensorLayout::rows_by_source);
        }
        proto::Segment& segment = *entry.mutable_segment();
        segment.set_offset(offset);
        segment.set_bytes(bytes.size());
        segment.set_checksum(checksum_text(bytes));
        segment.set_finite(true);
        segments.push_back(bytes);
        offset += padded(bytes.size());
    }
    if (!faults.empty()) {
        throw ModelError(faults);
    }
    header.clear_needs();
    for (const std::string& feature : needs_of(header)) {
        header.add_needs(feature);
    }
    check_header_size(header.ByteSizeLong(), path.string());
    write_container(path, header.SerializeAsString(), segments, poll);
}

}  // namespace saltus
