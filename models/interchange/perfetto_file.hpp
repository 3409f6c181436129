// Packets of a Perfetto trace. Internal to models/interchange.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/files/atomic_file.hpp"

namespace saltus::detail {

// One sequence of packets, each written as it comes. Times in ns; a track must be described before
// something is on it. Throws Error if the disk is full.
class PerfettoFile {
  public:
    explicit PerfettoFile(const std::filesystem::path& out);
    PerfettoFile(const PerfettoFile&) = delete;
    PerfettoFile& operator=(const PerfettoFile&) = delete;
    ~PerfettoFile();

    void process(std::uint64_t uuid,
                 std::int32_t pid,
                 const std::string& name,
                 const std::string& description = "");
    // Tracks of one parent are shown in order of `rank`.
    void track(std::uint64_t uuid,
               std::uint64_t parent,
               const std::string& name,
               std::int32_t rank);
    void counter(std::uint64_t uuid, std::uint64_t parent, const std::string& name);

    void begin(std::uint64_t track,
               std::uint64_t time,
               const std::string& name,
               const std::vector<std::pair<std::string, std::int64_t>>& facts);
    void end(std::uint64_t track, std::uint64_t time);
    void spike(std::uint64_t track, std::uint64_t time, std::int64_t tick, float payload);
    void value(std::uint64_t track, std::uint64_t time, double value);

    void commit();

  private:
    struct Packet;
    void write();  // the packet, which is empty after it

    AtomicFile file_;
    std::unique_ptr<Packet> packet_;
    std::string bytes_;
};

}  // namespace saltus::detail
