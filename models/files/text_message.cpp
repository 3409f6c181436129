#include "models/files/text_message.hpp"

#include <algorithm>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

#include "core/error.hpp"
#include "models/files/first_text_error.hpp"
#include "models/files/mapped_file.hpp"
#include "models/files/nearest_name.hpp"

namespace saltus {

namespace {

namespace pb = google::protobuf;

// "one of its fields; the nearest is "horizon"".
std::string nearest_field(const pb::Descriptor& type, const std::string& name) {
    std::vector<std::string> fields;
    for (int k = 0; k < type.field_count(); ++k) {
        fields.push_back(type.field(k)->name());
    }
    return fields.empty()
               ? "no field: it has none"
               : "one of its fields; the nearest is \"" + nearest_name(fields, name) + "\"";
}

const pb::Descriptor* find_type(const pb::Descriptor& type, const std::string& full_name) {
    if (type.full_name() == full_name) {
        return &type;
    }
    for (int k = 0; k < type.field_count(); ++k) {
        if (type.field(k)->message_type() != nullptr) {
            if (const pb::Descriptor* found =
                    find_type(*type.field(k)->message_type(), full_name)) {
                return found;
            }
        }
    }
    return nullptr;
}

// Of protobuf's "Message type "saltus.proto.Recipe" has no field named "horizont"."
std::string advice(const pb::Descriptor& root, const std::string& error) {
    const std::size_t a = error.find('"');
    const std::size_t b = error.find('"', a + 1);
    const std::size_t c = error.find('"', b + 1);
    const std::size_t d = error.find('"', c + 1);
    if (d == std::string::npos || error.find("no field named") == std::string::npos) {
        return "protobuf text (proto/" + root.file()->name() + " lists the fields)";
    }
    const pb::Descriptor* const type = find_type(root, error.substr(a + 1, b - a - 1));
    return type == nullptr ? "a field of it" : nearest_field(*type, error.substr(c + 1, d - c - 1));
}

// One step of a path: "layers[2]".
struct Step {
    std::string name;
    int index = -1;
};

Step step_of(const std::string& text, const std::string& setting) {
    const std::size_t bracket = text.find('[');
    if (bracket == std::string::npos) {
        return {text};
    }
    const std::string digits = text.substr(bracket + 1, text.size() - bracket - 2);
    if (text.back() != ']' || digits.empty() || digits.size() > 6 ||
        !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        throw InputError("--set", setting, "a path such as layers[0].prune");
    }
    return {text.substr(0, bracket), std::stoi(digits)};
}

pb::Message& enter(pb::Message& message,
                   const pb::FieldDescriptor& field,
                   int index,
                   const std::string& setting) {
    const pb::Reflection& reflection = *message.GetReflection();
    if (field.is_repeated() != (index >= 0)) {
        throw InputError("--set",
                         setting,
                         field.is_repeated() ? field.name() + "[number]"
                                             : field.name() + " without a number: it is no list");
    }
    if (index < 0) {
        return *reflection.MutableMessage(&message, &field);
    }
    if (index >= reflection.FieldSize(message, &field)) {
        throw InputError("--set",
                         setting,
                         field.name() + "[0] to [" +
                             std::to_string(reflection.FieldSize(message, &field) - 1) + "]");
    }
    return *reflection.MutableRepeatedMessage(&message, &field, index);
}

std::string quoted(const std::string& value) {
    std::string text = "\"";
    for (const char c : value) {
        text += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
    return text + '"';
}

void assign(pb::Message& message,
            const pb::FieldDescriptor& field,
            const std::string& value,
            const std::string& setting) {
    const bool text = field.cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING;
    const bool part = field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE;
    message.GetReflection()->ClearField(&message, &field);
    std::string written = field.name() + (part ? " {" : ": ");
    written += text && (value.empty() || value.front() != '"') ? quoted(value) : value;
    written += part ? "}" : "";
    FirstTextError error;
    pb::TextFormat::Parser parser;
    parser.RecordErrorsTo(&error);
    const pb::LogSilencer silence;
    if (!parser.MergeFromString(written, &message)) {
        std::string needed = "a value of " + field.name();
        if (field.enum_type() != nullptr) {
            needed = "one of";
            for (int k = 0; k < field.enum_type()->value_count(); ++k) {
                needed += (k == 0 ? " " : ", ") + field.enum_type()->value(k)->name();
            }
        }
        throw InputError("--set", setting, needed + " (" + error.message() + ")");
    }
}

}  // namespace

void parse_text_message(const std::string& text, const std::string& origin, pb::Message& message) {
    FirstTextError error;
    pb::TextFormat::Parser parser;
    parser.RecordErrorsTo(&error);
    const pb::LogSilencer silence;
    if (!parser.ParseFromString(text, &message)) {
        throw ModelError(origin + error.place(),
                         error.message(),
                         advice(*message.GetDescriptor(), error.message()));
    }
}

void read_text_message(const std::filesystem::path& path, pb::Message& message) {
    const MappedFile file(path);
    const std::span<const std::byte> bytes = file.bytes();
    parse_text_message(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                       path.string(),
                       message);
}

void set_field(pb::Message& message, const std::string& setting) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
        throw InputError("--set", setting, "FIELD=VALUE");
    }
    pb::Message* at = &message;
    std::string path = setting.substr(0, equals);
    for (;;) {
        const std::size_t dot = path.find('.');
        const Step step = step_of(path.substr(0, dot), setting);
        const pb::FieldDescriptor* const field = at->GetDescriptor()->FindFieldByName(step.name);
        if (field == nullptr) {
            throw InputError("--set", setting, nearest_field(*at->GetDescriptor(), step.name));
        }
        if (dot == std::string::npos) {
            if (step.index >= 0) {
                throw InputError("--set", setting, "a field of " + path + " after it");
            }
            assign(*at, *field, setting.substr(equals + 1), setting);
            return;
        }
        if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) {
            throw InputError("--set", setting, step.name + " alone: it has no fields");
        }
        at = &enter(*at, *field, step.index, setting);
        path.erase(0, dot + 1);
    }
}

}  // namespace saltus
