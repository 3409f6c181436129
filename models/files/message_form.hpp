// A model message from bytes or text and back, and the checks that need no numbers: version, needs,
// fields and settings that this reader does not know.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saltus {

namespace proto {
class Model;
}

// All throw ModelError with `origin` in front; text faults read `origin:line:column`.
proto::Model parse_header(std::span<const std::byte> bytes, const std::string& origin);
proto::Model parse_text(std::span<const std::byte> text, const std::string& origin);
// Format version, needs, unknown fields, unknown settings and text that is not UTF-8, wherever they
// stand.
void check_known(const proto::Model& message, const std::string& origin);

// Bytes of text that parse_text takes at most.
inline constexpr std::size_t k_most_text = std::size_t{1} << 30;

std::string print_text(const proto::Model& message);

// The features that a reader must know to run this model, ascending.
std::vector<std::string> needs_of(const proto::Model& message);

}  // namespace saltus
