// Laying weights by source, against the words of core/network_spec.hpp.
#include "models/files/relay.hpp"

#include <cstring>
#include <numeric>

#include <doctest/doctest.h>

using namespace saltus;

namespace {

template <class T>
StoredTensor tensor_of(const std::vector<T>& values,
                       std::vector<std::uint64_t> shape,
                       proto::TensorType::Value type) {
    StoredTensor tensor;
    tensor.type = type;
    tensor.shape = std::move(shape);
    tensor.data = std::as_bytes(std::span(values));
    tensor.count = values.size();
    return tensor;
}

template <class T>
std::vector<T> values_of(const std::vector<std::byte>& bytes) {
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

template <class T>
std::vector<T> counting(std::size_t count) {
    std::vector<T> values(count);
    std::iota(values.begin(), values.end(), T{1});
    return values;
}

}  // namespace

TEST_CASE("relay: a dense row belongs to a source slot, its targets stand by slot") {
    const Shape source{2, 2, 3};
    const Shape target{3, 1, 2};
    const auto values = counting<float>(target.size() * source.size());
    const StoredTensor tensor =
        tensor_of(values, {target.size(), source.size()}, proto::TensorType::float32);
    const WeightUse use{WeightUse::Kind::dense, source, target, 1, false};
    const auto laid = values_of<float>(lay_by_source(tensor, use));
    constexpr std::size_t pitch = 16;
    REQUIRE(laid.size() == source.size() * pitch);
    for (Slot s = 0; s < source.size(); ++s) {
        for (Slot t = 0; t < target.size(); ++t) {
            CHECK(laid[s * pitch + t] ==
                  values[target.index_of(t) * source.size() + source.index_of(s)]);
        }
        for (std::size_t pad = target.size(); pad < pitch; ++pad) {
            CHECK(laid[s * pitch + pad] == 0);
        }
    }
}

TEST_CASE("relay: a convolution's runs are [in][ky][kx][out / groups], one group after another") {
    // 6 channels out, 4 in, 2 groups, 1 x 2 taps, int8: runs of 3 padded to 64.
    const auto values = counting<std::int8_t>(6 * 2 * 1 * 2);
    const StoredTensor tensor = tensor_of(values, {6, 2, 1, 2}, proto::TensorType::int8);
    const WeightUse use{WeightUse::Kind::conv2d, {}, {}, 2, false};
    const auto laid = values_of<std::int8_t>(lay_by_source(tensor, use));
    REQUIRE(laid.size() == 4 * 2 * 64);
    for (std::size_t in = 0; in < 4; ++in) {
        for (std::size_t tap = 0; tap < 2; ++tap) {
            for (std::size_t out = 0; out < 3; ++out) {
                const std::size_t channel = in / 2 * 3 + out;
                CHECK(laid[(in * 2 + tap) * 64 + out] == values[(channel * 2 + in % 2) * 2 + tap]);
            }
            CHECK(laid[(in * 2 + tap) * 64 + 3] == 0);
        }
    }
}

TEST_CASE("relay: back by index every bit is as it was") {
    const auto values = counting<float>(6 * 2 * 3 * 3);
    StoredTensor tensor = tensor_of(values, {6, 2, 3, 3}, proto::TensorType::float32);
    const WeightUse conv{WeightUse::Kind::conv2d, {}, {}, 3, false};
    const auto laid = lay_by_source(tensor, conv);
    tensor.data = laid;
    tensor.count = laid.size() / sizeof(float);
    CHECK(values_of<float>(lay_by_index(tensor, conv)) == values);

    const WeightUse dense{WeightUse::Kind::dense, Shape{3, 2, 3}, Shape{6}, 1, false};
    tensor = tensor_of(values, {6, 18}, proto::TensorType::float32);
    const auto rows = lay_by_source(tensor, dense);
    tensor.data = rows;
    tensor.count = rows.size() / sizeof(float);
    CHECK(values_of<float>(lay_by_index(tensor, dense)) == values);
}

TEST_CASE("relay: only what core runs from the map is laid by source") {
    const std::vector<float> values(4);
    const WeightUse dense{WeightUse::Kind::dense, Shape{2}, Shape{2}, 1, false};
    CHECK(can_lie_by_source(tensor_of(values, {2, 2}, proto::TensorType::float32), dense));
    CHECK(can_lie_by_source(tensor_of(values, {2, 2}, proto::TensorType::int8), dense));
    CHECK(!can_lie_by_source(tensor_of(values, {2, 2}, proto::TensorType::float16), dense));
    WeightUse sparse{WeightUse::Kind::sparse, Shape{2}, Shape{2}, 1, false};
    CHECK(!can_lie_by_source(tensor_of(values, {4}, proto::TensorType::float32), sparse));
    sparse.rows_ascend = true;
    CHECK(can_lie_by_source(tensor_of(values, {4}, proto::TensorType::float32), sparse));
}

TEST_CASE("relay: padding is what laying by index and back sets to zero, byte for byte") {
    const auto check = [](const StoredTensor& by_index, const WeightUse& use) {
        const std::vector<std::byte> laid = lay_by_source(by_index, use);
        const std::size_t element = element_bytes(by_index.type);
        StoredTensor tensor = by_index;
        tensor.rows_by_source = true;
        tensor.count = laid.size() / element;
        tensor.data = laid;
        CHECK(!find_padding(tensor, use));
        std::size_t padding = 0;
        for (std::size_t at = 0; at < laid.size(); ++at) {
            std::vector<std::byte> spoilt = laid;
            spoilt[at] ^= std::byte{0x80};
            tensor.data = spoilt;
            StoredTensor again = by_index;
            const std::vector<std::byte> indexed = lay_by_index(tensor, use);
            again.data = indexed;
            const bool lost = lay_by_source(again, use) != spoilt;
            const std::optional<std::uint64_t> found = find_padding(tensor, use);
            CHECK(found.has_value() == lost);
            if (found) {
                CHECK(*found == at / element);
                ++padding;
            }
        }
        CHECK(padding == laid.size() - by_index.data.size());
    };
    const auto floats = counting<float>(6 * 12);
    const auto bytes = counting<std::int8_t>(6 * 12);
    const WeightUse dense{WeightUse::Kind::dense, Shape{2, 2, 3}, Shape{3, 1, 2}, 1, false};
    const WeightUse conv{WeightUse::Kind::conv2d, {}, {}, 2, false};
    check(tensor_of(floats, {6, 12}, proto::TensorType::float32), dense);
    check(tensor_of(bytes, {6, 12}, proto::TensorType::int8), dense);
    check(tensor_of(floats, {6, 3, 2, 2}, proto::TensorType::float32), conv);
    check(tensor_of(bytes, {6, 3, 2, 2}, proto::TensorType::int8), conv);
}
