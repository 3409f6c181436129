// Protobuf text of any message, read with messages that name the nearest valid field, and fields
// set by path. Internal to models.
#pragma once

#include <filesystem>
#include <string>

namespace google::protobuf {
class Message;
}

namespace saltus {

// Throws InputError if the file cannot be read, ModelError "file:line:column: ..." for text that is
// not such a message.
void read_text_message(const std::filesystem::path& path, google::protobuf::Message& message);
// The same of text that is there; `origin` stands in front of messages.
void parse_text_message(const std::string& text,
                        const std::string& origin,
                        google::protobuf::Message& message);

// "a.b[2].c=value". The value is as protobuf text writes it; words need no quotes. Throws InputError
// naming `setting`.
void set_field(google::protobuf::Message& message, const std::string& setting);

}  // namespace saltus
