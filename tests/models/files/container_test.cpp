// The .saltus container: whole round trips, and files that were cut, changed or made to harm.
#include "models/files/container.hpp"

#include <cstring>
#include <functional>
#include <map>

#include <doctest/doctest.h>

#include "models/files/mapped_file.hpp"

#include "fault_text.hpp"
#include "small_model.hpp"
#include "tests/models/data/scratch_folder.hpp"

using namespace saltus;
using namespace saltus::tests;

namespace {

std::string load_fault(const std::filesystem::path& path) {
    return fault_text([&] { LoadedModel::load(path); });
}

// The file with its header changed by `change`; checksums of the header are made anew.
void rewrite(const std::filesystem::path& from,
             const std::filesystem::path& to,
             const std::function<void(proto::Model&)>& change) {
    const MappedFile file(from);
    const Container container = open_container(from.string(), file.bytes());
    proto::Model message = parse_header(container.header, from.string());
    change(message);
    const std::span<const std::byte> data[] = {container.data};
    write_container(to, message.SerializeAsString(), data);
}

struct Saved {
    ScratchFolder folder;
    std::filesystem::path path = folder / "m.saltus";

    Saved() { save_saltus(load_text(k_small_model), path); }
};

}  // namespace

TEST_CASE("container: text to .saltus to text to .saltus keeps every bit") {
    const Saved saved;
    const LoadedModel first = LoadedModel::load(saved.path);
    CHECK(first.finite_known());
    CHECK(first.verify().empty());
    save_textproto(first, saved.folder / "m.textproto");
    const LoadedModel second = LoadedModel::load(saved.folder / "m.textproto");
    CHECK(!second.finite_known());
    save_saltus(second, saved.folder / "again.saltus");
    CHECK(read_bytes(saved.folder / "again.saltus") == read_bytes(saved.path));
    // And the text form of both is the same, with the same numbers in files of the same name.
    const std::string text = read_bytes(saved.folder / "m.textproto");
    CHECK(contains(text, "file: \"m.K."));
    CHECK(contains(text, "file: \"m.q."));
    std::filesystem::create_directory(saved.folder / "n");
    save_textproto(LoadedModel::load(saved.folder / "again.saltus"),
                   saved.folder / "n/m.textproto");
    CHECK(read_bytes(saved.folder / "n/m.textproto") == text);
    for (const auto& entry : std::filesystem::directory_iterator(saved.folder / "n")) {
        CHECK(read_bytes(entry.path()) ==
              read_bytes(saved.folder / entry.path().filename().string()));
    }
}

TEST_CASE(
    "container: text written from a .saltus file holds the numbers of the text it came from") {
    const Saved saved;
    save_textproto(LoadedModel::load(saved.path), saved.folder / "m.textproto");
    const LoadedModel original = load_text(k_small_model);
    const LoadedModel again = LoadedModel::load(saved.folder / "m.textproto");
    const NetworkSpec a = original.network_spec();
    const NetworkSpec b = again.network_spec();
    REQUIRE(a.projections.size() == b.projections.size());
    const auto same = [](const Weights& x, const Weights& y) {
        return x.data.size() == y.data.size() && x.type == y.type && x.layout == y.layout &&
               std::memcmp(x.data.data(), y.data.data(), x.data.size()) == 0;
    };
    CHECK(same(std::get<Dense>(a.projections[1].connection).weights,
               std::get<Dense>(b.projections[1].connection).weights));
    CHECK(same(std::get<Dense>(a.projections[2].connection).weights,
               std::get<Dense>(b.projections[2].connection).weights));
    CHECK(same(std::get<Sparse>(a.projections[3].connection).weights,
               std::get<Sparse>(b.projections[3].connection).weights));
    const auto& x = std::get<FrontConv2d>(original.encoders()[0].front.layers[0].kind);
    const auto& y = std::get<FrontConv2d>(again.encoders()[0].front.layers[0].kind);
    REQUIRE(x.weight.size() == y.weight.size());
    CHECK(std::memcmp(x.weight.data(), y.weight.data(), x.weight.size_bytes()) == 0);
}

TEST_CASE("container: every segment starts at a multiple of 64 bytes, padded with zeros") {
    const Saved saved;
    const std::string file = read_bytes(saved.path);
    CHECK(file.size() % 64 == 0);
    const MappedFile map(saved.path);
    const Container container = open_container("m", map.bytes());
    const proto::Model message = parse_header(container.header, "m");
    const auto data_start = static_cast<std::size_t>(container.data.data() - map.bytes().data());
    CHECK(data_start % 64 == 0);
    for (const proto::Tensor& tensor : message.tensors()) {
        const proto::Segment& segment = tensor.segment();
        CHECK(segment.offset() % 64 == 0);
        const std::uint64_t end = segment.offset() + segment.bytes();
        for (std::uint64_t k = end; k < padded(end); ++k) {
            CHECK(container.data[k] == std::byte{0});
        }
    }
}

TEST_CASE("container: the header lists what a reader must know") {
    const Saved saved;
    const LoadedModel model = LoadedModel::load(saved.path);
    const auto& needs = model.message().needs();
    CHECK(std::vector<std::string>(needs.begin(), needs.end()) ==
          std::vector<std::string>{
              "float16", "int8", "latency", "lazy", "pool", "rows_by_source", "sparse"});
}

TEST_CASE("container: a file cut at any byte is refused, and so is one that goes on") {
    const Saved saved;
    const std::string whole = read_bytes(saved.path);
    const auto path = saved.folder / "cut.saltus";
    for (std::size_t length = 0; length < whole.size(); ++length) {
        write_bytes(path, whole.substr(0, length));
        const std::string text = load_fault(path);
        if (!contains(text, "cut.saltus")) {
            FAIL("cut to ", length, " bytes: ", text);
        }
    }
    write_bytes(path, whole + std::string(64, '\0'));
    CHECK(contains(load_fault(path), "the file was cut or added to"));
    write_bytes(path, whole + "x");
    CHECK(contains(load_fault(path), "the file was cut or added to"));
}

TEST_CASE("container: a bit changed anywhere is noticed, at once or by verify") {
    const Saved saved;
    const std::string whole = read_bytes(saved.path);
    const MappedFile map(saved.path);
    const Container container = open_container("m", map.bytes());
    const auto header_end = static_cast<std::size_t>(container.header.data() - map.bytes().data()) +
                            container.header.size();
    const auto path = saved.folder / "bad.saltus";
    for (std::size_t at = 0; at < header_end; ++at) {
        std::string bad = whole;
        bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
        write_bytes(path, bad);
        if (load_fault(path).empty()) {
            FAIL("byte ", at, " changed without being noticed");
        }
    }
    const proto::Model message = parse_header(container.header, "m");
    const auto data_start = static_cast<std::size_t>(container.data.data() - map.bytes().data());
    for (const proto::Tensor& tensor : message.tensors()) {
        // Indices are read when the model is loaded, and may be refused there.
        if (tensor.name() == "offsets" || tensor.name() == "targets") {
            continue;
        }
        CAPTURE(tensor.name());
        std::string bad = whole;
        bad[data_start + tensor.segment().offset()] ^= 1;
        write_bytes(path, bad);
        const auto faults = LoadedModel::load(path).verify();
        REQUIRE(faults.size() == 1);
        CHECK(contains(faults[0].text(), "bad.saltus: tensors["));
        CHECK(contains(faults[0].text(), "(\"" + tensor.name() + "\"): got checksum "));
    }
}

TEST_CASE("container: a wrong magic number or length is named") {
    const ScratchFolder folder;
    const auto path = folder / "m.saltus";
    write_bytes(path, "");
    CHECK(contains(load_fault(path), "m.saltus: magic number: got an empty file"));
    write_bytes(path, std::string(200, 'x'));
    CHECK(contains(load_fault(path), "magic number: got something else"));
    const std::string magic = "\x89SALTUS\n";
    write_bytes(path, magic);
    CHECK(contains(load_fault(path), "8 bytes: truncated"));
    write_bytes(path, magic + std::string(8, '\xFF') + std::string(100, '\0'));
    CHECK(contains(load_fault(path), "header length: got 18446744073709551615"));
    write_bytes(path, magic + std::string("\x00\x10\0\0\0\0\0\0", 8) + std::string(100, '\0'));
    CHECK(contains(load_fault(path), "116 bytes: truncated, need 4160 for the header alone"));
    CHECK(contains(load_fault(folder / "none.saltus"), "none.saltus: got \"No such file"));
    CHECK(contains(load_fault(folder / "m.onnx"), "got \".onnx\", need .saltus or .textproto"));
    const std::string junk = "\xFF\xFF\xFF\xFF";
    write_container(path, junk, {});
    CHECK(contains(load_fault(path), "header: got bytes that are no model"));
}

TEST_CASE("container: segments that lie are refused by place") {
    struct Bad {
        std::string what;
        std::function<void(proto::Model&)> change;
        std::string words;
    };

    const auto segment = [](proto::Model& m) { return m.mutable_tensors(0)->mutable_segment(); };
    const std::vector<Bad> table = {
        {"odd offset",
         [&](auto& m) { segment(m)->set_offset(4); },
         "tensors[0].segment.offset: got 4, need a multiple of 64"},
        {"far offset",
         [&](auto& m) { segment(m)->set_offset(1ULL << 40); },
         "tensors[0].segment: got 72 bytes from 1099511627776 on"},
        {"offset and bytes that wrap",
         [&](auto& m) {
             segment(m)->set_offset(64);
             segment(m)->set_bytes(~0ULL - 63);
         },
         "tensors[0].segment: got"},
        {"too many bytes",
         [&](auto& m) { segment(m)->set_bytes(1 << 20); },
         "tensors[0].segment: got 1048576 bytes"},
        {"bytes of no element",
         [&](auto& m) { segment(m)->set_bytes(71); },
         "tensors[0]: got 71 bytes, need a multiple of 4"},
        {"another shape",
         [&](auto& m) { m.mutable_tensors(0)->set_shape(0, 3); },
         "tensors[0].shape: got [3, 1, 3, 3] for 18 numbers"},
        {"a shape that wraps",
         [&](auto& m) {
             m.mutable_tensors(0)->set_shape(0, 1ULL << 60);
             m.mutable_tensors(0)->set_shape(1, 1ULL << 60);
         },
         "tensors[0].shape"},
        {"a dimension of 0",
         [&](auto& m) { m.mutable_tensors(0)->set_shape(0, 0); },
         "need no dimension of 0"},
        {"rows_by_source of another shape",
         [&](auto& m) {
             m.mutable_tensors(1)->set_shape(0, 8);
             m.mutable_tensors(1)->set_shape(1, 3);
         },
         "tensors[1]"},
        {"rows_by_source for the front",
         [&](auto& m) { m.mutable_tensors(0)->set_layout(proto::TensorLayout::rows_by_source); },
         "nodes[0].conv2d.weight"},
        {"rows_by_source of float16",
         [&](auto& m) { m.mutable_tensors(2)->set_layout(proto::TensorLayout::rows_by_source); },
         "rows_by_source for float16, need float32 or int8"},
        {"a file",
         [&](auto& m) {
             m.mutable_tensors(0)->clear_segment();
             m.mutable_tensors(0)->set_file("x.npy");
         },
         "a .saltus file stands alone"},
        {"another version",
         [&](auto& m) { m.set_format_version(2); },
         "format_version: got 2, need 1"},
        {"no version",
         [&](auto& m) { m.clear_format_version(); },
         "format_version: got none, need 1"},
        {"an unknown need",
         [&](auto& m) { m.add_needs("teleport"); },
         "needs[7]: got the unknown feature \"teleport\""},
        {"an unknown field",
         [&](auto& m) { m.GetReflection()->MutableUnknownFields(&m)->AddVarint(99, 1); },
         "model: got the unknown field 99"},
        {"an unknown field, deep",
         [&](auto& m) {
             auto& r = *m.mutable_nodes(3)->mutable_population()->mutable_receptors(0);
             r.GetReflection()->MutableUnknownFields(&r)->AddVarint(77, 1);
         },
         "nodes[3].population.receptors[0]: got the unknown field 77"},
        {"an unknown setting",
         [&](auto& m) {
             m.mutable_nodes(3)->mutable_population()->set_clock(
                 static_cast<proto::Clock::Value>(9));
         },
         "nodes[3].population.clock: got the unknown setting 9, need stepped, lazy, leaps"},
    };
    const Saved saved;
    for (const Bad& bad : table) {
        CAPTURE(bad.what);
        const auto path = saved.folder / "bad.saltus";
        rewrite(saved.path, path, bad.change);
        const std::string text = load_fault(path);
        CAPTURE(text);
        CHECK(contains(text, "bad.saltus: "));
        CHECK(contains(text, bad.words));
    }
}

TEST_CASE("container: a header with text that is not UTF-8 is refused, and nothing is printed") {
    const Saved saved;
    const MappedFile file(saved.path);
    std::string header(
        reinterpret_cast<const char*>(open_container("m", file.bytes()).header.data()),
        open_container("m", file.bytes()).header.size());
    header.replace(header.find("small"), 5, "\xFFmall");
    write_container(saved.folder / "bad.saltus", header, {});
    CHECK(contains(load_fault(saved.folder / "bad.saltus"),
                   "name: got bytes that are not UTF-8 (\"\\xFFmall\"), need UTF-8 text"));
}

TEST_CASE("container: padding of rows that is not zero is found by verify, and not written again") {
    const Saved saved;
    const auto path = saved.folder / "pad.saltus";
    const MappedFile file(saved.path);
    const Container container = open_container("m", file.bytes());
    std::vector<std::byte> area(container.data.begin(), container.data.end());
    proto::Model message = parse_header(container.header, "m");
    proto::Segment* segment = nullptr;
    for (proto::Tensor& tensor : *message.mutable_tensors()) {
        if (tensor.name() == "q") {  // 8 rows of 3 targets and 61 bytes of padding
            REQUIRE(tensor.layout() == proto::TensorLayout::rows_by_source);
            segment = tensor.mutable_segment();
        }
    }
    REQUIRE(segment != nullptr);
    REQUIRE(segment->bytes() == 8 * 64);
    area[segment->offset() + 5 * 64 + 3] = std::byte{7};
    const std::span<const std::byte> q =
        std::span<const std::byte>(area).subspan(segment->offset(), segment->bytes());
    segment->set_checksum(checksum_text(q));
    const std::span<const std::byte> data[] = {area};
    write_container(path, message.SerializeAsString(), data);

    const LoadedModel model = LoadedModel::load(path);
    const std::vector<Fault> faults = model.verify();
    REQUIRE(faults.size() == 1);
    CHECK(contains(faults[0].path, "pad.saltus: tensors[1] (\"q\")[323]"));
    CHECK(contains(faults[0].found, "7.0"));
    CHECK(contains(faults[0].found, "padding of a row"));
    CHECK_THROWS_AS(save_saltus(model, saved.folder / "again.saltus"), ModelError);
    // By index there is no padding: the text holds the right numbers.
    save_textproto(model, saved.folder / "m.textproto");
    save_saltus(LoadedModel::load(saved.folder / "m.textproto"), saved.folder / "clean.saltus");
    CHECK(read_bytes(saved.folder / "clean.saltus") == read_bytes(saved.path));
}
