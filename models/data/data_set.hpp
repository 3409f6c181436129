// Samples to run a model on, whatever they are stored as: MNIST-type IDX files, CIFAR-10 binary
// batches, .npy arrays. Numbers come out as they are stored (pixels 0 to 255); scaling is the
// model's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/shape.hpp"

namespace saltus {

// Immutable once open; every function may be called from any thread.
class DataSet {
  public:
    DataSet() = default;
    DataSet(const DataSet&) = delete;
    DataSet& operator=(const DataSet&) = delete;
    virtual ~DataSet() = default;

    [[nodiscard]] virtual std::uint64_t samples() const = 0;
    // Of one frame, by index: [1, 28, 28], [3, 32, 32], ...
    [[nodiscard]] virtual const Shape& shape() const = 0;

    // Frames a sample; 1 unless opened as a sequence.
    [[nodiscard]] virtual std::uint64_t frames() const { return 1; }

    // Writes sample's values, frame after frame, by index. out.size() must be values_per_sample().
    // Throws InputError if the sample does not exist or cannot be read.
    virtual void read(std::uint64_t sample, std::span<float> out) const = 0;

    // The same values, if they are stored as bytes (bool, uint8); valid as long as the set. Empty:
    // they are not. Throws as read() does.
    [[nodiscard]] virtual std::span<const std::uint8_t> bytes(std::uint64_t /*sample*/) const {
        return {};
    }

    [[nodiscard]] std::uint64_t values_per_sample() const { return frames() * shape().size(); }

    // "mnist:test (/path/to/t10k-images-idx3-ubyte.gz)": for summaries and messages.
    [[nodiscard]] const std::string& name() const { return name_; }

    [[nodiscard]] bool has_labels() const { return !labels_.empty(); }

    [[nodiscard]] std::optional<std::int64_t> label(std::uint64_t sample) const {
        if (labels_.empty()) {
            return std::nullopt;
        }
        return labels_[sample];
    }

    // Where the labels came from.
    [[nodiscard]] const std::string& labels_name() const { return labels_name_; }

    // Takes labels, one a sample, none negative. `path`: whose fault it is. Throws InputError.
    void set_labels(std::vector<std::int64_t> labels, const std::string& path);

    void set_name(std::string name) { name_ = std::move(name); }

    // The files that its numbers and labels are read from, for whoever must not overwrite them.
    [[nodiscard]] const std::vector<std::filesystem::path>& files() const { return files_; }

    void add_file(std::filesystem::path path) { files_.push_back(std::move(path)); }

  protected:
    // What every read() checks first: InputError for a sample that does not exist, InternalError
    // for a buffer of another size than values_per_sample().
    void check_read(std::uint64_t sample, std::size_t size) const;

  private:
    std::string name_;
    std::vector<std::int64_t> labels_;
    std::string labels_name_;
    std::vector<std::filesystem::path> files_;
};

struct DataSetOptions {
    std::optional<std::filesystem::path>
        labels;               // a .npy of integers, [sample]; replaces the set's own
    bool sequence = false;    // a .npy array is [sample, frame, ...]
    bool time_first = false;  // with `sequence`: it is [frame, sample, ...]
};

// `where`: WHERE or WHERE:train or WHERE:test (the default), WHERE being
//   - a folder with {train,t10k}-{images-idx3,labels-idx1}-ubyte, plain or .gz
//   - a folder with CIFAR-10's data_batch_*.bin and test_batch.bin (or cifar-10-batches-bin/ in it)
//   - a .npy file, [sample, ...] (no split)
//   - mnist, fashion-mnist or cifar10, looked up in $SALTUS_DATA/NAME, ~/.cache/saltus/NAME and
//     /usr/share/datasets/NAME
// Throws InputError naming the file, what was found and what is needed.
std::unique_ptr<DataSet> open_data_set(const std::string& where,
                                       const DataSetOptions& options = {});

// Throws InputError if the set's frames do not fit an input of this shape: the same dimensions
// (leading ones apart), or as many numbers where the input is one-dimensional. `input`: its name,
// for the message.
void check_fits(const DataSet& data, const Shape& shape, bool sequence, const std::string& input);

// "images.npy or spikes.npy": each once, for messages about a sample.
std::string data_names(std::span<const DataSet* const> sets);

// Throws InputError, naming the first such sample, if a label is not below `classes`.
void check_labels(const DataSet& data, std::uint64_t classes);

}  // namespace saltus
