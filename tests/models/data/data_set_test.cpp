#include "models/data/data_set.hpp"

#include <array>
#include <functional>
#include <thread>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/files/npy.hpp"

#include "tests/models/data/scratch_folder.hpp"

namespace saltus {

using tests::idx;
using tests::ScratchFolder;
using tests::write_bytes;
using tests::write_gzip;

namespace {

std::vector<float> sample_of(const DataSet& data, std::uint64_t sample) {
    std::vector<float> values(data.values_per_sample());
    data.read(sample, values);
    if (const std::span<const std::uint8_t> bytes = data.bytes(sample); !bytes.empty()) {
        CHECK(std::vector<float>(bytes.begin(), bytes.end()) == values);
    }
    return values;
}

std::string counting_bytes(std::size_t count) {
    std::string bytes;
    for (std::size_t k = 0; k < count; ++k) {
        bytes += static_cast<char>(k);
    }
    return bytes;
}

// A CIFAR-10 record: label, then pixels that count up from `first`.
std::string cifar_record(char label, unsigned first) {
    std::string record(1, label);
    for (unsigned k = 0; k < 3072; ++k) {
        record += static_cast<char>(first + k);
    }
    return record;
}

}  // namespace

TEST_CASE("data set: IDX images and labels are read, plain and packed alike") {
    for (const bool packed : {false, true}) {
        CAPTURE(packed);
        const ScratchFolder folder;
        const auto put = [&](const std::string& name, const std::string& bytes) {
            packed ? write_gzip(folder / (name + ".gz"), bytes) : write_bytes(folder / name, bytes);
        };
        put("t10k-images-idx3-ubyte", idx({3, 2, 4}, counting_bytes(24)));
        put("t10k-labels-idx1-ubyte", idx({3}, std::string("\x07\x00\x09", 3)));
        put("train-images-idx3-ubyte", idx({1, 2, 4}, std::string(8, '\xff')));
        const auto data = open_data_set(folder.path().string());
        CHECK(data->samples() == 3);
        CHECK(data->shape() == Shape{1, 2, 4});
        CHECK(data->frames() == 1);
        CHECK(sample_of(*data, 1) == std::vector<float>{8, 9, 10, 11, 12, 13, 14, 15});
        CHECK(data->label(0) == 7);
        CHECK(data->label(2) == 9);
        const auto train = open_data_set(folder.path().string() + ":train");
        CHECK(train->samples() == 1);
        CHECK_FALSE(train->has_labels());
        CHECK(sample_of(*train, 0) == std::vector<float>(8, 255.0F));
    }
}

TEST_CASE("data set: the shipped digits are a thousand, labelled, and start with 7 2 1 0 4") {
    const auto data = open_data_set(std::string(SALTUS_SOURCE_DIR) + "/examples/data");
    CHECK(data->samples() == 1000);
    CHECK(data->shape() == Shape{1, 28, 28});
    const std::array<std::int64_t, 5> first = {7, 2, 1, 0, 4};
    for (std::size_t k = 0; k < first.size(); ++k) {
        CHECK(data->label(k) == first[k]);
    }
    check_fits(*data, Shape{784}, false, "image");
    check_fits(*data, Shape{28, 28}, false, "image");
    CHECK_THROWS_AS(check_fits(*data, Shape{3, 32, 32}, false, "image"), InputError);
    CHECK_THROWS_AS(check_fits(*data, Shape{4, 14, 14}, false, "image"), InputError);
    check_labels(*data, 10);
    CHECK_THROWS_AS(check_labels(*data, 9), InputError);
}

TEST_CASE("data set: CIFAR-10 batches follow one another, channel by channel") {
    const ScratchFolder folder;
    write_bytes(folder / "data_batch_1.bin", cifar_record(3, 0) + cifar_record(9, 7));
    write_bytes(folder / "data_batch_2.bin", cifar_record(0, 100));
    write_bytes(folder / "test_batch.bin", cifar_record(1, 50));
    const auto train = open_data_set(folder.path().string() + ":train");
    CHECK(train->samples() == 3);
    CHECK(train->shape() == Shape{3, 32, 32});
    CHECK(train->label(1) == 9);
    const std::vector<float> last = sample_of(*train, 2);
    for (std::size_t k = 0; k < last.size(); ++k) {
        CHECK(last[k] == static_cast<float>((100 + k) % 256));
    }
    CHECK(open_data_set(folder.path().string())->label(0) == 1);
}

TEST_CASE("data set: a .npy array is samples, or samples of frames") {
    const ScratchFolder folder;
    std::vector<float> values(2 * 3 * 4);
    for (std::size_t k = 0; k < values.size(); ++k) {
        values[k] = static_cast<float>(k) / 2;
    }
    write_npy<float>(folder / "x.npy", {2, 3, 4}, values);
    const std::vector<std::int64_t> labels = {4, 1};
    write_npy<std::int64_t>(folder / "y.npy", {2}, labels);
    const std::string where = (folder / "x.npy").string();
    const auto still = open_data_set(where, {folder / "y.npy", false});
    CHECK(still->samples() == 2);
    CHECK(still->shape() == Shape{3, 4});
    CHECK(still->label(0) == 4);
    CHECK(sample_of(*still, 1)[0] == 6.0F);
    const auto frames = open_data_set(where, {std::nullopt, true});
    CHECK(frames->frames() == 3);
    CHECK(frames->shape() == Shape{4});
    CHECK(sample_of(*frames, 1) == sample_of(*still, 1));
    CHECK_FALSE(frames->has_labels());
}

TEST_CASE("data set: what is stored as bytes is seen as bytes") {
    const ScratchFolder folder;
    write_npy<std::uint8_t>(
        folder / "u.npy", {2, 3}, std::vector<std::uint8_t>{0, 1, 255, 7, 8, 9});
    write_npy<std::int8_t>(folder / "i.npy", {1, 2}, std::vector<std::int8_t>{-1, 1});
    const auto bytes = open_data_set((folder / "u.npy").string());
    CHECK(bytes->bytes(1).size() == 3);
    CHECK(sample_of(*bytes, 0) == std::vector<float>{0, 1, 255});
    CHECK(sample_of(*bytes, 1) == std::vector<float>{7, 8, 9});
    CHECK_THROWS_AS(static_cast<void>(bytes->bytes(2)), InputError);
    CHECK(open_data_set((folder / "i.npy").string())->bytes(0).empty());
    const auto digits = open_data_set(std::string(SALTUS_SOURCE_DIR) + "/examples/data");
    CHECK(digits->bytes(0).size() == 784);
    CHECK(sample_of(*digits, 999).size() == 784);
}

TEST_CASE("data set: known names are looked up in SALTUS_DATA") {
    const ScratchFolder folder;
    std::filesystem::create_directory(folder / "mnist");
    write_bytes(folder / "mnist/t10k-images-idx3-ubyte", idx({1, 1, 1}, "A"));
    const char* before = std::getenv("SALTUS_DATA");
    const std::string kept = before == nullptr ? "" : before;
    setenv("SALTUS_DATA", folder.path().c_str(), 1);
    const auto data = open_data_set("mnist:test");
    CHECK(data->samples() == 1);
    CHECK(data->name().rfind("mnist:test (", 0) == 0);
    before == nullptr ? unsetenv("SALTUS_DATA") : setenv("SALTUS_DATA", kept.c_str(), 1);
}

TEST_CASE("data set: threads may read at once") {
    const auto data = open_data_set(std::string(SALTUS_SOURCE_DIR) + "/examples/data");
    std::vector<double> sums(4, 0);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < sums.size(); ++t) {
        threads.emplace_back([&data, &sums, t] {
            std::vector<float> values(data->values_per_sample());
            for (std::uint64_t k = 0; k < data->samples(); ++k) {
                data->read(k, values);
                for (const float v : values) {
                    sums[t] += static_cast<double>(v);
                }
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const double sum : sums) {
        CHECK(sum == sums[0]);
    }
    CHECK(sums[0] > 0);
}

TEST_CASE("data set: bad input is named, with what was found and what is needed") {
    struct Bad {
        const char* name;
        std::function<void(const ScratchFolder&)> make;
        const char* suffix;  // behind the folder
        const char* found;   // part of the message
    };

    const std::vector<Bad> table = {
        {"no such folder", [](const ScratchFolder&) {}, "/nothing", "no such file or folder"},
        {"empty folder", [](const ScratchFolder&) {}, "", "a folder without images"},
        {"unknown split", [](const ScratchFolder&) {}, ":validation", "split \"validation\""},
        {"labels without images",
         [](const ScratchFolder& f) { write_bytes(f / "t10k-labels-idx1-ubyte", idx({1}, "a")); },
         "",
         "t10k-labels-idx1-ubyte without images"},
        {"only the other split",
         [](const ScratchFolder& f) {
             write_bytes(f / "train-images-idx3-ubyte", idx({1, 1, 1}, "a"));
         },
         "",
         "no split \"test\""},
        {"wrong magic",
         [](const ScratchFolder& f) {
             write_bytes(f / "t10k-images-idx3-ubyte", idx({1, 1, 1}, "a", 13));
         },
         "",
         "magic number 0x00000d03"},
        {"header cut off",
         [](const ScratchFolder& f) {
             write_bytes(f / "t10k-images-idx3-ubyte", idx({1, 1, 1}, "").substr(0, 10));
         },
         "",
         "10 bytes, need an IDX header of 16"},
        {"empty file",
         [](const ScratchFolder& f) { write_bytes(f / "t10k-images-idx3-ubyte", ""); },
         "",
         "0 bytes"},
        {"images cut off",
         [](const ScratchFolder& f) {
             write_bytes(f / "t10k-images-idx3-ubyte", idx({2, 2, 2}, "abc"));
         },
         "",
         "19 bytes, need 24 for [2, 2, 2]"},
        {"more images than declared",
         [](const ScratchFolder& f) {
             write_bytes(f / "t10k-images-idx3-ubyte", idx({1, 1, 1}, "abc"));
         },
         "",
         "19 bytes, need 17"},
        {"a size that no memory holds",
         [](const ScratchFolder& f) {
             write_bytes(f / "t10k-images-idx3-ubyte",
                         idx({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "a"));
         },
         "",
         "17 bytes, need"},
        {"the same, packed",
         [](const ScratchFolder& f) {
             write_gzip(f / "t10k-images-idx3-ubyte.gz",
                        idx({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "a"));
         },
         "",
         "packed bytes, need enough to hold"},
        {"no images at all",
         [](const ScratchFolder& f) {
             write_bytes(f / "t10k-images-idx3-ubyte", idx({0, 28, 28}, ""));
         },
         "",
         "[0, 28, 28], need dimensions of at least 1"},
        {"packed images cut off within",
         [](const ScratchFolder& f) {
             write_gzip(f / "t10k-images-idx3-ubyte.gz", idx({2, 2, 2}, "abc"));
         },
         "",
         "3 elements, need 8"},
        {"packed file cut off",
         [](const ScratchFolder& f) {
             write_gzip(f / "whole", idx({1, 100, 100}, counting_bytes(10000)));
             const std::string whole = tests::read_bytes(f / "whole");
             write_bytes(f / "t10k-images-idx3-ubyte.gz", whole.substr(0, whole.size() - 12));
         },
         "",
         "ends early"},
        {"packed file damaged",
         [](const ScratchFolder& f) {
             write_gzip(f / "whole", idx({1, 100, 100}, counting_bytes(10000)));
             std::string whole = tests::read_bytes(f / "whole");
             whole[whole.size() - 6] =
                 static_cast<char>(whole[whole.size() - 6] ^ 1);  // in its checksum
             write_bytes(f / "t10k-images-idx3-ubyte.gz", whole);
         },
         "",
         "damaged gzip data"},
        {"a bomb: more than declared",
         [](const ScratchFolder& f) {
             write_gzip(f / "t10k-images-idx3-ubyte.gz", idx({1, 2, 2}, std::string(1 << 24, 'a')));
         },
         "",
         "more data than declared"},
        {"counts that disagree",
         [](const ScratchFolder& f) {
             write_bytes(f / "t10k-images-idx3-ubyte", idx({2, 1, 1}, "ab"));
             write_bytes(f / "t10k-labels-idx1-ubyte", idx({3}, "abc"));
         },
         "",
         "3 labels, need 2, one an image"},
        {"CIFAR-10 batch cut off",
         [](const ScratchFolder& f) {
             write_bytes(f / "test_batch.bin", cifar_record(1, 0).substr(1));
         },
         "",
         "3072 bytes, need a multiple of 3073"},
        {"CIFAR-10 label out of range",
         [](const ScratchFolder& f) { write_bytes(f / "test_batch.bin", cifar_record(10, 0)); },
         "",
         "label 10 in record 0"},
        {"a file of another kind",
         [](const ScratchFolder& f) { write_bytes(f / "x.csv", "1,2"); },
         "/x.csv",
         "a file that is not .npy"},
        {"an array that is none",
         [](const ScratchFolder& f) { write_bytes(f / "x.npy", "1,2"); },
         "/x.npy",
         "x.npy"},
        {"a split of an array",
         [](const ScratchFolder& f) { write_npy<float>(f / "x.npy", {1}, std::vector<float>{1}); },
         "/x.npy:test",
         "a split of one array"},
        {"an array without samples",
         [](const ScratchFolder& f) {
             write_npy<float>(f / "x.npy", {0, 4}, std::vector<float>{});
         },
         "/x.npy",
         "shape [0, 4]"},
    };
    for (const Bad& bad : table) {
        CAPTURE(bad.name);
        const ScratchFolder folder;
        bad.make(folder);
        try {
            open_data_set(folder.path().string() + bad.suffix);
            FAIL("was taken");
        } catch (const InputError& error) {
            const std::string text = error.what();
            CAPTURE(text);
            CHECK(text.find(bad.found) != std::string::npos);
            CHECK(text.find(folder.path().string()) == 0);
        }
    }
}

TEST_CASE("data set: labels from a file are one a sample and not negative") {
    const ScratchFolder folder;
    write_npy<float>(folder / "x.npy", {2, 1}, std::vector<float>{1, 2});
    const std::string where = (folder / "x.npy").string();
    const auto with = [&](const std::vector<std::uint64_t>& shape,
                          const std::vector<std::int64_t>& labels) {
        write_npy<std::int64_t>(folder / "y.npy", shape, labels);
        return open_data_set(where, {folder / "y.npy", false});
    };
    CHECK_THROWS_AS(with({3}, {1, 2, 3}), InputError);
    CHECK_THROWS_AS(with({2, 1}, {1, 2}), InputError);
    CHECK_THROWS_AS(with({2}, {1, -2}), InputError);
    write_npy<float>(folder / "y.npy", {2}, std::vector<float>{1, 1.5F});
    CHECK_THROWS_AS(open_data_set(where, {folder / "y.npy", false}), InputError);
    CHECK_THROWS_AS(open_data_set(where, {folder / "none.npy", false}), InputError);
    CHECK(with({2}, {1, 2})->label(1) == 2);
}

}  // namespace saltus
