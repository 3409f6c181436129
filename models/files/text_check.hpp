// Names and other text in a model must be UTF-8: protobuf writes anything else without a word and
// then cannot read it.
#pragma once

#include <cstddef>
#include <span>

#include "models/files/faults.hpp"

namespace google::protobuf {
class Message;
}

namespace saltus {

// A fault for every text field of a model message, at any depth, that is not UTF-8.
void check_text(const google::protobuf::Message& message, Faults& faults);

// The same for the bytes of a model that protobuf refuses to parse: adds what is wrong with its
// text; nothing if that is not why.
void check_text_of_bytes(std::span<const std::byte> bytes, Faults& faults);

}  // namespace saltus
