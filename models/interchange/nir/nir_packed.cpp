#include "models/interchange/nir/nir_packed.hpp"

#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>

namespace saltus::detail {

using Json = nlohmann::json;

// As CBOR, numbers as they lie in memory.
std::string packed(const NirGraph& graph) {
    Json nodes = Json::array();
    for (const NirNode& node : graph.nodes) {
        Json fields = Json::object();
        for (const auto& [name, array] : node.fields) {
            const auto* const bytes = reinterpret_cast<const std::uint8_t*>(array.numbers.data());
            fields[name] = {{"shape", array.shape},
                            {"numbers",
                             Json::binary(std::vector<std::uint8_t>(
                                 bytes, bytes + array.numbers.size() * sizeof(double)))}};
        }
        nodes.push_back(
            {{"name", node.name}, {"type", node.type}, {"fields", fields}, {"words", node.words}});
    }
    const Json whole = {{"version", graph.version},
                        {"nodes", nodes},
                        {"edges", graph.edges},
                        {"notes", graph.notes}};
    std::string bytes;
    Json::to_cbor(whole, bytes);
    return bytes;
}

NirGraph unpacked(const std::string& bytes) {
    const Json whole = Json::from_cbor(bytes);
    NirGraph graph;
    graph.version = whole.at("version");
    for (const Json& from : whole.at("nodes")) {
        NirNode node;
        node.name = from.at("name");
        node.type = from.at("type");
        node.words = from.at("words").get<std::map<std::string, std::string>>();
        for (const auto& field : from.at("fields").items()) {
            NirArray& array = node.fields[field.key()];
            array.shape = field.value().at("shape").get<std::vector<std::uint64_t>>();
            const auto& numbers = field.value().at("numbers").get_binary();
            array.numbers.resize(numbers.size() / sizeof(double));
            if (!numbers.empty()) {
                std::memcpy(array.numbers.data(), numbers.data(), numbers.size());
            }
        }
        graph.nodes.push_back(std::move(node));
    }
    graph.edges = whole.at("edges").get<std::vector<std::pair<std::size_t, std::size_t>>>();
    graph.notes = whole.at("notes").get<std::vector<std::string>>();
    return graph;
}

}  // namespace saltus::detail
