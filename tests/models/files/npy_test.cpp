#include "models/files/npy.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "models/files/half.hpp"

#include "fault_text.hpp"
#include "tests/models/data/scratch_folder.hpp"

using namespace saltus;
using namespace saltus::tests;

namespace {

// A version 1 file with this dictionary and these bytes behind it.
std::string npy(const std::string& dict, const std::string& data) {
    std::string text("\x93NUMPY\x01\x00", 8);
    text += static_cast<char>(dict.size() & 0xFF);
    text += static_cast<char>(dict.size() >> 8);
    return text + dict + data;
}

std::string bytes_of(const std::vector<float>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

template <class T>
void round_trip(const std::vector<T>& values) {
    const ScratchFolder folder;
    write_npy<T>(folder / "a.npy", {values.size()}, values);
    const NpyArray array(folder / "a.npy");
    CHECK(array.type() == npy_type_of<T>());
    CHECK(array.shape() == std::vector<std::uint64_t>{values.size()});
    CHECK(array.as<T>() == values);
}

}  // namespace

TEST_CASE("npy: what is written is read back, type by type") {
    round_trip<float>({0, -0.0F, 1.5F, std::numeric_limits<float>::denorm_min(), 3e38F});
    round_trip<double>({0, 0.1, -1e300});
    round_trip<std::uint8_t>({0, 255});
    round_trip<std::int8_t>({-128, 127});
    round_trip<std::uint16_t>({0, 65535});
    round_trip<std::int32_t>({-2147483647 - 1, 2147483647});
    round_trip<std::uint32_t>({0, 4294967295U});
    round_trip<std::int64_t>({std::numeric_limits<std::int64_t>::min(), 7});
    round_trip<std::uint64_t>({0, std::numeric_limits<std::uint64_t>::max()});
    round_trip<float>({});
}

TEST_CASE("npy: the header is NumPy's own, to the byte") {
    // numpy.save of numpy.zeros((2, 3), '<f4') with NumPy 1.24
    const std::vector<std::uint64_t> shape = {2, 3};
    std::string expected("\x93NUMPY\x01\x00v\x00", 10);
    expected += "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    expected.resize(127, ' ');
    expected += '\n';
    const std::string header = npy_header(NpyType::float32, shape);
    CHECK(header == expected);
    const std::vector<std::uint64_t> one = {5};
    CHECK(contains(npy_header(NpyType::uint8, one), "'shape': (5,), }"));
    CHECK(contains(npy_header(NpyType::uint8, {}), "'shape': (), }"));
}

TEST_CASE("npy: an array in Fortran order is transposed when opened") {
    const ScratchFolder folder;
    const std::string dict = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n";
    write_bytes(folder / "a.npy", npy(dict, bytes_of({0, 3, 1, 4, 2, 5})));
    const NpyArray array(folder / "a.npy");
    CHECK(array.as<float>() == std::vector<float>{0, 1, 2, 3, 4, 5});
    CHECK(array.shape_text() == "[2, 3]");
}

TEST_CASE("npy: format version 2 has a longer length field") {
    const ScratchFolder folder;
    const std::string dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n";
    std::string text("\x93NUMPY\x02\x00", 8);
    text += static_cast<char>(dict.size());
    text += std::string(3, '\0') + dict + bytes_of({7});
    write_bytes(folder / "a.npy", text);
    CHECK(NpyArray(folder / "a.npy").as<float>() == std::vector<float>{7});
}

TEST_CASE("npy: a piece of an array is read without the rest") {
    const ScratchFolder folder;
    write_npy<std::uint8_t>(folder / "a.npy", {2, 3}, std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5});
    const NpyArray array(folder / "a.npy");
    std::vector<float> piece(2);
    array.read<float>(3, piece);
    CHECK(piece == std::vector<float>{3, 4});
    CHECK_THROWS_AS(array.read<float>(5, piece), InternalError);
    CHECK_THROWS_AS(array.read<float>(~std::uint64_t{0}, piece), InternalError);
}

TEST_CASE("npy: a number that does not fit an integer is refused with its place") {
    const ScratchFolder folder;
    write_npy<float>(folder / "a.npy", {3}, std::vector<float>{1, 2.5F, NAN});
    const NpyArray floats(folder / "a.npy");
    CHECK(contains(fault_text([&] { (void)floats.as<std::int64_t>(); }), "a.npy[1]: got 2.5"));
    std::vector<std::int64_t> last(1);
    CHECK(contains(fault_text([&] { floats.read<std::int64_t>(2, last); }), "a.npy[2]: got nan"));
    write_npy<std::int64_t>(folder / "b.npy", {2}, std::vector<std::int64_t>{255, -1});
    const NpyArray integers(folder / "b.npy");
    CHECK(contains(fault_text([&] { (void)integers.as<std::uint8_t>(); }), "b.npy[1]: got -1"));
    write_npy<double>(folder / "c.npy", {1}, std::vector<double>{9223372036854775808.0});
    CHECK(contains(fault_text([&] { (void)NpyArray(folder / "c.npy").as<std::int64_t>(); }),
                   "c.npy[0]"));
}

TEST_CASE("npy: float16 is decoded exactly") {
    // From the definition: sign, 5 bits of exponent, 10 of fraction.
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const std::uint32_t exponent = bits >> 10 & 31;
        const double fraction = bits & 1023;
        double value = exponent == 0 ? std::ldexp(fraction, -24)
                                     : std::ldexp(1024 + fraction, static_cast<int>(exponent) - 25);
        if (exponent == 31) {
            value = fraction == 0 ? INFINITY : NAN;
        }
        if ((bits & 0x8000) != 0) {
            value = -value;
        }
        const float decoded = float_from_half(static_cast<std::uint16_t>(bits));
        if (std::isnan(value)) {
            CHECK(std::isnan(decoded));
        } else if (static_cast<double>(decoded) != value ||
                   std::signbit(decoded) != std::signbit(value)) {
            FAIL("float16 ", bits, " is ", value, ", not ", decoded);
        }
    }
}

TEST_CASE("npy: headers that lie are refused by name") {
    struct Bad {
        std::string what;
        std::string bytes;
        std::string words;
    };

    const std::string four(16, '\0');
    const auto with_shape = [&](const std::string& shape) {
        return npy("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + "}", four);
    };
    const std::string key = "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), ";
    const std::vector<Bad> table = {
        {"empty", "", "0 bytes without NumPy's magic, need a .npy file"},
        {"text", "hello, world", "without NumPy's magic"},
        {"version",
         std::string("\x93NUMPY\x04\x00\x02\x00{}", 12),
         "format version: got 4, need 1, 2 or 3"},
        {"header length",
         std::string("\x93NUMPY\x01\x00\xFF\xFF{}", 12),
         "a header of 65535 bytes in a file of 12"},
        {"no shape", npy("{'descr': '<f4', 'fortran_order': False}", four), "keys missing"},
        {"another key", npy(key + "'x': 1}", four), "the key 'x'"},
        {"a key twice", npy(key + "'shape': (4,)}", four), "the key 'shape'"},
        {"open", npy("{'descr': '<f4'", four), "an end before"},
        {"text behind", npy(key + "} x", four), "text after the dictionary"},
        {"more data", with_shape("(3,)"), "16 bytes of data, need 3 x 4 bytes for a shape of [3]"},
        {"less data", with_shape("(5,)"), "16 bytes of data, need 5 x 4 bytes"},
        {"huge", with_shape("(4611686018427387904, 4)"), "shape"},
        {"wraps", with_shape("(4294967296, 4294967296, 4)"), "shape"},
        {"digits", with_shape("(99999999999999999999999999,)"), "beyond 2^58"},
        {"negative", with_shape("(-1,)"), "no number"},
        {"rank", with_shape("(" + std::string(100, '1') + ")"), "beyond 2^58"},
        {"dimensions",
         with_shape("(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,4)"),
         "more than 32"},
        {"big-endian",
         npy("{'descr': '>f4', 'fortran_order': False, 'shape': (4,)}", four),
         "descr: got '>f4', need a little-endian"},
        {"objects",
         npy("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", four),
         "descr: got '|O'"},
        {"structure",
         npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,)}", four),
         "structured types"},
        {"order",
         npy("{'descr': '<f4', 'fortran_order': 1, 'shape': (4,)}", four),
         "neither True nor False"},
    };
    const ScratchFolder folder;
    for (const Bad& bad : table) {
        CAPTURE(bad.what);
        write_bytes(folder / "bad.npy", bad.bytes);
        const std::string text = fault_text([&] { const NpyArray array(folder / "bad.npy"); });
        CAPTURE(text);
        CHECK(contains(text, "bad.npy"));
        CHECK(contains(text, bad.words));
    }
    CHECK(contains(fault_text([&] { const NpyArray array(folder / "none.npy"); }),
                   "none.npy: got \"No such file"));
    CHECK(contains(fault_text([&] { const NpyArray array(folder.path()); }),
                   "got a folder, need a file"));
}

TEST_CASE("npy: a file cut at any byte is refused") {
    const ScratchFolder folder;
    write_npy<float>(folder / "a.npy", {2, 2}, std::vector<float>{1, 2, 3, 4});
    const std::string whole = read_bytes(folder / "a.npy");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        write_bytes(folder / "cut.npy", whole.substr(0, length));
        CHECK_THROWS_AS(NpyArray(folder / "cut.npy"), InputError);
    }
}
