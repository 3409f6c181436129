#include "cli/model_summary.hpp"

#include <map>
#include <set>
#include <variant>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "core/graph.hpp"
#include "models/pipeline.hpp"

#include "saltus/model.pb.h"

namespace saltus::cli {

namespace {

namespace pb = google::protobuf;

using Tensors = std::map<std::string, TensorSummary>;

// The name of the field that is set in a message's only oneof.
std::string chosen(const pb::Message& message, const char* oneof) {
    const pb::FieldDescriptor* field = message.GetReflection()->GetOneofFieldDescriptor(
        message, message.GetDescriptor()->FindOneofByName(oneof));
    return field == nullptr ? "" : field->name();
}

// Every text below `message` that names a tensor: weight, bias, offsets, targets and X_each.
void collect_tensors(const pb::Message& message,
                     const Tensors& tensors,
                     std::set<std::string>& names) {
    std::vector<const pb::FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const pb::FieldDescriptor* field : fields) {
        if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING && !field->is_repeated()) {
            names.insert(message.GetReflection()->GetString(message, field));
        } else if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
            const int count =
                field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
            for (int k = 0; k < count; ++k) {
                collect_tensors(field->is_repeated()
                                    ? message.GetReflection()->GetRepeatedMessage(message, field, k)
                                    : message.GetReflection()->GetMessage(message, field),
                                tensors,
                                names);
            }
        }
    }
}

// The parts of a node or projection that name tensors, without its own name and endpoints.
template <class Row>
void count_tensors(const pb::Message& part, const char* oneof, const Tensors& tensors, Row& row) {
    const pb::FieldDescriptor* field = part.GetReflection()->GetOneofFieldDescriptor(
        part, part.GetDescriptor()->FindOneofByName(oneof));
    if (field == nullptr) {
        return;
    }
    std::set<std::string> names;
    collect_tensors(part.GetReflection()->GetMessage(part, field), tensors, names);
    for (const std::string& name : names) {
        const auto tensor = tensors.find(name);
        if (tensor == tensors.end()) {
            continue;
        }
        row.parameters += tensor->second.numbers;
        row.bytes += tensor->second.bytes;
    }
}

std::string clock_text(Clock clock) {
    switch (clock) {
        case Clock::stepped:
            return "stepped";
        case Clock::lazy:
            return "lazy";
        case Clock::leaps:
            return "leaps";
    }
    return "";
}

NodeRow node_row(const proto::Node& node, const Tensors& tensors) {
    NodeRow row;
    row.name = node.name();
    row.kind = chosen(node, "kind");
    if (node.has_encoder()) {
        row.kind += ": " + chosen(node.encoder(), "coding");
    }
    row.is_population = node.has_encoder() || node.has_population() || node.has_spike_max_pool();
    count_tensors(node, "kind", tensors, row);
    return row;
}

std::string pool_text(const char* name, const proto::Pool& pool) {
    std::string text = std::string(name) + " " + std::to_string(pool.k());
    if (pool.has_stride() && pool.stride() != pool.k()) {
        text += " stride " + std::to_string(pool.stride());
    }
    return text;
}

ProjectionRow projection_row(const proto::Projection& source, const Tensors& tensors) {
    ProjectionRow row;
    row.source = source.source();
    row.target = source.target();
    row.name = source.name().empty() ? row.source + " -> " + row.target : source.name();
    row.delay = source.delay();
    row.receptor = source.receptor();
    if (source.has_source_filter()) {
        row.kind += "source_filter, ";
    }
    if (source.has_sum_pool()) {
        row.kind += pool_text("sum_pool", source.sum_pool()) + ", ";
    }
    if (source.has_average_pool()) {
        row.kind += pool_text("average_pool", source.average_pool()) + ", ";
    }
    row.kind +=
        source.has_window() ? pool_text("window", source.window()) : chosen(source, "connection");
    count_tensors(source, "connection", tensors, row);
    const std::string& weight = source.has_dense()    ? source.dense().weight()
                                : source.has_conv2d() ? source.conv2d().weight()
                                                      : source.sparse().weight();
    const auto tensor = tensors.find(weight);
    if (tensor != tensors.end()) {
        row.storage = tensor->second.type + ", " + tensor->second.layout;
        if (source.has_conv2d()) {
            row.kind += " " + std::to_string(tensor->second.shape[2]) + "x" +
                        std::to_string(tensor->second.shape[3]);
        }
    }
    return row;
}

ReadoutRow readout_row(const proto::Readout& source) {
    ReadoutRow row{
        source.name(), source.population(), proto::ReadoutKind::Value_Name(source.kind())};
    if (source.has_ties()) {
        row.text += ", ties: " + proto::Ties::Value_Name(source.ties());
    }
    if (source.has_logit()) {
        row.text += " / " + (source.logit().has_t() ? std::to_string(source.logit().t()) : "T");
        if (!source.logit().bias().empty()) {
            row.text += " + bias";
        }
    }
    return row;
}

// What a layer or encoder reads where the file leaves it out (as models/files resolves it).
void name_inputs(const proto::Model& message, std::vector<NodeRow>& rows) {
    for (std::size_t k = 0; k < rows.size(); ++k) {
        const proto::Node& node = message.nodes(static_cast<int>(k));
        if (node.has_population() || node.has_spike_max_pool()) {
            continue;
        }
        if (!node.input().empty()) {
            rows[k].input = node.input();
        } else if (k > 0 && !rows[k - 1].is_population) {
            rows[k].input = rows[k - 1].name;
        } else {
            rows[k].input = message.inputs(0).name();
        }
    }
}

// Layers that lead to no encoder, populations that nothing moves, and those that no readout depends
// on.
void mark_unreachable(const proto::Model& message, const NetworkSpec& spec, ModelSummary& out) {
    std::map<std::string, std::vector<std::string>> readers;  // of a name, going backwards
    std::vector<std::string> open;
    for (const proto::Readout& readout : message.readouts()) {
        open.push_back(readout.population());
    }
    for (const NodeRow& row : out.nodes) {
        if (!row.input.empty()) {
            readers[row.name].push_back(row.input);
        }
    }
    for (const ProjectionRow& row : out.projections) {
        readers[row.target].push_back(row.source);
    }
    std::set<std::string> seen(open.begin(), open.end());
    while (!open.empty()) {
        const std::string name = open.back();
        open.pop_back();
        for (const std::string& source : readers[name]) {
            if (seen.insert(source).second) {
                open.push_back(source);
            }
        }
    }
    for (NodeRow& row : out.nodes) {
        if (seen.count(row.name) == 0) {
            row.unreachable = "no readout depends on it";
        }
    }
    std::set<std::string> idle;
    for (const PopulationId id : unreachable_populations(spec)) {
        idle.insert(spec.populations[id].name);
    }
    for (NodeRow& row : out.nodes) {
        if (row.is_population && idle.count(row.name) != 0) {
            row.unreachable = "nothing ever reaches it";
        }
    }
}

}  // namespace

ModelSummary summarise(const LoadedModel& model) {
    const proto::Model& message = model.message();
    const NetworkSpec spec = model.network_spec();
    const Network network = compile_model(model);
    ModelSummary out;
    Tensors tensors;
    for (TensorSummary& tensor : model.tensors()) {
        out.parameters += tensor.numbers;
        out.tensor_bytes += tensor.bytes;
        const std::string name = tensor.name;
        tensors.emplace(name, std::move(tensor));
    }
    PopulationId next = 0;
    for (int k = 0; k < message.nodes_size(); ++k) {
        NodeRow row = node_row(message.nodes(k), tensors);
        row.shape = model.node_shapes()[static_cast<std::size_t>(k)];
        if (row.is_population) {
            const PopulationId id = next++;
            row.level = network.level(id);
            if (const auto* neuron = std::get_if<NeuronSpec>(&spec.populations[id].kind)) {
                row.clock = clock_text(neuron->clock);
                out.neurons += row.shape.size();
            }
        }
        out.nodes.push_back(std::move(row));
    }
    name_inputs(message, out.nodes);
    for (int k = 0; k < message.projections_size(); ++k) {
        ProjectionRow row = projection_row(message.projections(k), tensors);
        row.synapses = network.synapses(static_cast<ProjectionId>(k));
        out.synapses += row.synapses;
        out.projections.push_back(std::move(row));
    }
    for (const proto::Readout& readout : message.readouts()) {
        out.readouts.push_back(readout_row(readout));
    }
    mark_unreachable(message, spec, out);
    return out;
}

}  // namespace saltus::cli
