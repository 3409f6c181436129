// saltus trace raster FILE -o x.svg|.png|.pdf, or --terminal: the spikes of one sample.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/file_roles.hpp"
#include "cli/note.hpp"
#include "cli/trace_options.hpp"
#include "cli/trace_verbs.hpp"
#include "core/error.hpp"
#include "models/files/atomic_file.hpp"
#include "models/picture/picture.hpp"
#include "models/trace/raster.hpp"
#include "models/trace/raster_terminal.hpp"

namespace saltus::cli {

namespace {

constexpr std::size_t k_piped_columns = 100;
constexpr std::size_t k_least_columns = 40;

struct RasterVerb {
    TraceFileOptions options;
    std::string out;
    bool terminal = false;
    RasterStyle style = RasterStyle::paper;
};

std::size_t terminal_columns() {
    winsize size = {};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return k_piped_columns;
    }
    return std::max<std::size_t>(size.ws_col, k_least_columns);
}

int draw(const RasterVerb& verb) {
    const PictureFormat format = verb.terminal ? PictureFormat::svg : picture_format(verb.out);
    const TraceFile file = open_trace(verb.options);
    FileRoles files;
    files.reads("the trace", verb.options.trace);
    files.writes("--out", verb.out);
    const TraceChoice& choice = verb.options.choice;
    const std::uint64_t place = chosen_place(file, choice.samples);
    const std::vector<PopulationId> populations =
        choice.populations.empty() ? std::vector<PopulationId>()
                                   : chosen_populations(file.header(), choice.populations);
    note_not_recorded(file);
    const std::size_t columns = terminal_columns();
    const RasterData data =
        gather_raster(file,
                      place,
                      populations,
                      chosen_ticks(file.header(), choice.ticks),
                      verb.terminal ? terminal_room(columns) : raster_room(verb.style));
    for (const std::string& note : data.notes) {
        say_note(note);
    }
    if (verb.terminal) {
        std::cout << terminal_raster(file.header(), data, columns);
        return 0;
    }
    AtomicFile out(verb.out);
    out.write(picture_bytes(
        raster_picture(file.header(), data, verb.style), format, raster_dots_per_inch(verb.style)));
    out.commit();
    return 0;
}

}  // namespace

void add_trace_raster(CLI::App& trace, Chosen& chosen) {
    const auto verb = std::make_shared<RasterVerb>();
    CLI::App* const app = trace.add_subcommand(
        "raster", "Draw the spikes of one sample, as .svg, .png, .pdf or in the terminal");
    add_trace_file(*app, verb->options);
    add_sample_choice(*app, verb->options.choice);
    add_population_choice(*app, verb->options.choice);
    add_ticks_choice(*app, verb->options.choice);
    CLI::Option_group* const where = app->add_option_group("where");
    where->add_option("-o,--out", verb->out, "What to write: x.svg, x.png or x.pdf");
    where->add_flag("--terminal", verb->terminal, "In braille, as wide as the terminal");
    where->require_option(1);
    app->add_option(
           "--style",
           verb->style,
           "paper: 174 mm wide, 7 point letters; slides: 254 mm, 12 point (default: paper)")
        ->transform(CLI::CheckedTransformer(std::map<std::string, RasterStyle>{
            {"paper", RasterStyle::paper}, {"slides", RasterStyle::slides}}))
        ->type_name("paper|slides");
    add_skip_damaged(*app, verb->options);
    app->callback([verb, &chosen] { chosen = [verb] { return draw(*verb); }; });
}

}  // namespace saltus::cli
