// What each file of a command is to it: nothing is both read and written, and nothing is written
// twice. A verb says what it has read and what it will write before it opens any output; tests run
// every option that writes onto every input (tests/cli/file_roles_test.cpp).
//
// Files are told apart by what they are, not by name (models/files/output_place.hpp): links, other
// spellings of a path and /dev/stdout are seen through.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "models/data/data_set.hpp"
#include "models/files/output_place.hpp"
#include "models/model.hpp"

namespace saltus::cli {

class FileRoles {
  public:
    // `role`: what the file is, for messages: "the model". Throws InputError if standard output or
    // standard error is redirected to it.
    void reads(const std::string& role, const std::filesystem::path& path);
    void reads(const LoadedModel& model);              // with the arrays it names
    void reads(std::span<const DataSet* const> sets);  // with their labels

    // `option`: "--trace", for messages. `name`: as the user gave it; empty: the option was not
    // given. Throws InputError, naming both, if it is a file that is read, that another option
    // writes, or that standard output or standard error goes to by redirection. Two results to one
    // stream or fifo are refused too; what prints beside them for people is not.
    void writes(const std::string& option, const std::string& name);

    // The same for an option to which "-" is standard output.
    void writes_or_prints(const std::string& option, const std::string& name);

  private:
    struct Entry {
        FileIdentity identity;
        std::string text;  // "--trace x.saltrace is written to"
    };

    void claim(const std::string& option, const std::string& name, const OutputPlace& place);

    std::vector<Entry> entries_;
};

}  // namespace saltus::cli
