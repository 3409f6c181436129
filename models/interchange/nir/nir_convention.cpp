#include "models/interchange/nir/nir_convention.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "models/files/nearest_name.hpp"

namespace saltus {

namespace {

using C = NirConvention;

std::vector<C> known() {
    std::vector<C> list;
    C nir;
    nir.name = "nir";
    nir.title = "forward Euler, fires at v > theta, reset to v_reset";
    list.push_back(nir);
    // Leaky and Synaptic without reset delay, as its importer makes them; dt is fixed there.
    C snntorch = nir;
    snntorch.name = "snntorch";
    snntorch.title =
        "snnTorch: forward Euler with dt = 1e-4 s, fires at v > theta, reset to zero at firing";
    snntorch.tick = 1e-4;
    list.push_back(snntorch);
    C snntorch_subtract = snntorch;
    snntorch_subtract.name = "snntorch-subtract";
    snntorch_subtract.title =
        "snnTorch: forward Euler with dt = 1e-4 s, fires at v > theta, theta subtracted, a firing "
        "of the tick before once more";
    snntorch_subtract.reset = C::Reset::subtract;
    snntorch_subtract.previous_reset_counts = true;
    list.push_back(snntorch_subtract);
    C norse = nir;
    norse.name = "norse";
    norse.title = "Norse: forward Euler, fires at v > theta, reset to v_reset, starts at v_leak";
    norse.start = C::Start::v_leak;
    list.push_back(norse);
    C sinabs = nir;
    sinabs.name = "sinabs";
    sinabs.title =
        "sinabs: decay exp(-dt / tau), several spikes a tick, theta subtracted, v not below -theta";
    sinabs.comparison = Comparison::at_least;
    sinabs.reset = C::Reset::subtract;
    sinabs.decay = C::Decay::exponential;
    sinabs.several_spikes = true;
    sinabs.floor_at_minus_theta = true;
    list.push_back(sinabs);
    C spikingjelly = nir;
    spikingjelly.name = "spikingjelly";
    spikingjelly.title =
        "SpikingJelly: forward Euler, fires at v >= theta, reset to v_reset, starts there";
    spikingjelly.comparison = Comparison::at_least;
    spikingjelly.start = C::Start::v_reset;
    list.push_back(spikingjelly);
    C spikingjelly_soft = spikingjelly;
    spikingjelly_soft.name = "spikingjelly-subtract";
    spikingjelly_soft.title =
        "SpikingJelly: forward Euler, fires at v >= theta, theta subtracted, starts at 0";
    spikingjelly_soft.reset = C::Reset::subtract;
    spikingjelly_soft.start = C::Start::zero;
    list.push_back(spikingjelly_soft);
    C reference = nir;
    reference.name = "current-before";
    reference.title = "as nir, but a CubaLIF's membrane takes the current of the tick before";
    reference.current = CurrentUsed::tick_before;
    list.push_back(reference);
    C exact = nir;
    exact.name = "exact";
    exact.title =
        "the closed form over a tick of constant input: decay exp(-dt / tau); theta subtracted";
    exact.decay = C::Decay::exponential;
    exact.reset = C::Reset::subtract;
    list.push_back(exact);
    return list;
}

// One of a few words.
std::size_t word_of(const std::string& assignment,
                    const std::string& word,
                    const std::vector<std::string>& words) {
    const auto at = std::find(words.begin(), words.end(), word);
    if (at == words.end()) {
        throw InputError(
            "--assume", '"' + assignment + '"', fmt::format("one of {}", fmt::join(words, ", ")));
    }
    return static_cast<std::size_t>(at - words.begin());
}

}  // namespace

const std::vector<NirConvention>& nir_conventions() {
    static const std::vector<NirConvention> k_known = known();
    return k_known;
}

NirConvention nir_convention(const std::string& name) {
    std::vector<std::string> names;
    for (const NirConvention& convention : nir_conventions()) {
        if (convention.name == name) {
            return convention;
        }
        names.push_back(convention.name);
    }
    throw InputError("--dialect",
                     '"' + name + '"',
                     fmt::format("one of {} (the nearest is \"{}\")",
                                 fmt::join(names, ", "),
                                 nearest_name(names, name)));
}

std::vector<std::string> convention_words(const NirConvention& c) {
    std::vector<std::string> words;
    words.emplace_back(c.comparison == Comparison::above
                           ? "comparison=above: fires at v > theta"
                           : "comparison=at_least: fires at v >= theta");
    words.emplace_back(
        c.reset == C::Reset::subtract
            ? "reset=subtract: theta is taken off at firing"
            : "reset=to_v_reset: v becomes v_reset at firing, 0 where none is stated");
    if (c.reset == C::Reset::subtract) {
        words.emplace_back(c.previous_reset_counts ? "previous=counts: v is tested less theta "
                                                     "after a firing, and less is taken off then"
                                                   : "previous=none");
    }
    words.emplace_back(c.decay == C::Decay::euler
                           ? "decay=euler: a tick keeps 1 - dt / tau"
                           : "decay=exponential: a tick keeps exp(-dt / tau)");
    words.emplace_back(c.start == C::Start::zero ? "start=zero: v is 0 before the first tick"
                       : c.start == C::Start::v_leak
                           ? "start=v_leak: v is v_leak before the first tick"
                           : "start=v_reset: v is v_reset before the first tick");
    words.emplace_back(
        c.current == CurrentUsed::this_tick
            ? "current=this_tick: a CubaLIF's membrane takes the current with this tick's input"
            : "current=tick_before: a CubaLIF's membrane takes the current of the tick before");
    words.emplace_back(c.several_spikes
                           ? "spikes=several: an IF fires trunc(v / theta) times a tick"
                           : "spikes=one: an IF fires once a tick at most");
    words.emplace_back(c.floor_at_minus_theta ? "floor=minus_theta: an IF's v is not below -theta"
                                              : "floor=none");
    return words;
}

void set_assumption(NirConvention& c, const std::string& assignment) {
    const std::size_t equals = assignment.find('=');
    const std::string key = assignment.substr(0, equals);
    const std::string word = equals == std::string::npos ? "" : assignment.substr(equals + 1);
    const std::vector<std::string> keys = {
        "comparison", "reset", "decay", "start", "current", "spikes", "floor", "previous"};
    switch (word_of(assignment, key, keys)) {
        case 0:
            c.comparison = word_of(assignment, word, {"above", "at_least"}) == 0
                               ? Comparison::above
                               : Comparison::at_least;
            break;
        case 1:
            c.reset = word_of(assignment, word, {"to_v_reset", "subtract"}) == 0
                          ? C::Reset::to_v_reset
                          : C::Reset::subtract;
            break;
        case 2:
            c.decay = word_of(assignment, word, {"euler", "exponential"}) == 0
                          ? C::Decay::euler
                          : C::Decay::exponential;
            break;
        case 3:
            c.start =
                static_cast<C::Start>(word_of(assignment, word, {"zero", "v_leak", "v_reset"}));
            break;
        case 4:
            c.current = word_of(assignment, word, {"this_tick", "tick_before"}) == 0
                            ? CurrentUsed::this_tick
                            : CurrentUsed::tick_before;
            break;
        case 5:
            c.several_spikes = word_of(assignment, word, {"one", "several"}) == 1;
            break;
        case 6:
            c.floor_at_minus_theta = word_of(assignment, word, {"none", "minus_theta"}) == 1;
            break;
        default:
            c.previous_reset_counts = word_of(assignment, word, {"none", "counts"}) == 1;
    }
    c.name += "+" + assignment;
}

}  // namespace saltus
