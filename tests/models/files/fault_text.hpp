// What an action throws as text, to assert on its words.
#pragma once

#include <string>

#include "core/error.hpp"

namespace saltus_test {

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

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace saltus_test
