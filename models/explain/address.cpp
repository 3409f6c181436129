#include "models/explain/address.hpp"

#include <charconv>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"

namespace saltus {

namespace {

class Parser {
  public:
    Parser(std::string_view text, const Network& network, const std::string& option)
        : text_(text), network_(network), option_(option) {}

    Address parse() {
        Address address;
        std::string_view rest = text_;
        if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
            address.tick = number(rest.substr(at + 1), network_.horizon() - 1, "tick");
            rest = rest.substr(0, at);
        }
        std::string_view place;
        if (const std::size_t open = rest.find('['); open != std::string_view::npos) {
            if (rest.back() != ']') {
                refuse();
            }
            place = rest.substr(open + 1, rest.size() - open - 2);
            rest = rest.substr(0, open);
            if (place.empty()) {
                refuse();
            }
        }
        address.population = population(rest);
        if (!place.empty()) {
            address.neuron = neuron(place, network_.population(address.population));
        } else if (address.tick) {
            refuse();
        }
        return address;
    }

  private:
    [[noreturn]] void refuse() const {
        throw InputError(
            option_, fmt::format("\"{}\"", text_), "NAME, NAME[i], NAME[i]@t or NAME[c,y,x]@t");
    }

    [[nodiscard]] Tick number(std::string_view digits, Tick most, const char* what) const {
        Tick value = -1;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
            refuse();
        }
        if (value < 0 || value > most) {
            throw InputError(
                option_, fmt::format("{} {} in \"{}\"", what, value, text_), fmt::format("0 to {}", most));
        }
        return value;
    }

    [[nodiscard]] PopulationId population(std::string_view name) const {
        std::vector<std::string> names;
        for (PopulationId id = 0; id < network_.population_count(); ++id) {
            if (network_.population(id).name == name) {
                return id;
            }
            names.push_back(network_.population(id).name);
        }
        throw InputError(option_,
                         fmt::format("population \"{}\"", name),
                         fmt::format("one of {}", fmt::join(names, ", ")));
    }

    [[nodiscard]] NeuronIndex neuron(std::string_view place, const PopulationSpec& spec) const {
        std::vector<std::string_view> parts;
        while (true) {
            const std::size_t comma = place.find(',');
            parts.push_back(place.substr(0, comma));
            if (comma == std::string_view::npos) {
                break;
            }
            place = place.substr(comma + 1);
        }
        if (parts.size() == 1) {
            return static_cast<NeuronIndex>(
                number(parts[0], static_cast<Tick>(spec.shape.size()) - 1, "neuron"));
        }
        if (parts.size() != spec.shape.dims.size()) {
            throw InputError(option_,
                             fmt::format("{} coordinates in \"{}\"", parts.size(), text_),
                             fmt::format("one index, or as many as {} has", spec.shape.text()));
        }
        std::uint64_t index = 0;
        for (std::size_t k = 0; k < parts.size(); ++k) {
            const std::uint32_t size = spec.shape.dims[k];
            index = index * size +
                    static_cast<std::uint64_t>(number(parts[k], Tick{size} - 1, "coordinate"));
        }
        return static_cast<NeuronIndex>(index);
    }

    std::string_view text_;
    const Network& network_;
    const std::string& option_;
};

}  // namespace

Address parse_address(std::string_view text, const Network& network, const std::string& option) {
    return Parser(text, network, option).parse();
}

std::string address_text(const Network& network, PopulationId population, NeuronIndex neuron) {
    return fmt::format("{}[{}]", network.population(population).name, neuron);
}

std::string address_text(const Network& network,
                         PopulationId population,
                         NeuronIndex neuron,
                         Tick tick) {
    return fmt::format("{}[{}]@{}", network.population(population).name, neuron, tick);
}

}  // namespace saltus
