// `saltus train`: one training, or a queue of them.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace saltus::cli {

struct TrainOptions {
    std::string recipe;
    std::string output;
    std::vector<std::string> settings;
    std::string log;
    std::string json;
    std::string curves;
    std::string checkpoint;
    std::string queue;
    std::string folder;
    unsigned threads = 0;
    bool explain_conversion = false;
    bool baselines = false;
    bool resume = false;
    bool quiet = false;
};

void declare(CLI::App& app, TrainOptions& options);

// What --threads says, or the number of cores: before options are read.
std::string threads_asked_for(char** arguments);

// Returns the exit code. Throws core's errors and Interrupted.
int train(const TrainOptions& options);

}  // namespace saltus::cli
