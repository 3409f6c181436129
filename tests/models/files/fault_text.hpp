// What an action throws as text, to assert on its words; and what it left in a folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>

#include "core/error.hpp"

namespace saltus::tests {

// Of a ModelError or InputError; any other exception goes on. "" if nothing is thrown.
template <class Action>
std::string fault_text(const Action& action) {
    try {
        action();
    } catch (const saltus::ModelError& error) {
        return error.what();
    } catch (const saltus::InputError& error) {
        return error.what();
    }
    return "";
}

inline std::size_t files_in(const std::filesystem::path& folder) {
    const std::filesystem::directory_iterator all(folder);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace saltus::tests
