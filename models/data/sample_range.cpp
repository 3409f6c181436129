#include "models/data/sample_range.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus {

namespace {

// One number that fills the whole text; false for anything else, signs and overflow too.
bool parse_number(std::string_view text, std::uint64_t& number) {
    const char* end = text.data() + text.size();
    const std::from_chars_result result = std::from_chars(text.data(), end, number);
    return result.ec == std::errc() && result.ptr == end;
}

}  // namespace

std::vector<std::uint64_t> parse_sample_range(const std::string& text,
                                              std::uint64_t samples,
                                              const std::string& option,
                                              const std::string& valid) {
    std::vector<std::uint64_t> numbers;
    std::string_view rest = text;
    for (bool more = true; more;) {
        const std::size_t comma = rest.find(',');
        const std::string_view part = rest.substr(0, comma);
        more = comma != std::string_view::npos;
        rest = more ? rest.substr(comma + 1) : std::string_view();

        const std::size_t dash = part.find('-');
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        bool good = parse_number(part.substr(0, dash), first);
        last = first;
        if (good && dash != std::string_view::npos) {
            good = parse_number(part.substr(dash + 1), last);
        }
        if (!good || first > last) {
            throw InputError(
                option, '"' + text + '"', "numbers and ranges such as 0-999 or 1,3,7-9");
        }
        if (last >= samples) {
            throw InputError(option,
                             fmt::format("sample {}", last),
                             valid.empty() ? fmt::format("numbers below {}", samples) : valid);
        }
        // Repeated ranges may not grow the list beyond the data set either.
        if (numbers.size() + (last - first + 1) > 2 * samples) {
            std::sort(numbers.begin(), numbers.end());
            numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
        }
        for (std::uint64_t n = first; n <= last; ++n) {
            numbers.push_back(n);
        }
    }
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
}

}  // namespace saltus
