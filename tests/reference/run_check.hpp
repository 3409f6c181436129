// Holds a record of a run against another, or against what a case says must come out. Each check
// returns the first thing that differs, in one line, or nothing if all is equal.
#pragma once

#include <string>

#include "tests/reference/reference.hpp"

namespace reference {

// Bit for bit (-0 counts as +0): events, counts, v and i at every tick that both recorded, stored
// state, readouts, digests. With `visible_only` what is stored, and i, is not compared.
template <class Real>
std::string difference(const Network& network,
                       const Run<Real>& got,
                       const Run<Real>& want,
                       bool visible_only = false);

// `expected`: an entry of a case's expected.samples. `tolerance`: of v, i and the like; 0 is bit
// for bit.
std::string against_sample(const Network& network,
                           const Run<float>& got,
                           const Json& expected,
                           double tolerance);

// `cut`: a case's expected.cut.
std::string against_cut(const Network& network,
                        const Run<float>& got,
                        const Json& cut,
                        double tolerance);

// True if i of this receptor is state at all: it is not for alpha 0, no filter and this tick's
// current.
bool current_is_state(const Population& population, std::size_t receptor, std::size_t index);

}  // namespace reference
