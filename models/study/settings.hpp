// "PATH=VALUE", and "PATH=VALUES" of a scan: lists and ranges. The paths are those of
// `apply_settings` (changed_model.hpp) and of the run itself: docs/studies.md lists them.
#pragma once

#include <string>
#include <vector>

namespace saltus {

struct Setting {
    std::string path;
    double value = 0;

    friend bool operator==(const Setting&, const Setting&) = default;
};

// The values that one path takes.
struct Axis {
    std::string path;
    std::vector<double> values;
};

// "hidden.theta=0.8". Throws InputError naming `option`, for what is no path or no finite decimal
// number.
Setting parse_setting(const std::string& text, const std::string& option);

// "horizon=1,2,4,8"; "p=0.5:2:7", seven values at equal distance from 0.5 to 2; "p=0.5:2:log:9",
// nine of equal ratio; those between the ends rounded to six digits. At most 100,000 values, none twice. Throws InputError naming `option`.
Axis parse_axis(const std::string& text, const std::string& option);

// A number as it is written in results: the shortest decimal that reads back to the same value.
std::string value_text(double value);

}  // namespace saltus
