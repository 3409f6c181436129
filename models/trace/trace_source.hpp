// What a file of either version gives to TraceFile. Internal to models/trace.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/trace/trace.hpp"
#include "models/trace/trace_file.hpp"

namespace saltus::detail {

// A regular file's bytes, read where they are wanted.
class TraceBytes {
  public:
    // Throws InputError naming the file.
    explicit TraceBytes(const std::filesystem::path& path);
    TraceBytes(const TraceBytes&) = delete;
    TraceBytes& operator=(const TraceBytes&) = delete;
    ~TraceBytes();

    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] const std::string& path() const { return path_; }

    // Throws InputError if they are not all there.
    void read(std::uint64_t at, std::span<std::byte> out) const;

  private:
    std::string path_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
};

class TraceSource {
  public:
    TraceSource() = default;
    TraceSource(const TraceSource&) = delete;
    TraceSource& operator=(const TraceSource&) = delete;
    virtual ~TraceSource() = default;

    virtual std::uint64_t samples() = 0;
    virtual std::uint64_t number(std::uint64_t place) = 0;
    virtual std::optional<std::uint64_t> find(std::uint64_t number) = 0;
    virtual const SampleRecord& record(std::uint64_t place) = 0;
    virtual const std::vector<std::uint64_t>& levels() = 0;
    // Packets of pieces that hold some of these ticks, as they are stored.
    virtual void visit(std::uint64_t place,
                       PopulationId population,
                       const TickRange& ticks,
                       const std::function<void(const StreamTrace&)>& take) = 0;
    // Of a population of which counts alone are recorded.
    virtual void counts(std::uint64_t place,
                        PopulationId population,
                        std::vector<std::pair<Slot, std::uint64_t>>& out) = 0;
    virtual void series(std::uint64_t place,
                        std::size_t series,
                        const TickRange& ticks,
                        SeriesTrace& out) = 0;

    std::string path;
    unsigned version = 0;
    TraceHeader header;
    TraceProvenance provenance;
    std::vector<std::string> warnings;
};

std::unique_ptr<TraceSource> open_version_1(std::unique_ptr<TraceBytes> bytes);
std::unique_ptr<TraceSource> open_version_2(std::unique_ptr<TraceBytes> bytes,
                                            TraceFile::Trust trust);

}  // namespace saltus::detail
