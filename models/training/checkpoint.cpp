#include "models/training/checkpoint.hpp"

#include <sstream>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/atomic_file.hpp"
#include "models/files/container.hpp"
#include "models/files/mapped_file.hpp"

namespace saltus::training {

namespace {

using State = std::vector<std::pair<std::string, Tensor>>;

// In front of the archive: what the file is, and XXH3-128 of what follows as 32 hex digits (the archive's
// own sums do not cover every byte).
constexpr std::string_view k_magic = "SALTRAIN";
constexpr std::size_t k_head_bytes = 8 + 32;

void write_state(torch::serialize::OutputArchive& archive, const State& state) {
    std::string names;
    for (std::size_t k = 0; k < state.size(); ++k) {
        names += state[k].first + "\n";
        archive.write("tensor" + std::to_string(k), state[k].second.detach());
    }
    archive.write("names", c10::IValue(names));
}

template <class Value>
Value read_value(torch::serialize::InputArchive& archive, const std::string& key);

template <>
std::string read_value(torch::serialize::InputArchive& archive, const std::string& key) {
    c10::IValue value;
    archive.read(key, value);
    return value.toStringRef();
}

template <>
std::int64_t read_value(torch::serialize::InputArchive& archive, const std::string& key) {
    c10::IValue value;
    archive.read(key, value);
    return value.toInt();
}

State read_state(torch::serialize::InputArchive& archive) {
    State state;
    std::istringstream names(read_value<std::string>(archive, "names"));
    for (std::string name; std::getline(names, name);) {
        Tensor tensor;
        archive.read("tensor" + std::to_string(state.size()), tensor);
        state.emplace_back(name, tensor);
    }
    return state;
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path,
                     const Checkpoint& checkpoint,
                     const torch::optim::Optimizer* optimiser) {
    torch::serialize::OutputArchive archive;
    archive.write("recipe_digest", c10::IValue(checkpoint.recipe_digest));
    archive.write("recipe", c10::IValue(checkpoint.recipe));
    archive.write("step", c10::IValue(checkpoint.step));
    archive.write("spiking", c10::IValue(static_cast<std::int64_t>(checkpoint.spiking)));
    archive.write("best_epoch", c10::IValue(checkpoint.best_epoch));
    archive.write("best_accuracy", c10::IValue(fmt::format("{}", checkpoint.best_accuracy)));
    archive.write("history", c10::IValue(checkpoint.history));
    torch::serialize::OutputArchive state;
    write_state(state, checkpoint.state);
    archive.write("state", state);
    torch::serialize::OutputArchive best;
    write_state(best, checkpoint.best_state);
    archive.write("best_state", best);
    if (optimiser != nullptr) {
        torch::serialize::OutputArchive inner;
        optimiser->save(inner);
        archive.write("optimiser", inner);
    }
    std::ostringstream bytes;
    archive.save_to(bytes);
    const std::string archived = bytes.str();
    AtomicFile file(path);
    file.write(k_magic);
    file.write(checksum_text(std::as_bytes(std::span(archived))));
    file.write(archived);
    file.commit();
}

CheckpointReader::CheckpointReader(const std::filesystem::path& path) : path_(path) {
    const MappedFile file(path);
    const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()),
                                file.bytes().size());
    if (text.size() < k_head_bytes || !text.starts_with(k_magic)) {
        throw InputError(path.string(), "a file that is no checkpoint", "one that saltus train wrote");
    }
    if (text.substr(k_magic.size(), k_head_bytes - k_magic.size()) !=
        checksum_text(file.bytes().subspan(k_head_bytes))) {
        throw InputError(path.string(), "a damaged or truncated checkpoint", "a whole one");
    }
    try {
        archive_.load_from(text.data() + k_head_bytes, text.size() - k_head_bytes);
        checkpoint_.recipe_digest = read_value<std::string>(archive_, "recipe_digest");
        checkpoint_.recipe = read_value<std::string>(archive_, "recipe");
        checkpoint_.step = read_value<std::int64_t>(archive_, "step");
        checkpoint_.spiking = read_value<std::int64_t>(archive_, "spiking") != 0;
        checkpoint_.best_epoch = read_value<std::int64_t>(archive_, "best_epoch");
        checkpoint_.best_accuracy = std::stod(read_value<std::string>(archive_, "best_accuracy"));
        checkpoint_.history = read_value<std::string>(archive_, "history");
        torch::serialize::InputArchive inner;
        archive_.read("state", inner);
        checkpoint_.state = read_state(inner);
        torch::serialize::InputArchive best;
        archive_.read("best_state", best);
        checkpoint_.best_state = read_state(best);
    } catch (const std::exception&) {  // c10::Error and what it is made of
        throw InputError(path.string(), "a checkpoint of another version", "one of this saltus train");
    }
}

void CheckpointReader::read_optimiser(torch::optim::Optimizer& optimiser) {
    try {
        torch::serialize::InputArchive inner;
        archive_.read("optimiser", inner);
        optimiser.load(inner);
    } catch (const std::exception&) {
        throw InputError(path_.string(), "no optimiser's state", "a checkpoint to go on from");
    }
}

}  // namespace saltus::training
