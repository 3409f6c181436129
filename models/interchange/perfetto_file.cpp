#include "models/interchange/perfetto_file.hpp"

#include "saltus/perfetto.pb.h"

namespace saltus::detail {

namespace {

using namespace proto::perfetto;

constexpr std::uint32_t k_names_start_anew = 1;
constexpr std::uint32_t k_names_needed = 2;
constexpr std::uint64_t k_name_spike = 1;  // interned, of events
constexpr std::uint64_t k_name_tick = 1;   // interned, of annotations
constexpr std::uint64_t k_name_payload = 2;

void intern(InternedName* name, std::uint64_t iid, const char* text) {
    name->set_iid(iid);
    name->set_name(text);
}

}  // namespace

struct PerfettoFile::Packet {
    TracePacket message;

    TrackEvent& event(std::uint64_t track, std::uint64_t time, TrackEvent::Type type) {
        message.set_timestamp(time);
        message.mutable_track_event()->set_type(type);
        message.mutable_track_event()->set_track_uuid(track);
        return *message.mutable_track_event();
    }
};

PerfettoFile::PerfettoFile(const std::filesystem::path& out)
    : file_(out), packet_(std::make_unique<Packet>()) {
    packet_->message.set_first_packet_on_sequence(true);
    packet_->message.set_sequence_flags(k_names_start_anew);
    InternedData* const names = packet_->message.mutable_interned_data();
    intern(names->add_event_names(), k_name_spike, "spike");
    intern(names->add_debug_annotation_names(), k_name_tick, "tick");
    intern(names->add_debug_annotation_names(), k_name_payload, "payload");
    write();
}

PerfettoFile::~PerfettoFile() = default;

void PerfettoFile::process(std::uint64_t uuid,
                           std::int32_t pid,
                           const std::string& name,
                           const std::string& description) {
    TrackDescriptor* const track = packet_->message.mutable_track_descriptor();
    track->set_uuid(uuid);
    track->set_name(name);
    track->set_description(description);
    track->set_child_ordering(TrackDescriptor::EXPLICIT);
    track->mutable_process()->set_pid(pid);
    track->mutable_process()->set_process_name(name);
    track->mutable_process()->set_legacy_sort_index(pid);
    write();
}

void PerfettoFile::track(std::uint64_t uuid,
                         std::uint64_t parent,
                         const std::string& name,
                         std::int32_t rank) {
    TrackDescriptor* const track = packet_->message.mutable_track_descriptor();
    track->set_uuid(uuid);
    track->set_parent_uuid(parent);
    track->set_name(name);
    track->set_sibling_order_rank(rank);
    write();
}

void PerfettoFile::counter(std::uint64_t uuid, std::uint64_t parent, const std::string& name) {
    TrackDescriptor* const track = packet_->message.mutable_track_descriptor();
    track->set_uuid(uuid);
    track->set_parent_uuid(parent);
    track->set_name(name);
    track->set_sibling_order_rank(-1);  // above the neurons
    track->mutable_counter();
    write();
}

void PerfettoFile::begin(std::uint64_t track,
                         std::uint64_t time,
                         const std::string& name,
                         const std::vector<std::pair<std::string, std::int64_t>>& facts) {
    TrackEvent& event = packet_->event(track, time, TrackEvent::TYPE_SLICE_BEGIN);
    event.set_name(name);
    for (const auto& [what, number] : facts) {
        DebugAnnotation* const fact = event.add_debug_annotations();
        fact->set_name(what);
        fact->set_int_value(number);
    }
    write();
}

void PerfettoFile::end(std::uint64_t track, std::uint64_t time) {
    packet_->event(track, time, TrackEvent::TYPE_SLICE_END);
    write();
}

void PerfettoFile::spike(std::uint64_t track,
                         std::uint64_t time,
                         std::int64_t tick,
                         float payload) {
    TrackEvent& event = packet_->event(track, time, TrackEvent::TYPE_INSTANT);
    event.set_name_iid(k_name_spike);
    DebugAnnotation* const at = event.add_debug_annotations();
    at->set_name_iid(k_name_tick);
    at->set_int_value(tick);
    if (payload != 1) {
        DebugAnnotation* const weight = event.add_debug_annotations();
        weight->set_name_iid(k_name_payload);
        weight->set_double_value(payload);
    }
    packet_->message.set_sequence_flags(k_names_needed);
    write();
}

void PerfettoFile::value(std::uint64_t track, std::uint64_t time, double value) {
    packet_->event(track, time, TrackEvent::TYPE_COUNTER).set_double_counter_value(value);
    write();
}

void PerfettoFile::write() {
    packet_->message.set_trusted_packet_sequence_id(1);
    packet_->message.SerializeToString(&bytes_);
    std::string frame(1, '\x0A');  // field 1 of Trace, with a length
    for (std::size_t size = bytes_.size();; size >>= 7) {
        if (size < 0x80) {
            frame += static_cast<char>(size);
            break;
        }
        frame += static_cast<char>(0x80 | (size & 0x7F));
    }
    file_.write(frame);
    file_.write(bytes_);
    packet_->message.Clear();
}

void PerfettoFile::commit() {
    file_.commit();
}

}  // namespace saltus::detail
