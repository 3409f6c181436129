#include "models/files/text_check.hpp"

#include <memory>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/message.h>

#include "models/files/utf8.hpp"

#include "saltus/model.pb.h"

namespace saltus {

namespace {

namespace pb = google::protobuf;

constexpr std::size_t k_shown_bytes = 40;

void check_string(const std::string& text, const std::string& path, Faults& faults) {
    if (!is_utf8(text)) {
        faults.add(path,
                   "bytes that are not UTF-8 (\"" + escape_bytes(text.substr(0, k_shown_bytes)) +
                       (text.size() > k_shown_bytes ? "...\")" : "\")"),
                   "UTF-8 text");
    }
}

// `schema`: of the message as model.proto has it; in `message` itself text may be declared as
// bytes.
void check_message(const pb::Message& message,
                   const pb::Descriptor& schema,
                   const std::string& path,
                   Faults& faults) {
    const pb::Reflection& reflection = *message.GetReflection();
    std::vector<const pb::FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const pb::FieldDescriptor* const field : fields) {
        const pb::FieldDescriptor* const declared = schema.FindFieldByNumber(field->number());
        const bool text = declared->type() == pb::FieldDescriptor::TYPE_STRING;
        const bool part = declared->type() == pb::FieldDescriptor::TYPE_MESSAGE;
        const int count = !text && !part         ? 0
                          : field->is_repeated() ? reflection.FieldSize(message, field)
                                                 : 1;
        for (int k = 0; k < count; ++k) {
            std::string place = path + (path.empty() ? "" : ".") + field->name();
            if (field->is_repeated()) {
                place += "[" + std::to_string(k) + "]";
            }
            if (text) {
                check_string(field->is_repeated() ? reflection.GetRepeatedString(message, field, k)
                                                  : reflection.GetString(message, field),
                             place,
                             faults);
            } else {
                check_message(field->is_repeated()
                                  ? reflection.GetRepeatedMessage(message, field, k)
                                  : reflection.GetMessage(message, field),
                              *declared->message_type(),
                              place,
                              faults);
            }
        }
    }
}

void declare_text_as_bytes(pb::DescriptorProto& message) {
    for (pb::FieldDescriptorProto& field : *message.mutable_field()) {
        if (field.type() == pb::FieldDescriptorProto::TYPE_STRING) {
            field.set_type(pb::FieldDescriptorProto::TYPE_BYTES);
        }
    }
    for (pb::DescriptorProto& nested : *message.mutable_nested_type()) {
        declare_text_as_bytes(nested);
    }
}

}  // namespace

void check_text(const pb::Message& message, Faults& faults) {
    check_message(message, *message.GetDescriptor(), "", faults);
}

void check_text_of_bytes(std::span<const std::byte> bytes, Faults& faults) {
    const pb::Descriptor& schema = *proto::Model::descriptor();
    pb::FileDescriptorProto file;
    schema.file()->CopyTo(&file);
    for (pb::DescriptorProto& message : *file.mutable_message_type()) {
        declare_text_as_bytes(message);
    }
    pb::DescriptorPool pool;
    const pb::FileDescriptor* const built = pool.BuildFile(file);
    pb::DynamicMessageFactory factory(&pool);
    const std::unique_ptr<pb::Message> message(
        factory.GetPrototype(built->FindMessageTypeByName(schema.name()))->New());
    if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        check_message(*message, schema, "", faults);
    }
}

}  // namespace saltus
