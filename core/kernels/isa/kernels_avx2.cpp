#define SALTUS_KERNELS_TABLE k_kernels_avx2
#define SALTUS_KERNELS_NAME "avx2"
#include "core/kernels/loops/kernels_body.hpp"
