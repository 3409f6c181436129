// saltus energy: the energy models that come with Saltus, and their text.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/verbs.hpp"
#include "models/energy/energy_model.hpp"

namespace saltus::cli {

namespace {

int list() {
    std::cout << "energy models for saltus run --energy NAME (or FILE.textproto); saltus energy "
                 "NAME shows one\n\n";
    for (const std::string& name : energy_model_names()) {
        const EnergyModel model = load_energy_model(name);
        std::cout << fmt::format("  {:<14}  {}\n", name, model.title);
        for (const EnergyPrice& price : model.prices) {
            const std::uint32_t accesses =
                price.weight_reads + price.state_reads + price.state_writes;
            std::cout << fmt::format("  {:<14}    {:>9.4g} pJ{}  {}\n",
                                     "",
                                     price.joules * 1e12,
                                     accesses == 0 ? "" : fmt::format(" + {} accesses", accesses),
                                     counted_words(price.of));
        }
    }
    return 0;
}

}  // namespace

void add_energy(CLI::App& app, Chosen& chosen) {
    auto name = std::make_shared<std::string>();
    CLI::App* const verb =
        app.add_subcommand("energy", "List the energy models, or show one as a file");
    verb->add_option(
        "NAME",
        *name,
        "The model to show; to begin one of your own: saltus energy NAME > my.textproto");
    verb->callback([name, &chosen] {
        chosen = [name] {
            if (name->empty()) {
                return list();
            }
            std::cout << energy_model_text(*name);
            return 0;
        };
    });
}

}  // namespace saltus::cli
