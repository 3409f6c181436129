#include "models/interchange/npz_export.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/atomic_file.hpp"
#include "models/files/npy.hpp"
#include "models/interchange/zip_writer.hpp"

namespace saltus {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_most_characters = 256;

void write_text(ZipMember& member, std::string_view text) {
    member.write(std::as_bytes(std::span(text)));
}

// The code points of UTF-8 text, of the first characters; a byte that is none stands for itself.
std::vector<std::uint32_t> code_points(const std::string& text) {
    std::vector<std::uint32_t> points;
    for (std::size_t k = 0; k < text.size() && points.size() < k_most_characters;) {
        const auto lead = static_cast<unsigned char>(text[k]);
        const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
        std::uint32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
        bool good = k + length <= text.size() && lead < 0xF5;
        for (std::size_t j = 1; good && j < length; ++j) {
            const auto next = static_cast<unsigned char>(text[k + j]);
            good = (next & 0xC0U) == 0x80U;
            point = point << 6 | (next & 0x3FU);
        }
        points.push_back(good ? point : lead);
        k += good ? length : 1;
    }
    return points;
}

// The archive's members, written as they are finished.
class Archive {
  public:
    explicit Archive(const fs::path& out) : out_(out), file_(out), zip_(file_) {}

    [[nodiscard]] const fs::path& beside() const { return out_; }

    void add(ZipMember& member) { zip_.add(member); }

    // An array that is at hand.
    template <class T>
    void array(const char* name,
               const std::vector<std::uint64_t>& shape,
               const std::vector<T>& values,
               NpyType type = npy_type_of<T>()) {
        ZipMember member(std::string(name) + ".npy");
        write_text(member, npy_header(type, shape));
        member.write(std::as_bytes(std::span(values)));
        add(member);
    }

    // X_names, X_name_bytes and X_name_ends.
    void names(const std::string& of, const std::vector<std::string>& names) {
        std::vector<std::uint8_t> bytes;
        std::vector<std::int64_t> ends;
        std::vector<std::vector<std::uint32_t>> texts;
        std::size_t longest = 1;
        for (const std::string& name : names) {
            bytes.insert(bytes.end(), name.begin(), name.end());
            ends.push_back(static_cast<std::int64_t>(bytes.size()));
            texts.push_back(code_points(name));
            longest = std::max(longest, texts.back().size());
        }
        text_array(of + "_names.npy", texts, longest);
        array((of + "_name_bytes").c_str(), {bytes.size()}, bytes);
        array((of + "_name_ends").c_str(), {ends.size()}, ends);
    }

    void commit() {
        zip_.finish();
        file_.commit();
    }

  private:
    // NumPy's text: each padded with zeros to the longest, 32 bits a character.
    void text_array(const std::string& name,
                    std::vector<std::vector<std::uint32_t>>& texts,
                    std::size_t longest) {
        std::string header = fmt::format(
            "{{'descr': '<U{}', 'fortran_order': False, 'shape': ({},), }}", longest, texts.size());
        header.append(63 - (10 + header.size()) % 64, ' ');
        header += '\n';
        const char size[] = {static_cast<char>(header.size() & 0xFF),
                             static_cast<char>(header.size() >> 8)};
        ZipMember member(name);
        write_text(member, std::string_view("\x93NUMPY\x01\x00", 8));
        write_text(member, std::string_view(size, 2));
        write_text(member, header);
        for (std::vector<std::uint32_t>& text : texts) {
            text.resize(longest, 0);
            member.write(std::as_bytes(std::span(text)));
        }
        add(member);
    }

    fs::path out_;
    AtomicFile file_;
    ZipWriter zip_;
};

// An array that grows value by value, to as many as its shape says.
template <class T>
class Column {
  public:
    Column(const Archive& archive,
           const char* name,
           const std::vector<std::uint64_t>& shape,
           NpyType type = npy_type_of<T>())
        : member_(std::string(name) + ".npy", archive.beside()) {
        write_text(member_, npy_header(type, shape));
    }

    void push(T value) {
        values_.push_back(value);
        if (values_.size() == k_at_once) {
            flush();
        }
    }

    void add_to(Archive& archive) {
        flush();
        archive.add(member_);
    }

  private:
    static constexpr std::size_t k_at_once = 4096;

    void flush() {
        member_.write(std::as_bytes(std::span(values_)));
        values_.clear();
    }

    ZipMember member_;
    std::vector<T> values_;
};

std::int64_t number_of(const ExportPart& part, std::uint64_t place) {
    const std::uint64_t number = part.trace.number(place);
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw InputError(part.trace.path(),
                         fmt::format("sample {}", number),
                         "numbers up to 2^63 - 1, as int64 has them");
    }
    return static_cast<std::int64_t>(number);
}

std::uint64_t count_spikes(const ExportPart& part) {
    std::uint64_t count = 0;
    for (const std::uint64_t place : part.places) {
        part.poll();
        for (const PopulationId id : part.populations) {
            part.visit(place, id, [&](const StreamTrace& stream) { count += stream.slots.size(); });
        }
    }
    return count;
}

void add_spikes(const ExportPart& part, Archive& archive) {
    const std::vector<std::uint64_t> shape = {count_spikes(part)};
    Column<std::int64_t> sample(archive, "sample", shape);
    Column<std::int32_t> population(archive, "population", shape);
    Column<std::int64_t> neuron(archive, "neuron", shape);
    Column<std::int64_t> tick(archive, "tick", shape);
    Column<float> payload(archive, "payload", shape);
    for (const std::uint64_t place : part.places) {
        part.poll();
        const std::int64_t number = number_of(part, place);
        for (const PopulationId id : part.populations) {
            part.visit(place, id, [&](const StreamTrace& stream) {
                for_each_spike(stream, part.population(id).shape, [&](const ExportedSpike& spike) {
                    sample.push(number);
                    population.push(static_cast<std::int32_t>(id));
                    neuron.push(spike.neuron);
                    tick.push(spike.tick);
                    payload.push(spike.payload);
                });
            });
        }
    }
    sample.add_to(archive);
    population.add_to(archive);
    neuron.add_to(archive);
    tick.add_to(archive);
    payload.add_to(archive);
}

// What is known of each sample besides its spikes.
class SampleColumns {
  public:
    SampleColumns(const ExportPart& part, const Archive& archive, std::uint64_t values)
        : readouts_(part.header().readouts.size()),
          values_(values),
          number_(archive, "sample_number", {part.places.size()}),
          has_label_(archive, "has_label", {part.places.size()}, NpyType::boolean),
          label_(archive, "label", {part.places.size()}),
          has_answer_(archive, "has_answer", {part.places.size()}, NpyType::boolean),
          prediction_(archive, "prediction", {part.places.size(), readouts_}),
          tied_(archive, "tied", {part.places.size(), readouts_}, NpyType::boolean),
          undecided_(archive, "undecided", {part.places.size(), readouts_}, NpyType::boolean),
          value_(archive, "readout_values", {part.places.size(), values}) {}

    void push(std::int64_t number, const SampleRecord& record) {
        number_.push(number);
        has_label_.push(record.label ? 1 : 0);
        label_.push(record.label.value_or(0));
        const bool answered = record.readouts.size() == readouts_;
        has_answer_.push(answered ? 1 : 0);
        for (std::size_t r = 0; r < readouts_; ++r) {
            prediction_.push(answered ? std::int64_t{record.readouts[r].prediction} : -1);
            tied_.push(answered && record.readouts[r].tied ? 1 : 0);
            undecided_.push(answered && record.readouts[r].undecided ? 1 : 0);
            for (std::size_t k = 0; answered && k < record.readouts[r].values.size(); ++k) {
                value_.push(record.readouts[r].values[k]);
            }
        }
        for (std::uint64_t k = 0; !answered && k < values_; ++k) {
            value_.push(std::numeric_limits<float>::quiet_NaN());
        }
    }

    void add_to(Archive& archive) {
        number_.add_to(archive);
        has_label_.add_to(archive);
        label_.add_to(archive);
        has_answer_.add_to(archive);
        prediction_.add_to(archive);
        tied_.add_to(archive);
        undecided_.add_to(archive);
        value_.add_to(archive);
    }

  private:
    std::size_t readouts_;
    std::uint64_t values_;
    Column<std::int64_t> number_;
    Column<std::uint8_t> has_label_;
    Column<std::int64_t> label_;
    Column<std::uint8_t> has_answer_;
    Column<std::int64_t> prediction_;
    Column<std::uint8_t> tied_;
    Column<std::uint8_t> undecided_;
    Column<float> value_;
};

void add_samples(const ExportPart& part, Archive& archive) {
    std::vector<std::string> names;
    std::vector<std::int32_t> populations;
    std::vector<std::int64_t> from = {0};
    for (const TraceReadout& readout : part.header().readouts) {
        names.push_back(readout.name);
        populations.push_back(static_cast<std::int32_t>(readout.population));
        from.push_back(from.back() + readout.values);
    }
    SampleColumns columns(part, archive, static_cast<std::uint64_t>(from.back()));
    for (const std::uint64_t place : part.places) {
        part.poll();
        const std::int64_t number = number_of(part, place);
        columns.push(number, part.trace.record(place));
    }
    columns.add_to(archive);
    archive.names("readout", names);
    archive.array("readout_population", {populations.size()}, populations);
    archive.array("readout_from", {from.size()}, from);
}

void add_populations(const ExportPart& part, Archive& archive) {
    std::vector<std::string> names;
    std::vector<std::int64_t> shapes;
    for (const TracePopulation& population : part.header().populations) {
        names.push_back(population.name);
        for (std::size_t d = 0; d < 3; ++d) {
            const std::vector<std::uint32_t>& dims = population.shape.dims;
            shapes.push_back(d < dims.size() ? dims[d] : 1);
        }
    }
    std::vector<std::uint8_t> exported(names.size(), 0);
    for (const PopulationId id : part.populations) {
        exported[id] = 1;
    }
    archive.names("population", names);
    archive.array("population_shape", {names.size(), 3}, shapes);
    archive.array("population_exported", {exported.size()}, exported, NpyType::boolean);
}

void add_run(const ExportPart& part, Archive& archive) {
    archive.names("model", {part.header().model});
    archive.array("horizon", {}, std::vector<std::int64_t>{part.header().horizon});
    archive.array("tick_seconds", {}, std::vector<double>{part.header().tick_seconds});
    archive.array("ticks", {2}, std::vector<std::int64_t>{part.ticks.from, part.ticks.until});
}

}  // namespace

void export_npz(const ExportPart& part, const fs::path& out) {
    Archive archive(out);
    add_spikes(part, archive);
    add_samples(part, archive);
    add_populations(part, archive);
    add_run(part, archive);
    archive.commit();
}

}  // namespace saltus
