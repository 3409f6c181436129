// saltus convert IN -o OUT: one form of a model to another, by extension.
#include <CLI/CLI.hpp>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/file_roles.hpp"
#include "cli/interrupt.hpp"
#include "cli/number_text.hpp"
#include "cli/verbs.hpp"
#include "core/error.hpp"
#include "models/files/sparse_model.hpp"
#include "models/model.hpp"
#include "models/pipeline.hpp"

namespace saltus::cli {

namespace {

struct ConvertOptions {
    std::string in;
    std::string out;
    bool sparse = false;
    std::string share;  // as given; empty: not
};

// What became of every projection that might have become sparse, a line each.
std::string sparse_report(const std::vector<SparseProjection>& projections) {
    std::string text;
    for (const SparseProjection& p : projections) {
        const double share = static_cast<double>(p.nonzero) / static_cast<double>(p.weights);
        text += fmt::format("{}: \"{}\", {} of {} weights not zero ({}), ",
                            p.name,
                            p.tensor,
                            grouped_text(p.nonzero),
                            grouped_text(p.weights),
                            percent_text(share));
        if (!p.left.empty()) {
            text += fmt::format("left as it is: {}\n", p.left);
            continue;
        }
        text += fmt::format("now sparse rows: {} of {} synapses stored, {} bytes instead of {}",
                            grouped_text(p.synapses),
                            grouped_text(p.synapses_before),
                            grouped_text(p.bytes),
                            grouped_text(p.bytes_before));
        if (p.zeros_kept > 0) {
            text += fmt::format("; {} of them zeros that lazy blocks are woken by",
                                grouped_text(p.zeros_kept));
        }
        text += '\n';
    }
    return text.empty() ? "no dense or convolutional projection: nothing to make sparse\n" : text;
}

double parse_share(const std::string& text) {
    if (text.empty()) {
        return k_sparse_share;
    }
    const char* const end = text.data() + text.size();
    double share = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, share);
    if (error != std::errc() || stop != end || !(share >= 0 && share <= 1)) {
        throw InputError("--sparse",
                         "\"" + text + "\"",
                         "a share from 0 to 1, or nothing before the next option");
    }
    return share;
}

void save(const LoadedModel& model, const std::string& out) {
    if (std::filesystem::path(out).extension() == ".saltus") {
        save_saltus(model, out, stop_if_interrupted);
    } else {
        save_textproto(model, out, stop_if_interrupted);
    }
}

int convert(const ConvertOptions& options) {
    const std::string extension = std::filesystem::path(options.out).extension().string();
    if (extension != ".saltus" && extension != ".textproto") {
        throw InputError(options.out,
                         extension.empty() ? "a name without extension" : "\"" + extension + "\"",
                         ".saltus or .textproto");
    }
    const double share = parse_share(options.share);
    const LoadedModel model = LoadedModel::load(options.in);
    stop_if_interrupted();
    // What cannot run is not worth a file: everything wrong is said here, with its place in IN.
    compile_model(model);
    FileRoles files;
    for (const std::filesystem::path& path : model.files()) {
        // A container may be written over itself, which leaves it as it is; text would lose what
        // its author wrote beside the numbers.
        const bool itself = path == options.in && path.extension() == ".saltus" && extension == ".saltus";
        if (!itself || options.sparse) {
            files.reads(path == options.in ? "the model" : "an array of the model", path);
        }
    }
    files.writes("--out", options.out);
    if (options.sparse) {
        const SparseModel sparse = with_sparse_rows(model, share);
        save(sparse.model, options.out);
        std::cout << sparse_report(sparse.projections);
    } else {
        save(model, options.out);
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
    verb->add_option(
            "--sparse",
            options->share,
            fmt::format(
                "Store dense and convolutional projections of which at most this share of "
                "weights is not zero as sparse rows (default: {}): the same spikes, fewer "
                "synapses. A convolution's weights are written out for every place. IN stands "
                "before it",
                k_sparse_share))
        ->expected(0, 1)
        ->type_name("[SHARE]");
    verb->callback([&chosen, options, verb] {
        options->sparse = verb->count("--sparse") > 0;
        chosen = [options] { return convert(*options); };
    });
}

}  // namespace saltus::cli
