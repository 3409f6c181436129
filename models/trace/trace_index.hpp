// The index of a trace of version 2: pages of 512 lines, one a chunk, and the place of the pages.
// Internal to models/trace.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/trace/trace.hpp"
#include "models/trace/trace_chunk.hpp"

namespace saltus::proto {
class TraceIndex;
class TraceIndexPage;
}  // namespace saltus::proto

namespace saltus {

inline constexpr std::size_t k_page_lines = 512;

// What is known of a page without reading it.
struct IndexPage {
    std::uint64_t offset = 0;
    std::uint64_t first_sample = 0;    // of its first line
    std::uint64_t last_sample = 0;     // of its last
    std::uint64_t samples_before = 0;  // whose records stand before it
};

struct TraceIndexData {
    std::uint64_t samples = 0;
    std::uint64_t lines = 0;
    std::vector<IndexPage> pages;
    std::vector<std::uint64_t> spikes;  // by population
    std::vector<std::uint64_t> levels;  // [population, bin]
};

// What the writer gathers.
class IndexBuilder {
  public:
    bool add(const ChunkEntry& entry);  // true: a page is full
    void add(const SampleRecord& record);
    [[nodiscard]] bool pending() const { return !lines_.empty(); }

    void take_page(std::uint64_t offset, proto::TraceIndexPage& page);
    void finish(proto::TraceIndex& index) const;

  private:
    TraceIndexData data_;
    std::vector<ChunkEntry> lines_;
    std::uint64_t written_samples_ = 0;
};

// These trust nothing: InputError with `path` in front. `data_bytes`: behind the provenance.
TraceIndexData from_message(const proto::TraceIndex& message,
                            const TraceHeader& header,
                            const std::string& path);
std::vector<ChunkEntry> from_message(const proto::TraceIndexPage& message,
                                     const TraceHeader& header,
                                     const std::string& path);

}  // namespace saltus
