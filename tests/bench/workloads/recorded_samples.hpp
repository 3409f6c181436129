// A network with one encoder and the packets of a set of samples, encoded beforehand: passes over
// them, with their answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/digest.hpp"
#include "core/network.hpp"
#include "core/simulator.hpp"

#include "tests/bench/workloads/layered_network.hpp"
#include "tests/bench/workloads/workload.hpp"

namespace saltus::bench {

// Gives packets that lie ready.
class StoredPackets final : public PacketSource {
  public:
    // Copies them.
    void show(const std::vector<Packet>& packets) {
        packets_ = &packets;
        given_ = nullptr;
        read_ = 0;
    }

    // Gives them away, each for what the simulator has there, as an encoder has filled them.
    void give(std::vector<Packet>& packets) {
        show(packets);
        given_ = &packets;
    }

    bool next(Tick until, Packet& out) override {
        if (packets_ == nullptr || read_ == packets_->size() || (*packets_)[read_].tick > until) {
            out.clear();
            return false;
        }
        if (given_ != nullptr) {
            std::swap(out, (*given_)[read_++]);
        } else {
            out = (*packets_)[read_++];
        }
        return true;
    }

  private:
    const std::vector<Packet>* packets_ = nullptr;
    std::vector<Packet>* given_ = nullptr;
    std::size_t read_ = 0;
};

// Everything `source` sends up to the horizon.
std::vector<Packet> drain(PacketSource& source, Tick horizon);

// What a pass over all samples gave, in sums over them.
struct PassAnswer {
    std::vector<std::uint64_t> spikes;       // by population
    std::vector<std::uint64_t> acs;          // by projection
    std::uint64_t other_macs = 0;            // graded events and held drive
    std::vector<std::uint32_t> predictions;  // by sample
    std::uint64_t right = 0;                 // of the labels given

    [[nodiscard]] std::uint64_t synops() const;
    friend bool operator==(const PassAnswer&, const PassAnswer&) = default;
};

// Samples as an encoder gave them.
struct EncodedSamples {
    std::vector<std::vector<Packet>> packets;  // by sample
    std::vector<std::int64_t> labels;          // empty, or one a sample
    double encode_seconds = 0;                 // of all
};

// Stays where it is: the simulator looks at the network beside it.
class RecordedSamples {
  public:
    RecordedSamples(LayeredNetwork network, EncodedSamples samples);
    RecordedSamples(const RecordedSamples&) = delete;
    RecordedSamples& operator=(const RecordedSamples&) = delete;

    // With every packet shown to a digest: slower, and never timed.
    PassAnswer digested_pass(std::string& digest);
    // Wall time of begin, advance_to and finish for all samples; the answer is gathered within it,
    // as a user's program would.
    PassAnswer timed_pass(double& seconds);

    // With as many threads as wanted, this one, which has made a pass, among them. Each of the
    // others makes a pass with a simulator of its own and keeps it until all is measured.
    Memory memory(unsigned threads);

    [[nodiscard]] std::size_t size() const { return samples_.packets.size(); }

    [[nodiscard]] double encode_seconds() const { return samples_.encode_seconds; }

    [[nodiscard]] const Network& network() const { return compiled_; }

  private:
    // One thread's own.
    struct Seat {
        explicit Seat(const Network& network) : simulator(network) {}

        Simulator simulator;
        StoredPackets source;
    };

    Result run_shown(Seat& seat) const;
    void add(PassAnswer& answer, std::size_t sample, const Result& result) const;
    [[nodiscard]] PassAnswer empty_answer() const;

    LayeredNetwork owned_;
    Network compiled_;
    EncodedSamples samples_;
    Seat seat_;
};

}  // namespace saltus::bench
