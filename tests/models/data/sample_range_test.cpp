#include "models/data/sample_range.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"

namespace saltus {

TEST_CASE("sample range: numbers and ranges come out ascending, each once") {
    using Numbers = std::vector<std::uint64_t>;
    CHECK(parse_sample_range("5", 10, "--samples") == Numbers{5});
    CHECK(parse_sample_range("0-3", 10, "--samples") == Numbers{0, 1, 2, 3});
    CHECK(parse_sample_range("7-9,1,3", 10, "--samples") == Numbers{1, 3, 7, 8, 9});
    CHECK(parse_sample_range("2-4,3-5,4", 10, "--samples") == Numbers{2, 3, 4, 5});
    CHECK(parse_sample_range("0-9", 10, "--samples").size() == 10);
}

TEST_CASE("sample range: what is no range is refused") {
    for (const char* text : {"",
                             "-",
                             "a",
                             "1-",
                             "-1",
                             "3-1",
                             "1,,2",
                             "1,",
                             " 1",
                             "1 ",
                             "0x1",
                             "1-2-3",
                             "+1",
                             "99999999999999999999",
                             "1.5"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_sample_range(text, 10, "--samples"), InputError);
    }
}

TEST_CASE("sample range: numbers beyond the data set are refused before a list is made") {
    CHECK_THROWS_WITH_AS(parse_sample_range("0-18446744073709551615", 10, "--samples"),
                         "--samples: got sample 18446744073709551615, need numbers below 10",
                         InputError);
    CHECK_THROWS_AS(parse_sample_range("10", 10, "--samples"), InputError);
}

TEST_CASE("sample range: a range given many times does not grow the list") {
    std::string text = "0-999";
    for (int k = 0; k < 200; ++k) {
        text += ",0-999";
    }
    const std::vector<std::uint64_t> numbers = parse_sample_range(text, 1000, "--samples");
    CHECK(numbers.size() == 1000);
    CHECK(numbers.capacity() < 5000);
}

}  // namespace saltus
