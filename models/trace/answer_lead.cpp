#include "models/trace/answer_lead.hpp"

#include <algorithm>
#include <limits>

namespace saltus {

double answer_lead(ReadoutSpec::Kind kind, std::span<const float> values, std::size_t answer) {
    if (values.size() < 2) {
        return 0;
    }
    const double sign = kind == ReadoutSpec::Kind::first_spike ? -1 : 1;
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < values.size(); ++k) {
        if (k != answer) {
            best = std::max(best, sign * double{values[k]});
        }
    }
    return sign * double{values[answer]} - best;
}

}  // namespace saltus
