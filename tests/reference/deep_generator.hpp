// What deep_network.cpp draws with: its parts, and the pieces that they are made of
// (deep_pieces.cpp). Internal to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/reference/random_network.hpp"

namespace reference {

using GridShape = std::vector<int>;

inline int size_of(const GridShape& shape) {
    int size = 1;
    for (const int d : shape) {
        size *= d;
    }
    return size;
}

inline bool is_grid(const GridShape& shape) {
    return shape.size() == 3;
}

// What a projection sees and where it leads.
struct Way {
    Json pool;  // null: none
    Json connection;
    GridShape to;
};

class DeepGenerator {
  public:
    explicit DeepGenerator(std::uint64_t seed) : draw_(seed ^ 0xdee9dee9dee9dee9U) {
        style_.T = draw_.chance(0.5)   ? draw_.integer(129, 150)
                   : draw_.chance(0.6) ? draw_.integer(60, 128)
                                       : draw_.integer(8, 60);
        windows_ = draw_.chance(0.5) ? 2 : 0;
    }

    Json make();

  private:
    void make_part();
    std::size_t add_encoder(const GridShape& shape, bool holds);
    void make_dense();
    void make_many_sources();
    void make_convolutions();
    void make_wide();
    std::size_t add_simple(const Way& way, std::size_t source, bool last);
    std::size_t add_wide(std::size_t source);
    Json simple_neurons(std::size_t size, bool last);
    Json wide_neurons(std::size_t size);
    Json readout(const Json& population);
    void add_projection(std::size_t source, std::size_t target, const Way& way, double delayed);
    Json tensor(const GridShape& shape);
    Way dense(const GridShape& from, int targets);
    Way sparse(const GridShape& from, int targets);
    Way convolution(const GridShape& from, int channels, double pooled);
    void put_pool(GridShape& from, Way& way);
    Json window(double share);
    Json sample(int number);
    Json events(int size, int busy, bool graded);
    Json held(int size);
    double rate(int busy);

    GridShape shape(std::size_t P) const { return populations_[P].at("shape").get<GridShape>(); }

    struct Input {
        int busy = 0;         // how often sources fire: 0 seldom, 4 nearly always
        bool graded = false;  // some ticks have payloads
    };

    Draw draw_;
    Style style_;

    double windows_ = 0;  // what a window's chance is multiplied by: where there is none, stretches
                          // are long

    // of the part at work
    double int8_ = 0;  // share of tensors
    int busy_ = 0;
    double push_ = 0;  // weights' mean, in their spread
    bool graded_ = false;

    std::map<std::string, Input> inputs_;  // by encoder, those that hold values left out
    Json populations_ = Json::array();
    Json projections_ = Json::array();
    Json readouts_ = Json::array();
};

}  // namespace reference
