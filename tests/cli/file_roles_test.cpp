// No output of any verb is an input or another output, whatever name it goes by.
#include <cstdlib>
#include <fcntl.h>
#include <regex>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/cli/workshop.hpp"

namespace saltus {

using namespace saltus::tests;
namespace fs = std::filesystem;

namespace {

// Inputs of every kind, each a file of its own.
struct Inputs {
    Inputs() {
        write_array<float>(shop.in("W.npy"), {3, 2}, {0.5, 0.5, 0.5, 0.5, 0.5, 0.5});
        std::string text = network("beta: 0.5", "nodes { name: \"in\" encoder { duplicate {} } } ");
        const std::string given = "shape: [3, 2] values: [0.5, 0.5, 0.5, 0.5, 0.5, 0.5] } ";
        text.replace(text.find(given), given.size(), "file: \"W.npy\" } ");
        shop.write("files.textproto", text);
        REQUIRE(shop.say("convert %/files.textproto -o %/m.saltus").code == 0);
        REQUIRE(
            shop.say("run %/m.saltus --data %/x.npy --labels %/l.npy --trace %/t.saltrace").code ==
            0);
        fs::create_directory(shop.in("images"));
        write_bytes(shop.in("spikes.csv"), "tick,neuron\n1,0\n");
        write_bytes(shop.in("images/t10k-images-idx3-ubyte"), idx({3, 1, 2}, "abcdef"));
        write_bytes(shop.in("images/t10k-labels-idx1-ubyte"), idx({3}, std::string("\0\1\1", 3)));
    }

    // The command must refuse to write over `victim`, naming `words`, and leave all as it was.
    void check_refused(const std::string& arguments,
                       const std::string& victim,
                       const std::vector<std::string>& words) const {
        CAPTURE(arguments);
        const std::string before = read_bytes(shop.in(victim));
        const Said said = shop.say(arguments);
        CAPTURE(said.error);
        CHECK(said.code == 2);
        CHECK(said.output.empty());
        CHECK(std::count(said.error.begin(), said.error.end(), '\n') == 1);
        for (const std::string& word : words) {
            CAPTURE(word);
            CHECK(contains(said.error, word));
        }
        CHECK(read_bytes(shop.in(victim)) == before);
        CHECK(names_in(shop.folder / "out").empty());
    }

    Workshop shop;
};

struct Writer {
    std::string verb;       // "run"
    std::string option;     // "--trace"
    std::string arguments;  // the rest of a good command
    std::string extension;  // that the name needs; empty: any
};

// The model and data that made %/t.saltrace.
const std::string k_replayed = " --model %/m.saltus --data %/x.npy";

const std::vector<Writer> k_writers = {
    {"run", "--trace", "run %/files.textproto --data %/images", ""},
    {"run", "--json", "run %/files.textproto --data %/images", ""},
    {"run", "--predictions", "run %/files.textproto --data %/images", ""},
    {"bench", "--output", "bench %/files.textproto --data %/images -r 1", ""},
    {"info", "--json", "info %/files.textproto", ""},
    {"info", "--dot", "info %/files.textproto", ""},
    {"convert", "--out", "convert %/files.textproto", ".saltus"},
    {"trace digest", "--json", "trace digest %/t.saltrace", ""},
    {"trace summary", "--json", "trace summary %/t.saltrace", ""},
    {"trace diff", "--json", "trace diff %/t.saltrace %/t.saltrace", ""},
    {"trace why", "--json", "trace why %/t.saltrace --silent 'a[0]@0'" + k_replayed, ""},
    {"trace without", "--json", "trace without %/t.saltrace --each" + k_replayed, ""},
    {"trace explore",
     "--out",
     "trace explore %/t.saltrace --model %/files.textproto --data %/images",
     ""},
    {"trace export", "--out", "trace export %/t.saltrace", ".csv"},
    {"trace export", "--out", "trace export %/t.saltrace", ".npz"},
    {"trace export", "--out", "trace export %/t.saltrace", ".nirdata"},
    {"trace export", "--out", "trace export %/t.saltrace", ".perfetto-trace"},
    {"trace raster", "--out", "trace raster %/t.saltrace", ".svg"},
};

}  // namespace

TEST_CASE("file roles: every option that writes is in this test's table") {
    std::set<std::string> listed;
    for (const Writer& writer : k_writers) {
        listed.insert(writer.verb + " " + writer.option);
    }
    std::set<std::string> found;
    // "  -o,--out TEXT REQUIRED   What to write: ...", a help text of one line or several
    const std::regex option("^ +(?:-[a-z],)?(--[a-z-]+)");
    const std::regex writes("\\b(write|writes|Write)\\b");
    for (const std::string verb : {"run",
                                   "bench",
                                   "info",
                                   "convert",
                                   "trace summary",
                                   "trace diff",
                                   "trace digest",
                                   "trace why",
                                   "trace without",
                                   "trace explore",
                                   "trace export",
                                   "trace raster"}) {
        const Said help = run_command(verb + " --help");
        REQUIRE(help.code == 0);
        std::stringstream lines(help.output);
        std::string name;
        for (std::string line; std::getline(lines, line);) {
            std::smatch match;
            if (std::regex_search(line, match, option)) {
                name = match[1];
            } else if (line.empty() || line[0] != ' ') {
                name.clear();
            }
            if (!name.empty() && std::regex_search(line, writes)) {
                found.insert(verb + " " + name);
            }
        }
    }
    CHECK(found == listed);
}

TEST_CASE("file roles: no option writes over what the command reads") {
    const Inputs inputs;
    for (const Writer& writer : k_writers) {
        const bool trace = writer.verb.rfind("trace", 0) == 0;
        const bool model = !trace || writer.verb == "trace explore";
        const bool data =
            writer.verb == "run" || writer.verb == "bench" || writer.verb == "trace explore";
        std::vector<std::string> victims;
        if (trace) {
            victims.emplace_back("t.saltrace");
        }
        if (model) {
            victims.emplace_back("files.textproto");
            victims.emplace_back("W.npy");
        }
        if (data) {
            victims.emplace_back("images/t10k-images-idx3-ubyte");
            victims.emplace_back("images/t10k-labels-idx1-ubyte");
        }
        for (const std::string& victim : victims) {
            // By its own name, another spelling, a symbolic and a hard link.
            const fs::path link = inputs.shop.in("link" + writer.extension);
            const fs::path hard = inputs.shop.in("hard" + writer.extension);
            fs::create_symlink(inputs.shop.in(victim), link);
            fs::create_hard_link(inputs.shop.in(victim), hard);
            std::vector<std::string> names = {"%/" + link.filename().string(),
                                              "%/../in/" + hard.filename().string()};
            if (writer.extension.empty()) {
                names.push_back("%/" + victim);
            }
            for (const std::string& name : names) {
                inputs.check_refused(writer.arguments + " " + writer.option + " " + name,
                                     victim,
                                     {writer.option + " ", victim, "is read from"});
            }
            fs::remove(link);
            fs::remove(hard);
        }
    }
}

TEST_CASE("file roles: labels and events given by option are inputs too") {
    const Inputs inputs;
    inputs.check_refused(
        "run %/still.textproto --data %/x.npy --labels %/l.npy --predictions %/l.npy",
        "l.npy",
        {"--predictions ", "l.npy", "is read from"});
    inputs.check_refused("run %/good.textproto --events %/e.npy --trace %/e.npy",
                         "e.npy",
                         {"--trace ", "e.npy", "is read from"});
}

TEST_CASE("file roles: two outputs are two files, made or not made yet, by whatever name") {
    const Inputs inputs;
    const std::string run = "run %/files.textproto --data %/x.npy";
    fs::create_symlink(inputs.shop.folder / "out/new", inputs.shop.in("to_new"));
    for (const std::string second : {"@/new", "@/../out/./new", "%/to_new"}) {
        inputs.check_refused(run + " --trace @/new --predictions " + second,
                             "x.npy",
                             {"--predictions ", "--trace ", "is written to"});
        inputs.check_refused(
            run + " --trace @/new --json " + second, "x.npy", {"--json ", "--trace "});
        inputs.check_refused(
            "info %/files.textproto --dot @/new --json " + second, "x.npy", {"--json ", "--dot "});
    }
}

TEST_CASE("file roles: a container written over itself is the same model; text is not written over") {
    const Inputs inputs;
    const std::string before = read_bytes(inputs.shop.in("m.saltus"));
    CHECK(inputs.shop.say("convert %/m.saltus -o %/m.saltus").code == 0);
    CHECK(read_bytes(inputs.shop.in("m.saltus")) == before);
    inputs.check_refused("convert %/files.textproto -o %/files.textproto",
                         "files.textproto",
                         {"--out", "is read from"});
    inputs.check_refused("convert %/m.saltus -o %/m.saltus --sparse", "m.saltus", {"--out", "is read from"});
    CHECK(inputs.shop.say("convert %/files.textproto -o %/again.saltus").code == 0);
    CHECK(read_bytes(inputs.shop.in("again.saltus")) == before);
}

TEST_CASE("file roles: results that go to standard output are added to what a file holds") {
    const Inputs inputs;
    const std::string run = "run %/files.textproto --data %/x.npy --predictions ";
    const std::string head = "sample,label,prediction";
    const std::string log = (inputs.shop.folder / "out/log").string();
    const auto shell = [&](const std::string& arguments, const std::string& redirect) {
        std::string line = arguments;
        for (std::size_t at = 0; (at = line.find('%', at)) != std::string::npos;) {
            line.replace(at, 1, inputs.shop.in("").string());
        }
        return std::system((SALTUS_COMMAND " " + line + " " + redirect).c_str());
    };
    fs::create_symlink("/dev/stdout", inputs.shop.in("so.csv"));
    const std::vector<std::string> names = {
        "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", inputs.shop.in("so.csv").string()};
    for (const std::string& name : names) {
        CAPTURE(name);
        write_bytes(log, "precious\n");
        CHECK(shell(run + name, ">> " + log) == 0);
        const std::string added = read_bytes(log);
        CHECK(added.rfind("precious\nsample,label,prediction", 0) == 0);
        CHECK(contains(added, "3 samples"));
        // And where the file is begun anew, the summary stands behind the predictions.
        CHECK(shell(run + name, "> " + log) == 0);
        const std::string anew = read_bytes(log);
        CHECK(anew.rfind(head, 0) == 0);
        CHECK(anew.find("3 samples") > anew.find("\n2,"));
        CHECK(fs::is_regular_file(log));
    }
    for (const std::string name : {"/dev/stderr", "/dev/fd/7"}) {
        write_bytes(log, "precious\n");
        const std::string to = name == "/dev/stderr" ? "2>> " : "7>> ";
        CHECK(shell(run + name + " > /dev/null", to + log) == 0);
        CHECK(read_bytes(log).rfind("precious\nsample,label,prediction", 0) == 0);
    }
    write_bytes(log, "precious\n");
    CHECK(shell("info %/m.saltus --json /dev/stdout", ">> " + log) == 0);
    CHECK(read_bytes(log).rfind("precious\n{", 0) == 0);
    CHECK(contains(read_bytes(log), "horizon     "));
    write_bytes(log, "precious\n");
    CHECK(shell("trace digest %/t.saltrace --json /dev/stdout", ">> " + log) == 0);
    CHECK(contains(read_bytes(log), "precious\n"));
    CHECK(contains(read_bytes(log), "\"digest\""));
    write_bytes(log, "precious\n");
    CHECK(shell("trace export %/t.saltrace -o %/so.csv", ">> " + log) == 0);
    CHECK(read_bytes(log).rfind("precious\nsample,population,", 0) == 0);
    CHECK(fs::is_symlink(inputs.shop.in("so.csv")));
    CHECK(fs::is_symlink("/dev/stdout"));
}

TEST_CASE("file roles: two results to one stream, or one to the file that a stream goes to") {
    const Inputs inputs;
    inputs.check_refused("run %/files.textproto --data %/x.npy --json - --predictions /dev/stdout",
                         "x.npy",
                         {"--json -", "--predictions /dev/stdout"});
    inputs.check_refused(
        "info %/files.textproto --json - --dot -", "x.npy", {"--json -", "--dot -"});
    // Nothing is kept there, so any number may go.
    CHECK(inputs.shop
              .say("run %/files.textproto --data %/x.npy --json /dev/null --trace /dev/null "
                   "--predictions /dev/null")
              .code == 0);
    const std::string log = inputs.shop.in("log").string();
    write_bytes(log, "precious\n");
    CHECK(std::system((std::string(SALTUS_COMMAND) + " info " +
                       inputs.shop.in("files.textproto").string() + " --json " + log + " >> " +
                       log + " 2>/dev/null")
                          .c_str()) == 2 << 8);
    CHECK(read_bytes(log) == "precious\n");
    const std::string model = inputs.shop.in("files.textproto").string();
    const std::string before = read_bytes(model);
    CHECK(std::system(
              (std::string(SALTUS_COMMAND) + " info " + model + " >> " + model + " 2>/dev/null")
                  .c_str()) == 2 << 8);
    CHECK(read_bytes(model) == before);
}

TEST_CASE("file roles: a fifo is written as it stands") {
    const Inputs inputs;
    const fs::path fifo = inputs.shop.in("fifo");
    REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
    // Open at both ends, so that neither side waits; the answer fits a pipe.
    const int end = open(fifo.c_str(), O_RDWR);
    REQUIRE(end >= 0);
    CHECK(inputs.shop.say("trace export %/t.saltrace -o %/fifo").code == 2);  // no extension
    CHECK(inputs.shop.say("info %/files.textproto --json %/fifo").code == 0);
    std::string text(1 << 16, '\0');
    const ssize_t got = read(end, text.data(), text.size());
    close(end);
    REQUIRE(got > 0);
    text.resize(static_cast<std::size_t>(got));
    CHECK(nlohmann::json::parse(text)["horizon"] == 8);
    CHECK(fs::is_fifo(fifo));
}

}  // namespace saltus
