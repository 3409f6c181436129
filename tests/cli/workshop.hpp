// Bad input for the command: a folder of good input to spoil, and what a refusal must look like.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/cli/run_files.hpp"

namespace saltus::tests {

inline constexpr const char* k_shipped = "examples/models/mnist_hybrid_latency.saltus";

inline const std::string k_head = "format_version: 1 horizon: 8 inputs { name: \"x\" shape: [2] } ";
inline const std::string k_events = "nodes { name: \"in\" encoder { events {} } } ";
inline const std::string k_weights =
    "tensors { name: \"W\" shape: [3, 2] values: [0.5, 0.5, 0.5, 0.5, 0.5, 0.5] } "
    "tensors { name: \"V\" shape: [2, 3] values: [0.5, 0.5, 0.5, 0.5, 0.5, 0.5] } ";
inline const std::string k_into_a =
    "projections { source: \"in\" target: \"a\" dense { weight: \"W\" } } ";
inline const std::string k_into_b =
    "projections { source: \"a\" target: \"b\" dense { weight: \"V\" } } ";
inline const std::string k_readout =
    "readouts { name: \"r\" population: \"b\" kind: spike_count ties: index }";

// in -> a (3 neurons, as told) -> b (2)
inline std::string network(const std::string& rule,
                           const std::string& encoder = k_events,
                           const std::string& more = "") {
    return k_head + k_weights + encoder + "nodes { name: \"a\" shape: 3 population { " + rule +
           " } } nodes { name: \"b\" shape: 2 population { beta: 0.5 } } " + k_into_a + k_into_b +
           more + k_readout;
}

// A folder of inputs, good ones to begin with, and one for outputs.
struct Workshop {
    Workshop() {
        std::filesystem::create_directory(folder / "in");
        std::filesystem::create_directory(folder / "out");
        write("good.textproto", network("beta: 0.5"));
        write("still.textproto",
              network("beta: 0.5", "nodes { name: \"in\" encoder { duplicate {} } } "));
        write_array<float>(in("x.npy"), {3, 2}, {0, 1, 0.5, 0.25, 1, 1});
        write_array<std::uint8_t>(in("e.npy"), {1, 4, 2}, {1, 0, 0, 1, 1, 1, 0, 0});
        write_array<std::int64_t>(in("l.npy"), {3}, {0, 1, 1});
    }

    [[nodiscard]] std::filesystem::path in(const std::string& name) const {
        return folder / ("in/" + name);
    }

    void write(const std::string& name, const std::string& bytes) const {
        write_bytes(in(name), bytes);
    }

    // '%' in the arguments stands for the folder of inputs, '@' for that of outputs.
    [[nodiscard]] Said say(std::string arguments) const {
        const auto put = [&](char mark, const std::string& with) {
            for (std::size_t at = 0; (at = arguments.find(mark, at)) != std::string::npos;) {
                arguments.replace(at, 1, with);
                at += with.size();
            }
        };
        put('%', (folder / "in").string());
        put('@', (folder / "out").string());
        return run_command(arguments);
    }

    void check_refused(const std::string& arguments, const std::vector<std::string>& words) const {
        CAPTURE(arguments);
        const Said said = say(arguments);
        CAPTURE(said.error);
        CHECK(said.code == 2);
        CHECK(said.output.empty());
        CHECK(said.error.rfind("saltus: ", 0) == 0);
        CHECK(std::count(said.error.begin(), said.error.end(), '\n') == 1);
        for (const std::string& word : words) {
            CAPTURE(word);
            CHECK(contains(said.error, word));
        }
        CHECK(names_in(folder / "out").empty());
    }

    // A model as text, run on spikes and on numbers.
    void check_model(const std::string& text, const std::vector<std::string>& words) const {
        write("bad.textproto", text);
        std::vector<std::string> all = {"bad.textproto:"};
        all.insert(all.end(), words.begin(), words.end());
        const std::string input =
            contains(text, "events {}") ? " --events %/e.npy" : " --data %/x.npy";
        check_refused("run %/bad.textproto" + input + k_outputs, all);
        check_refused("convert %/bad.textproto -o @/c.saltus", all);
    }

    static inline const std::string k_outputs =
        " --trace @/t.saltrace --predictions @/p.csv --json @/j.json";
    const ScratchFolder folder;
};

}  // namespace saltus::tests
