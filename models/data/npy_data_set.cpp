#include "models/data/npy_data_set.hpp"

#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/npy.hpp"

namespace saltus {

namespace {

class NpyDataSet final : public DataSet {
  public:
    NpyDataSet(NpyArray array, std::uint64_t frames, Shape shape)
        : array_(std::move(array)), frames_(frames), shape_(std::move(shape)) {}

    [[nodiscard]] std::uint64_t samples() const override { return array_.shape()[0]; }

    [[nodiscard]] const Shape& shape() const override { return shape_; }

    [[nodiscard]] std::uint64_t frames() const override { return frames_; }

    void read(std::uint64_t sample, std::span<float> out) const override {
        check_read(sample, out.size());
        array_.read<float>(sample * out.size(), out);
    }

    [[nodiscard]] std::span<const std::uint8_t> bytes(std::uint64_t sample) const override {
        if (array_.type() != NpyType::boolean && array_.type() != NpyType::uint8) {
            return {};
        }
        check_read(sample, values_per_sample());
        const auto* const all = reinterpret_cast<const std::uint8_t*>(array_.bytes().data());
        return {all + sample * values_per_sample(), values_per_sample()};
    }

  private:
    NpyArray array_;
    std::uint64_t frames_;
    Shape shape_;
};

}  // namespace

std::unique_ptr<DataSet> open_npy_data_set(const std::filesystem::path& path, bool sequence) {
    NpyArray array(path);
    const std::size_t leading = sequence ? 2 : 1;
    const std::vector<std::uint64_t>& dims = array.shape();
    const std::string found = "shape " + array.shape_text();
    if (dims.size() < leading || array.size() == 0) {
        throw InputError(
            path.string(),
            found,
            sequence ? "[sample, frame, ...], no dimension 0" : "[sample, ...], no dimension 0");
    }
    std::vector<std::uint32_t> frame;
    for (std::size_t k = leading; k < dims.size(); ++k) {
        if (dims[k] > 0xFFFFFFFFU) {
            throw InputError(path.string(), found, "dimensions below 2^32");
        }
        frame.push_back(static_cast<std::uint32_t>(dims[k]));
    }
    if (frame.empty()) {
        frame.push_back(1);
    }  // one number a sample
    const std::uint64_t frames = sequence ? dims[1] : 1;
    auto data = std::make_unique<NpyDataSet>(std::move(array), frames, Shape(std::move(frame)));
    data->set_name(path.string());
    return data;
}

std::vector<std::int64_t> read_npy_labels(const std::filesystem::path& path) {
    const NpyArray array(path);
    if (array.shape().size() != 1) {
        throw InputError(path.string(), "shape " + array.shape_text(), "labels [sample]");
    }
    return array.as<std::int64_t>();
}

}  // namespace saltus
