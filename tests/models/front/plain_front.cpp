#include "tests/models/front/plain_front.hpp"

#include <algorithm>
#include <cmath>

namespace saltus::test {
namespace {

struct Plain {
    PlainResult& r;
    FrontLayerCounts& counts;

    double nonzero(double x) const { return x != 0 ? 1 : 0; }

    void operator()(const FrontDense& d) const {
        const std::size_t n = r.values.size();
        std::vector<double> out(d.outputs);
        std::vector<double> size(d.outputs);
        for (std::size_t o = 0; o < d.outputs; ++o) {
            if (!d.bias.empty()) {
                out[o] = d.bias[o];
                size[o] = std::fabs(d.bias[o]);
            }
            for (std::size_t i = 0; i < n; ++i) {
                out[o] += double{d.weight[o * n + i]} * r.values[i];
                size[o] += std::fabs(d.weight[o * n + i]) * r.size[i];
                counts.macs += 1;
                counts.macs_nonzero += r.values[i] != 0 ? 1 : 0;
                counts.macs_effective += r.values[i] != 0 && d.weight[o * n + i] != 0 ? 1 : 0;
            }
        }
        r = {Shape{d.outputs}, out, size, r.layers};
    }

    void operator()(const FrontConv2d& c) const {
        const Shape in = r.shape;
        const auto steps = [](std::uint32_t n,
                              std::uint32_t k,
                              std::uint32_t s,
                              std::uint32_t p,
                              std::uint32_t d) { return (n + 2 * p - d * (k - 1) - 1) / s + 1; };
        const std::uint32_t H =
            steps(in.height(), c.kernel[0], c.stride[0], c.padding[0], c.dilation[0]);
        const std::uint32_t W =
            steps(in.width(), c.kernel[1], c.stride[1], c.padding[1], c.dilation[1]);
        const std::uint32_t in_group = in.channels() / c.groups;
        const std::uint32_t out_group = c.out_channels / c.groups;
        std::vector<double> out;
        std::vector<double> size;
        for (std::uint32_t o = 0; o < c.out_channels; ++o) {
            for (std::uint32_t y = 0; y < H; ++y) {
                for (std::uint32_t x = 0; x < W; ++x) {
                    double sum = c.bias.empty() ? 0.0 : c.bias[o];
                    double total = std::fabs(sum);
                    for (std::uint32_t i = 0; i < in_group; ++i) {
                        for (std::uint32_t ky = 0; ky < c.kernel[0]; ++ky) {
                            for (std::uint32_t kx = 0; kx < c.kernel[1]; ++kx) {
                                const std::int64_t iy = std::int64_t{y} * c.stride[0] +
                                                        ky * c.dilation[0] - c.padding[0];
                                const std::int64_t ix = std::int64_t{x} * c.stride[1] +
                                                        kx * c.dilation[1] - c.padding[1];
                                if (iy < 0 || ix < 0 || iy >= in.height() || ix >= in.width()) {
                                    continue;
                                }
                                const std::uint32_t channel = o / out_group * in_group + i;
                                const auto at = static_cast<std::size_t>(
                                    (channel * in.height() + iy) * in.width() + ix);
                                const double w =
                                    c.weight[((o * in_group + i) * c.kernel[0] + ky) * c.kernel[1] +
                                             kx];
                                sum += w * r.values[at];
                                total += std::fabs(w) * r.size[at];
                                counts.macs += 1;
                                counts.macs_nonzero += r.values[at] != 0 ? 1 : 0;
                                counts.macs_effective += r.values[at] != 0 && w != 0 ? 1 : 0;
                            }
                        }
                    }
                    out.push_back(sum);
                    size.push_back(total);
                }
            }
        }
        r = {Shape{c.out_channels, H, W}, out, size, r.layers};
    }

    void operator()(const FrontBias& b) const {
        const std::size_t each = r.values.size() / b.bias.size();
        for (std::size_t k = 0; k < r.values.size(); ++k) {
            r.values[k] += b.bias[k / each];
            r.size[k] += std::fabs(b.bias[k / each]);
        }
    }

    void operator()(const FrontRelu&) const {
        for (double& v : r.values) {
            v = std::max(v, 0.0);
        }
        count_zeros();
    }

    void operator()(const FrontSigmoid&) const {
        for (double& v : r.values) {
            v = 1 / (1 + std::exp(-v));
        }
        for (double& s : r.size) {
            s = std::max(s, 1.0);
        }
        count_zeros();
    }

    void operator()(const FrontPool& p) const {
        const Shape in = r.shape;
        const std::uint32_t stride = p.stride == 0 ? p.k : p.stride;
        const std::uint32_t H = (in.height() - p.k) / stride + 1;
        const std::uint32_t W = (in.width() - p.k) / stride + 1;
        std::vector<double> out;
        std::vector<double> size;
        for (std::uint32_t c = 0; c < in.channels(); ++c) {
            for (std::uint32_t y = 0; y < H; ++y) {
                for (std::uint32_t x = 0; x < W; ++x) {
                    double most = -1e300;
                    double sum = 0;
                    double largest = 0;
                    for (std::uint32_t ky = 0; ky < p.k; ++ky) {
                        for (std::uint32_t kx = 0; kx < p.k; ++kx) {
                            const std::size_t at =
                                (std::size_t{c} * in.height() + y * stride + ky) * in.width() +
                                x * stride + kx;
                            most = std::max(most, r.values[at]);
                            sum += r.values[at];
                            largest = std::max(largest, r.size[at]);
                        }
                    }
                    out.push_back(p.kind == FrontPool::Kind::max ? most : sum / (p.k * p.k));
                    size.push_back(largest);
                }
            }
        }
        r = {Shape{in.channels(), H, W}, out, size, r.layers};
    }

    void operator()(const FrontFlatten&) const {
        r.shape = Shape{static_cast<std::uint32_t>(r.values.size())};
    }

    void count_zeros() const {
        counts.outputs = r.values.size();
        counts.zero_outputs =
            static_cast<std::uint64_t>(std::count(r.values.begin(), r.values.end(), 0.0));
    }
};

}  // namespace

PlainResult plain_front(const FrontSpec& spec, const std::vector<float>& input) {
    PlainResult result{spec.input, {input.begin(), input.end()}, {}, {}};
    for (const double v : result.values) {
        result.size.push_back(std::fabs(v));
    }
    for (const FrontLayer& layer : spec.layers) {
        FrontLayerCounts counts;
        std::visit(Plain{result, counts}, layer.kind);
        result.layers.push_back(counts);
    }
    return result;
}

RandomFront::RandomFront(std::uint32_t seed, bool whole)
    : random_(seed * 7919 + 13), whole_(whole) {
    Shape shape =
        below(4) == 0 ? Shape{1 + below(20)} : Shape{1 + below(5), 4 + below(14), 4 + below(14)};
    spec.input = shape;
    input = numbers(static_cast<std::size_t>(shape.size()));
    for (std::uint32_t count = 1 + below(7); count > 0; --count) {
        if (shape.is_chw() && below(3) != 0) {
            add_planar(shape);
        } else {
            add_any(shape);
        }
    }
}

std::vector<float> RandomFront::numbers(std::size_t count) {
    std::uniform_real_distribution<float> value(-1.0F, 1.0F);
    std::vector<float> all(count);
    for (float& v : all) {
        v = whole_          ? static_cast<float>(static_cast<int>(below(5)) - 2)
            : below(4) == 0 ? 0.0F
                            : value(random_);
    }
    return all;
}

void RandomFront::add_conv(Shape& shape) {
    FrontConv2d conv;
    conv.groups = shape.channels() % 2 == 0 && below(3) == 0 ? 2 : 1;
    conv.out_channels = conv.groups * (1 + below(9));
    for (int d = 0; d < 2; ++d) {
        const std::uint32_t length = d == 0 ? shape.height() : shape.width();
        conv.kernel[d] = 1 + below(std::min(length, 4U));
        conv.stride[d] = 1 + below(3);
        conv.padding[d] = below(3);
        conv.dilation[d] =
            conv.kernel[d] > 1 && 2 * (conv.kernel[d] - 1) + 1 <= length ? 1 + below(2) : 1;
    }
    tensors_.push_back(std::make_unique<std::vector<float>>(
        numbers(std::size_t{conv.out_channels} * (shape.channels() / conv.groups) * conv.kernel[0] *
                conv.kernel[1])));
    conv.weight = *tensors_.back();
    if (below(2) == 0) {
        tensors_.push_back(std::make_unique<std::vector<float>>(numbers(conv.out_channels)));
        conv.bias = *tensors_.back();
    }
    const auto steps = [&](int d, std::uint32_t n) {
        return (n + 2 * conv.padding[d] - conv.dilation[d] * (conv.kernel[d] - 1) - 1) /
                   conv.stride[d] +
               1;
    };
    shape = Shape{conv.out_channels, steps(0, shape.height()), steps(1, shape.width())};
    spec.layers.push_back({"conv" + shape.text(), conv, ""});
}

void RandomFront::add_planar(Shape& shape) {
    if (below(3) != 0) {
        add_conv(shape);
        return;
    }
    FrontPool pool;
    pool.kind = whole_ || below(2) == 0 ? FrontPool::Kind::max : FrontPool::Kind::average;
    pool.k = 1 + below(std::min({3U, shape.height(), shape.width()}));
    pool.stride = below(3);
    const std::uint32_t stride = pool.stride == 0 ? pool.k : pool.stride;
    shape = Shape{shape.channels(),
                  (shape.height() - pool.k) / stride + 1,
                  (shape.width() - pool.k) / stride + 1};
    spec.layers.push_back({"pool" + shape.text(), pool, ""});
}

void RandomFront::add_any(Shape& shape) {
    const auto n = static_cast<std::size_t>(shape.size());
    switch (below(5)) {
        case 0: {
            const std::uint32_t outputs = 1 + below(20);
            tensors_.push_back(std::make_unique<std::vector<float>>(numbers(outputs * n)));
            FrontDense dense{outputs, *tensors_.back(), {}};
            if (below(2) == 0) {
                tensors_.push_back(std::make_unique<std::vector<float>>(numbers(outputs)));
                dense.bias = *tensors_.back();
            }
            shape = Shape{outputs};
            spec.layers.push_back({"dense" + shape.text(), dense, ""});
            break;
        }
        case 1: {
            const std::size_t count = shape.is_chw() && below(2) == 0 ? shape.channels() : n;
            tensors_.push_back(std::make_unique<std::vector<float>>(numbers(count)));
            spec.layers.push_back({"bias", FrontBias{*tensors_.back()}, ""});
            break;
        }
        case 2:
            spec.layers.push_back({"relu", FrontRelu{}, ""});
            break;
        case 3:
            if (whole_) {
                spec.layers.push_back({"relu", FrontRelu{}, ""});
            } else {
                spec.layers.push_back({"sigmoid", FrontSigmoid{}, ""});
            }
            break;
        default:
            shape = Shape{static_cast<std::uint32_t>(n)};
            spec.layers.push_back({"flatten", FrontFlatten{}, ""});
    }
}

}  // namespace saltus::test
