// Augmentation: each change by itself against what it is to be.
#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <vector>

#include "core/error.hpp"
#include "models/training/augmentation.hpp"

using namespace saltus;
using namespace saltus::training;

namespace {

constexpr std::int64_t k_rows = 9;
constexpr std::int64_t k_columns = 12;
const Shape k_shape{2, k_rows, k_columns};

std::vector<float> image(unsigned seed = 3) {
    std::mt19937 random(seed);
    std::vector<float> values(k_shape.size());
    for (float& value : values) {
        value = static_cast<float>(random() % 256);
    }
    return values;
}

std::vector<float> changed(const Augmenter& augmenter,
                           const std::vector<float>& in,
                           std::uint64_t epoch,
                           std::uint64_t sample) {
    std::vector<float> out(in.size(), -1);
    augmenter.apply(epoch, sample, in, out);
    return out;
}

float at(const std::vector<float>& values, std::int64_t channel, std::int64_t row, std::int64_t column) {
    return row < 0 || row >= k_rows || column < 0 || column >= k_columns
               ? 0
               : values[static_cast<std::size_t>((channel * k_rows + row) * k_columns + column)];
}

}  // namespace

TEST_CASE("augmentation: nothing asked for, nothing changed, of any shape") {
    const proto::Augmentation none;
    const Augmenter augmenter(none, Shape{5}, 1);
    CHECK_FALSE(augmenter.changes());
    const std::vector<float> in{1, 2, 3, 4, 5};
    CHECK(changed(augmenter, in, 4, 2) == in);
}

TEST_CASE("augmentation: it is of images alone") {
    proto::Augmentation settings;
    settings.set_shift(1);
    CHECK_THROWS_AS(Augmenter(settings, Shape{64}, 1), ModelError);
}

TEST_CASE("augmentation: the same seed, epoch and sample make the same image; any other another") {
    proto::Augmentation settings;
    settings.set_shift(1.5);
    settings.set_rotation(0.2);
    settings.set_scale(0.1);
    settings.set_shear(0.1);
    settings.set_elastic(1);
    const Augmenter augmenter(settings, k_shape, 7);
    const Augmenter twin(settings, k_shape, 7);
    const Augmenter other(settings, k_shape, 8);
    const std::vector<float> in = image();
    CHECK(augmenter.changes());
    CHECK(changed(augmenter, in, 2, 5) == changed(twin, in, 2, 5));
    CHECK(changed(augmenter, in, 2, 5) != changed(augmenter, in, 3, 5));
    CHECK(changed(augmenter, in, 2, 5) != changed(augmenter, in, 2, 6));
    CHECK(changed(augmenter, in, 2, 5) != changed(other, in, 2, 5));
}

// A shift by dy, dx is bilinear in the four pixels around it, the same everywhere: dy and dx are
// read off an image that rises by one a row and a hundred a column, then all of another image is
// held against the formula.
TEST_CASE("augmentation: a shift fetches every pixel from as far away, between pixels bilinearly") {
    proto::Augmentation settings;
    settings.set_shift(2);
    const Augmenter augmenter(settings, k_shape, 5);
    std::vector<float> slope(k_shape.size());
    for (std::size_t k = 0; k < slope.size(); ++k) {
        slope[k] = static_cast<float>(k % 108 / 12) + 100 * static_cast<float>(k % 12);
    }
    const std::vector<float> in = image();
    double least = 9;
    double most = -9;
    for (std::uint64_t sample = 0; sample < 40; ++sample) {
        const std::vector<float> moved = changed(augmenter, slope, 1, sample);
        const double found = static_cast<double>(at(moved, 0, 4, 6)) - 604;
        const double dx = std::round(found * 1000) / 1000;  // dy + 100 dx
        // The row's part from two places: in the first channel's slope, rows rise by 1.
        CAPTURE(dx);
        const std::vector<float> rows_only = [&] {
            std::vector<float> rows(k_shape.size());
            for (std::size_t k = 0; k < rows.size(); ++k) {
                rows[k] = static_cast<float>(k % 108 / 12);
            }
            return changed(augmenter, rows, 1, sample);
        }();
        const double down = static_cast<double>(at(rows_only, 0, 4, 6)) - 4;
        const double right = (found - down) / 100;
        least = std::min({least, down, right});
        most = std::max({most, down, right});
        const std::vector<float> out = changed(augmenter, in, 1, sample);
        const auto y0 = static_cast<std::int64_t>(std::floor(down));
        const auto x0 = static_cast<std::int64_t>(std::floor(right));
        const double fy = down - static_cast<double>(y0);
        const double fx = right - static_cast<double>(x0);
        for (std::int64_t c = 0; c < 2; ++c) {
            for (std::int64_t y = 0; y < k_rows; ++y) {
                for (std::int64_t x = 0; x < k_columns; ++x) {
                    const double wanted =
                        (1 - fy) * ((1 - fx) * at(in, c, y + y0, x + x0) + fx * at(in, c, y + y0, x + x0 + 1)) +
                        fy * ((1 - fx) * at(in, c, y + y0 + 1, x + x0) + fx * at(in, c, y + y0 + 1, x + x0 + 1));
                    CHECK(at(out, c, y, x) == doctest::Approx(wanted).epsilon(1e-3).scale(256));
                }
            }
        }
    }
    CHECK(least >= -2.001);
    CHECK(most <= 2.001);
    CHECK(least < -1.5);
    CHECK(most > 1.5);
}

TEST_CASE("augmentation: every second image is flipped left to right, exactly") {
    proto::Augmentation settings;
    settings.set_flip(true);
    const Augmenter augmenter(settings, k_shape, 5);
    const std::vector<float> in = image();
    std::vector<float> mirror(in.size());
    for (std::size_t k = 0; k < in.size(); ++k) {
        mirror[k] = in[k / 12 * 12 + 11 - k % 12];
    }
    int flipped = 0;
    for (std::uint64_t sample = 0; sample < 1000; ++sample) {
        const std::vector<float> out = changed(augmenter, in, 0, sample);
        REQUIRE((out == in || out == mirror));
        flipped += out == mirror ? 1 : 0;
    }
    // 500 on average, deviation 15.8; 5 of them.
    CHECK(std::abs(flipped - 500) <= 79);
}

TEST_CASE("augmentation: scale, shear and rotation keep the centre and move by their formulas") {
    // An image whose pixel is its place, read at the changed place: rows in one channel, columns in
    // the other. Only inner pixels, whose sources lie inside.
    std::vector<float> places(k_shape.size());
    for (std::size_t k = 0; k < 108; ++k) {
        places[k] = static_cast<float>(k / 12);
        places[108 + k] = static_cast<float>(k % 12);
    }
    const auto matrix_of = [&](const Augmenter& augmenter, std::uint64_t sample) {
        const std::vector<float> out = changed(augmenter, places, 0, sample);
        const auto row = [&](std::int64_t y, std::int64_t x) { return static_cast<double>(at(out, 0, y, x)); };
        const auto column = [&](std::int64_t y, std::int64_t x) { return static_cast<double>(at(out, 1, y, x)); };
        CHECK((row(4, 5) + row(4, 6)) / 2 == doctest::Approx(4).epsilon(1e-4));
        CHECK((column(4, 5) + column(4, 6)) / 2 == doctest::Approx(5.5).epsilon(1e-4));
        return std::array<double, 4>{(row(5, 5) - row(3, 5)) / 2,
                                     row(4, 6) - row(4, 5),
                                     (column(5, 5) - column(3, 5)) / 2,
                                     column(4, 6) - column(4, 5)};
    };
    proto::Augmentation rotation;
    rotation.set_rotation(0.3);
    proto::Augmentation scale;
    scale.set_scale(0.2);
    proto::Augmentation shear;
    shear.set_shear(0.25);
    const Augmenter turns(rotation, k_shape, 2);
    const Augmenter scales(scale, k_shape, 2);
    const Augmenter shears(shear, k_shape, 2);
    double most[3] = {0, 0, 0};
    for (std::uint64_t sample = 0; sample < 50; ++sample) {
        const auto r = matrix_of(turns, sample);
        CHECK(r[0] * r[0] + r[1] * r[1] == doctest::Approx(1).epsilon(1e-3));
        CHECK(r[0] == doctest::Approx(r[3]).epsilon(1e-3));
        CHECK(r[1] == doctest::Approx(-r[2]).epsilon(1e-3).scale(1));
        most[0] = std::max(most[0], std::abs(std::asin(r[1])));
        const auto s = matrix_of(scales, sample);
        CHECK(std::abs(s[1]) < 1e-4);
        CHECK(std::abs(s[2]) < 1e-4);
        most[1] = std::max({most[1], std::abs(s[0] - 1), std::abs(s[3] - 1)});
        const auto h = matrix_of(shears, sample);
        CHECK(h[0] == doctest::Approx(1).epsilon(1e-4));
        CHECK(h[3] == doctest::Approx(1).epsilon(1e-4));
        CHECK(std::abs(h[2]) < 1e-4);
        most[2] = std::max(most[2], std::abs(h[1]));
    }
    const double asked[3] = {0.3, 0.2, 0.25};
    for (int k = 0; k < 3; ++k) {
        CHECK(most[k] <= asked[k] * 1.001);
        CHECK(most[k] > asked[k] * 0.8);
    }
}

TEST_CASE("augmentation: an elastic field moves pixels by no more than it is asked to, r.m.s.") {
    const Shape shape{2, 40, 40};
    std::vector<float> places(shape.size());
    for (std::size_t k = 0; k < 1600; ++k) {
        places[k] = static_cast<float>(k / 40) + 1000;
        places[1600 + k] = static_cast<float>(k % 40) + 1000;
    }
    proto::Augmentation settings;
    settings.set_elastic(1.5);
    const Augmenter augmenter(settings, shape, 2);
    double most = 0;
    for (std::uint64_t sample = 0; sample < 30; ++sample) {
        std::vector<float> out(places.size());
        augmenter.apply(0, sample, places, out);
        for (std::size_t axis = 0; axis < 2; ++axis) {
            double squares = 0;
            int inner = 0;
            for (std::size_t k = 0; k < 1600; ++k) {
                const double moved = static_cast<double>(out[axis * 1600 + k]) -
                                     static_cast<double>(places[axis * 1600 + k]);
                if (std::abs(moved) < 8) {  // its source lies inside
                    squares += moved * moved;
                    ++inner;
                }
            }
            CHECK(inner > 1200);
            most = std::max(most, std::sqrt(squares / inner));
        }
    }
    // Pixels that are moved out of the image are left out of the mean: 10 % to spare.
    CHECK(most <= 1.5 * 1.1);
    CHECK(most > 1.0);
}
