#define SALTUS_KERNELS_TABLE k_kernels_avx512
#define SALTUS_KERNELS_NAME "avx512"
#include "core/kernels/loops/kernels_body.hpp"
