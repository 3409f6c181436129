#include "cli/input_arguments.hpp"

#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"

namespace saltus::cli {

namespace {

const char* option_of(const ModelInput& input) {
    return input.spikes ? "--events" : "--data";
}

// "a", "b"
std::string quoted_names(const std::vector<ModelInput>& inputs,
                         const std::vector<std::size_t>& of) {
    std::vector<std::string> names;
    for (const std::size_t k : of) {
        names.push_back('"' + inputs[k].name + '"');
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

// Assigns the arguments of one option to the inputs of its kind.
class Assignment {
  public:
    Assignment(const std::vector<ModelInput>& inputs, bool spikes, std::vector<std::string>& places)
        : inputs_(inputs), option_(spikes ? "--events" : "--data"), places_(places) {
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            all_.push_back(k);
            if (inputs[k].spikes == spikes) {
                own_.push_back(k);
            }
        }
    }

    void add(const std::string& argument) {
        if (const std::optional<std::size_t> k = named(argument)) {
            give(*k, argument, argument.substr(inputs_[*k].name.size() + 1));
            return;
        }
        check_meant_as_place(argument);
        if (own_.empty()) {
            throw InputError(option_,
                             argument,
                             std::string(option_) == "--events"
                                 ? "a model with an input of spikes"
                                 : "a model with an input other than spikes (use --events)");
        }
        if (own_.size() > 1) {
            throw InputError(
                option_,
                fmt::format("{} for {} inputs", argument, own_.size()),
                fmt::format(
                    "{0} NAME=WHERE for each of {1}", option_, quoted_names(inputs_, own_)));
        }
        give(own_[0], argument, argument);
    }

  private:
    // The input of the longest name that the argument begins with, an equals sign behind it.
    [[nodiscard]] std::optional<std::size_t> named(const std::string& argument) const {
        std::optional<std::size_t> best;
        for (std::size_t k = 0; k < inputs_.size(); ++k) {
            const std::string& name = inputs_[k].name;
            if (argument.starts_with(name + "=") &&
                (!best || name.size() > inputs_[*best].name.size())) {
                best = k;
            }
        }
        return best;
    }

    // A name that no input has, before an equals sign, would otherwise be told as a missing file.
    void check_meant_as_place(const std::string& argument) const {
        const std::size_t equals = argument.find('=');
        const std::size_t slash = argument.find('/');
        if (equals == std::string::npos || slash < equals) {
            return;
        }
        std::error_code error;
        if (std::filesystem::exists(argument, error) ||
            std::filesystem::exists(argument.substr(0, argument.rfind(':')), error)) {
            return;
        }
        throw InputError(option_,
                         fmt::format("{}: no input \"{}\", and no file of that name",
                                     argument,
                                     argument.substr(0, equals)),
                         fmt::format("a file, or NAME=WHERE with a NAME of {}",
                                     quoted_names(inputs_, own_.empty() ? all_ : own_)));
    }

    void give(std::size_t k, const std::string& argument, const std::string& place) {
        const ModelInput& input = inputs_[k];
        if (option_of(input) != std::string(option_)) {
            throw InputError(option_,
                             argument,
                             fmt::format("{} {}, as input \"{}\" takes {}",
                                         option_of(input),
                                         argument,
                                         input.name,
                                         input.spikes ? "spikes" : "no spikes"));
        }
        if (place.empty()) {
            throw InputError(option_,
                             argument.empty() ? "an empty text" : argument,
                             fmt::format("{}=WHERE", input.name));
        }
        if (!places_[k].empty()) {
            throw InputError(
                option_,
                fmt::format("{} and {} for input \"{}\"", places_[k], place, input.name),
                "one for each input");
        }
        places_[k] = place;
    }

    const std::vector<ModelInput>& inputs_;
    const char* option_;
    std::vector<std::string>& places_;
    std::vector<std::size_t> own_;  // inputs of the option's kind
    std::vector<std::size_t> all_;
};

}  // namespace

std::vector<std::string> assign_inputs(const std::vector<ModelInput>& inputs,
                                       const std::vector<std::string>& data,
                                       const std::vector<std::string>& events) {
    std::vector<std::string> places(inputs.size());
    Assignment numbers(inputs, false, places);
    for (const std::string& argument : data) {
        numbers.add(argument);
    }
    Assignment spikes(inputs, true, places);
    for (const std::string& argument : events) {
        spikes.add(argument);
    }
    return places;
}

}  // namespace saltus::cli
