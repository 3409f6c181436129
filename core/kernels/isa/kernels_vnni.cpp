#define SALTUS_KERNELS_TABLE k_kernels_vnni
#define SALTUS_KERNELS_NAME "vnni"
#include "core/kernels/loops/kernels_body.hpp"
