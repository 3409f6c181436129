#include "tests/reference/semantics_cases.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>

namespace reference {

namespace {

std::filesystem::path folder() {
    const std::filesystem::path source = SALTUS_SOURCE_DIR;
    const char* given = std::getenv("SALTUS_SEMANTICS");
    if (given != nullptr && *given != '\0') {
        return given;
    }
    return source / "tests" / "semantics";
}

}  // namespace

Json semantics_file(const std::string& name) {
    std::ifstream file(folder() / name);
    if (!file) {
        throw std::runtime_error("cannot read " + (folder() / name).string());
    }
    return Json::parse(file);
}

std::vector<std::pair<std::string, Json>> semantics_cases() {
    std::vector<std::pair<std::string, Json>> cases;
    if (!std::filesystem::is_directory(folder())) {
        return cases;
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
        const std::string name = entry.path().filename().string();
        if (entry.path().extension() != ".json" || name == "encoders.json" ||
            name == "refused.json") {
            continue;
        }
        cases.emplace_back(entry.path().stem().string(), semantics_file(name));
    }
    std::sort(
        cases.begin(), cases.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return cases;
}

Json listed_backwards(Json json) {
    std::reverse(json.at("samples").begin(), json.at("samples").end());
    Json& expected = json.at("expected").at("samples");
    std::reverse(expected.begin(), expected.end());
    json["expected"].erase("cut");
    return json;
}

std::vector<std::size_t> by_sample_number(const Json& json) {
    std::map<std::uint64_t, std::size_t> places;
    for (std::size_t k = 0; k < json.at("samples").size(); ++k) {
        places.emplace(json["samples"][k].at("sample").get<std::uint64_t>(), k);
    }
    if (places.size() < json.at("samples").size()) {
        throw std::runtime_error("two samples of a case have one number");
    }
    std::vector<std::size_t> order;
    for (const auto& [number, place] : places) {
        order.push_back(place);
    }
    return order;
}

double tolerance_of(const Json& json) {
    return json.value("compare", "bits") == "bits" ? 0 : 1e-5;
}

std::string word_text(const std::array<std::uint32_t, 4>& words) {
    char text[36];
    std::snprintf(text, sizeof text, "%08x %08x %08x %08x", words[0], words[1], words[2], words[3]);
    return text;
}

}  // namespace reference
