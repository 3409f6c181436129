// Other frameworks' neurons as settings of our rule, against what the frameworks' own code made of
// the same input: the dialects, and every snippet of docs/neurons.md, loaded as a user loads it.
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <unistd.h>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "models/model.hpp"
#include "models/pipeline.hpp"

#include "tests/models/golden_case.hpp"
#include "tests/models/interchange/framework_case.hpp"

namespace saltus::test {
namespace {

// The snippets of docs/neurons.md by the name in their first line.
std::map<std::string, std::string> snippets() {
    std::ifstream file(std::filesystem::path(SALTUS_SOURCE_DIR) / "docs/neurons.md");
    std::map<std::string, std::string> found;
    std::string* open = nullptr;
    bool named = true;
    for (std::string line; std::getline(file, line);) {
        if (line == "```textproto") {
            named = false;
        } else if (line == "```") {
            open = nullptr;
        } else if (!named) {
            REQUIRE(line.substr(0, 2) == "# ");
            CHECK_MESSAGE(!found.contains(line.substr(2)), line, " stands twice");
            open = &found[line.substr(2)];
            named = true;
        } else if (open != nullptr) {
            *open += line + "\n";
        }
    }
    return found;
}

// Where the bracket that opens first is closed, one past it.
std::size_t end_of_block(const std::string& text) {
    int depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        depth += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
        if (depth == 0 && text[at] == '}') {
            return at + 1;
        }
    }
    return text.size();
}

// A model of the snippet's neurons, with one input a receptor: a population, and what else it says.
std::string model_of(const std::string& snippet, const FrameworkCase& one) {
    const std::size_t end = end_of_block(snippet);
    std::string text =
        fmt::format("format_version: 1 name: \"{}\" horizon: {}\n", one.name, one.ticks);
    for (std::size_t k = 0; k < one.x.size(); ++k) {
        text += fmt::format(
            "inputs {{ name: \"x{0}\" shape: {1} }}\n"
            "nodes {{ name: \"in{0}\" input: \"x{0}\" encoder {{ events {{}} }} }}\n"
            "projections {{ source: \"in{0}\" target: \"neurons\" receptor: {0} "
            "delay: {2} identity {{}} }}\n",
            k,
            one.neurons,
            one.delay);
    }
    return text + fmt::format("nodes {{ name: \"neurons\" shape: {} {} }}\n{}",
                              one.neurons,
                              snippet.substr(0, end),
                              snippet.substr(end));
}

std::string run_snippet(const std::string& snippet, const FrameworkCase& one) {
    const auto path = std::filesystem::temp_directory_path() /
                      fmt::format("saltus_{}_{}.textproto", one.name, ::getpid());
    std::ofstream(path) << model_of(snippet, one);
    std::string different;
    try {
        const LoadedModel model = LoadedModel::load(path);
        different = difference_from(one, compile_model(model));
    } catch (const Error& error) {
        different = error.what();
    }
    std::filesystem::remove(path);
    return different;
}

NetworkSpec dialect_network(const FrameworkCase& one) {
    NetworkSpec spec;
    spec.horizon = one.ticks;
    spec.populations.push_back({"in", Shape{one.neurons}, EncoderSpec{}, ""});
    spec.populations.push_back(
        {"neurons", Shape{one.neurons}, golden_neuron(one.neuron, one.parameters), ""});
    ProjectionSpec projection;
    projection.target = 1;
    projection.connection = Identity{};
    spec.projections.push_back(projection);
    return spec;
}

}  // namespace

TEST_CASE("dialects: every neuron fires what its framework fires, from the state it starts in") {
    std::set<std::string> kinds;
    for (const FrameworkCase& one : framework_cases()) {
        if (one.neuron.empty()) {
            continue;
        }
        kinds.insert(one.neuron);
        CAPTURE(one.name);
        CHECK(golden_same_bits(one.neuron) == one.exact);
        CHECK(difference_from(one, compile(dialect_network(one))) == "");
    }
    CHECK(kinds.size() == 8);  // all that dialects.hpp has
}

TEST_CASE("docs/neurons.md: every snippet fires what the framework fires") {
    const auto texts = snippets();
    std::set<std::string> run = {"first_neuron"};  // below
    for (const FrameworkCase& one : framework_cases()) {
        CAPTURE(one.name);
        const auto text = texts.find(one.name);
        if (text == texts.end()) {
            CHECK_MESSAGE(!one.neuron.empty(), "a case that nothing is held to");
            continue;
        }
        run.insert(one.name);
        CHECK(run_snippet(text->second, one) == "");
    }
    for (const auto& named : texts) {
        CHECK_MESSAGE(
            run.contains(named.first), "no framework's spikes for the snippet ", named.first);
    }
    CHECK(run.size() > 35);
}

TEST_CASE("docs/semantics.md: the worked example's numbers") {
    FrameworkCase one;
    one.name = "first_neuron";
    one.exact = true;
    one.ticks = 5;
    one.neurons = 1;
    one.x = {{0.75F, 0.625F, 0.0F, 2.5F, 0.0F}};
    one.spikes = {0, 1, 0, 1, 0};
    one.v = {0.75F, 0.0F, 0.0F, 1.5F, 0.75F};
    CHECK(run_snippet(snippets().at("first_neuron"), one) == "");
}

}  // namespace saltus::test
