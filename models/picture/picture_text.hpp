// Names and numbers as a picture shows them. Internal to models.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace saltus {

// Text from a file as it can be shown anywhere: control characters (C0, DEL, C1), those that turn
// the direction of writing, and U+FFFE and U+FFFF as U+FFFD; bytes that are no UTF-8 as \\xE9.
std::string printable(const std::string& text);

// The same, with markup escaped: fit to stand in XML.
std::string escape(const std::string& text);

// Characters of the text (code points).
std::size_t letters(const std::string& text);

// At most `length` characters (3 or more), shortened in the middle, where names of one family tend
// to agree.
std::string shorten(const std::string& name, std::size_t length);

// 1234567 as 1 234 567, with thin spaces.
std::string grouped(std::uint64_t number);

// "1 spike", "2 spikes"
std::string counted(std::uint64_t number, const char* noun);

// The step of 1, 2 or 5 times a power of ten that gives at most `most` steps.
std::uint64_t nice_step(std::uint64_t range, std::uint64_t most);

// Seconds in the unit that people say: "1 ms".
std::string time_text(double seconds);

}  // namespace saltus
