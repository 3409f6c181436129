// One family of errors. Each keeps the values it speaks of as fields; what() is one line:
//   nodes[2].population.beta: got 1.7, need 0 <= beta <= 1
// ModelError and InputError are the user's to mend (exit code 2); InternalError is ours.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace saltus {

// One fault: where it is (a file, a field path), what was found and what is needed.
struct Fault {
    std::string path;
    std::string found;
    std::string needed;

    [[nodiscard]] std::string text() const {
        std::string line = path;
        if (!found.empty()) {
            line += ": got " + found;
        }
        if (!needed.empty()) {
            line += (found.empty() ? ": need " : ", need ") + needed;
        }
        return line;
    }
};

class Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// A model, or a network built in code, that cannot be run. Holds every fault found, not the first.
class ModelError : public Error {
  public:
    explicit ModelError(std::vector<Fault> faults)
        : Error(join(faults)), faults_(std::move(faults)) {}

    ModelError(std::string path, std::string found, std::string needed)
        : ModelError(std::vector<Fault>{{std::move(path), std::move(found), std::move(needed)}}) {}

    [[nodiscard]] const std::vector<Fault>& faults() const { return faults_; }

  private:
    static std::string join(const std::vector<Fault>& faults) {
        std::string text;
        for (const Fault& fault : faults) {
            if (!text.empty()) {
                text += '\n';
            }
            text += fault.text();
        }
        return text;
    }

    std::vector<Fault> faults_;
};

// Data, labels, options or a sample that cannot be used.
class InputError : public Error {
  public:
    InputError(std::string path, std::string found, std::string needed)
        : Error(Fault{path, found, needed}.text()), fault_{path, found, needed} {}

    [[nodiscard]] const Fault& fault() const { return fault_; }

  private:
    Fault fault_;
};

// A broken promise of our own code.
class InternalError : public Error {
  public:
    using Error::Error;
};

// Thrown by work that was told to stop (Simulator::set_stop). Not an error.
class Stopped : public std::exception {
  public:
    [[nodiscard]] const char* what() const noexcept override { return "stopped"; }
};

}  // namespace saltus
