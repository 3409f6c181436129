// Runs a recurrent network again and again: spikes, synaptic operations, seconds a run.
//
//   recurrent_bench c|c2|i [--directory DIR] [--ticks-per-ms N] [--clock stepped|leaps] [-r N]
//                   [--double] [--seconds S] [--export DIR] [--trace FILE]
//
// DIR of `c` holds pre.i32.xz, post.i32.xz and v0.f64. Times cover begin() to finish(), counting
// on. --trace: runs take turns with and without a recorder of every spike, which must give the same
// counts; the trace of the last is written, read back, and its bytes a spike are said.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/network.hpp"
#include "core/simulator.hpp"
#include "models/trace/trace_file.hpp"
#include "models/trace/trace_writer.hpp"

#include "tests/bench/networks/export.hpp"
#include "tests/bench/networks/fly_scale.hpp"
#include "tests/bench/networks/vogels_abbott.hpp"

using namespace saltus;

namespace {

struct Options {
    std::string workload;
    std::string directory = ".";
    std::string export_to;
    std::string trace;
    std::uint32_t ticks_per_ms = 10;
    Clock clock = Clock::stepped;
    bool wide = false;
    int repetitions = 5;
    double seconds = 1;
};

Options read_options(int argc, char** argv) {
    if (argc < 2) {
        throw std::runtime_error("recurrent_bench: got no workload, need c, c2 or i");
    }
    Options options;
    options.workload = argv[1];
    for (int k = 2; k < argc; ++k) {
        const std::string name = argv[k];
        if (name == "--double") {
            options.wide = true;
            continue;
        }
        if (k + 1 == argc) {
            throw std::runtime_error(name + ": needs a value");
        }
        const std::string value = argv[++k];
        if (name == "--directory") {
            options.directory = value;
        } else if (name == "--trace") {
            options.trace = value;
        } else if (name == "--export") {
            options.export_to = value;
        } else if (name == "--ticks-per-ms") {
            options.ticks_per_ms = static_cast<std::uint32_t>(std::stoul(value));
        } else if (name == "--clock") {
            options.clock = value == "leaps" ? Clock::leaps : Clock::stepped;
        } else if (name == "-r") {
            options.repetitions = std::stoi(value);
        } else if (name == "--seconds") {
            options.seconds = std::stod(value);
        } else {
            throw std::runtime_error(name + ": unknown option");
        }
    }
    return options;
}

bench::OwnedNetwork make_network(const Options& options) {
    if (options.workload == "i") {
        bench::FlyScale size;
        size.seconds = options.seconds;
        return bench::fly_scale_network(size, options.clock);
    }
    const bench::VogelsAbbott wiring = options.workload == "c2"
                                           ? bench::draw_vogels_abbott(1)
                                           : bench::read_vogels_abbott(options.directory);
    return bench::vogels_abbott_network(
        wiring, options.ticks_per_ms, options.clock, options.seconds);
}

template <class Real>
void run(const bench::OwnedNetwork& network, int repetitions) {
    const BasicNetwork<Real> compiled = compile<Real>(network.spec);
    BasicSimulator<Real> simulator(compiled);
    std::vector<std::unique_ptr<bench::PacketTrain>> trains;
    std::vector<PacketSource*> sources;
    for (const auto& packets : network.trains) {
        trains.push_back(std::make_unique<bench::PacketTrain>(packets));
        sources.push_back(trains.back().get());
    }
    std::vector<double> times;
    std::vector<double> processor_times;  // what other programs take away does not count
    Result result;
    for (int r = 0; r < repetitions; ++r) {
        for (const auto& train : trains) {
            train->rewind();
        }
        const auto start = std::chrono::steady_clock::now();
        const std::clock_t used = std::clock();
        simulator.begin(sources);
        simulator.advance_to(network.spec.horizon - 1);
        result = simulator.finish();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        times.push_back(took.count());
        processor_times.push_back(static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC);
    }
    if (result.error) {
        throw std::runtime_error(result.error->text);
    }
    std::sort(times.begin(), times.end());
    std::sort(processor_times.begin(), processor_times.end());
    std::uint64_t acs = 0;
    for (const ProjectionCounts& counts : result.counts.projections) {
        acs += counts.acs;
    }
    std::printf(
        "%llu spikes, %llu ACs, %llu updates, %llu queue operations; s: min %.5f, median "
        "%.5f, max %.5f (%d); of the processor min %.5f, median %.5f\n",
        static_cast<unsigned long long>(result.counts.populations[0].spikes),
        static_cast<unsigned long long>(acs),
        static_cast<unsigned long long>(result.counts.execution.neuron_updates),
        static_cast<unsigned long long>(result.counts.execution.queue_operations),
        times.front(),
        times[times.size() / 2],
        times.back(),
        repetitions,
        processor_times.front(),
        processor_times[times.size() / 2]);
}

// Spikes of all populations, as a digest.
Digest run_digested(const bench::OwnedNetwork& network, const Network& compiled) {
    Simulator simulator(compiled);
    DigestHook hook(compiled.population_count());
    simulator.set_hook(&hook);
    std::vector<std::unique_ptr<bench::PacketTrain>> trains;
    std::vector<PacketSource*> sources;
    for (const auto& packets : network.trains) {
        trains.push_back(std::make_unique<bench::PacketTrain>(packets));
        sources.push_back(trains.back().get());
    }
    hook.begin();
    simulator.begin(sources);
    simulator.advance_to(network.spec.horizon - 1);
    return hook.sample(simulator.finish().readouts);
}

void run_traced(const bench::OwnedNetwork& network, const Options& options) {
    const Network compiled = compile<float>(network.spec);
    const TraceHeader header =
        make_trace_header(compiled, options.workload, network.tick_seconds, 0);
    const Digest expected = run_digested(network, compiled);
    double seconds[2] = {1e300, 1e300};
    for (int r = 0; r < 2 * options.repetitions; ++r) {
        const bool traced = r % 2 == 1;
        Simulator simulator(compiled);
        SampleRecorder recorder(header);
        std::vector<std::unique_ptr<bench::PacketTrain>> trains;
        std::vector<PacketSource*> sources;
        for (const auto& packets : network.trains) {
            trains.push_back(std::make_unique<bench::PacketTrain>(packets));
            sources.push_back(trains.back().get());
        }
        TraceWriter writer(options.trace, header, {});
        const auto start = std::chrono::steady_clock::now();
        recorder.begin(0, std::nullopt);
        simulator.set_hook(traced ? &recorder : nullptr);
        simulator.begin(sources);
        simulator.advance_to(network.spec.horizon - 1);
        const Result result = simulator.finish();
        if (traced) {
            writer.add(recorder.take(result));
            writer.finish();
        }
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        seconds[traced ? 1 : 0] = std::min(seconds[traced ? 1 : 0], took.count());
    }
    const TraceFile file(options.trace);
    if (file.digest(0) != expected) {
        throw std::runtime_error("the trace does not hold the run's spikes");
    }
    std::uint64_t spikes = 0;
    for (const std::uint64_t events : file.levels()) {
        spikes += events;
    }
    std::printf("%llu spikes in %llu bytes: %.3f a spike; s: min %.5f, traced %.5f, %.2f times\n",
                static_cast<unsigned long long>(spikes),
                static_cast<unsigned long long>(std::filesystem::file_size(options.trace)),
                static_cast<double>(std::filesystem::file_size(options.trace)) /
                    static_cast<double>(spikes),
                seconds[0],
                seconds[1],
                seconds[1] / seconds[0]);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const Options options = read_options(argc, argv);
        const bench::OwnedNetwork network = make_network(options);
        if (!options.export_to.empty()) {
            bench::export_network(network, options.export_to);
            return EXIT_SUCCESS;
        }
        if (!options.trace.empty()) {
            run_traced(network, options);
        } else if (options.wide) {
            run<double>(network, options.repetitions);
        } else {
            run<float>(network, options.repetitions);
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
    return EXIT_SUCCESS;
}
