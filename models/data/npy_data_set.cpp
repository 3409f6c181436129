#include "models/data/npy_data_set.hpp"

#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/npy.hpp"

namespace saltus {

namespace {

// What the leading axes of an array are.
enum class Leading { sample, sample_frame, frame_sample };

class NpyDataSet final : public DataSet {
  public:
    NpyDataSet(NpyArray array, Leading leading, Shape shape)
        : array_(std::move(array)),
          time_first_(leading == Leading::frame_sample),
          samples_(array_.shape()[time_first_ ? 1 : 0]),
          frames_(leading == Leading::sample ? 1 : array_.shape()[time_first_ ? 0 : 1]),
          shape_(std::move(shape)) {}

    [[nodiscard]] std::uint64_t samples() const override { return samples_; }

    [[nodiscard]] const Shape& shape() const override { return shape_; }

    [[nodiscard]] std::uint64_t frames() const override { return frames_; }

    void read(std::uint64_t sample, std::span<float> out) const override {
        check_read(sample, out.size());
        if (!time_first_) {
            array_.read<float>(sample * out.size(), out);
            return;
        }
        const std::uint64_t size = shape_.size();
        for (std::uint64_t f = 0; f < frames_; ++f) {
            array_.read<float>((f * samples_ + sample) * size, out.subspan(f * size, size));
        }
    }

    [[nodiscard]] std::span<const std::uint8_t> bytes(std::uint64_t sample) const override {
        if (array_.type() != NpyType::boolean && array_.type() != NpyType::uint8) {
            return {};
        }
        if (time_first_ && samples_ > 1) {
            return {};  // a sample's frames lie apart
        }
        check_read(sample, values_per_sample());
        const auto* const all = reinterpret_cast<const std::uint8_t*>(array_.bytes().data());
        return {all + sample * values_per_sample(), values_per_sample()};
    }

  private:
    NpyArray array_;
    bool time_first_;
    std::uint64_t samples_;
    std::uint64_t frames_;
    Shape shape_;
};

}  // namespace

std::unique_ptr<DataSet> open_npy_data_set(const std::filesystem::path& path,
                                           bool sequence,
                                           bool time_first) {
    NpyArray array(path);
    const std::size_t leading = sequence ? 2 : 1;
    const std::vector<std::uint64_t>& dims = array.shape();
    const std::string found = "shape " + array.shape_text();
    if (dims.size() < leading || array.size() == 0) {
        const char* const needed = !sequence    ? "[sample, ...], no dimension 0"
                                   : time_first ? "[frame, sample, ...], no dimension 0"
                                                : "[sample, frame, ...], no dimension 0";
        throw InputError(path.string(), found, needed);
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
    const Leading axes = !sequence    ? Leading::sample
                         : time_first ? Leading::frame_sample
                                      : Leading::sample_frame;
    auto data = std::make_unique<NpyDataSet>(std::move(array), axes, Shape(std::move(frame)));
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
