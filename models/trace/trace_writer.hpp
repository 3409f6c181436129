// Writes a .saltrace file, under a temporary name until it is whole. proto/TRACE.md has the layout.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "models/trace/trace.hpp"

namespace saltus {

// One thread at a time. Throws InputError if the file cannot be created, Error if it cannot be
// written.
class TraceWriter {
  public:
    // Writes header and provenance.
    TraceWriter(const std::filesystem::path& path,
                const TraceHeader& header,
                const TraceProvenance& provenance);
    TraceWriter(TraceWriter&&) noexcept;
    ~TraceWriter();  // without finish(): the temporary file is removed, the final name left as it
                     // was

    // In ascending number, whichever thread made them: InternalError otherwise.
    void add(const SampleTrace& sample);
    // Writes the end and gives the file its name.
    void finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace saltus
