// A model file read into memory: the protobuf header, its mapped tensors, and its translation into
// what core, encoders and front run. Knows .saltus and .textproto; interchange formats become this
// too.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/network_spec.hpp"
#include "encoders/encoder.hpp"
#include "models/front/front.hpp"

namespace saltus {

namespace proto {
class Model;
}

// One declared input, and how raw numbers become the front's: value / divide_by, one float32
// division (pixels: 255), then (x - mean[c]) / deviation[c] if given.
struct ModelInput {
    std::string name;
    Shape shape;  // of one frame, by index
    float divide_by = 1;
    std::vector<float> mean;  // empty, one, or one a channel
    std::vector<float> deviation;
    bool sequence = false;  // data come as [sample, frame, ...shape]
    Tick ticks_per_frame = 1;
    bool spikes = false;  // feeds an `events` encoder: --events [sample, tick, ...shape]
};

// An encoder population, and the chain of artificial layers that leads to it from an input.
struct EncoderBinding {
    std::string name;
    PopulationId population = 0;
    Coding coding;
    std::size_t input = 0;  // which ModelInput
    FrontSpec front;        // front.layers may be empty
};

// One tensor as it is stored, for people.
struct TensorSummary {
    std::string name;
    std::string type;    // "float32"
    std::string layout;  // "by_index" or "rows_by_source"
    std::vector<std::uint64_t> shape;
    std::uint64_t numbers = 0;  // product of the shape
    std::uint64_t bytes = 0;    // padding included
    std::string checksum;       // XXH3-128, 32 hex digits; empty outside .saltus files
    bool finite_known = false;
};

class LoadedModel {
  public:
    // Reads by extension: .saltus (mapped) or .textproto. Throws ModelError or InputError naming
    // the file.
    static LoadedModel load(const std::filesystem::path& path);
    // From a message whose tensors are all inline or beside `directory`.
    static LoadedModel from_message(proto::Model message,
                                    const std::filesystem::path& directory,
                                    const std::string& origin);
    LoadedModel(LoadedModel&&) noexcept;
    LoadedModel& operator=(LoadedModel&&) noexcept;
    ~LoadedModel();

    [[nodiscard]] const proto::Model& message() const;
    [[nodiscard]] const std::string& name() const;
    [[nodiscard]] const std::string& origin() const;  // the file, as messages name it
    // What it was read from: the model's own file first, then the .npy files it names. Empty for a
    // message.
    [[nodiscard]] const std::vector<std::filesystem::path>& files() const;
    [[nodiscard]] Tick horizon() const;
    [[nodiscard]] double tick_seconds() const;  // 0 if not stated
    [[nodiscard]] const std::vector<ModelInput>& inputs() const;
    [[nodiscard]] const std::vector<EncoderBinding>& encoders() const;  // in population order
    // True if every weight is recorded as finite with its checksum (converted files).
    [[nodiscard]] bool finite_known() const;

    // In file order.
    [[nodiscard]] std::vector<TensorSummary> tensors() const;
    // By node: a layer's output or a population's shape, given or inferred.
    [[nodiscard]] const std::vector<Shape>& node_shapes() const;
    // Reads every tensor: those that differ from their checksum, hold a number that is not finite
    // (int8: below -127), or whose rows are padded with anything but zeros. Empty: all is well.
    // load() does not: it leaves tensors where they lie, and no result depends on padding. `poll`:
    // called between tensors; what it throws goes through.
    [[nodiscard]] std::vector<Fault> verify(const std::function<void()>& poll = {}) const;

    // The spiking part, with views into this model, which must outlive it. Another horizon is the
    // same model with another T: what it leaves unset follows it, what it states stays. Throws
    // ModelError where a stated window would end after the horizon, naming each.
    [[nodiscard]] NetworkSpec network_spec(std::optional<Tick> horizon = std::nullopt) const;

    struct Data;

    // What load() made of the file; for the writers in models/files alone.
    [[nodiscard]] const Data& data() const { return *data_; }

  private:
    explicit LoadedModel(std::unique_ptr<Data> data);
    std::unique_ptr<Data> data_;
};

// Writes a .saltus container: magic, length-prefixed header, 64-byte-aligned tensors laid
// rows_by_source. Under a temporary name first, renamed when whole. Throws ModelError for what
// load() would refuse. `poll`: called between tensors; what it throws ends the work, and nothing is
// written.
void save_saltus(const LoadedModel& model,
                 const std::filesystem::path& path,
                 const std::function<void()>& poll = {});
// Writes protobuf text, tensors inline up to a few numbers, else as .npy beside it, by index; each
// .npy has a name of its own by what it holds (files/array_files.hpp). The model is there from one
// moment to the next, whatever ends the work before; a file that is none of its own is never
// overwritten (InputError). `poll`: as above.
void save_textproto(const LoadedModel& model,
                    const std::filesystem::path& path,
                    const std::function<void()>& poll = {});

}  // namespace saltus
