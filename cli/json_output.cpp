#include "cli/json_output.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

#include "models/files/atomic_file.hpp"

namespace saltus::cli {

std::string json_text(const nlohmann::ordered_json& json) {
    // Names come from files, and need not be UTF-8.
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

void write_json(const nlohmann::ordered_json& json, const std::string& where) {
    const std::string text = json_text(json);
    if (where == "-") {
        std::cout << text;
        return;
    }
    AtomicFile file(where);
    file.write(text);
    file.commit();
}

}  // namespace saltus::cli
