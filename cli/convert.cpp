// saltus convert IN -o OUT: one form of a model to another, by extension.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "cli/file_roles.hpp"
#include "cli/interrupt.hpp"
#include "cli/verbs.hpp"
#include "core/error.hpp"
#include "models/model.hpp"
#include "models/pipeline.hpp"

namespace saltus::cli {

namespace {

struct ConvertOptions {
    std::string in;
    std::string out;
};

int convert(const ConvertOptions& options) {
    const std::string extension = std::filesystem::path(options.out).extension().string();
    if (extension != ".saltus" && extension != ".textproto") {
        throw InputError(options.out,
                         extension.empty() ? "a name without extension" : "\"" + extension + "\"",
                         ".saltus or .textproto");
    }
    const LoadedModel model = LoadedModel::load(options.in);
    stop_if_interrupted();
    // What cannot run is not worth a file: everything wrong is said here, with its place in IN.
    compile_model(model);
    FileRoles files;
    for (const std::filesystem::path& path : model.files()) {
        // A model may be written over itself in its own form: it is replaced once it is whole.
        if (path != options.in || path.extension() != extension) {
            files.reads(path == options.in ? "the model" : "an array of the model", path);
        }
    }
    files.writes("--out", options.out);
    if (extension == ".saltus") {
        save_saltus(model, options.out, stop_if_interrupted);
    } else {
        save_textproto(model, options.out, stop_if_interrupted);
    }
    std::cout << options.out << '\n';
    return 0;
}

}  // namespace

void add_convert(CLI::App& app, Chosen& chosen) {
    auto options = std::make_shared<ConvertOptions>();
    CLI::App* verb = app.add_subcommand("convert", "Write a model in another form, by extension");
    verb->add_option("IN", options->in, "A .saltus or .textproto file")->required();
    verb->add_option("-o,--out",
                     options->out,
                     "The file to write: .saltus (to run), or .textproto with .npy files beside it "
                     "(to edit)")
        ->required()
        ->type_name("OUT");
    verb->callback([&chosen, options] { chosen = [options] { return convert(*options); }; });
}

}  // namespace saltus::cli
