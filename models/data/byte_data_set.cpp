#include "models/data/byte_data_set.hpp"

#include <algorithm>
#include <fstream>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/data/idx_file.hpp"

namespace saltus {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t k_cifar_pixels = 3 * 32 * 32;
constexpr std::uint64_t k_cifar_record = 1 + k_cifar_pixels;
constexpr std::uint8_t k_cifar_classes = 10;

class ByteDataSet final : public DataSet {
  public:
    ByteDataSet(Shape shape, std::vector<std::uint8_t> bytes)
        : shape_(std::move(shape)),
          bytes_(std::move(bytes)),
          samples_(bytes_.size() / shape_.size()) {}

    [[nodiscard]] std::uint64_t samples() const override { return samples_; }

    [[nodiscard]] const Shape& shape() const override { return shape_; }

    void read(std::uint64_t sample, std::span<float> out) const override {
        check_read(sample, out.size());
        std::ranges::copy(bytes(sample), out.begin());
    }

    [[nodiscard]] std::span<const std::uint8_t> bytes(std::uint64_t sample) const override {
        check_read(sample, shape_.size());
        return std::span(bytes_).subspan(sample * shape_.size(), shape_.size());
    }

  private:
    Shape shape_;
    std::vector<std::uint8_t> bytes_;
    std::uint64_t samples_;
};

// The file of this stem as people store it; empty if there is none.
fs::path find_idx(const fs::path& folder, const std::string& stem, const std::string& type) {
    for (const char* joint : {"-", "."}) {
        for (const char* packed : {"", ".gz"}) {
            fs::path path = folder / (stem + joint + type + "-ubyte" + packed);
            if (fs::is_regular_file(path)) {
                return path;
            }
        }
    }
    return {};
}

struct IdxFiles {
    fs::path images;
    fs::path labels;
    std::uint32_t dimensions = 3;
};

IdxFiles find_split(const fs::path& folder, const std::string& prefix) {
    IdxFiles files{find_idx(folder, prefix + "-images", "idx3"),
                   find_idx(folder, prefix + "-labels", "idx1"),
                   3};
    if (files.images.empty()) {
        files.images = find_idx(folder, prefix + "-images", "idx4");
        files.dimensions = 4;
    }
    return files;
}

std::unique_ptr<DataSet> load_idx(const IdxFiles& files) {
    IdxArray images = read_idx(files.images, files.dimensions);
    std::vector<std::uint32_t> frame(images.dims.begin() + 1, images.dims.end());
    if (frame.size() == 2) {
        frame.insert(frame.begin(), 1);
    }
    const std::uint32_t count = images.dims[0];
    auto data = std::make_unique<ByteDataSet>(Shape(std::move(frame)), std::move(images.bytes));
    data->add_file(files.images);
    if (!files.labels.empty()) {
        data->add_file(files.labels);
        const IdxArray labels = read_idx(files.labels, 1);
        if (labels.bytes.size() != count) {
            throw InputError(
                files.labels.string(),
                fmt::format("{} labels", labels.bytes.size()),
                fmt::format("{}, one an image of {}", count, files.images.filename().string()));
        }
        data->set_labels({labels.bytes.begin(), labels.bytes.end()}, files.labels.string());
    }
    data->set_name(files.images.string());
    return data;
}

// Appends one batch file's labels and pixels.
void read_batch(const fs::path& path,
                std::vector<std::uint8_t>& pixels,
                std::vector<std::int64_t>& labels) {
    const std::uint64_t size = fs::file_size(path);
    if (size == 0 || size % k_cifar_record != 0) {
        throw InputError(
            path.string(),
            fmt::format("{} bytes", size),
            fmt::format("a multiple of {} (a label and 3 x 32 x 32 pixels)", k_cifar_record));
    }
    std::ifstream file(path, std::ios::binary);
    std::vector<std::uint8_t> bytes(size);
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (!file) {
        throw InputError(
            path.string(), "a file that cannot be read", fmt::format("{} bytes", size));
    }
    for (std::uint64_t at = 0; at < size; at += k_cifar_record) {
        if (bytes[at] >= k_cifar_classes) {
            throw InputError(path.string(),
                             fmt::format("label {} in record {}", bytes[at], at / k_cifar_record),
                             "a label below 10");
        }
        labels.push_back(bytes[at]);
        const std::uint8_t* from = bytes.data() + at + 1;
        pixels.insert(pixels.end(), from, from + k_cifar_pixels);
    }
}

std::vector<fs::path> cifar_batches(const fs::path& folder, const std::string& split) {
    std::vector<fs::path> batches;
    if (split == "test") {
        if (fs::is_regular_file(folder / "test_batch.bin")) {
            batches.push_back(folder / "test_batch.bin");
        }
        return batches;
    }
    for (int k = 1; fs::is_regular_file(folder / fmt::format("data_batch_{}.bin", k)); ++k) {
        batches.push_back(folder / fmt::format("data_batch_{}.bin", k));
    }
    return batches;
}

}  // namespace

std::unique_ptr<DataSet> open_idx_folder(const fs::path& folder, const std::string& split) {
    const IdxFiles test = find_split(folder, "t10k");
    const IdxFiles train = find_split(folder, "train");
    const IdxFiles& chosen = split == "test" ? test : train;
    const IdxFiles& other = split == "test" ? train : test;
    if (!chosen.images.empty()) {
        return load_idx(chosen);
    }
    const std::string prefix = split == "test" ? "t10k" : "train";
    const std::string needed = prefix + "-images-idx3-ubyte, plain or .gz";
    if (!chosen.labels.empty()) {
        throw InputError(
            folder.string(), chosen.labels.filename().string() + " without images", needed);
    }
    if (!other.images.empty()) {
        throw InputError(
            folder.string(),
            fmt::format("no split \"{}\", only {}", split, other.images.filename().string()),
            fmt::format(
                "{}, or :{} behind the folder", needed, split == "test" ? "train" : "test"));
    }
    if (!other.labels.empty()) {
        throw InputError(
            folder.string(), other.labels.filename().string() + " without images", needed);
    }
    return nullptr;
}

std::unique_ptr<DataSet> open_cifar10_folder(const fs::path& folder, const std::string& split) {
    const fs::path inner = folder / "cifar-10-batches-bin";
    const fs::path& place = fs::is_directory(inner) ? inner : folder;
    const std::vector<fs::path> batches = cifar_batches(place, split);
    if (batches.empty()) {
        const std::string other = split == "test" ? "train" : "test";
        if (cifar_batches(place, other).empty()) {
            return nullptr;
        }
        throw InputError(place.string(),
                         fmt::format("CIFAR-10 batches without split \"{}\"", split),
                         fmt::format("{}, or :{} behind the folder",
                                     split == "test" ? "test_batch.bin" : "data_batch_1.bin",
                                     other));
    }
    std::vector<std::uint8_t> pixels;
    std::vector<std::int64_t> labels;
    for (const fs::path& batch : batches) {
        read_batch(batch, pixels, labels);
    }
    auto data = std::make_unique<ByteDataSet>(Shape{3, 32, 32}, std::move(pixels));
    for (const fs::path& batch : batches) {
        data->add_file(batch);
    }
    data->set_labels(std::move(labels), place.string());
    data->set_name(batches.size() == 1 ? batches[0].string() : place.string());
    return data;
}

}  // namespace saltus
