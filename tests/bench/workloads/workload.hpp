// What one workload offers: its inputs prepared, its answer checked, and timed passes over it.
//
// prepare() loads, runs once and holds the answer against golden numbers; run() is one timed pass.
// The clock covers simulation with all counting on; encoding lies outside it and is told apart.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace saltus::bench {

// What is asked for. `weights`: the folder of trained weights (workload_a/, workload_b/, ...).
// `inputs`: what scripts/bench made of them (workload_a.events.npy) and where data sets are kept.
struct Request {
    std::string workload;  // "A" to "I", "C-fine", "C2"
    std::string form;      // "float32", "int8", "float64"; D: "1 thread", "2 threads"
    std::filesystem::path weights;
    std::filesystem::path inputs;
    std::filesystem::path source;  // this repository: the shipped model and digits
    bool quick = false;            // fewer samples and ticks where the answer can still be checked
};

struct Prepared {
    std::uint64_t samples = 0;
    double synops = 0;     // a sample; recurrent workloads: a biological second
    nlohmann::json check;  // what was found and held against golden numbers
};

struct Timed {
    double seconds = 0;  // one pass over all samples
    std::uint64_t samples = 0;
    double encode_seconds = 0;  // of the same samples, outside `seconds`
    nlohmann::json more;        // what a workload states besides; an object or null
};

// What running on more threads takes. All in bytes.
struct Memory {
    double model = 0;                  // the weights and scales
    double state = 0;                  // of one thread: see LayeredNetwork::state_bytes
    std::vector<double> with_threads;  // resident once 1, 2, 3, ... threads have run every sample
};

// An answer that is not the golden one.
class CheckFailed : public Error {
  public:
    using Error::Error;
};

class Workload {
  public:
    Workload() = default;
    Workload(const Workload&) = delete;
    Workload& operator=(const Workload&) = delete;
    virtual ~Workload() = default;

    // Throws CheckFailed for a wrong answer, InputError or ModelError for missing inputs.
    virtual Prepared prepare() = 0;
    // Throws CheckFailed if the answer is not the prepared one's.
    virtual Timed run() = 0;

    // Call it once, after prepare(). Throws InputError if it is not measured for this workload.
    virtual Memory memory(unsigned threads);
};

// Throws InputError for a workload or form that does not exist.
std::unique_ptr<Workload> make_workload(const Request& request);

// One maker a file; each throws InputError for a form it does not know.
std::unique_ptr<Workload> make_mnist_mlp(const Request& request);   // A
std::unique_ptr<Workload> make_conv_net(const Request& request);    // B
std::unique_ptr<Workload> make_cuba(const Request& request);        // C, C-fine
std::unique_ptr<Workload> make_large_cuba(const Request& request);  // C2
std::unique_ptr<Workload> make_fly_scale(const Request& request);   // I
std::unique_ptr<Workload> make_study(const Request& request);       // D
std::unique_ptr<Workload> make_sparsity(const Request& request);    // F
std::unique_ptr<Workload> make_large(const Request& request);       // G
std::unique_ptr<Workload> make_queue_load(const Request& request);  // H

}  // namespace saltus::bench
