// What saltus train says: the table of epochs, the end, and the same for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "models/training/engine_check.hpp"
#include "models/training/trainer.hpp"

namespace saltus::proto {
class Baseline;
}

namespace saltus::cli {

std::string epoch_head();
std::string epoch_line(const training::EpochReport& r);
std::string epoch_json(const training::EpochReport& r);  // one line, without its end

nlohmann::ordered_json counts_json(const training::Evaluation& e);
nlohmann::ordered_json baseline_json(const proto::Baseline& baseline);
nlohmann::ordered_json engine_json(const training::EngineCheck& check);

// Goes on where "test: 98.75 % by the trainer" ends.
std::string engine_text(const training::EngineCheck& check);

// The table of conversion_report.hpp; empty where no stage fires.
std::string conversion_text(training::Trainer& trainer);

}  // namespace saltus::cli
