#include "cli/json_output.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

#include "models/files/atomic_file.hpp"
#include "models/files/utf8.hpp"

namespace saltus::cli {

namespace {

// JSON is UTF-8; names of files need not be.
void escape_texts(nlohmann::ordered_json& json) {
    if (json.is_string()) {
        json = escape_bytes(json.get_ref<const std::string&>());
    } else if (json.is_structured()) {
        for (nlohmann::ordered_json& part : json) {
            escape_texts(part);
        }
    }
}

}  // namespace

std::string json_text(nlohmann::ordered_json json) {
    escape_texts(json);
    return json.dump(2) + '\n';
}

void write_json(const nlohmann::ordered_json& json, const std::string& where) {
    const std::string text = json_text(json);
    std::cout.flush();  // `where` may be standard output too, by another name
    if (where == "-") {
        std::cout << text;
        return;
    }
    write_whole_file(where, text);
}

}  // namespace saltus::cli
