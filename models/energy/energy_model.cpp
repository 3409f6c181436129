#include "models/energy/energy_model.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "models/energy/energy_presets.hpp"
#include "models/files/faults.hpp"
#include "models/files/nearest_name.hpp"
#include "models/files/text_message.hpp"

#include "saltus/energy.pb.h"

namespace saltus {

namespace {

struct CountedText {
    const char* name;
    const char* words;
};

constexpr std::array<CountedText, k_counted> k_texts = {{
    {"front_macs", "MACs of artificial layers"},
    {"dense_front_macs", "MACs of artificial layers, zeros too"},
    {"front_neurons", "inputs and outputs of artificial layers"},
    {"held_macs", "MACs of held drive"},
    {"held_ticks", "MACs of held drive, at every tick"},
    {"graded_macs", "MACs of graded events"},
    {"acs", "synaptic operations (ACs)"},
    {"neuron_updates", "updates of neurons"},
    {"neuron_ticks", "neurons, at every tick"},
    {"encoder_ticks", "outputs of encoders, at every tick"},
    {"spikes", "spikes sent"},
    {"pool_operations", "spikes through pools"},
}};

constexpr double k_pico = 1e-12;
constexpr std::uint32_t k_version = 1;

std::vector<std::string> counted_names() {
    std::vector<std::string> names;
    for (const CountedText& text : k_texts) {
        names.emplace_back(text.name);
    }
    return names;
}

// Prices and levels of a message, checked.
class Reader {
  public:
    Reader(const proto::EnergyModel& message, const std::string& origin)
        : message_(message), faults_(origin) {}

    EnergyModel read() {
        if (message_.format_version() != k_version) {
            faults_.add("format_version", fmt::format("{}", message_.format_version()), "1");
        }
        model_.name = message_.name();
        model_.title = message_.title();
        model_.chip = message_.chip();
        model_.process = message_.process();
        model_.weights = message_.weights();
        if (model_.name.empty() ||
            model_.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
                std::string::npos) {  // it names files and columns
            faults_.add("name",
                        model_.name.empty() ? "none" : '"' + model_.name + '"',
                        "a name of letters, digits, dots, dashes and underscores");
        }
        if (!model_.weights.empty() && model_.weights != "float32" && model_.weights != "int8") {
            faults_.add("weights", '"' + model_.weights + '"', "float32, int8, or nothing");
        }
        model_.leaves_out.assign(message_.leaves_out().begin(), message_.leaves_out().end());
        for (const proto::EnergySource& source : message_.sources()) {
            model_.sources.push_back({source.key(), source.bibtex()});
        }
        read_prices();
        read_memory();
        if (message_.has_static_watts()) {
            model_.static_watts = number(message_.static_watts(), "static_watts", 1);
        }
        faults_.throw_if_any();
        return std::move(model_);
    }

  private:
    double number(double found, const std::string& path, double unit) {
        if (!std::isfinite(found) || found < 0) {
            faults_.add(path, fmt::format("{}", found), "a finite number, 0 or more");
        }
        return found * unit;
    }

    EnergyKind kind(proto::EnergyKind found, const std::string& path) {
        if (found < proto::MEASURED || found > proto::PUBLISHED) {
            faults_.add(
                path + ".kind",
                found == proto::ENERGY_KIND_UNSTATED ? "none" : fmt::format("{}", int{found}),
                "MEASURED, SIMULATED, ESTIMATED or PUBLISHED");
            return EnergyKind::published;
        }
        return static_cast<EnergyKind>(static_cast<int>(found) - 1);
    }

    std::string source(const std::string& key, const std::string& path) {
        std::vector<std::string> keys;
        for (const EnergySource& one : model_.sources) {
            keys.push_back(one.key);
        }
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
            faults_.add(path + ".source",
                        key.empty() ? "none" : '"' + key + '"',
                        keys.empty() ? "the key of one of `sources`"
                                     : "the key of one of `sources`; the nearest is \"" +
                                           nearest_name(keys, key) + '"');
        }
        return key;
    }

    void read_prices() {
        const std::vector<std::string> names = counted_names();
        for (int k = 0; k < message_.prices_size(); ++k) {
            const proto::EnergyPrice& from = message_.prices(k);
            const std::string path = fmt::format("prices[{}]", k);
            const auto at = std::find(names.begin(), names.end(), from.of());
            if (at == names.end()) {
                faults_.add(path + ".of",
                            '"' + from.of() + '"',
                            "a count; the nearest is \"" + nearest_name(names, from.of()) + '"');
                continue;
            }
            EnergyPrice price;
            price.of = static_cast<Counted>(at - names.begin());
            if (model_.price(price.of) != nullptr) {
                faults_.add(path + ".of", from.of() + " once more", "each count once");
            }
            price.joules = number(from.picojoules(), path + ".picojoules", k_pico);
            price.weight_reads = from.weight_reads();
            price.state_reads = from.state_reads();
            price.state_writes = from.state_writes();
            if (message_.memory().empty() &&
                price.weight_reads + price.state_reads + price.state_writes > 0) {
                faults_.add(path, "accesses to memory", "none, or `memory`, which prices them");
            }
            price.kind = kind(from.kind(), path);
            price.source = source(from.source(), path);
            price.note = from.note();
            model_.prices.push_back(price);
        }
        if (message_.prices().empty()) {
            faults_.add("prices", "none", "at least one");
        }
    }

    void read_memory() {
        for (int k = 0; k < message_.memory_size(); ++k) {
            const proto::MemoryLevel& from = message_.memory(k);
            const std::string path = fmt::format("memory[{}]", k);
            MemoryLevel level;
            level.bytes = static_cast<double>(from.bytes());
            if (!model_.memory.empty() && level.bytes <= model_.memory.back().bytes) {
                faults_.add(path + ".bytes", fmt::format("{}", from.bytes()), "ascending sizes");
            }
            level.joules = number(from.picojoules(), path + ".picojoules", k_pico);
            level.kind = kind(from.kind(), path);
            level.source = source(from.source(), path);
            model_.memory.push_back(level);
        }
    }

    const proto::EnergyModel& message_;
    Faults faults_;
    EnergyModel model_;
};

}  // namespace

const char* counted_name(Counted counted) {
    return k_texts[static_cast<std::size_t>(counted)].name;
}

const char* counted_words(Counted counted) {
    return k_texts[static_cast<std::size_t>(counted)].words;
}

const char* energy_kind_name(EnergyKind kind) {
    constexpr const char* k_names[] = {"measured", "simulated", "estimated", "published"};
    return k_names[static_cast<std::size_t>(kind)];
}

const EnergyPrice* EnergyModel::price(Counted counted) const {
    const auto at = std::find_if(
        prices.begin(), prices.end(), [&](const EnergyPrice& one) { return one.of == counted; });
    return at == prices.end() ? nullptr : &*at;
}

double EnergyModel::access_joules(double bytes) const {
    if (memory.empty()) {
        return 0;
    }
    const auto above = std::find_if(memory.begin(), memory.end(), [&](const MemoryLevel& level) {
        return level.bytes >= bytes;
    });
    if (above == memory.begin()) {
        return memory.front().joules;
    }
    if (above == memory.end()) {
        return memory.back().joules;
    }
    const MemoryLevel& below = *(above - 1);
    const double part = (bytes - below.bytes) / (above->bytes - below.bytes);
    return below.joules + part * (above->joules - below.joules);
}

std::string joules_text(double joules) {
    constexpr const char* k_units[] = {"J", "mJ", "uJ", "nJ", "pJ"};
    std::size_t unit = 0;
    while (unit + 1 < std::size(k_units) && joules < 1 && joules > 0) {
        joules *= 1000;
        ++unit;
    }
    return joules == 0 ? "0 J" : fmt::format("{:.3g} {}", joules, k_units[unit]);
}

std::vector<std::string> energy_model_names() {
    std::vector<std::string> names;
    for (const detail::EnergyPreset& preset : detail::energy_presets()) {
        names.emplace_back(preset.name);
    }
    return names;
}

std::string energy_model_text(const std::string& name) {
    for (const detail::EnergyPreset& preset : detail::energy_presets()) {
        if (preset.name == name) {
            return std::string(preset.text);
        }
    }
    const std::vector<std::string> names = energy_model_names();
    throw InputError("--energy",
                     '"' + name + '"',
                     fmt::format("a file .textproto, or one of {} (the nearest is \"{}\")",
                                 fmt::join(names, ", "),
                                 nearest_name(names, name)));
}

EnergyModel load_energy_model(const std::string& name_or_file) {
    proto::EnergyModel message;
    const bool file =
        name_or_file.find('/') != std::string::npos || name_or_file.ends_with(".textproto");
    if (file) {
        read_text_message(name_or_file, message);
    } else {
        parse_text_message(energy_model_text(name_or_file), name_or_file, message);
    }
    return Reader(message, name_or_file).read();
}

}  // namespace saltus
