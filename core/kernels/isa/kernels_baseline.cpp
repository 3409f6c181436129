#define SALTUS_KERNELS_TABLE k_kernels_baseline
#define SALTUS_KERNELS_NAME "baseline"
#include "core/kernels/loops/kernels_body.hpp"
