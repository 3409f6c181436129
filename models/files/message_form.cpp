#include "models/files/message_form.hpp"

#include <algorithm>
#include <set>

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/unknown_field_set.h>

#include "core/error.hpp"
#include "models/files/faults.hpp"
#include "models/files/first_text_error.hpp"
#include "models/files/text_check.hpp"

#include "saltus/model.pb.h"

namespace saltus {

namespace {

namespace pb = google::protobuf;

constexpr int k_version = 1;
constexpr int k_text_depth = 32;  // the schema is not recursive: this is more than any model has

// What the schema of this version adds to the least a reader must know.
constexpr const char* k_features[] = {
    "bernoulli",
    "bfloat16",
    "burst",
    "current_of_tick_before",
    "delayed_reset",
    "delta",
    "duplicate",
    "events",
    "float16",
    "floor",
    "gaussian",
    "int8",
    "latency",
    "lazy",
    "leaps",
    "phase",
    "poisson",
    "pool",
    "previous_reset_counts",
    "refractory",
    "reset_trace",
    "rows_by_source",
    "second_order",
    "several_spikes",
    "sparse",
    "spike_max_pool",
};

void check_fields(const pb::Message& message, const std::string& path, Faults& faults);

std::string child_path(const std::string& path, const pb::FieldDescriptor& field, int index) {
    std::string child = path.empty() ? field.name() : path + "." + field.name();
    return field.is_repeated() ? child + "[" + std::to_string(index) + "]" : child;
}

void check_setting(const pb::Message& message,
                   const pb::FieldDescriptor& field,
                   const std::string& path,
                   Faults& faults) {
    const int number = message.GetReflection()->GetEnumValue(message, &field);
    if (field.enum_type()->FindValueByNumber(number) != nullptr) {
        return;
    }
    std::string known;
    for (int k = 0; k < field.enum_type()->value_count(); ++k) {
        known += (k == 0 ? "" : ", ") + field.enum_type()->value(k)->name();
    }
    faults.add(child_path(path, field, 0), "the unknown setting " + std::to_string(number), known);
}

void check_children(const pb::Message& message,
                    const pb::FieldDescriptor& field,
                    const std::string& path,
                    Faults& faults) {
    const pb::Reflection& reflection = *message.GetReflection();
    if (!field.is_repeated()) {
        check_fields(reflection.GetMessage(message, &field), child_path(path, field, 0), faults);
        return;
    }
    for (int k = 0; k < reflection.FieldSize(message, &field); ++k) {
        check_fields(
            reflection.GetRepeatedMessage(message, &field, k), child_path(path, field, k), faults);
    }
}

void check_fields(const pb::Message& message, const std::string& path, Faults& faults) {
    const pb::Reflection& reflection = *message.GetReflection();
    const pb::UnknownFieldSet& unknown = reflection.GetUnknownFields(message);
    for (int k = 0; k < unknown.field_count(); ++k) {
        faults.add(path.empty() ? "model" : path,
                   "the unknown field " + std::to_string(unknown.field(k).number()),
                   "fields of format version 1 only (was it written by a newer saltus?)");
    }
    std::vector<const pb::FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const pb::FieldDescriptor* field : fields) {
        if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
            check_children(message, *field, path, faults);
        } else if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_ENUM) {
            check_setting(message, *field, path, faults);
        }
    }
}

void needs_of_population(const proto::Population& population, std::set<std::string>& needs) {
    if (population.clock() == proto::Clock::lazy) {
        needs.insert("lazy");
    }
    if (population.clock() == proto::Clock::leaps) {
        needs.insert("leaps");
    }
    if (population.reset_when() != proto::ResetWhen::at_firing) {
        needs.insert("delayed_reset");
    }
    if (population.previous_reset_counts()) {
        needs.insert("previous_reset_counts");
    }
    if (population.current_used() == proto::CurrentUsed::tick_before) {
        needs.insert("current_of_tick_before");
    }
    if (population.spikes_per_tick() == proto::SpikesPerTick::trunc) {
        needs.insert("several_spikes");
    }
    if (population.has_floor()) {
        needs.insert("floor");
    }
    if (population.refractory_ticks() > 1) {
        needs.insert("refractory");
    }
    if (population.has_reset_trace()) {
        needs.insert("reset_trace");
    }
    for (const proto::Receptor& receptor : population.receptors()) {
        if (receptor.has_second_order()) {
            needs.insert("second_order");
        }
    }
}

void needs_of_node(const proto::Node& node, std::set<std::string>& needs) {
    if (node.has_population()) {
        needs_of_population(node.population(), needs);
    }
    if (node.has_spike_max_pool()) {
        needs.insert("spike_max_pool");
    }
    if (node.has_encoder()) {
        const pb::FieldDescriptor* coding = node.encoder().GetReflection()->GetOneofFieldDescriptor(
            node.encoder(), proto::Encoder::descriptor()->oneof_decl(0));
        if (coding != nullptr) {
            needs.insert(coding->name());
        }
    }
}

void needs_of_tensor(const proto::Tensor& tensor, std::set<std::string>& needs) {
    if (tensor.type() == proto::TensorType::float16) {
        needs.insert("float16");
    }
    if (tensor.type() == proto::TensorType::bfloat16) {
        needs.insert("bfloat16");
    }
    if (tensor.type() == proto::TensorType::int8) {
        needs.insert("int8");
    }
    if (tensor.layout() == proto::TensorLayout::rows_by_source) {
        needs.insert("rows_by_source");
    }
}

}  // namespace

proto::Model parse_header(std::span<const std::byte> bytes, const std::string& origin) {
    proto::Model message;
    const pb::LogSilencer silence;  // a library does not print
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        Faults faults(origin);
        check_text_of_bytes(bytes, faults);
        faults.throw_if_any();
        throw ModelError(origin + ": header", "bytes that are no model", "a saltus.proto.Model");
    }
    return message;
}

proto::Model parse_text(std::span<const std::byte> text, const std::string& origin) {
    if (text.size() > k_most_text) {
        throw ModelError(origin,
                         std::to_string(text.size()) + " bytes of text",
                         "at most 2^30 (large tensors belong in .npy files)");
    }
    proto::Model message;
    FirstTextError error;
    pb::TextFormat::Parser parser;
    parser.RecordErrorsTo(&error);
    parser.SetRecursionLimit(k_text_depth);
    pb::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
    const pb::LogSilencer silence;
    if (!parser.Parse(&stream, &message)) {
        throw ModelError(origin + error.place(),
                         error.message(),
                         "a model as protobuf text (proto/saltus/model.proto lists the fields)");
    }
    return message;
}

void check_known(const proto::Model& message, const std::string& origin) {
    Faults faults(origin);
    if (message.format_version() != k_version) {
        throw ModelError(
            faults.at("format_version"),
            message.format_version() == 0 ? "none" : std::to_string(message.format_version()),
            std::to_string(k_version));
    }
    for (int k = 0; k < message.needs_size(); ++k) {
        const auto* known =
            std::find(std::begin(k_features), std::end(k_features), message.needs(k));
        if (known == std::end(k_features)) {
            faults.add("needs[" + std::to_string(k) + "]",
                       "the unknown feature \"" + message.needs(k) + "\"",
                       "a saltus that knows it (this one is too old, or it is misspelt)");
        }
    }
    check_fields(message, "", faults);
    check_text(message, faults);
    faults.throw_if_any();
}

std::string print_text(const proto::Model& message) {
    pb::TextFormat::Printer printer;
    printer.SetUseShortRepeatedPrimitives(true);
    printer.SetUseUtf8StringEscaping(true);
    std::string text;
    printer.PrintToString(message, &text);
    return text;
}

std::vector<std::string> needs_of(const proto::Model& message) {
    std::set<std::string> needs;
    for (const proto::Node& node : message.nodes()) {
        needs_of_node(node, needs);
    }
    for (const proto::Tensor& tensor : message.tensors()) {
        needs_of_tensor(tensor, needs);
    }
    for (const proto::Projection& projection : message.projections()) {
        if (projection.pool_case() != proto::Projection::POOL_NOT_SET) {
            needs.insert("pool");
        }
        if (projection.has_source_filter()) {
            needs.insert("second_order");
        }
        if (projection.has_sparse()) {
            needs.insert("sparse");
        }
    }
    return {needs.begin(), needs.end()};
}

}  // namespace saltus
