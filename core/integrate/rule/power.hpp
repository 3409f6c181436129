// The one number that a leak over a gap depends on.
#pragma once

#include "core/tick.hpp"

namespace saltus {

// beta^n by float64 square-and-multiply from the lowest bit of n, rounded once to Real. n >= 0.
// power(beta, 1) is beta.
template <class Real>
inline Real power(Real beta, Tick n) {
    double y = 1.0;
    double s = static_cast<double>(beta);
    for (; n != 0; n >>= 1) {
        if ((n & 1) != 0) {
            y = y * s;
        }
        s = s * s;
    }
    return static_cast<Real>(y);
}

}  // namespace saltus
