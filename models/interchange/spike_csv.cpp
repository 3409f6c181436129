#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/csv_field.hpp"
#include "models/interchange/spike_source.hpp"

namespace saltus::detail {

namespace {

// Which field of a line holds what; -1: none does.
struct Columns {
    int sample = -1;
    int population = -1;
    int neuron = -1;
    int time = -1;
    int payload = -1;
    TimeUnit unit = TimeUnit::ticks;
    std::size_t count = 0;
};

class CsvReader {
  public:
    explicit CsvReader(const std::filesystem::path& path) : path_(path.string()), file_(path) {
        if (!std::filesystem::is_regular_file(path) || !file_) {
            throw InputError(path_, "no file that can be read", "a .csv file of spikes");
        }
    }

    // The fields of the next line that is not empty (RFC 4180); false at the end.
    bool next(std::vector<std::string>& fields) {
        for (std::string line; std::getline(file_, line);) {
            ++line_;
            if (!line.empty() && line.back() == '\r') {
                line.pop_back();
            }
            if (!line.empty()) {
                split(line, fields);
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] std::string at() const { return fmt::format("{}: line {}", path_, line_); }
    [[nodiscard]] std::uint64_t line() const { return line_; }

    // A whole field as a number.
    template <class T>
    [[nodiscard]] T number(const std::string& field, const char* what) const {
        T value = 0;
        const char* end = field.data() + field.size();
        const auto [stop, error] = std::from_chars(field.data(), end, value);
        if (error != std::errc() || stop != end) {
            throw InputError(at(), '"' + field + '"', what);
        }
        return value;
    }

  private:
    // A name in quotes may go on over several lines.
    void split(std::string& line, std::vector<std::string>& fields) {
        fields.assign(1, "");
        bool quoted = false;
        for (std::size_t k = 0;; ++k) {
            if (k == line.size()) {
                if (!quoted) {
                    return;
                }
                fields.back() += '\n';
                if (!std::getline(file_, line)) {
                    throw InputError(at(), "a quote that is not closed", "a closed one");
                }
                ++line_;
                k = static_cast<std::size_t>(-1);
            } else if (line[k] == '"') {
                const bool twice = quoted && k + 1 < line.size() && line[k + 1] == '"';
                fields.back() += twice ? "\"" : "";
                k += twice ? 1 : 0;
                quoted = twice || !quoted;
            } else if (line[k] == ',' && !quoted) {
                fields.emplace_back();
            } else {
                fields.back() += line[k];
            }
        }
    }

    std::string path_;
    std::ifstream file_;
    std::uint64_t line_ = 0;
};

Columns columns_of(const CsvReader& reader,
                   std::vector<std::string> names,
                   std::optional<TimeUnit> unit) {
    if (!names.empty() && names[0].rfind("\xEF\xBB\xBF", 0) == 0) {
        names[0].erase(0, 3);  // a byte order mark
    }
    Columns columns;
    columns.count = names.size();
    for (std::size_t k = 0; k < names.size(); ++k) {
        const std::string& name = names[k];
        const bool timed = name.rfind("time", 0) == 0;
        int* column = name == "sample"                     ? &columns.sample
                      : name == "population"               ? &columns.population
                      : name == "neuron"                   ? &columns.neuron
                      : name == "payload"                  ? &columns.payload
                      : name == "tick" || timed            ? &columns.time
                                                           : nullptr;
        if (column == nullptr || *column >= 0) {
            throw InputError(reader.at(),
                             "a column \"" + name + '"',
                             "neuron and one of tick, time, time_ms, time_s, time_us; sample, "
                             "population, payload; each once");
        }
        *column = static_cast<int>(k);
        if (!timed) {
            continue;
        }
        const std::optional<TimeUnit> named =
            name == "time" ? unit : time_unit_of(name.substr(std::min<std::size_t>(5, name.size())));
        if (!named) {
            throw InputError(reader.at(),
                             "times without a unit (column \"" + name + "\")",
                             "time_ms, time_s or time_us, or --unit ms|s|us|ticks");
        }
        columns.unit = *named;
    }
    if (columns.neuron < 0 || columns.time < 0) {
        throw InputError(reader.at(),
                         columns.neuron < 0 ? "no column neuron" : "no column of times",
                         "a line of names, such as sample,population,neuron,tick,payload or "
                         "time_ms,neuron");
    }
    return columns;
}

}  // namespace

SpikeSource read_spike_csv(const std::filesystem::path& path,
                           const std::string& population,
                           std::optional<TimeUnit> unit,
                           const std::function<void()>& poll) {
    CsvReader reader(path);
    std::vector<std::string> fields;
    if (!reader.next(fields)) {
        throw InputError(path.string(), "an empty file", "a line of names, then a line a spike");
    }
    const Columns columns = columns_of(reader, fields, unit);
    SpikeSource source;
    std::map<std::pair<std::uint64_t, std::string>, std::size_t> places;
    const auto field = [&](int column) -> const std::string& {
        return fields[static_cast<std::size_t>(column)];
    };
    while (reader.next(fields)) {
        if (reader.line() % 65536 == 0) {
            poll();
        }
        if (fields.size() != columns.count) {
            throw InputError(reader.at(),
                             fmt::format("{} fields", fields.size()),
                             fmt::format("{}, as the first line has", columns.count));
        }
        const std::uint64_t sample =
            columns.sample < 0
                ? 0
                : reader.number<std::uint64_t>(field(columns.sample), "a sample's number");
        const std::string name =
            columns.population < 0 ? population : without_csv_guard(field(columns.population));
        const auto [found, added] =
            places.try_emplace(std::pair(sample, name), source.streams.size());
        if (added) {
            source.streams.push_back(
                {path.string() + ": " + name, name, sample, columns.unit, {}, {}, {}, {}});
        }
        SourceStream& stream = source.streams[found->second];
        stream.times.push_back(reader.number<double>(field(columns.time), "a time"));
        stream.neurons.push_back(
            reader.number<std::uint64_t>(field(columns.neuron), "a neuron's number"));
        if (columns.payload >= 0) {
            stream.payloads.push_back(reader.number<float>(field(columns.payload), "a payload"));
        }
    }
    return source;
}

}  // namespace saltus::detail
