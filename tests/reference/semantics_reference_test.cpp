// The slow reference against every case: if it strays from the contract, all that is held against
// it proves nothing.
#include <iostream>

#include <doctest/doctest.h>

#include "tests/reference/reference_encoders.hpp"
#include "tests/reference/run_check.hpp"
#include "tests/reference/semantics_cases.hpp"

using namespace reference;

namespace {

std::string check(const Json& json) {
    const Network network = read_network(json.at("network"));
    const double tolerance = tolerance_of(json);
    const Json& expected = json.at("expected");
    std::vector<std::array<unsigned char, 16>> digests;
    for (const std::size_t k : by_sample_number(json)) {
        Simulation<float> simulation(network);
        const auto run = simulation.run(read_inputs(json.at("network"), json.at("samples")[k]));
        const auto d = against_sample(network, run, expected.at("samples").at(k), tolerance);
        if (!d.empty()) {
            return d;
        }
        digests.push_back(run.digest);
    }
    if (hex(nested(digests)) != expected.at("run_digest").get<std::string>()) {
        return "run_digest";
    }
    if (!expected.contains("cut")) {
        return "";
    }
    const Json& cut = expected.at("cut");
    Simulation<float> simulation(network);
    const auto inputs = read_inputs(json.at("network"), json.at("samples")[0]);
    return against_cut(
        network, simulation.run(inputs, false, cut.at("after_tick")), cut, tolerance);
}

}  // namespace

TEST_CASE("reference: every case comes out as written") {
    const auto cases = semantics_cases();
    REQUIRE(!cases.empty());
    for (const auto& one : cases) {
        const std::string& name = one.first;
        const std::string d = check(one.second);
        std::cout << "case " << name << " (reference) ... " << (d.empty() ? "ok" : d) << '\n';
        CHECK_MESSAGE(d.empty(), name << ": " << d);
    }
}

TEST_CASE(
    "reference: a run's digest does not depend on the order in which its samples are listed") {
    int several = 0;
    for (const auto& one : semantics_cases()) {
        if (one.second.at("samples").size() > 1) {
            ++several;
            const std::string d = check(listed_backwards(one.second));
            CHECK_MESSAGE(d.empty(), one.first << ": " << d);
        }
    }
    CHECK(several > 0);
}

TEST_CASE("reference: encoders, Philox and powers come out as written") {
    const Json json = semantics_file("encoders.json");
    for (const Json& e : json.at("encoders")) {
        std::vector<float> activations;
        for (const Json& a : e.at("activations")) {
            activations.push_back(static_cast<float>(a.get<double>()));
        }
        const EncoderKey key{std::stoull(e.value("seed", "0")),
                             e.value("sample", std::uint64_t{0}),
                             e.value("population", std::uint64_t{0}),
                             e.at("T").get<Tick>()};
        const Input input = encode(e, activations, key);
        std::vector<Event> want;
        for (const Json& x : e.at("expected").at("events")) {
            want.push_back({x[0].get<Tick>(),
                            x[1].get<std::uint32_t>(),
                            static_cast<float>(x[2].get<double>())});
        }
        CHECK_MESSAGE(input.events == want, e.at("name").get<std::string>());
    }
    for (const Json& p : json.at("philox")) {
        const auto words = philox(
            std::stoull(p.at("seed").get<std::string>()),
            {p.at("index"),
             p.at("tick"),
             p.at("sample"),
             p.at("population").get<std::uint32_t>() * 256 + p.at("draw").get<std::uint32_t>()});
        CHECK(word_text(words) == p.at("words").get<std::string>());
        CHECK((words[0] >> 8U) == p.at("u_times_2_24").get<std::uint32_t>());
    }
    for (const Json& p : json.at("power")) {
        const float y = power(static_cast<float>(p[0].get<double>()), p[1].get<Tick>());
        CHECK(word_text({std::bit_cast<std::uint32_t>(y)}).substr(0, 8) == p[2].get<std::string>());
    }
}
