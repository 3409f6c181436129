// Between a trace in memory and the messages of trace.proto. Internal to models/trace.
#pragma once

#include <string>

#include "models/trace/trace.hpp"

namespace saltus::proto {
class TraceHeader;
class TraceProvenance;
class TraceSample;
}  // namespace saltus::proto

namespace saltus {

inline constexpr char k_trace_magic[] = "SALTRACE";    // version 1
inline constexpr std::size_t k_trace_magic_bytes = 8;
inline constexpr char k_trace_magic_2[] = "SALTRAC2";  // version 2
// Of a population in version 2, as of one in a model.
inline constexpr std::uint64_t k_most_trace_neurons = std::uint64_t{1} << 28;
inline constexpr std::uint32_t k_trace_message_bytes = 1U << 30;  // at most

// Of version 2. Throws InputError for names that are not UTF-8; a provenance's are escaped.
void to_message(const TraceHeader& header, proto::TraceHeader& message);
void to_message(const TraceProvenance& provenance, proto::TraceProvenance& message);

// These trust nothing: InputError with `path` (the file, and where in it) in front.
TraceHeader from_message(const proto::TraceHeader& message,
                         std::uint32_t version,
                         const std::string& path);
TraceProvenance from_message(const proto::TraceProvenance& message);
// Version 1's samples.
void from_message(const proto::TraceSample& message,
                  const TraceHeader& header,
                  const std::string& path,
                  SampleTrace& sample);

}  // namespace saltus
