// Runs Saltus's workloads for scripts/bench: one JSON request a line on standard input, one JSON
// object a line on standard output; between them it waits on a read and uses no processor time.
//
//   {"op":"prepare","workload":"A","form":"float32","batch":1,"shared":DIR,"inputs":DIR,
//    "source":DIR,"quick":false}
//       -> {"ok":true,"samples":128,"synops":6.27e6,"check":{...}}
//   {"op":"run","workload":"A","form":"float32","batch":1}
//       -> {"seconds":0.026,"samples":128,"encode_seconds":...}
//   {"op":"memory","workload":"A","form":"float32","threads":4}
//       -> {"ok":true,"model":2.6e6,"state":4040,"with_threads":[...]}   bytes; A and B
//   {"op":"drop",...}   frees a prepared workload
//   {"op":"quit"}
//
// What goes wrong is answered as {"ok":false,"error":"..."}. `batch` is not looked at: samples run
// one by one, so that every batch size is batch 1.
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/bench/workloads/workload.hpp"

namespace {

using nlohmann::json;
using namespace saltus::bench;

class Session {
  public:
    json answer(const json& request) {
        const std::string op = request.at("op");
        const std::string key = request.value("workload", "") + " " + request.value("form", "");
        if (op == "prepare") {
            return prepare(request, key);
        }
        if (op == "run") {
            return run(key);
        }
        if (op == "memory") {
            const Memory memory = prepared(key).memory(request.at("threads"));
            return {{"ok", true},
                    {"model", memory.model},
                    {"state", memory.state},
                    {"with_threads", memory.with_threads}};
        }
        if (op == "drop") {
            prepared_.erase(key);
            return {{"ok", true}};
        }
        throw saltus::InputError("op", op, "prepare, run, memory, drop or quit");
    }

  private:
    json prepare(const json& request, const std::string& key) {
        prepared_.erase(key);
        Request wanted;
        wanted.workload = request.at("workload");
        wanted.form = request.at("form");
        wanted.weights = request.value("shared", "");
        wanted.inputs = request.value("inputs", "");
        wanted.source = request.value("source", "");
        wanted.quick = request.value("quick", false);
        std::unique_ptr<Workload> workload = make_workload(wanted);
        const Prepared done = workload->prepare();
        prepared_[key] = std::move(workload);
        return {{"ok", true},
                {"samples", done.samples},
                {"synops", done.synops},
                {"check", done.check}};
    }

    Workload& prepared(const std::string& key) {
        const auto found = prepared_.find(key);
        if (found == prepared_.end()) {
            throw saltus::InputError("workload", key, "a prepared one");
        }
        return *found->second;
    }

    json run(const std::string& key) {
        const Timed timed = prepared(key).run();
        json answer = {{"ok", true},
                       {"seconds", timed.seconds},
                       {"samples", timed.samples},
                       {"encode_seconds", timed.encode_seconds}};
        if (timed.more.is_object()) {
            answer.update(timed.more);
        }
        return answer;
    }

    std::map<std::string, std::unique_ptr<Workload>> prepared_;  // by workload and form
};

}  // namespace

int main() {
    Session session;
    std::string line;
    while (std::getline(std::cin, line)) {
        json answer;
        try {
            const json request = json::parse(line);
            if (request.value("op", "") == "quit") {
                break;
            }
            answer = session.answer(request);
        } catch (const std::exception& error) {
            answer = {{"ok", false}, {"error", error.what()}};
        }
        std::cout << answer.dump() << std::endl;  // flushed: the other side waits for it
    }
    return 0;
}
