#include "encoders/philox.hpp"

#include <Random123/philox.h>

namespace saltus {

RandomWords philox(const RandomKey& key, NeuronIndex index, Tick tick) {
    const philox4x32_key_t k = {
        {static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)}};
    const philox4x32_ctr_t counter = {{index,
                                       static_cast<std::uint32_t>(tick),
                                       static_cast<std::uint32_t>(key.sample),
                                       key.population * 256 + key.draw}};
    const philox4x32_ctr_t words = philox4x32_R(10, counter, k);
    return {words.v[0], words.v[1], words.v[2], words.v[3]};
}

}  // namespace saltus
