#include "models/study/settings.hpp"

#include <charconv>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus {

namespace {

constexpr double k_most_values = 100000;

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts;
    std::size_t from = 0;
    for (;;) {
        const std::size_t end = text.find(at, from);
        parts.push_back(text.substr(from, end - from));
        if (end == std::string::npos) {
            return parts;
        }
        from = end + 1;
    }
}

double number(const std::string& text, const std::string& whole, const std::string& option) {
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc() || at != end || !std::isfinite(value)) {
        throw InputError(option, '"' + whole + '"', "decimal numbers; \"" + text + "\" is none");
    }
    return value;
}

std::pair<std::string, std::string> cut(const std::string& text, const std::string& option) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
        throw InputError(option, '"' + text + '"', "PATH=VALUE, such as hidden.theta=0.8");
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

// Values between ends are numbers that people can type.
double six_digits(double value) {
    return std::stod(fmt::format("{:.6g}", value));
}

// "0.5:2:9" or "0.5:2:log:9"
std::vector<double> range(const std::string& values,
                          const std::string& whole,
                          const std::string& option) {
    const std::vector<std::string> parts = split(values, ':');
    const bool ratio = parts.size() == 4 && parts[2] == "log";
    if (parts.size() != 3 && !ratio) {
        throw InputError(option, '"' + whole + '"', "FROM:TO:COUNT or FROM:TO:log:COUNT");
    }
    const double from = number(parts[0], whole, option);
    const double to = number(parts[1], whole, option);
    const double count = number(parts.back(), whole, option);
    if (count < 2 || count > k_most_values || count != std::floor(count)) {
        throw InputError(option, '"' + whole + '"', "a count of values from 2 to 100000");
    }
    if (ratio && (from <= 0 || to <= 0)) {
        throw InputError(
            option, '"' + whole + '"', "ends above 0, where values are of equal ratio");
    }
    std::vector<double> list;
    for (double k = 0; k < count; ++k) {
        const double part = k / (count - 1);
        if (k == 0 || k + 1 == count) {
            list.push_back(k == 0 ? from : to);
        } else {
            list.push_back(
                six_digits(ratio ? from * std::pow(to / from, part) : from + (to - from) * part));
        }
    }
    return list;
}

}  // namespace

Setting parse_setting(const std::string& text, const std::string& option) {
    const auto [path, value] = cut(text, option);
    return {path, number(value, text, option)};
}

Axis parse_axis(const std::string& text, const std::string& option) {
    const auto [path, values] = cut(text, option);
    Axis axis;
    axis.path = path;
    if (values.find(':') != std::string::npos) {
        axis.values = range(values, text, option);
    } else {
        for (const std::string& one : split(values, ',')) {
            axis.values.push_back(number(one, text, option));
        }
    }
    const std::set<double> apart(axis.values.begin(), axis.values.end());
    if (apart.size() != axis.values.size()) {
        throw InputError(option, '"' + text + '"', "each value once");
    }
    return axis;
}

std::string value_text(double value) {
    return fmt::format("{}", value);
}

}  // namespace saltus
