#include "tests/reference/property_hold.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

#include "tests/reference/deep_network.hpp"
#include "tests/reference/long_network.hpp"
#include "tests/reference/random_network.hpp"

namespace reference {

const RandomNetworks k_small_networks = {"small", random_case, 1};
const RandomNetworks k_deep_networks = {"deep", deep_case, 6};
const RandomNetworks k_long_networks = {"long", long_case, 100};

namespace {

std::uint64_t setting(const char* name, std::uint64_t fallback) {
    const char* text = std::getenv(name);
    return text == nullptr || *text == '\0' ? fallback : std::stoull(text);
}

// The text of a network, or where it lies if it would fill the screen.
std::string shown(const RandomNetworks& networks, std::uint64_t seed, const Json& json) {
    constexpr std::size_t k_most_shown = 20000;
    const std::string text = json.dump();
    if (text.size() <= k_most_shown) {
        return text;
    }
    const std::string name =
        "saltus-property-" + std::string(networks.name) + "-" + std::to_string(seed) + ".json";
    const auto path = std::filesystem::temp_directory_path() / name;
    std::ofstream(path) << text << '\n';
    return path.string();
}

// Shrinks a failing case and shows it. While shrinking an exception is no failure: a smaller
// network may be one that is refused.
void report(const RandomNetworks& networks,
            std::uint64_t seed,
            const Json& json,
            const Check& check) {
    const Check quiet = [&check](const Json& smaller) {
        try {
            return check(smaller);
        } catch (const std::exception&) {
            return std::string();
        }
    };
    const Json small = quiet(json).empty() ? json : shrink(json, quiet);
    std::string what;
    try {
        what = check(small);
    } catch (const std::exception& error) {
        what = error.what();
    }
    FAIL_CHECK(networks.name << " network of seed " << seed << " fails; shrunk:\n"
                             << shown(networks, seed, small) << "\n"
                             << what);
}

}  // namespace

std::size_t hold(const RandomNetworks& networks,
                 const Check& check,
                 const std::function<bool(const Json&)>& applies) {
    const std::uint64_t first = setting("SALTUS_PROPERTY_SEED", 1);
    const std::uint64_t wanted = setting("SALTUS_PROPERTY_COUNT", 3000);
    const std::uint64_t count = (wanted + networks.one_in - 1) / networks.one_in;
    std::size_t held = 0;
    std::size_t failures = 0;
    for (std::uint64_t seed = first; seed < first + count && failures < 3; ++seed) {
        const Json json = networks.make(seed);
        if (!applies(json)) {
            continue;
        }
        std::string d;
        try {
            d = check(json);
        } catch (const std::exception& error) {
            d = error.what();
        }
        ++held;
        if (d.empty()) {
            continue;
        }
        ++failures;
        std::cout << networks.name << " network of seed " << seed << ": " << d << std::endl;
        report(networks, seed, json, check);
    }
    return held;
}

}  // namespace reference
