// Where the cases of the contract lie: tests/semantics, or the folder that $SALTUS_SEMANTICS names.
// tests/semantics/README.md describes them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/reference/reference_network.hpp"

namespace reference {

// Name and content of every network case, by name.
std::vector<std::pair<std::string, Json>> semantics_cases();

// The same case, its samples and what is expected of them listed the other way round. Without the
// cut, which is of the first one listed.
Json listed_backwards(Json json);

// One file of that folder.
Json semantics_file(const std::string& name);

// Where a case's samples stand in its file, by ascending sample number: the order in which a run's
// digest takes them.
std::vector<std::size_t> by_sample_number(const Json& json);

// 0: bit for bit; else how far v and i may lie from what the case says.
double tolerance_of(const Json& json);

// 8 hex digits each, separated by spaces.
std::string word_text(const std::array<std::uint32_t, 4>& words);

}  // namespace reference
