// Explanations for an explore page: of spikes, and of neurons that stayed silent, as the page shows
// them.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/explain/sample_replayer.hpp"
#include "models/trace/explore_data.hpp"

namespace saltus {

// Fills `page.samples[].explanations` by replaying samples, in the page's order, until `most` are
// made: of every spike of the neurons on the page, and of each neuron that never fired in a sample,
// at the page's last tick. Says in `page.notes` if some are left out. `traced`: the digest that the
// trace has of a sample. `poll`: called between spikes; may throw. Throws InputError if a replay is
// not what was traced. Cost: a ledger (core/ledger.hpp) for each.
void add_explanations(SampleReplayer& replayer,
                      const std::function<Digest(std::uint64_t)>& traced,
                      std::size_t most,
                      const std::function<void()>& poll,
                      ExploreData& page);

}  // namespace saltus
