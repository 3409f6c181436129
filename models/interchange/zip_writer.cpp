#include "models/interchange/zip_writer.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <zlib.h>

#include "core/error.hpp"
#include "models/interchange/unnamed_file.hpp"

namespace saltus {

namespace {

constexpr std::uint32_t k_all_ones = 0xFFFFFFFFU;  // "see the zip64 field"
constexpr std::uint64_t k_deflated = 8;
constexpr std::uint64_t k_dos_date = 0x0021;  // 1 January 1980: the same spikes give the same file
constexpr std::size_t k_most_at_once = std::size_t{1} << 30;
constexpr std::size_t k_most_in_memory = std::size_t{1} << 20;  // of a spilled member

}  // namespace

struct ZipMember::Stream {
    z_stream z = {};
};

ZipMember::ZipMember(std::string name)
    : name_(std::move(name)), stream_(std::make_unique<Stream>()) {
    // Negative window bits: raw deflate, without zlib's own frame.
    if (deflateInit2(&stream_->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        throw InternalError("deflate could not be started");
    }
}

ZipMember::ZipMember(std::string name, const std::filesystem::path& beside)
    : ZipMember(std::move(name)) {
    spilled_ = std::make_unique<detail::UnnamedFile>(beside);
    spilled_->drop_name();
}

ZipMember::~ZipMember() {
    deflateEnd(&stream_->z);
}

void ZipMember::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const std::span<const std::byte> piece =
            bytes.first(std::min(bytes.size(), k_most_at_once));
        bytes = bytes.subspan(piece.size());
        const auto* data = reinterpret_cast<const Bytef*>(piece.data());
        size_ += piece.size();
        check_ = static_cast<std::uint32_t>(crc32(check_, data, static_cast<uInt>(piece.size())));
        stream_->z.next_in = const_cast<Bytef*>(data);  // zlib does not write to its input
        stream_->z.avail_in = static_cast<uInt>(piece.size());
        deflate_pending(false);
    }
}

void ZipMember::deflate_pending(bool last) {
    std::array<std::byte, 1U << 16> out;
    do {
        stream_->z.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_->z.avail_out = static_cast<uInt>(out.size());
        deflate(&stream_->z, last ? Z_FINISH : Z_NO_FLUSH);
        const std::size_t made = out.size() - stream_->z.avail_out;
        packed_.insert(packed_.end(), out.data(), out.data() + made);
        packed_size_ += made;
    } while (stream_->z.avail_out == 0);
    if (spilled_ != nullptr && packed_.size() >= k_most_in_memory) {
        spilled_->append(packed_);
        packed_.clear();
    }
}

void ZipMember::copy_packed_to(AtomicFile& file) {
    if (spilled_ != nullptr) {
        spilled_->copy_to(file);
        spilled_.reset();
    }
    file.write(std::span<const std::byte>(packed_));
    std::vector<std::byte>().swap(packed_);
}

void ZipWriter::put(std::uint64_t value, int bytes) {
    std::array<std::byte, 8> out = {};
    for (int k = 0; k < bytes; ++k) {
        out[static_cast<std::size_t>(k)] = static_cast<std::byte>(value >> (8 * k));
    }
    file_->write(std::span<const std::byte>(out.data(), static_cast<std::size_t>(bytes)));
}

// The fields that the header of a member and its line in the directory share, from "version needed"
// to the length of the name.
void ZipWriter::put_common(const Entry& entry, bool wide) {
    put(wide ? 45 : 20, 2);
    put(0, 2);
    put(k_deflated, 2);
    put(0, 2);
    put(k_dos_date, 2);
    put(entry.check, 4);
    put(wide ? k_all_ones : entry.packed, 4);
    put(wide ? k_all_ones : entry.size, 4);
    put(entry.name.size(), 2);
}

void ZipWriter::add(ZipMember& member) {
    member.stream_->z.avail_in = 0;
    member.deflate_pending(true);
    const Entry entry{
        member.name_, member.check_, member.size_, member.packed_size_, file_->position()};
    const bool wide = entry.size >= zip64_from_ || entry.packed >= zip64_from_;
    put(0x04034b50, 4);
    put_common(entry, wide);
    put(wide ? 20 : 0, 2);
    file_->write(entry.name);
    if (wide) {
        put(1, 2);
        put(16, 2);
        put(entry.size, 8);
        put(entry.packed, 8);
    }
    member.copy_packed_to(*file_);
    entries_.push_back(entry);
}

void ZipWriter::finish() {
    const std::uint64_t start = file_->position();
    bool any_wide = start >= zip64_from_;
    for (const Entry& entry : entries_) {
        const bool wide =
            entry.size >= zip64_from_ || entry.packed >= zip64_from_ || entry.offset >= zip64_from_;
        any_wide = any_wide || wide;
        put(0x02014b50, 4);
        put(wide ? 45 : 20, 2);  // version made by
        put_common(entry, wide);
        put(wide ? 28 : 0, 2);
        put(0, 8);  // comment, disk, internal attributes, half of the external ones
        put(0, 2);  // the other half
        put(wide ? k_all_ones : entry.offset, 4);
        file_->write(entry.name);
        if (wide) {
            put(1, 2);
            put(24, 2);
            put(entry.size, 8);
            put(entry.packed, 8);
            put(entry.offset, 8);
        }
    }
    const std::uint64_t end = file_->position();
    if (any_wide) {
        put(0x06064b50, 4);  // zip64 end record
        put(44, 8);
        put(45, 2);
        put(45, 2);
        put(0, 8);
        put(entries_.size(), 8);
        put(entries_.size(), 8);
        put(end - start, 8);
        put(start, 8);
        put(0x07064b50, 4);  // where it is
        put(0, 4);
        put(end, 8);
        put(1, 4);
    }
    put(0x06054b50, 4);
    put(0, 4);
    put(entries_.size(), 2);
    put(entries_.size(), 2);
    put(any_wide ? k_all_ones : end - start, 4);
    put(any_wide ? k_all_ones : start, 4);
    put(0, 2);
}

}  // namespace saltus
