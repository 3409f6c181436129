#include "models/data/data_set.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "models/data/byte_data_set.hpp"
#include "models/data/npy_data_set.hpp"

namespace saltus {

namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 3> k_known = {"mnist", "fashion-mnist", "cifar10"};
constexpr std::array<const char*, 2> k_splits = {"train", "test"};

struct Place {
    fs::path path;
    std::string text;   // as the user wrote it, without the split
    std::string split;  // empty: not given
};

bool is_split(const std::string& text) {
    for (const char* split : k_splits) {
        if (text == split) {
            return true;
        }
    }
    return false;
}

// WHERE[:split]. A path that exists as it stands is taken so, colons and all.
Place parse_where(const std::string& where) {
    const std::size_t colon = where.rfind(':');
    if (colon == std::string::npos || fs::exists(where)) {
        return {where, where, ""};
    }
    Place place{where.substr(0, colon), where.substr(0, colon), where.substr(colon + 1)};
    if (!is_split(place.split)) {
        throw InputError(
            where, fmt::format("split \"{}\"", place.split), "train or test behind the colon");
    }
    return place;
}

std::vector<fs::path> known_places(const std::string& name) {
    std::vector<fs::path> places;
    if (const char* data = std::getenv("SALTUS_DATA"); data != nullptr && *data != '\0') {
        places.push_back(fs::path(data) / name);
    }
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
        places.push_back(fs::path(home) / ".cache" / "saltus" / name);
    }
    places.push_back(fs::path("/usr/share/datasets") / name);
    return places;
}

// The folder of a known name; a folder of that name in the working directory goes first.
void look_up(Place& place) {
    bool known = false;
    for (const char* name : k_known) {
        known = known || place.text == name;
    }
    if (!known || fs::exists(place.path)) {
        return;
    }
    const std::vector<fs::path> places = known_places(place.text);
    for (const fs::path& folder : places) {
        if (fs::is_directory(folder)) {
            place.path = folder;
            return;
        }
    }
    std::vector<std::string> texts;
    for (const fs::path& folder : places) {
        texts.push_back(folder.string());
    }
    throw InputError(
        place.text,
        "a data set that is in none of " + fmt::format("{}", fmt::join(texts, ", ")),
        fmt::format("one of these folders (scripts/get-data {} fetches it)", place.text));
}

std::unique_ptr<DataSet> open_folder(const Place& place) {
    const std::string split = place.split.empty() ? "test" : place.split;
    std::unique_ptr<DataSet> data = open_idx_folder(place.path, split);
    if (data == nullptr) {
        data = open_cifar10_folder(place.path, split);
    }
    if (data == nullptr) {
        throw InputError(
            place.path.string(),
            "a folder without images",
            "t10k-images-idx3-ubyte (MNIST-type, plain or .gz) or test_batch.bin (CIFAR-10)");
    }
    data->set_name(fmt::format("{}:{} ({})", place.text, split, data->name()));
    return data;
}

// The dimensions without leading ones.
std::vector<std::uint32_t> core_dims(const Shape& shape) {
    std::size_t from = 0;
    while (from + 1 < shape.dims.size() && shape.dims[from] == 1) {
        ++from;
    }
    return {shape.dims.begin() + static_cast<std::ptrdiff_t>(from), shape.dims.end()};
}

std::unique_ptr<DataSet> open_place(const Place& place, const DataSetOptions& options) {
    if (!fs::exists(place.path)) {
        throw InputError(
            place.text,
            "no such file or folder",
            fmt::format("a data folder, a .npy file, or one of {}", fmt::join(k_known, ", ")));
    }
    if (fs::is_directory(place.path)) {
        if (options.sequence) {
            throw InputError(place.text,
                             "still images",
                             "a .npy array [sample, frame, ...] for a sequence input");
        }
        return open_folder(place);
    }
    if (place.path.extension() != ".npy") {
        throw InputError(
            place.text, "a file that is not .npy", "a folder of images or a .npy array");
    }
    if (!place.split.empty()) {
        throw InputError(
            place.text + ":" + place.split, "a split of one array", "the array's path alone");
    }
    return open_npy_data_set(place.path, options.sequence, options.time_first);
}

}  // namespace

void DataSet::set_labels(std::vector<std::int64_t> labels, const std::string& path) {
    if (labels.size() != samples()) {
        throw InputError(path,
                         fmt::format("{} labels", labels.size()),
                         fmt::format("{}, one a sample", samples()));
    }
    for (std::size_t k = 0; k < labels.size(); ++k) {
        if (labels[k] < 0) {
            throw InputError(
                path, fmt::format("label {} of sample {}", labels[k], k), "labels of at least 0");
        }
    }
    labels_ = std::move(labels);
    labels_name_ = path;
}

void DataSet::check_read(std::uint64_t sample, std::size_t size) const {
    if (sample >= samples()) {
        throw InputError(
            name_, fmt::format("sample {}", sample), fmt::format("numbers below {}", samples()));
    }
    if (size != values_per_sample()) {
        throw InternalError(fmt::format(
            "{}: got a buffer of {} values, need {}", name_, size, values_per_sample()));
    }
}

std::unique_ptr<DataSet> open_data_set(const std::string& where, const DataSetOptions& options) {
    Place place = parse_where(where);
    look_up(place);
    std::unique_ptr<DataSet> data = open_place(place, options);
    if (!fs::is_directory(place.path)) {
        data->add_file(place.path);  // the files of a folder are named by what read them
    }
    if (options.labels) {
        data->add_file(*options.labels);
        data->set_labels(read_npy_labels(*options.labels), options.labels->string());
    }
    return data;
}

void check_fits(const DataSet& data, const Shape& shape, bool sequence, const std::string& input) {
    const bool flattened = shape.dims.size() == 1 && shape.size() == data.shape().size();
    if (flattened || core_dims(shape) == core_dims(data.shape())) {
        return;
    }
    throw InputError(
        data.name(),
        fmt::format("{} of shape {}", sequence ? "frames" : "samples", data.shape().text()),
        fmt::format("{}, as the model's input {} declares", shape.text(), input));
}

std::string data_names(std::span<const DataSet* const> sets) {
    std::string names;
    for (auto set = sets.begin(); set != sets.end(); ++set) {
        if (std::find(sets.begin(), set, *set) == set) {
            names += (names.empty() ? "" : " or ") + (*set)->name();
        }
    }
    return names;
}

void check_labels(const DataSet& data, std::uint64_t classes) {
    for (std::uint64_t k = 0; data.has_labels() && k < data.samples(); ++k) {
        const std::int64_t label = *data.label(k);
        if (static_cast<std::uint64_t>(label) >= classes) {
            throw InputError(
                data.labels_name(),
                fmt::format("label {} of sample {}", label, k),
                fmt::format("labels below {}, the neurons of the model's readout", classes));
        }
    }
}

}  // namespace saltus
