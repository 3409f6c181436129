#include "tests/reference/shrink.hpp"

#include <algorithm>
#include <chrono>

namespace reference {

namespace {

class Shrinker {
  public:
    Shrinker(Json json, const Check& check) : best_(std::move(json)), check_(&check) {}

    Json run() {
        for (bool smaller = true; smaller && !gives_up();) {
            smaller = drop_samples();
            smaller = drop_each(at("/network/readouts")) || smaller;
            smaller = drop_populations() || smaller;
            smaller = drop_projections() || smaller;
            smaller = drop_ticks() || smaller;
            smaller = drop_neurons() || smaller;
            smaller = drop_inputs() || smaller;
            smaller = drop_fields() || smaller;
        }
        return best_;
    }

  private:
    using Clock = std::chrono::steady_clock;

    static constexpr int k_most_tries = 5000;
    static constexpr std::chrono::seconds k_patience{60};  // a large network takes long each time

    [[nodiscard]] bool gives_up() const {
        return tries_ >= k_most_tries || Clock::now() - began_ > k_patience;
    }

    static Json::json_pointer at(const std::string& text) { return Json::json_pointer(text); }

    bool keep(Json candidate) {
        if (gives_up()) {
            return false;
        }
        ++tries_;
        if ((*check_)(candidate).empty()) {
            return false;
        }
        best_ = std::move(candidate);
        return true;
    }

    // Elements of a list: halves first, then one by one.
    bool drop_each(const Json::json_pointer& where) {
        bool any = false;
        for (std::size_t chunk = std::max<std::size_t>(1, best_.at(where).size() / 2);;
             chunk /= 2) {
            for (std::size_t k = 0; k < best_.at(where).size();) {
                Json candidate = best_;
                Json& list = candidate.at(where);
                const auto end = std::min(k + chunk, list.size());
                list.erase(list.begin() + static_cast<std::ptrdiff_t>(k),
                           list.begin() + static_cast<std::ptrdiff_t>(end));
                if (keep(candidate)) {
                    any = true;
                } else {
                    k += chunk;
                }
            }
            if (chunk <= 1) {
                return any;
            }
        }
    }

    bool drop_samples() {
        bool any = false;
        if (best_.at("carry").get<bool>()) {
            Json candidate = best_;
            candidate["carry"] = false;
            any = keep(candidate);
        }
        return best_.at("samples").size() > 1 ? drop_each(at("/samples")) || any : any;
    }

    bool drop_populations() {
        bool any = false;
        for (std::size_t k = best_.at("network").at("populations").size(); k-- > 0;) {
            Json candidate = best_;
            Json& network = candidate["network"];
            const Json name = network["populations"][k]["name"];
            network["populations"].erase(k);
            remove_if(network["projections"],
                      [&](const Json& p) { return p["source"] == name || p["target"] == name; });
            remove_if(network["readouts"], [&](const Json& r) { return r["population"] == name; });
            for (Json& sample : candidate["samples"]) {
                sample["inputs"].erase(name.get<std::string>());
            }
            any = keep(candidate) || any;
        }
        return any;
    }

    template <class Test>
    static void remove_if(Json& list, Test test) {
        Json kept = Json::array();
        for (const Json& x : list) {
            if (!test(x)) {
                kept.push_back(x);
            }
        }
        list = kept;
    }

    bool drop_projections() { return drop_each(at("/network/projections")); }

    bool drop_ticks() {
        bool any = false;
        for (int T = 1; T < best_.at("network").at("T").get<int>(); ++T) {
            Json candidate = best_;
            candidate["network"]["T"] = T;
            for (Json& p : candidate["network"]["populations"]) {
                clamp(p, "firing_window", T);
                if (!p.contains("receptors")) {
                    continue;
                }
                for (Json& r : p["receptors"]) {
                    clamp(r, "drive_window", T);
                }
            }
            for (Json& sample : candidate["samples"]) {
                for (auto& [name, input] : sample["inputs"].items()) {
                    for (const char* key : {"events", "held"}) {
                        if (input.contains(key)) {
                            remove_if(input[key], [&](const Json& e) { return e[0] >= T; });
                        }
                    }
                }
            }
            if (keep(candidate)) {
                return true;
            }
        }
        return any;
    }

    static void clamp(Json& json, const char* key, int T) {
        if (!json.contains(key)) {
            return;
        }
        json[key][1] = std::min(T, json[key][1].get<int>());
        if (json[key][0] >= json[key][1]) {
            json.erase(key);
        }
    }

    bool drop_neurons() {
        bool any = false;
        for (std::size_t P = 0; P < best_.at("network").at("populations").size(); ++P) {
            for (int j = best_["network"]["populations"][P]["shape"][0].get<int>(); j-- > 0;) {
                Json candidate = best_;
                any =
                    (remove_neuron(candidate, P, static_cast<std::size_t>(j)) && keep(candidate)) ||
                    any;
            }
        }
        return any;
    }

    // Only from a flat population whose projections are all dense or sparse, float32 or int8.
    static bool remove_neuron(Json& json, std::size_t P, std::size_t j) {
        Json& p = json["network"]["populations"][P];
        if (p["shape"].size() != 1 || p["shape"][0] == 1) {
            return false;
        }
        const auto size = p["shape"][0].get<std::size_t>();
        p["shape"][0] = size - 1;
        for (auto& [key, value] : p.items()) {
            if (key != "receptors" && key != "shape" && key != "firing_window" &&
                value.is_array()) {
                value.erase(j);
            }
        }
        if (p.contains("receptors")) {
            for (Json& r : p["receptors"]) {
                for (auto& [key, value] : r.items()) {
                    if (key != "drive_window" && value.is_array()) {
                        value.erase(j);
                    }
                }
            }
        }
        for (Json& sample : json["samples"]) {
            for (auto& [name, input] : sample["inputs"].items()) {
                if (name == p["name"].get<std::string>()) {
                    remove_input(input, j);
                }
            }
        }
        for (Json& r : json["network"]["readouts"]) {
            if (r["population"] == p["name"] && r.contains("logit") &&
                r["logit"].contains("bias")) {
                r["logit"]["bias"].erase(j);
            }
        }
        for (Json& projection : json["network"]["projections"]) {
            if (!remove_from_projection(projection, p["name"], j, size)) {
                return false;
            }
        }
        return true;
    }

    static void remove_input(Json& input, std::size_t j) {
        if (input.contains("activations")) {
            input["activations"].erase(j);
        }
        if (input.contains("held")) {
            for (Json& held : input["held"]) {
                held[1].erase(j);
            }
        }
        if (!input.contains("events")) {
            return;
        }
        remove_if(input["events"], [&](const Json& e) { return e[1] == j; });
        for (Json& e : input["events"]) {
            if (e[1] > j) {
                e[1] = e[1].get<std::size_t>() - 1;
            }
        }
    }

    static bool remove_from_projection(Json& projection,
                                       const Json& name,
                                       std::size_t j,
                                       std::size_t size) {
        const bool from = projection["source"] == name;
        const bool to = projection["target"] == name;
        if (!from && !to) {
            return true;
        }
        Json& c = projection["connection"];
        if (projection.contains("pool") || (from && to) || !c.contains("weight") ||
            !c["weight"].contains("data")) {
            return false;
        }
        Json& weight = c["weight"];
        if (to && weight.contains("scale") && weight["scale"].is_array()) {
            weight["scale"].erase(j);
        }
        Json kept = Json::array();
        if (c["kind"] == "dense") {
            const auto sources = weight["shape"][1].get<std::size_t>();
            for (std::size_t k = 0; k < weight["data"].size(); ++k) {
                if ((from ? k % sources : k / sources) != j) {
                    kept.push_back(weight["data"][k]);
                }
            }
            weight["shape"][from ? 1 : 0] = size - 1;
        } else if (c["kind"] == "sparse") {
            std::size_t flat = 0;
            for (std::size_t s = 0; s < c["rows"].size(); ++s) {
                Json row = Json::array();
                for (const Json& target : c["rows"][s]) {
                    const Json value = weight["data"][flat++];
                    if (from ? s == j : target == j) {
                        continue;
                    }
                    const auto t = target.get<std::size_t>();
                    row.push_back(to && t > j ? t - 1 : t);
                    kept.push_back(value);
                }
                c["rows"][s] = row;
            }
            if (from) {
                c["rows"].erase(j);
            }
        } else {
            return false;
        }
        weight["data"] = kept;
        return true;
    }

    bool drop_inputs() {
        bool any = false;
        for (std::size_t k = 0; k < best_.at("samples").size(); ++k) {
            const Json inputs = best_["samples"][k]["inputs"];
            for (const auto& [name, input] : inputs.items()) {
                for (const char* key : {"events", "held"}) {
                    if (!input.contains(key)) {
                        continue;
                    }
                    any = drop_each(at("/samples/" + std::to_string(k) + "/inputs/" + name + "/" +
                                       key)) ||
                          any;
                }
            }
        }
        return any;
    }

    // A field left out has its default.
    bool drop_fields() {
        bool any = false;
        for (const char* list : {"populations", "projections"}) {
            for (std::size_t k = 0; k < best_["network"][list].size(); ++k) {
                const std::string where = "/network/" + std::string(list) + "/" + std::to_string(k);
                any = drop_fields_of(at(where)) || any;
                const std::size_t receptors =
                    best_.at(at(where)).value("receptors", Json::array()).size();
                for (std::size_t r = 0; r < receptors; ++r) {
                    any = drop_fields_of(at(where + "/receptors/" + std::to_string(r))) || any;
                }
            }
        }
        return any;
    }

    bool drop_fields_of(const Json::json_pointer& where) {
        bool any = false;
        const Json fields = best_.at(where);
        for (const auto& [key, value] : fields.items()) {
            if (key == "name" || key == "shape" || key == "kind" || key == "source" ||
                key == "target" || key == "connection" || key == "receptors" || key == "coding") {
                continue;
            }
            Json candidate = best_;
            candidate.at(where).erase(key);
            any = keep(candidate) || any;
        }
        return any;
    }

    Json best_;
    const Check* check_;
    int tries_ = 0;
    Clock::time_point began_ = Clock::now();
};

}  // namespace

Json shrink(Json json, const Check& check) {
    return Shrinker(std::move(json), check).run();
}

}  // namespace reference
