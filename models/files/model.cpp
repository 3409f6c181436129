#include "models/model.hpp"

#include <cmath>

#include "models/files/container.hpp"
#include "models/files/message_form.hpp"
#include "models/files/model_data.hpp"
#include "models/files/narrow.hpp"
#include "models/files/relay.hpp"

namespace saltus {

namespace {

// The data area must end where its last tensor does: a file that was cut or added to is noticed.
void check_extent(const proto::Model& message, std::uint64_t bytes, Faults& faults) {
    std::uint64_t end = 0;
    for (const proto::Tensor& tensor : message.tensors()) {
        if (tensor.has_segment()) {
            end = std::max(end, padded(tensor.segment().offset() + tensor.segment().bytes()));
        }
    }
    if (end != bytes) {
        faults.add("tensors",
                   std::to_string(bytes) + " bytes of them",
                   std::to_string(end) + " (the file was cut or added to)");
    }
}

void refuse_files(const proto::Model& message, Faults& faults) {
    for (int k = 0; k < message.tensors_size(); ++k) {
        if (!message.tensors(k).file().empty()) {
            faults.add("tensors[" + std::to_string(k) + "].file",
                       "\"" + message.tensors(k).file() + "\"",
                       "a segment: a .saltus file stands alone");
        }
    }
}

// A file that was cut off misses the numbers of many tensors; the first one says it.
void refuse_cut(const proto::Model& message, std::uint64_t bytes, Faults& faults) {
    for (int k = 0; k < message.tensors_size(); ++k) {
        const proto::Segment& segment = message.tensors(k).segment();
        if (segment.offset() > bytes || segment.bytes() > bytes - segment.offset()) {
            faults.add("tensors[" + std::to_string(k) + "].segment",
                       std::to_string(segment.bytes()) + " bytes from " +
                           std::to_string(segment.offset()) + " on",
                       "a place within the " + std::to_string(bytes) +
                           " bytes of tensors (is the file truncated?)");
            return;
        }
    }
}

// Fills in what is made of the message, or throws with everything that is wrong.
void build(LoadedModel::Data& data,
           const std::filesystem::path& directory,
           std::span<const std::byte> area) {
    Faults faults(data.origin);
    auto tensors = std::make_unique<TensorStore>(data.message, directory, area, faults);
    data.translation = translate(data.message, *tensors, faults);
    data.tensors = std::move(tensors);
    faults.throw_if_any();
}

// Adds the stated windows of a population that would end after the horizon.
void find_windows_beyond(const PopulationSpec& population,
                         Tick horizon,
                         std::vector<Fault>& faults) {
    const auto* neuron = std::get_if<NeuronSpec>(&population.kind);
    if (neuron == nullptr) {
        return;
    }
    const auto look = [&](const TickWindow& window, const std::string& field) {
        if (auto fault = window_beyond(window, horizon)) {
            fault->path = population.origin + field;
            faults.push_back(*fault);
        }
    };
    look(neuron->firing_window, ".firing_window");
    for (std::size_t k = 0; k < neuron->receptors.size(); ++k) {
        look(neuron->receptors[k].drive_window,
             ".receptors[" + std::to_string(k) + "].drive_window");
    }
}

}  // namespace

LoadedModel::LoadedModel(std::unique_ptr<Data> data) : data_(std::move(data)) {}

LoadedModel::LoadedModel(LoadedModel&&) noexcept = default;
LoadedModel& LoadedModel::operator=(LoadedModel&&) noexcept = default;
LoadedModel::~LoadedModel() = default;

LoadedModel LoadedModel::load(const std::filesystem::path& path) {
    const std::string extension = path.extension().string();
    if (extension != ".saltus" && extension != ".textproto") {
        throw ModelError(path.string(),
                         extension.empty() ? "a name without extension" : "\"" + extension + "\"",
                         ".saltus or .textproto");
    }
    MappedFile file(path);
    if (extension == ".textproto") {
        LoadedModel model = from_message(
            parse_text(file.bytes(), path.string()), path.parent_path(), path.string());
        std::vector<std::filesystem::path>& files = model.data_->files;
        files.insert(files.begin(), path);
        return model;
    }
    const Container container = open_container(path.string(), file.bytes());
    auto data = std::make_unique<Data>();
    data->origin = path.string();
    data->files = {path};
    data->message = parse_header(container.header, data->origin);
    check_known(data->message, data->origin);
    Faults faults(data->origin);
    refuse_files(data->message, faults);
    refuse_cut(data->message, container.data.size(), faults);
    faults.throw_if_any();
    data->file = std::move(file);
    build(*data, {}, container.data);
    check_extent(data->message, container.data.size(), faults);
    faults.throw_if_any();
    return LoadedModel(std::move(data));
}

LoadedModel LoadedModel::from_message(proto::Model message,
                                      const std::filesystem::path& directory,
                                      const std::string& origin) {
    check_known(message, origin);
    auto data = std::make_unique<Data>();
    data->origin = origin;
    data->message = std::move(message);
    build(*data, directory, {});
    data->files = data->tensors->files();
    return LoadedModel(std::move(data));
}

const proto::Model& LoadedModel::message() const {
    return data_->message;
}

const std::string& LoadedModel::origin() const {
    return data_->origin;
}

const std::vector<std::filesystem::path>& LoadedModel::files() const {
    return data_->files;
}

const std::string& LoadedModel::name() const {
    return data_->message.name();
}

Tick LoadedModel::horizon() const {
    return data_->message.horizon();
}

double LoadedModel::tick_seconds() const {
    return data_->message.tick_seconds();
}

const std::vector<ModelInput>& LoadedModel::inputs() const {
    return data_->translation.inputs;
}

bool LoadedModel::finite_known() const {
    return data_->translation.finite_known;
}

const std::vector<EncoderBinding>& LoadedModel::encoders() const {
    return data_->translation.encoders;
}

const std::vector<Shape>& LoadedModel::node_shapes() const {
    return data_->translation.shapes;
}

std::vector<TensorSummary> LoadedModel::tensors() const {
    std::vector<TensorSummary> list;
    for (const StoredTensor& tensor : data_->tensors->all()) {
        list.push_back({tensor.name,
                        proto::TensorType::Value_Name(tensor.type),
                        tensor.rows_by_source ? "rows_by_source" : "by_index",
                        tensor.shape,
                        tensor.size(),
                        tensor.data.size(),
                        tensor.checksum,
                        tensor.finite_known});
    }
    return list;
}

std::optional<Fault> find_bad_number(const StoredTensor& tensor, const LoadedModel::Data& data) {
    const auto fault = [&](const std::string& where, const std::string& found) {
        return Fault{data.origin + ": " + tensor.path + " (\"" + tensor.name + "\")" + where,
                     found,
                     tensor.is_float() ? "a finite number" : "-127 to 127, and finite scales"};
    };
    for (std::size_t k = 0; k < tensor.scales.size(); ++k) {
        if (!std::isfinite(tensor.scales[k])) {
            return fault(".scales[" + std::to_string(k) + "]", std::to_string(tensor.scales[k]));
        }
    }
    const bool int8 = tensor.type == proto::TensorType::int8;
    if (!tensor.is_float() && !int8) {
        return std::nullopt;
    }
    const std::size_t element = element_bytes(tensor.type);
    for (std::uint64_t k = 0; k < tensor.count; ++k) {
        const float value = load_float(tensor.type, tensor.data.data() + k * element);
        if (!std::isfinite(value) || (int8 && value < -127)) {
            return fault("[" + std::to_string(k) + "]", std::to_string(value));
        }
    }
    const auto use = data.translation.uses.find(&tensor);
    if (tensor.rows_by_source && use != data.translation.uses.end()) {
        if (const auto k = find_padding(tensor, use->second.front())) {
            Fault padding =
                fault("[" + std::to_string(*k) + "]",
                      std::to_string(load_float(tensor.type, tensor.data.data() + *k * element)) +
                          " in the padding of a row");
            padding.needed = "0, as all padding";
            return padding;
        }
    }
    return std::nullopt;
}

std::vector<Fault> LoadedModel::verify(const std::function<void()>& poll) const {
    std::vector<Fault> list;
    for (const StoredTensor& tensor : data_->tensors->all()) {
        if (poll) {
            poll();
        }
        if (!tensor.checksum.empty()) {
            const std::string found = checksum_text(tensor.data);
            if (found != tensor.checksum) {
                list.push_back({data_->origin + ": " + tensor.path + " (\"" + tensor.name + "\")",
                                "checksum " + found,
                                tensor.checksum + " as recorded (the file is damaged)"});
                continue;
            }
        }
        if (auto fault = find_bad_number(tensor, *data_)) {
            list.push_back(*fault);
        }
    }
    return list;
}

NetworkSpec LoadedModel::network_spec(std::optional<Tick> horizon) const {
    NetworkSpec spec = data_->translation.network;
    if (!horizon || *horizon == spec.horizon) {
        return spec;
    }
    if (*horizon < 1) {
        throw ModelError(data_->origin + ": horizon", std::to_string(*horizon), "at least 1 tick");
    }
    std::vector<Fault> faults;
    for (const PopulationSpec& population : spec.populations) {
        find_windows_beyond(population, *horizon, faults);
    }
    if (!faults.empty()) {
        throw ModelError(faults);
    }
    spec.horizon = *horizon;
    return spec;
}

}  // namespace saltus
