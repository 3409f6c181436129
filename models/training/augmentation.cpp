#include "models/training/augmentation.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.hpp"
#include "encoders/philox.hpp"

namespace saltus::training {

namespace {

constexpr std::uint32_t k_fields = 64;
constexpr double k_smoothing = 4;               // pixels, sigma of the elastic field
constexpr PopulationId k_image_draws = 1;       // what a key's population says here
constexpr PopulationId k_field_draws = 2;

// Uniform in [0, 1) by place in a stream.
double uniform(std::uint64_t seed,
               PopulationId what,
               std::uint64_t epoch,
               std::uint64_t sample,
               std::uint32_t place) {
    const RandomKey key{.seed = seed, .sample = sample, .population = what, .draw = 0};
    const RandomWords words = philox(key, place / 4, static_cast<Tick>(epoch));
    return unit_uniform(words[place % 4]);
}

// One axis of a Gaussian blur; the border repeats.
void blur(std::vector<float>& image, std::int64_t lines, std::int64_t length, std::int64_t step,
          std::int64_t line_step) {
    const auto reach = static_cast<std::int64_t>(3 * k_smoothing);
    std::vector<double> weight(static_cast<std::size_t>(2 * reach + 1));
    for (std::int64_t d = -reach; d <= reach; ++d) {
        weight[static_cast<std::size_t>(d + reach)] =
            std::exp(-0.5 * static_cast<double>(d * d) / (k_smoothing * k_smoothing));
    }
    std::vector<double> line(static_cast<std::size_t>(length));
    for (std::int64_t l = 0; l < lines; ++l) {
        float* const at = image.data() + l * line_step;
        for (std::int64_t x = 0; x < length; ++x) {
            line[static_cast<std::size_t>(x)] = at[x * step];
        }
        for (std::int64_t x = 0; x < length; ++x) {
            double sum = 0;
            for (std::int64_t d = -reach; d <= reach; ++d) {
                const std::int64_t from = std::clamp<std::int64_t>(x + d, 0, length - 1);
                sum += weight[static_cast<std::size_t>(d + reach)] *
                       line[static_cast<std::size_t>(from)];
            }
            at[x * step] = static_cast<float>(sum);
        }
    }
}

std::vector<float> smooth_field(std::uint64_t seed,
                                std::uint32_t number,
                                std::int64_t rows,
                                std::int64_t columns) {
    std::vector<float> field(static_cast<std::size_t>(rows * columns * 2));
    for (std::int64_t axis = 0; axis < 2; ++axis) {
        std::vector<float> noise(static_cast<std::size_t>(rows * columns));
        for (std::size_t k = 0; k < noise.size(); ++k) {
            noise[k] = static_cast<float>(uniform(seed, k_field_draws, number,
                                                  static_cast<std::uint64_t>(axis),
                                                  static_cast<std::uint32_t>(k)) -
                                          0.5);
        }
        blur(noise, rows, columns, 1, columns);
        blur(noise, columns, rows, columns, 1);
        double squares = 0;
        for (const float value : noise) {
            squares += static_cast<double>(value) * value;
        }
        const double scale = 1 / std::sqrt(squares / static_cast<double>(noise.size()));
        for (std::size_t k = 0; k < noise.size(); ++k) {
            field[2 * k + static_cast<std::size_t>(axis)] =
                static_cast<float>(noise[k] * scale);
        }
    }
    return field;
}

}  // namespace

// Where a pixel's value is fetched from: source = centre + matrix (target - centre) + shift, plus
// the field's.
struct Augmenter::Motion {
    std::array<double, 4> matrix{1, 0, 0, 1};  // [row, column] of (row, column)
    std::array<double, 2> shift{0, 0};
    const std::vector<float>* field = nullptr;
    double amplitude = 0;
    bool flip = false;
};

Augmenter::Augmenter(const proto::Augmentation& settings, const Shape& shape, std::uint64_t seed)
    : settings_(settings), seed_(seed) {
    changes_ = settings.shift() > 0 || settings.rotation() > 0 || settings.scale() > 0 ||
               settings.shear() > 0 || settings.elastic() > 0 || settings.flip();
    if (!changes_) {
        return;
    }
    if (!shape.is_chw()) {
        throw ModelError("data.augmentation",
                         "changes of samples of shape " + shape.text(),
                         "images, [channels, rows, columns], or no augmentation");
    }
    channels_ = shape.dims[0];
    rows_ = shape.dims[1];
    columns_ = shape.dims[2];
    for (std::uint32_t k = 0; settings.elastic() > 0 && k < k_fields; ++k) {
        fields_.push_back(smooth_field(seed, k, rows_, columns_));
    }
}

Augmenter::Motion Augmenter::draw(std::uint64_t epoch, std::uint64_t sample) const {
    std::uint32_t place = 0;
    const auto either_way = [&](double most) {
        return (2 * uniform(seed_, k_image_draws, epoch, sample, place++) - 1) * most;
    };
    Motion motion;
    const double angle = either_way(settings_.rotation());
    const double tall = 1 + either_way(settings_.scale());
    const double wide = 1 + either_way(settings_.scale());
    const double shear = either_way(settings_.shear());
    motion.matrix = {std::cos(angle) * tall,
                     std::sin(angle) * wide + shear,
                     -std::sin(angle) * tall,
                     std::cos(angle) * wide};
    motion.shift = {either_way(settings_.shift()), either_way(settings_.shift())};
    motion.amplitude = either_way(settings_.elastic());
    const auto number = static_cast<std::uint32_t>((either_way(1) + 1) / 2 * k_fields);
    if (!fields_.empty()) {
        motion.field = &fields_[std::min(number, k_fields - 1)];
    }
    motion.flip = settings_.flip() && either_way(1) < 0;
    return motion;
}

void Augmenter::apply(std::uint64_t epoch,
                      std::uint64_t sample,
                      std::span<const float> in,
                      std::span<float> out) const {
    if (!changes_) {
        std::copy(in.begin(), in.end(), out.begin());
        return;
    }
    const Motion motion = draw(epoch, sample);
    const double centre_row = static_cast<double>(rows_ - 1) / 2;
    const double centre_column = static_cast<double>(columns_ - 1) / 2;
    const std::int64_t plane = rows_ * columns_;
    for (std::int64_t row = 0; row < rows_; ++row) {
        for (std::int64_t column = 0; column < columns_; ++column) {
            const double y = static_cast<double>(row) - centre_row;
            const double x =
                static_cast<double>(motion.flip ? columns_ - 1 - column : column) - centre_column;
            double from_row =
                centre_row + motion.matrix[0] * y + motion.matrix[1] * x + motion.shift[0];
            double from_column =
                centre_column + motion.matrix[2] * y + motion.matrix[3] * x + motion.shift[1];
            if (motion.field != nullptr) {
                const auto at = static_cast<std::size_t>(2 * (row * columns_ + column));
                from_row += motion.amplitude * (*motion.field)[at];
                from_column += motion.amplitude * (*motion.field)[at + 1];
            }
            const auto top = static_cast<std::int64_t>(std::floor(from_row));
            const auto left = static_cast<std::int64_t>(std::floor(from_column));
            const auto down = static_cast<float>(from_row - static_cast<double>(top));
            const auto right = static_cast<float>(from_column - static_cast<double>(left));
            const auto value = [&](std::int64_t r, std::int64_t c, std::int64_t channel) {
                return r >= 0 && r < rows_ && c >= 0 && c < columns_
                           ? in[static_cast<std::size_t>(channel * plane + r * columns_ + c)]
                           : 0.0F;
            };
            for (std::int64_t channel = 0; channel < channels_; ++channel) {
                const float above = value(top, left, channel) * (1 - right) +
                                    value(top, left + 1, channel) * right;
                const float below = value(top + 1, left, channel) * (1 - right) +
                                    value(top + 1, left + 1, channel) * right;
                out[static_cast<std::size_t>(channel * plane + row * columns_ + column)] =
                    above * (1 - down) + below * down;
            }
        }
    }
}

}  // namespace saltus::training
