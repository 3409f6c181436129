// A node's fields, checked as they are asked for. Internal to models/interchange/nir.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/interchange/nir/nir_file.hpp"

namespace saltus::detail {

class NirFields {
  public:
    NirFields(const NirNode& node, const std::string& file) : node_(node), file_(file) {}

    [[noreturn]] void fail(const std::string& field,
                           const std::string& found,
                           const std::string& needed) const {
        throw ModelError(
            file_ + ": " + node_.name + (field.empty() ? "" : "." + field), found, needed);
    }

    [[nodiscard]] const NirArray& array(const std::string& field) const {
        const NirArray* const found = node_.find(field);
        if (found == nullptr) {
            fail(field, "none", "numbers");
        }
        for (const double number : found->numbers) {
            if (!std::isfinite(number)) {
                fail(field, fmt::format("{}", number), "finite numbers");
            }
        }
        return *found;
    }

    // One or two whole numbers; a scalar counts for both.
    [[nodiscard]] std::array<std::uint64_t, 2> pair(const std::string& field,
                                                    std::uint64_t least,
                                                    std::uint64_t otherwise) const {
        if (node_.find(field) == nullptr) {
            return {otherwise, otherwise};
        }
        const NirArray& found = array(field);
        if (found.numbers.empty() || found.numbers.size() > 2) {
            fail(field, fmt::format("{} numbers", found.numbers.size()), "one or two");
        }
        std::array<std::uint64_t, 2> values{};
        for (std::size_t k = 0; k < 2; ++k) {
            const double value = found.numbers[found.numbers.size() == 1 ? 0 : k];
            if (value < static_cast<double>(least) || value > 65536 || value != std::floor(value)) {
                fail(field,
                     fmt::format("{}", value),
                     fmt::format("whole numbers from {} to 65536", least));
            }
            values[k] = static_cast<std::uint64_t>(value);
        }
        return values;
    }

    [[nodiscard]] bool is(const std::string& field, const std::string& word) const {
        const auto at = node_.words.find(field);
        return at != node_.words.end() && at->second == word;
    }

    [[nodiscard]] bool says(const std::string& field) const { return node_.words.contains(field); }

    [[nodiscard]] const NirNode& node() const { return node_; }

  private:
    const NirNode& node_;
    const std::string& file_;
};

}  // namespace saltus::detail
