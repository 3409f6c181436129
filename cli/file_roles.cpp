#include "cli/file_roles.hpp"

#include <array>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus::cli {

namespace {

constexpr std::array<std::pair<int, const char*>, 2> k_streams = {{
    {STDOUT_FILENO, "standard output"},
    {STDERR_FILENO, "standard error"},
}};

// Throws if the shell sends standard output or standard error into this file.
void check_not_redirected(const std::string& what, const FileIdentity& identity) {
    for (const auto& [descriptor, stream] : k_streams) {
        struct stat status {};

        const bool file = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
        if (file && identity_of(descriptor) == identity) {
            throw InputError(what, fmt::format("the file that {} goes to", stream), "another file");
        }
    }
}

}  // namespace

void FileRoles::reads(const std::string& role, const std::filesystem::path& path) {
    const std::optional<FileIdentity> identity = identity_of(path);
    if (!identity) {
        return;  // gone since it was read: no output can hit it
    }
    check_not_redirected(path.string(), *identity);
    entries_.push_back({*identity, fmt::format("{} ({}) is read from", role, path.string())});
}

void FileRoles::reads(const LoadedModel& model) {
    for (std::size_t k = 0; k < model.files().size(); ++k) {
        reads(k == 0 ? "the model" : "an array of the model", model.files()[k]);
    }
}

void FileRoles::reads(std::span<const DataSet* const> sets) {
    for (const DataSet* const set : sets) {
        for (const std::filesystem::path& path : set->files()) {
            reads("data", path);
        }
    }
}

void FileRoles::claim(const std::string& option,
                      const std::string& name,
                      const OutputPlace& place) {
    if (!place.identity || place.keeps_nothing) {
        return;
    }
    const std::string what = option + " " + name;
    for (const Entry& entry : entries_) {
        if (entry.identity == *place.identity) {
            throw InputError(what, "the place that " + entry.text, "another");
        }
    }
    if (place.kind == OutputPlace::Kind::file) {
        check_not_redirected(what, *place.identity);
    }
    entries_.push_back({*place.identity, what + " is written to"});
}

void FileRoles::writes(const std::string& option, const std::string& name) {
    if (!name.empty()) {
        claim(option, name, find_output_place(name));
    }
}

void FileRoles::writes_or_prints(const std::string& option, const std::string& name) {
    if (name == "-") {
        claim(option, name, find_output_place("/dev/stdout"));
    } else {
        writes(option, name);
    }
}

}  // namespace saltus::cli
