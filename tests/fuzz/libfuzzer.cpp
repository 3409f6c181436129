// libFuzzer's way in.
#include <cstdint>

#include "tests/fuzz/fuzz_one.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    saltus::fuzz::fuzz_one(std::as_bytes(std::span(data, size)));
    return 0;
}
