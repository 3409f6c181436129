// A Perfetto trace read from its bytes, by the wire format and the field numbers of Perfetto's own
// schemas alone: nothing here knows the code that wrote it.
#pragma once

#include <bit>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace saltus::tests {

// A message's fields by number; whole numbers as they stand, the others as bytes.
struct WireMessage {
    struct Field {
        std::uint64_t number = 0;
        std::string_view bytes;
    };

    std::map<std::uint64_t, std::vector<Field>> fields;

    explicit WireMessage(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::uint64_t key = varint(bytes);
            Field field;
            switch (key & 7) {
                case 0:
                    field.number = varint(bytes);
                    break;
                case 1:
                    field = fixed(bytes, 8);
                    break;
                case 2:
                    field.bytes = take(bytes, varint(bytes));
                    break;
                case 5:
                    field = fixed(bytes, 4);
                    break;
                default:
                    throw std::runtime_error("a wire type that there is not");
            }
            fields[key >> 3].push_back(field);
        }
    }

    [[nodiscard]] bool has(std::uint64_t field) const { return fields.count(field) != 0; }

    [[nodiscard]] std::uint64_t number(std::uint64_t field) const {
        return has(field) ? fields.at(field).back().number : 0;
    }

    [[nodiscard]] double real(std::uint64_t field) const {
        return std::bit_cast<double>(number(field));
    }

    [[nodiscard]] std::string text(std::uint64_t field) const {
        return has(field) ? std::string(fields.at(field).back().bytes) : "";
    }

    [[nodiscard]] std::vector<WireMessage> messages(std::uint64_t field) const {
        std::vector<WireMessage> all;
        if (has(field)) {
            for (const Field& one : fields.at(field)) {
                all.emplace_back(one.bytes);
            }
        }
        return all;
    }

  private:
    static std::string_view take(std::string_view& bytes, std::uint64_t size) {
        if (size > bytes.size()) {
            throw std::runtime_error("cut off");
        }
        const std::string_view part = bytes.substr(0, size);
        bytes.remove_prefix(size);
        return part;
    }

    static std::uint64_t varint(std::string_view& bytes) {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto byte = static_cast<unsigned char>(take(bytes, 1)[0]);
            value |= std::uint64_t{byte & 0x7FU} << shift;
            if (byte < 0x80) {
                return value;
            }
        }
        throw std::runtime_error("a number of more than 64 bits");
    }

    static Field fixed(std::string_view& bytes, std::size_t size) {
        Field field;
        field.bytes = take(bytes, size);
        for (std::size_t k = size; k-- > 0;) {
            field.number = field.number << 8 | static_cast<unsigned char>(field.bytes[k]);
        }
        return field;
    }
};

struct PerfettoTrack {
    std::string name;
    std::string process;  // the parent's, or its own
    bool counter = false;
    std::uint64_t rank = 0;
};

struct PerfettoEvent {
    std::uint64_t type = 0;  // 1: a slice begins; 2: it ends; 3: an instant; 4: a counter's value
    std::uint64_t time = 0;
    PerfettoTrack track;
    std::string name;
    double value = 0;                     // of a counter
    std::map<std::string, double> facts;  // annotations
};

struct PerfettoTrace {
    std::map<std::uint64_t, PerfettoTrack> tracks;
    std::vector<PerfettoEvent> events;
    std::size_t flows = 0;

    // Throws std::runtime_error or std::out_of_range for what the format does not allow: an event
    // on a track or with an interned name that was not described before it.
    explicit PerfettoTrace(std::string_view bytes) {
        const WireMessage trace(bytes);
        if (trace.fields.size() != 1) {
            throw std::runtime_error("something else than packets");
        }
        for (const WireMessage& packet : trace.messages(1)) {
            if (packet.number(10) == 0) {
                throw std::runtime_error("a packet of no sequence");
            }
            if ((packet.number(13) & 1) != 0) {
                event_names_.clear();
                fact_names_.clear();
            }
            read_names(packet);
            for (const WireMessage& track : packet.messages(60)) {
                read_track(track);
            }
            for (const WireMessage& event : packet.messages(11)) {
                read_event(event, packet);
            }
        }
    }

  private:
    void read_names(const WireMessage& packet) {
        for (const WireMessage& interned : packet.messages(12)) {
            for (const WireMessage& name : interned.messages(2)) {
                event_names_[name.number(1)] = name.text(2);
            }
            for (const WireMessage& name : interned.messages(3)) {
                fact_names_[name.number(1)] = name.text(2);
            }
        }
    }

    void read_track(const WireMessage& message) {
        PerfettoTrack track;
        track.name = message.text(2);
        track.counter = message.has(8);
        track.rank = message.number(12);
        if (message.has(3)) {
            const WireMessage process = message.messages(3)[0];
            track.process = process.text(6);
            if (process.number(1) == 0) {
                throw std::runtime_error("a process without a number");
            }
        } else {
            track.process = tracks.at(message.number(5)).process;
        }
        if (!tracks.emplace(message.number(1), track).second) {
            throw std::runtime_error("two tracks of one number");
        }
    }

    void read_event(const WireMessage& message, const WireMessage& packet) {
        PerfettoEvent event;
        event.type = message.number(9);
        event.time = packet.number(8);
        event.track = tracks.at(message.number(11));
        event.value = message.real(44);
        const bool interned = message.has(10);
        event.name = interned ? event_names_.at(message.number(10)) : message.text(23);
        for (const WireMessage& fact : message.messages(4)) {
            const bool known = fact.has(1);
            if ((known || interned) && (packet.number(13) & 2) == 0) {
                throw std::runtime_error("interned names in a packet that does not ask for them");
            }
            event.facts[known ? fact_names_.at(fact.number(1)) : fact.text(10)] =
                fact.has(5) ? fact.real(5)
                            : static_cast<double>(static_cast<std::int64_t>(fact.number(4)));
        }
        flows += message.messages(47).size() + message.messages(48).size();
        events.push_back(event);
    }

    std::map<std::uint64_t, std::string> event_names_;
    std::map<std::uint64_t, std::string> fact_names_;
};

}  // namespace saltus::tests
