// doctest beside libtorch, whose logging defines CHECK and its kin too (those abort): this header
// goes in front of all others.
#pragma once

#include "models/training/torch.hpp"

#undef CHECK
#undef CHECK_EQ
#undef CHECK_NE
#undef CHECK_LT
#undef CHECK_LE
#undef CHECK_GT
#undef CHECK_GE

#include <doctest/doctest.h>
