#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "models/files/nearest_name.hpp"

namespace saltus::cli {

namespace {

bool digits_alone(const std::string& text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string range_text(std::uint64_t least, std::uint64_t most) {
    const auto number = [](std::uint64_t n) {
        return n == std::numeric_limits<std::uint64_t>::max() ? std::string("2^64 - 1")
               : n == k_most_ticks                            ? std::string("2^53")
                                                              : fmt::format("{}", n);
    };
    return fmt::format("a whole number from {} to {}", number(least), number(most));
}

// The verb that was chosen, down to its own verb.
const CLI::App* chosen_verb(const CLI::App& app) {
    const std::vector<CLI::App*> verbs = app.get_subcommands();
    return verbs.empty() ? &app : chosen_verb(*verbs.front());
}

std::vector<std::string> verbs_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* const verb :
         app.get_subcommands([](const CLI::App* sub) { return !sub->get_name().empty(); })) {
        names.push_back(verb->get_name());
    }
    return names;
}

std::vector<std::string> options_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* const option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) {
            names.push_back("--" + name);
        }
    }
    return names;
}

}  // namespace

void takes_whole_number(CLI::Option* option, std::uint64_t least, std::uint64_t most) {
    CLI::Validator whole(
        [least, most](std::string& text) -> std::string {
            std::uint64_t value = 0;
            const char* const end = text.data() + text.size();
            const bool read =
                digits_alone(text) && std::from_chars(text.data(), end, value).ec == std::errc();
            if (!read || value < least || value > most) {
                return fmt::format("got \"{}\", need {}", text, range_text(least, most));
            }
            text = fmt::format("{}", value);  // without zeros in front, which would make it octal
            return "";
        },
        "");
    option->transform(whole)->type_name("N");
}

void takes_seed(CLI::Option* option) {
    takes_whole_number(option, 0, std::numeric_limits<std::uint64_t>::max());
}

void takes_positive_number(CLI::Option* option) {
    CLI::Validator positive(
        [](std::string& text) -> std::string {
            double value = 0;
            const char* const end = text.data() + text.size();
            const auto [at, error] = std::from_chars(text.data(), end, value);
            if (text.empty() || error != std::errc() || at != end || !std::isfinite(value) ||
                !(value > 0)) {
                return fmt::format("got \"{}\", need a decimal number above 0", text);
            }
            return "";
        },
        "");
    option->check(positive)->type_name("X");
}

std::string parse_complaint(const CLI::App& app, const CLI::ParseError& error) {
    const std::string help = " (saltus --help, or saltus VERB --help, says what there is)";
    const bool unknown_part = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ||
                              dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    std::vector<std::string> left = app.remaining(true);
    std::stable_partition(
        left.begin(), left.end(), [](const std::string& word) { return word.starts_with("--"); });
    const CLI::App& verb = *chosen_verb(app);
    const bool option = !left.empty() && left[0].starts_with("-");
    const std::vector<std::string> names = option ? options_of(verb) : verbs_of(verb);
    if (!unknown_part || left.empty() || names.empty()) {
        return error.what() + help;
    }
    const std::string unknown = left[0].substr(0, left[0].find('='));
    const std::string whose = verb.get_parent() == nullptr ? "" : verb.get_name() + ": ";
    return fmt::format("{}got \"{}\", need {}; the nearest is \"{}\"{}",
                       whose,
                       unknown,
                       option ? "one of its options" : "one of its verbs",
                       nearest_name(names, unknown),
                       help);
}

}  // namespace saltus::cli
