// What a model's makers measured, of it and of the artificial networks to compare with.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace saltus {

namespace proto {
class Model;
}

namespace cli {

// Two tables; empty where there is nothing to tell.
std::string measured_text(const proto::Model& message);

nlohmann::ordered_json measured_json(const proto::Model& message);
nlohmann::ordered_json baselines_json(const proto::Model& message);

}  // namespace cli

}  // namespace saltus
