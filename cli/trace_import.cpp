// saltus trace import: spikes of other programs as a trace.
#include "models/interchange/trace_import.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/file_roles.hpp"
#include "cli/interrupt.hpp"
#include "cli/note.hpp"
#include "cli/trace_verbs.hpp"
#include "cli/version.hpp"
#include "core/error.hpp"

namespace saltus::cli {

namespace {

struct ImportVerb {
    std::string in;
    std::string out;
    std::vector<std::string> neurons;
    ImportChoice choice;
};

// "NAME=784" or "NAME=1x28x28".
std::pair<std::string, Shape> parse_neurons(const std::string& text) {
    const std::size_t equals = text.rfind('=');
    std::vector<std::uint32_t> dims;
    bool good = equals != std::string::npos && equals > 0;
    for (const char *at = text.data() + equals + 1, *end = text.data() + text.size(); good;) {
        std::uint32_t size = 0;
        const auto [stop, error] = std::from_chars(at, end, size);
        good = error == std::errc() && size > 0 && (stop == end || *stop == 'x');
        dims.push_back(size);
        if (stop == end) {
            break;
        }
        at = stop + 1;
    }
    if (!good || (dims.size() != 1 && dims.size() != 3)) {
        throw InputError("--neurons", '"' + text + '"', "NAME=N or NAME=CxHxW");
    }
    return {text.substr(0, equals), Shape(std::move(dims))};
}

int import_spikes(ImportVerb verb) {
    for (const std::string& text : verb.neurons) {
        verb.choice.neurons.push_back(parse_neurons(text));
    }
    FileRoles files;
    files.reads("the spikes", verb.in);
    files.writes("--out", verb.out);
    const TraceProvenance provenance =
        collect_provenance("saltus trace import " + verb.in, version_line(), 1);
    for (const std::string& note :
         import_trace(verb.in, verb.out, verb.choice, provenance, stop_if_interrupted)) {
        say_note(note);
    }
    return 0;
}

}  // namespace

void add_trace_import(CLI::App& trace, Chosen& chosen) {
    const auto verb = std::make_shared<ImportVerb>();
    CLI::App* app = trace.add_subcommand(
        "import", "Make a trace of another program's spikes: SONATA (.h5) or .csv");
    app->add_option("FILE", verb->in, "The spikes: x.h5 or x.csv")->required();
    app->add_option("-o,--out", verb->out, "What to write: x.saltrace")->required();
    takes_positive_number(
        app->add_option("--tick", verb->choice.tick_seconds, "Length of a tick in seconds"));
    takes_whole_number(
        app->add_option("--horizon", verb->choice.horizon, "Ticks of a sample"), 1, k_most_ticks);
    app->add_option(
        "--unit", verb->choice.unit, "Of times whose unit the file does not say: ms, s, us, ticks");
    app->add_option("--population", verb->choice.population, "The name where the file has none");
    app->add_option("--neurons",
                    verb->neurons,
                    "NAME=N or NAME=CxHxW: a population's neurons; in this order, before others");
    app->callback([verb, &chosen] { chosen = [verb] { return import_spikes(*verb); }; });
}

}  // namespace saltus::cli
