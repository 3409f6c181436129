// One stored number to float32 and back, exactly.
#pragma once

#include <cstddef>

#include "saltus/model.pb.h"

namespace saltus {

// int8: q itself. Integers are not numbers of this kind (0).
float load_float(proto::TensorType::Value type, const std::byte* from);

// False if `value` is not exactly a number of this type (int8: -127 to 127).
bool store_exactly(float value, proto::TensorType::Value type, std::byte* to);

}  // namespace saltus
