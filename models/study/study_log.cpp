#include "models/study/study_log.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/files/atomic_file.hpp"
#include "models/files/csv_field.hpp"

namespace saltus {

namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr const char* k_lines = "results.jsonl";
constexpr const char* k_table = "results.csv";
constexpr const char* k_identity = "study.json";

Json identity_json(const StudyIdentity& identity) {
    return {{"name", identity.name},
            {"model", identity.model_file},
            {"model_digest", identity.model_digest},
            {"data", identity.data},
            {"samples", identity.samples},
            {"scan", identity.scans},
            {"set", identity.sets},
            {"energy", identity.energy},
            {"seed", identity.first_seed},
            {"repeats", identity.repeats},
            {"random", identity.random},
            {"program", identity.program},
            {"command", identity.command}};
}

std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void check_identity(const fs::path& path, const Json& ours) {
    const Json theirs = Json::parse(text_of(path), nullptr, false);
    if (!theirs.is_object()) {
        throw ModelError(path.string(), "no JSON object", "a study's own file, or another folder");
    }
    for (const auto& [key, value] : ours.items()) {
        const Json there = theirs.contains(key) ? theirs[key] : Json();
        if (key != "program" && key != "command" && key != "model" && there != value) {
            throw InputError(path.string() + ": " + key,
                             there.dump(),
                             value.dump() + ", or another folder: this one holds another study");
        }
    }
}

// A study's reports write over nobody's files. What a crash left of its first file is its own.
void refuse_foreign_files(const fs::path& folder) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (name.find(k_identity) == std::string::npos) {
            throw InputError(folder.string(),
                             "a folder with other files (" + name + ")",
                             "an empty or a new one, or a study's");
        }
    }
}

[[noreturn]] void fail(const fs::path& path, const char* what) {
    throw Error(fmt::format("{}: {}: {}", path.string(), what, std::strerror(errno)));
}

int open_to_add(const fs::path& path) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        throw InputError(path.string(), std::strerror(errno), "a file that can be written");
    }
    return descriptor;
}

// All of it, or an exception and whatever the disk took: a line cut off is dropped at the next
// start.
void write_through(int descriptor, const std::string& text, const fs::path& path) {
    std::size_t written = 0;
    while (written < text.size()) {
        const ssize_t n = ::write(descriptor, text.data() + written, text.size() - written);
        if (n < 0 && errno != EINTR) {
            fail(path, "cannot be written");
        }
        written += n < 0 ? 0 : static_cast<std::size_t>(n);
    }
    if (::fdatasync(descriptor) != 0 && errno != EINVAL) {
        fail(path, "cannot be synced");
    }
}

PointResult result_from(const Json& line, const StudyPoint& point) {
    PointResult result;
    result.point = point;
    if (!line.at("error").is_null()) {
        result.error = line.at("error").get<std::string>();
        return result;
    }
    result.samples = line.at("samples").get<std::uint64_t>();
    result.failed = line.at("failed").get<std::uint64_t>();
    result.labelled = line.at("labelled").get<std::uint64_t>();
    result.right = line.at("right").get<std::uint64_t>();
    result.ticks = line.at("ticks").get<double>();
    result.total_operations = line.at("total_operations").get<double>();
    result.macs = line.at("macs").get<double>();
    result.acs = line.at("acs").get<double>();
    result.spikes = line.at("spikes").get<double>();
    result.encoder_spikes = line.at("encoder_spikes").get<double>();
    const Json joules = line.at("joules");
    for (const Json& one : joules) {
        result.joules.push_back(one.get<double>());
    }
    return result;
}

Json settings_json(const StudyPoint& point) {
    Json settings = Json::object();
    for (const Setting& setting : point.settings) {
        settings[setting.path] = setting.value;
    }
    return settings;
}

std::string table_head(const StudyIdentity& identity, const std::vector<StudyPoint>& points) {
    std::string head = "point";
    for (const Setting& setting : points.front().settings) {
        head += ',' + csv_field(setting.path);
    }
    head +=
        ",seed,error,samples,failed,labelled,right,ticks,total_operations,macs,acs,spikes,encoder_"
        "spikes";
    for (const std::string& energy : identity.energy) {
        head += ',' + csv_field("joules " + energy);
    }
    return head + '\n';
}

std::string table_row(const PointResult& r, std::size_t energies) {
    std::string row = fmt::format("{}", r.point.number);
    for (const Setting& setting : r.point.settings) {
        row += ',' + value_text(setting.value);
    }
    row += fmt::format(",{},{}", r.point.seed, csv_field(r.error));
    if (!r.error.empty()) {
        return row + std::string(10 + energies, ',') + '\n';
    }
    row += fmt::format(",{},{},{},{},{},{},{},{},{},{}",
                       r.samples,
                       r.failed,
                       r.labelled,
                       r.right,
                       r.ticks,
                       r.total_operations,
                       r.macs,
                       r.acs,
                       r.spikes,
                       r.encoder_spikes);
    for (const double joules : r.joules) {
        row += fmt::format(",{}", joules);
    }
    return row + std::string(energies - r.joules.size(), ',') + '\n';
}

}  // namespace

std::string result_line(const PointResult& r, const std::vector<std::string>& energy) {
    Json line = {
        {"point", r.point.number}, {"settings", settings_json(r.point)}, {"seed", r.point.seed}};
    if (!r.error.empty()) {
        line["error"] = r.error;
        return line.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    Json joules = Json::object();
    for (std::size_t k = 0; k < r.joules.size(); ++k) {
        joules[energy[k]] = r.joules[k];
    }
    line.update({{"error", nullptr},
                 {"samples", r.samples},
                 {"failed", r.failed},
                 {"labelled", r.labelled},
                 {"right", r.right},
                 {"accuracy", r.labelled == 0 ? Json(nullptr) : Json(r.accuracy())},
                 {"ticks", r.ticks},
                 {"total_operations", r.total_operations},
                 {"macs", r.macs},
                 {"acs", r.acs},
                 {"spikes", r.spikes},
                 {"encoder_spikes", r.encoder_spikes},
                 {"joules", joules}});
    return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

StudyLog::StudyLog(const fs::path& folder,
                   const StudyIdentity& identity,
                   const std::vector<StudyPoint>& points)
    : folder_(folder), identity_(identity) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (!fs::is_directory(folder)) {
        throw InputError(folder.string(),
                         failure ? failure.message() : "a file",
                         "a folder that can be made or is there");
    }
    lock_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        const bool busy = lock_ >= 0;
        if (busy) {
            ::close(lock_);
        }
        throw InputError(folder.string(),
                         busy ? "a study that another process is at" : std::strerror(errno),
                         "a folder of its own");
    }
    try {
        const Json ours = identity_json(identity_);
        if (fs::exists(folder / k_identity)) {
            check_identity(folder / k_identity, ours);
        } else {
            refuse_foreign_files(folder);
            write_whole_file(folder / k_identity, ours.dump(2) + '\n');
        }
        read(points);
        if (results_.empty()) {  // a first line that was cut off, or nothing
            fs::remove(folder / k_lines);
            fs::remove(folder / k_table);
        }
        put_in_order();
        lines_ = open_to_add(folder / k_lines);
        table_ = open_to_add(folder / k_table);
        if (results_.empty()) {
            write_through(table_, table_head(identity_, points), folder / k_table);
        }
    } catch (...) {
        ::close(lock_);
        throw;
    }
}

StudyLog::~StudyLog() {
    for (const int descriptor : {lines_, table_, lock_}) {
        if (descriptor >= 0) {
            ::close(descriptor);
        }
    }
}

void StudyLog::read(const std::vector<StudyPoint>& points) {
    const fs::path path = folder_ / k_lines;
    const std::string text = text_of(path);
    std::size_t from = 0;
    for (std::size_t number = 1; from < text.size(); ++number) {
        const std::size_t end = text.find('\n', from);
        if (end == std::string::npos) {
            return;  // cut off: that point is run again
        }
        const Json line = Json::parse(text.begin() + static_cast<std::ptrdiff_t>(from),
                                      text.begin() + static_cast<std::ptrdiff_t>(end),
                                      nullptr,
                                      false);
        from = end + 1;
        try {
            const std::size_t place = line.at("point").get<std::size_t>();
            const StudyPoint& point = points.at(place);
            if (line.at("settings") != settings_json(point) ||
                line.at("seed").get<std::uint64_t>() != point.seed) {
                throw ModelError(fmt::format("{}:{}", path.string(), number),
                                 "other settings than the study's",
                                 "lines of this study");
            }
            results_[place] = result_from(line, point);
        } catch (const std::exception& error) {
            if (dynamic_cast<const ModelError*>(&error) != nullptr) {
                throw;
            }
            throw ModelError(fmt::format("{}:{}", path.string(), number),
                             "no result of a point",
                             "lines of this study");
        }
    }
}

void StudyLog::add(PointResult result) {
    write_through(lines_, result_line(result, identity_.energy) + '\n', folder_ / k_lines);
    write_through(table_, table_row(result, identity_.energy.size()), folder_ / k_table);
    const std::size_t place = result.point.number;
    results_[place] = std::move(result);
}

void StudyLog::put_in_order() {
    if (results_.empty()) {
        return;
    }
    std::string lines;
    std::string table = table_head(identity_, {results_.begin()->second.point});
    for (const auto& [place, result] : results_) {
        lines += result_line(result, identity_.energy) + '\n';
        table += table_row(result, identity_.energy.size());
    }
    write_whole_file(folder_ / k_lines, lines);
    write_whole_file(folder_ / k_table, table);
}

}  // namespace saltus
