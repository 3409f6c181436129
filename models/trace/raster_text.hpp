// Names and numbers as a picture shows them. Internal to models/trace.
#pragma once

#include <cstdint>
#include <string>

namespace saltus {

// Fit to stand in XML: markup escaped, control characters, which XML cannot hold, as spaces.
std::string escape(const std::string& text);

// At most about `length` bytes, shortened in the middle, where names of one family tend to agree,
// and never within a UTF-8 character.
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
