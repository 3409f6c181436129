// A .npy array: read as numbers, as integers, as data and as labels.
#include "core/error.hpp"
#include "models/data/npy_data_set.hpp"
#include "models/files/npy.hpp"

#include "tests/fuzz/fuzz_one.hpp"
#include "tests/fuzz/input_file.hpp"

namespace saltus::fuzz {

void fuzz_one(std::span<const std::byte> input) {
    static InputFile file("x.npy");
    file.holding(input);
    const auto attempt = [&](auto read) {
        try {
            read();
        } catch (const InputError&) {
        }
    };
    attempt([&] { static_cast<void>(NpyArray(file.path()).as<float>()); });
    attempt([&] { static_cast<void>(NpyArray(file.path()).as<double>()); });
    attempt([&] { static_cast<void>(NpyArray(file.path()).as<std::int64_t>()); });
    attempt([&] { static_cast<void>(NpyArray(file.path()).as<std::uint8_t>()); });
    attempt([&] { read_npy_labels(file.path()); });
    for (const bool sequence : {false, true}) {
        attempt([&] {
            const auto data = open_npy_data_set(file.path(), sequence);
            std::vector<float> values(data->values_per_sample());
            data->read(data->samples() - 1, values);
        });
    }
}

}  // namespace saltus::fuzz
