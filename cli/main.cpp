// The `saltus` command: options that stand before a verb, and the exit codes.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <new>
#include <string>

#include "cli/command_line.hpp"
#include "cli/complain.hpp"
#include "cli/interrupt.hpp"
#include "cli/verbs.hpp"
#include "cli/version.hpp"
#include "core/error.hpp"

namespace {

using saltus::cli::k_bad_input;
using saltus::cli::k_done;
using saltus::cli::k_failed;
using saltus::cli::k_interrupted;

void complain(const std::string& text) {
    saltus::cli::complain("saltus", text);
}

// An empty value is a variable that was not set rather than a wish for what is done by default.
void refuse_empty_values(const CLI::App& app) {
    for (const CLI::Option* const option : app.get_options()) {
        for (const std::string& value : option->results()) {
            if (value.empty() && option->get_expected_min() > 0) {
                throw saltus::InputError(option->get_name(), "an empty value", "a value");
            }
        }
    }
    for (const CLI::App* const part : app.get_subcommands([](const CLI::App*) { return true; })) {
        refuse_empty_values(*part);
    }
}

int run_chosen(const saltus::cli::Chosen& chosen) {
    try {
        return chosen();
    } catch (const saltus::ModelError& error) {
        complain(error.what());
        return k_bad_input;
    } catch (const saltus::InputError& error) {
        complain(error.what());
        return k_bad_input;
    } catch (const saltus::cli::Interrupted& stop) {
        complain(stop.what());
        return k_interrupted;
    } catch (const std::bad_alloc&) {
        complain("out of memory");
        return k_failed;
    } catch (const std::exception& error) {
        complain(error.what());
        return k_failed;
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Saltus simulates hybrid neural networks by leaping from event to event.",
                 "saltus"};
    app.set_version_flag("--version", saltus::cli::version_line());
    app.require_subcommand(1);
    app.footer(
        "Exit codes: 0 done, 1 the run failed, 2 bad use or bad input, 3 different (diff), 130 "
        "interrupted.");

    saltus::cli::Chosen chosen;
    saltus::cli::add_run(app, chosen);
    saltus::cli::add_bench(app, chosen);
    saltus::cli::add_info(app, chosen);
    saltus::cli::add_convert(app, chosen);
    saltus::cli::add_import(app, chosen);
    saltus::cli::add_check(app, chosen);
    saltus::cli::add_export_model(app, chosen);
    saltus::cli::add_train(app, chosen);
    saltus::cli::add_study(app, chosen);
    saltus::cli::add_energy(app, chosen);
    saltus::cli::add_trace(app, chosen);

    try {
        app.parse(argc, argv);
        refuse_empty_values(app);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
            app.exit(error);  // prints the help or the version
            return k_done;
        }
        complain(saltus::cli::parse_complaint(app, error));
        return k_bad_input;
    } catch (const saltus::InputError& error) {  // of an option's value
        complain(error.what());
        return k_bad_input;
    }
    saltus::cli::watch_interrupts();
    const int code = run_chosen(chosen);
    std::cout.flush();
    if (code == k_done && !std::cout) {
        complain("standard output: cannot be written");
        return k_failed;
    }
    return code;
}
