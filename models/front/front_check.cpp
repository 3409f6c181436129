#include "models/front/front_check.hpp"

#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus {
namespace {

constexpr std::uint64_t k_most_elements = (std::uint64_t{1} << 31) - 1;

// a * b, held at 2^63.
std::uint64_t times(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t k_cap = std::uint64_t{1} << 63;
    return b != 0 && a > k_cap / b ? k_cap : a * b;
}

class Checker {
  public:
    explicit Checker(const FrontSpec& spec) : spec_(spec) {}

    std::vector<Shape> run() {
        std::vector<Shape> shapes;
        std::optional<Shape> shape = spec_.input;
        if (!in_range(spec_.input)) {
            fault("front.input", spec_.input.text(), size_text());
            shape.reset();
        }
        for (std::size_t k = 0; k < spec_.layers.size(); ++k) {
            const FrontLayer& layer = spec_.layers[k];
            path_ = layer.origin.empty() ? fmt::format("front.layers[{}]", k) : layer.origin;
            // behind a layer that does not fit the shape is unknown; only its own numbers are
            // checked
            shape = std::visit([&](const auto& kind) { return check(kind, shape); }, layer.kind);
            if (shape && !in_range(*shape)) {
                fault(path_, "output " + shape->text(), size_text());
                shape.reset();
            }
            shapes.push_back(shape.value_or(Shape{}));
        }
        if (!faults_.empty()) {
            throw ModelError(std::move(faults_));
        }
        return shapes;
    }

  private:
    using Known = std::optional<Shape>;

    static bool in_range(const Shape& s) { return s.size() >= 1 && s.size() <= k_most_elements; }

    static std::string size_text() { return fmt::format("1 to {} elements", k_most_elements); }

    void fault(const std::string& path, std::string found, std::string needed) {
        faults_.push_back({path, std::move(found), std::move(needed)});
    }

    bool positive(const char* field, std::uint64_t value) {
        if (value >= 1 && value <= k_most_elements) {
            return true;
        }
        fault(
            path_ + "." + field, fmt::format("{}", value), fmt::format("1 to {}", k_most_elements));
        return false;
    }

    void finite(const char* field, std::span<const float> values) {
        for (std::size_t k = 0; k < values.size(); ++k) {
            if (std::isfinite(values[k])) {
                continue;
            }
            fault(fmt::format("{}.{}[{}]", path_, field, k),
                  fmt::format("{}", values[k]),
                  "a finite number");
            return;
        }
    }

    void length(const char* field, std::span<const float> values, std::uint64_t needed) {
        if (values.size() == needed) {
            return;
        }
        fault(path_ + "." + field,
              fmt::format("{} numbers", values.size()),
              fmt::format("{}", needed));
    }

    Known check(const FrontDense& dense, const Known& in) {
        finite("weight", dense.weight);
        finite("bias", dense.bias);
        if (!positive("outputs", dense.outputs)) {
            return {};
        }
        if (!dense.bias.empty()) {
            length("bias", dense.bias, dense.outputs);
        }
        if (in) {
            length("weight", dense.weight, times(dense.outputs, in->size()));
        }
        return Shape{dense.outputs};
    }

    Known check(const FrontConv2d& conv, const Known& in) {
        finite("weight", conv.weight);
        finite("bias", conv.bias);
        bool fits = positive("out_channels", conv.out_channels) && positive("groups", conv.groups);
        for (int d = 0; d < 2; ++d) {
            fits = positive("kernel", conv.kernel[d]) && fits;
            fits = positive("stride", conv.stride[d]) && fits;
            fits = positive("dilation", conv.dilation[d]) && fits;
            if (conv.padding[d] > k_most_elements) {
                fault(path_ + ".padding", fmt::format("{}", conv.padding[d]), "below 2^31");
                fits = false;
            }
        }
        if (!fits) {
            return {};
        }
        if (!conv.bias.empty()) {
            length("bias", conv.bias, conv.out_channels);
        }
        if (conv.out_channels % conv.groups != 0) {
            fault(path_ + ".groups",
                  fmt::format("{}", conv.groups),
                  fmt::format("a divisor of {} output channels", conv.out_channels));
        }
        if (!in || !planes(*in)) {
            return {};
        }
        if (in->channels() % conv.groups != 0) {
            fault(path_ + ".groups",
                  fmt::format("{}", conv.groups),
                  fmt::format("a divisor of {} input channels", in->channels()));
            return {};
        }
        length("weight",
               conv.weight,
               times(times(conv.out_channels, in->channels() / conv.groups),
                     times(conv.kernel[0], conv.kernel[1])));
        const std::uint64_t rows = window_steps(
            in->height(), conv.kernel[0], conv.stride[0], conv.padding[0], conv.dilation[0]);
        const std::uint64_t columns = window_steps(
            in->width(), conv.kernel[1], conv.stride[1], conv.padding[1], conv.dilation[1]);
        return windowed(*in, conv.out_channels, rows, columns);
    }

    Known check(const FrontBias& bias, const Known& in) {
        finite("bias", bias.bias);
        if (!in) {
            return {};
        }
        const bool per_channel = in->is_chw() && bias.bias.size() == in->channels();
        if (!per_channel && bias.bias.size() != in->size()) {
            fault(path_ + ".bias",
                  fmt::format("{} numbers", bias.bias.size()),
                  "one a channel or one an element of " + in->text());
        }
        return in;
    }

    Known check(const FrontPool& pool, const Known& in) {
        if (!positive("k", pool.k) || !in || !planes(*in)) {
            return {};
        }
        const std::uint32_t stride = pool.stride == 0 ? pool.k : pool.stride;
        if (!positive("stride", stride)) {
            return {};
        }
        return windowed(*in,
                        in->channels(),
                        window_steps(in->height(), pool.k, stride, 0, 1),
                        window_steps(in->width(), pool.k, stride, 0, 1));
    }

    Known check(const FrontRelu&, const Known& in) { return in; }

    Known check(const FrontSigmoid&, const Known& in) { return in; }

    Known check(const FrontFlatten&, const Known& in) {
        if (!in) {
            return {};
        }
        return Shape{static_cast<std::uint32_t>(in->size())};
    }

    bool planes(const Shape& in) {
        if (in.is_chw()) {
            return true;
        }
        fault(path_, "input " + in.text(), "[channels, height, width]");
        return false;
    }

    Known windowed(const Shape& in,
                   std::uint32_t channels,
                   std::uint64_t rows,
                   std::uint64_t columns) {
        if (rows == 0 || columns == 0) {
            fault(path_,
                  "a window larger than its input " + in.text(),
                  "at least one output row and column");
            return {};
        }
        if (rows > k_most_elements || columns > k_most_elements) {
            fault(path_, fmt::format("output {} x {}", rows, columns), size_text());
            return {};
        }
        return Shape{
            channels, static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(columns)};
    }

    const FrontSpec& spec_;
    std::vector<Fault> faults_;
    std::string path_;
};

}  // namespace

std::uint64_t window_steps(std::uint64_t length,
                           std::uint64_t kernel,
                           std::uint64_t stride,
                           std::uint64_t padding,
                           std::uint64_t dilation) {
    const std::uint64_t padded = length + 2 * padding;
    const std::uint64_t reach = dilation * (kernel - 1) + 1;
    return padded < reach ? 0 : (padded - reach) / stride + 1;
}

std::vector<Shape> check_front(const FrontSpec& spec) {
    return Checker(spec).run();
}

}  // namespace saltus
