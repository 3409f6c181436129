#include "models/interchange/aer_export.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/atomic_file.hpp"
#include "models/picture/picture_text.hpp"

namespace saltus {

namespace {

namespace fs = std::filesystem;

constexpr double k_last_time = 9007199254740992;  // 2^53: up to there each whole number is a double
constexpr std::uint32_t k_most_side = std::uint32_t{1} << 15;  // AEDAT 3.1: 15 bits
constexpr std::size_t k_most_events = 8192;                    // of a packet

struct Event {
    std::int64_t time;  // us
    std::uint32_t x;
    std::uint32_t y;
    bool polarity;
};

bool fits(const TracePopulation& population) {
    return population.shape.is_chw() && population.shape.channels() <= 2;
}

std::string shape_text(const Shape& shape) {
    return fmt::format("[{}]", fmt::join(shape.dims, ", "));
}

// The events of the part, checked to be what AER can hold.
class Events {
  public:
    explicit Events(const ExportPart& part) : part_(part) {
        if (part.populations.size() != 1) {
            throw InputError("--population",
                             fmt::format("{} populations", part.populations.size()),
                             "one for address events: " + those_that_fit());
        }
        if (!fits(population())) {
            throw InputError(
                "--population",
                fmt::format("{} of shape {}", population().name, shape_text(population().shape)),
                "a shape [C, H, W] with C of 1 or 2, which is the polarity: " + those_that_fit());
        }
        if (part.places.size() != 1) {
            throw InputError("--sample",
                             fmt::format("{} samples", part.places.size()),
                             "one: address events know no samples");
        }
        if (part.header().tick_seconds > 0) {
            tick_us_ = part.header().tick_seconds * 1e6;
        }
        if (tick_us_ < 1) {
            throw InputError(part.trace.path(),
                             fmt::format("a tick of {} us", tick_us_),
                             "1 us or longer: address events have times in whole us");
        }
    }

    [[nodiscard]] const TracePopulation& population() const {
        return part_.population(part_.populations[0]);
    }

    [[nodiscard]] std::uint64_t number() const { return part_.trace.number(part_.places[0]); }

    [[nodiscard]] double tick_us() const { return tick_us_; }

    [[nodiscard]] bool tick_stated() const { return part_.header().tick_seconds > 0; }

    // Calls take(events) piece by piece.
    template <class Take>
    void visit(Take take) const {
        const Shape& shape = population().shape;
        const std::uint32_t plane = shape.height() * shape.width();
        std::vector<Event> events;
        part_.visit(part_.places[0], part_.populations[0], [&](const StreamTrace& stream) {
            events.clear();
            for_each_spike(stream, shape, [&](const ExportedSpike& spike) {
                check_payload(spike);
                const std::uint32_t pixel = spike.neuron % plane;
                events.push_back({time_of(spike.tick),
                                  pixel % shape.width(),
                                  pixel / shape.width(),
                                  shape.channels() == 1 || spike.neuron >= plane});
            });
            take(events);
        });
    }

  private:
    [[nodiscard]] std::string those_that_fit() const {
        std::string names;
        for (const TracePopulation& population : part_.header().populations) {
            if (fits(population) && population.recorded == TracePopulation::Recorded::every_spike) {
                names += (names.empty() ? "" : ", ") + population.name;
            }
        }
        return names.empty() ? "this trace has none" : names;
    }

    void check_payload(const ExportedSpike& spike) const {
        if (spike.payload != 1) {
            throw InputError(part_.trace.path(),
                             fmt::format("a payload of {} ({}[{}] at tick {})",
                                         spike.payload,
                                         population().name,
                                         spike.neuron,
                                         spike.tick),
                             "payloads of 1: address events have no values");
        }
    }

    [[nodiscard]] std::int64_t time_of(Tick tick) const {
        const double time = static_cast<double>(tick) * tick_us_;
        if (time > k_last_time) {
            throw InputError(
                part_.trace.path(), fmt::format("a spike at tick {}", tick), "times up to 2^53 us");
        }
        return std::llround(time);
    }

    const ExportPart& part_;
    double tick_us_ = 1;
};

void put(std::string& out, std::uint64_t value, int bytes) {
    for (int k = 0; k < bytes; ++k) {
        out += static_cast<char>(value >> (8 * k));
    }
}

// Gathers events into packets, each of times that share their upper bits.
class AedatPackets {
  public:
    explicit AedatPackets(AtomicFile& file) : file_(&file) {}

    void add(const Event& event) {
        const std::int64_t overflow = event.time >> 31;
        if (count_ == k_most_events || overflow != overflow_) {
            flush();
        }
        overflow_ = overflow;
        put(events_, 1U | (event.polarity ? 2U : 0U) | event.y << 2 | event.x << 17, 4);
        put(events_, static_cast<std::uint64_t>(event.time) & 0x7FFFFFFFU, 4);
        ++count_;
    }

    void flush() {
        if (count_ == 0) {
            return;
        }
        std::string header;
        put(header, 1, 2);  // polarity events
        put(header, 1, 2);  // source 1
        put(header, 8, 4);  // bytes an event
        put(header, 4, 4);  // where its time is
        put(header, static_cast<std::uint64_t>(overflow_), 4);
        put(header, count_, 4);  // capacity
        put(header, count_, 4);  // events
        put(header, count_, 4);  // valid ones
        file_->write(header);
        file_->write(events_);
        events_.clear();
        count_ = 0;
    }

  private:
    AtomicFile* file_;
    std::string events_;
    std::size_t count_ = 0;
    std::int64_t overflow_ = 0;
};

}  // namespace

void export_aer_text(const ExportPart& part, const fs::path& out) {
    const Events events(part);
    const Shape& shape = events.population().shape;
    AtomicFile file(out);
    file.write(fmt::format("# {}, {} wide, {} high, sample {}\n# t (us; 1 tick is {} us{}) x y p\n",
                           printable(events.population().name),
                           shape.width(),
                           shape.height(),
                           events.number(),
                           events.tick_us(),
                           events.tick_stated() ? "" : ", its length is not stated"));
    fmt::memory_buffer lines;
    events.visit([&](const std::vector<Event>& piece) {
        lines.clear();
        for (const Event& event : piece) {
            fmt::format_to(std::back_inserter(lines),
                           "{} {} {} {}\n",
                           event.time,
                           event.x,
                           event.y,
                           event.polarity ? 1 : 0);
        }
        file.write(std::string_view(lines.data(), lines.size()));
    });
    file.commit();
}

void export_aedat(const ExportPart& part, const fs::path& out) {
    const Events events(part);
    const Shape& shape = events.population().shape;
    if (shape.height() > k_most_side || shape.width() > k_most_side) {
        throw InputError("--population",
                         fmt::format("{} of shape {}", events.population().name, shape_text(shape)),
                         "at most 32768 rows and columns, as AEDAT 3.1 has");
    }
    AtomicFile file(out);
    file.write("#!AER-DAT3.1\r\n#Format: RAW\r\n");
    file.write(fmt::format("#Source 1: Saltus {}x{}\r\n", shape.width(), shape.height()));
    // Of the run's start nothing is known; a date of today would make equal spikes unequal files.
    file.write("#Start-Time: 1970-01-01 00:00:00 (TZ+0000)\r\n#!END-HEADER\r\n");
    AedatPackets packets(file);
    events.visit([&](const std::vector<Event>& piece) {
        for (const Event& event : piece) {
            packets.add(event);
        }
    });
    packets.flush();
    file.commit();
}

}  // namespace saltus
