#include "models/interchange/zip_writer.hpp"

#include <doctest/doctest.h>

#include "tests/models/data/scratch_folder.hpp"
#include "tests/models/interchange/unzipped.hpp"

namespace saltus {

using tests::read_bytes;
using tests::ScratchFolder;
using tests::unzip;

TEST_CASE("zip: members of any size come out again, with 32-bit and with 64-bit sizes") {
    const ScratchFolder folder;
    std::string noise;
    std::uint32_t x = 1;
    for (int k = 0; k < 300000; ++k) {
        x = x * 1664525 + 1013904223;
        noise += static_cast<char>(x >> 24);
    }
    for (const std::uint64_t wide_from :
         {std::uint64_t{0xFFFFFFFF}, std::uint64_t{0}, std::uint64_t{1000}}) {
        {
            AtomicFile file(folder / "x.zip");
            ZipMember empty("empty");
            ZipMember random("random", folder / "x.zip");
            random.write(std::as_bytes(std::span(noise)));
            ZipMember spilled("spilled", folder / "x.zip");
            for (int k = 0; k < 9; ++k) {
                spilled.write(std::as_bytes(std::span(noise)));
            }
            ZipMember zeros("zeros");
            const std::string zero(1000000, '\0');
            for (int k = 0; k < 3; ++k) {
                zeros.write(std::as_bytes(std::span(zero)));
            }
            ZipWriter zip(file, wide_from);
            zip.add(empty);
            zip.add(random);
            zip.add(spilled);
            zip.add(zeros);
            zip.finish();
            file.commit();
        }
        const std::map<std::string, std::string> members = unzip(read_bytes(folder / "x.zip"));
        CHECK(members.size() == 4);
        CHECK(members.at("spilled").size() == 9 * noise.size());
        CHECK(members.at("spilled").substr(8 * noise.size()) == noise);
        CHECK(members.at("empty").empty());
        CHECK(members.at("random") == noise);
        CHECK(members.at("zeros") == std::string(3000000, '\0'));
    }
}

}  // namespace saltus
