// Writes a .saltrace file of version 2, under a temporary name until it is whole.
// docs/trace-format.md has the layout.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "models/trace/sample_recorder.hpp"
#include "models/trace/trace.hpp"

namespace saltus {

// One thread at a time. Throws InputError if the file cannot be created, Error if it cannot be
// written. Memory: the spikes of one chunk (2^16 of several samples, or those of one window of
// ticks of one), 512 lines of the index, and 40 bytes for each 512 chunks written (10^12 spikes:
// about 2 MB); nothing grows with a sample's length.
//
// Everything but the provenance's bytes is the same for the same samples, whichever threads
// recorded them, and one release of zstd.
class TraceWriter {
  public:
    // Writes header and provenance.
    TraceWriter(const std::filesystem::path& path,
                const TraceHeader& header,
                const TraceProvenance& provenance);
    TraceWriter(TraceWriter&&) noexcept;
    ~TraceWriter();  // without finish(): the temporary file is removed, the final name left as it
                     // was

    [[nodiscard]] const TraceHeader& header() const;

    // In ascending number, whichever thread made them: InternalError otherwise.
    void add(RecordedSample&& sample);
    void add(const SampleTrace& sample);
    // Chunks of the next sample to be added, complete while it still runs; takes them out.
    void add_chunks(std::vector<PackedChunk>& chunks);
    // Writes the index and gives the file its name.
    void finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace saltus
