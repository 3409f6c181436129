#include "models/files/model_digest.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <new>
#include <xxhash.h>

#include "core/digest.hpp"
#include "models/files/model_data.hpp"

namespace saltus {

namespace {

struct FreeState {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

}  // namespace

std::string model_digest(const LoadedModel& model) {
    const std::unique_ptr<XXH3_state_t, FreeState> state(XXH3_createState());
    if (!state) {
        throw std::bad_alloc();
    }
    XXH3_128bits_reset(state.get());
    const std::string message = model.message().SerializeAsString();
    XXH3_128bits_update(state.get(), message.data(), message.size());
    for (const StoredTensor& tensor : model.data().tensors->all()) {
        if (tensor.checksum.empty()) {
            XXH3_128bits_update(state.get(), tensor.data.data(), tensor.data.size());
        }
    }
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state.get()));
    Digest digest;
    std::copy(std::begin(canonical.digest), std::end(canonical.digest), digest.begin());
    return digest_text(digest);
}

}  // namespace saltus
