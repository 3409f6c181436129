// The samples of a .saltrace file one after the other, whole in memory: for traces of every spike
// that fit. TraceFile reads any part of any trace.
#pragma once

#include <cstdint>
#include <filesystem>

#include "models/trace/trace.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus {

// Memory: the largest sample. Throws InputError naming file and fault, for a file that is cut off or
// damaged anywhere, too.
class TraceReader {
  public:
    explicit TraceReader(const std::filesystem::path& path);

    [[nodiscard]] const TraceHeader& header() const { return file_.header(); }
    [[nodiscard]] const TraceProvenance& provenance() const { return file_.provenance(); }

    // Any part of it, in any order.
    [[nodiscard]] const TraceFile& file() const { return file_; }

    // The next sample; false at the end.
    bool next(SampleTrace& sample);

  private:
    TraceFile file_;
    std::uint64_t place_ = 0;
};

}  // namespace saltus
