// Protobuf text of any message, read with messages that name the nearest valid field, and fields
// set by path. Internal to models/training.
#pragma once

#include <filesystem>
#include <string>

namespace google::protobuf {
class Message;
}

namespace saltus::training {

// Throws InputError if the file cannot be read, ModelError "file:line:column: ..." for text that is
// not such a message.
void read_text_message(const std::filesystem::path& path, google::protobuf::Message& message);

// "a.b[2].c=value". The value is as protobuf text writes it; words need no quotes. Throws InputError
// naming `setting`.
void set_field(google::protobuf::Message& message, const std::string& setting);

}  // namespace saltus::training
