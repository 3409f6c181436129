// A .textproto model; its tensors are inline, or named files that are not there.
#include <string>

#include "core/error.hpp"
#include "models/files/message_form.hpp"
#include "models/model.hpp"

#include "saltus/model.pb.h"
#include "tests/fuzz/fuzz_one.hpp"
#include "tests/fuzz/run_model.hpp"

namespace saltus::fuzz {

void fuzz_one(std::span<const std::byte> input) {
    try {
        const LoadedModel model =
            LoadedModel::from_message(parse_text(input, "m.textproto"), "/nowhere", "m.textproto");
        run_model(model);
    } catch (const ModelError&) {
    } catch (const InputError&) {
    }
}

}  // namespace saltus::fuzz
