#include "tests/reference/semantics_cases.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
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

double tolerance_of(const Json& json) {
    return json.value("compare", "bits") == "bits" ? 0 : 1e-5;
}

std::string word_text(const std::array<std::uint32_t, 4>& words) {
    char text[36];
    std::snprintf(text, sizeof text, "%08x %08x %08x %08x", words[0], words[1], words[2], words[3]);
    return text;
}

}  // namespace reference
