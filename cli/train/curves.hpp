// A training's course as a picture: accuracy, loss and operations by epoch.
#pragma once

#include <string>

namespace saltus::cli {

// `history`: the JSON lines of the epochs (--log). Returns an SVG of 760 x 560; the same text for
// the same history.
std::string training_curves(const std::string& name, const std::string& history);

}  // namespace saltus::cli
