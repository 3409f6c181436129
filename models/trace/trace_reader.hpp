// Reads a .saltrace file, one chunk at a time, trusting nothing in it: lengths are checked against
// the file before anything is allocated, every tick, slot and count against the header.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "models/trace/trace.hpp"

namespace saltus {

// Memory: the largest sample. Throws InputError naming file and fault.
class TraceReader {
  public:
    explicit TraceReader(const std::filesystem::path& path);
    TraceReader(TraceReader&&) noexcept;
    ~TraceReader();

    [[nodiscard]] const TraceHeader& header() const;
    [[nodiscard]] const TraceProvenance& provenance() const;  // of the chunks read so far

    // The next sample; false at a proper end. A file without one was cut off, and throws.
    bool next(SampleTrace& sample);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace saltus
