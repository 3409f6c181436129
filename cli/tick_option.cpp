#include "cli/tick_option.hpp"

#include <charconv>
#include <string_view>

#include "core/error.hpp"

namespace saltus::cli {

std::pair<Tick, Tick> parse_ticks(const std::string& text) {
    const std::string_view all = text;
    const std::size_t dash = all.find('-');
    const auto number = [&](std::string_view part) {
        Tick tick = 0;
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), tick);
        if (error != std::errc() || end != part.data() + part.size() || part.empty()) {
            throw InputError("--ticks", '"' + text + '"', "first-last, such as 0-99");
        }
        return tick;
    };
    const Tick first = number(all.substr(0, dash));
    return {first, dash == std::string_view::npos ? first : number(all.substr(dash + 1))};
}

}  // namespace saltus::cli
