// The one header that includes oneDNN: how primitives are made in version 2 and in version 3, and
// how a call is kept to one thread. Internal to this folder.
//
// Every primitive is for inference, in strict float32 (an environment variable cannot turn on
// bfloat16), with a scratchpad that the caller gives, so that one primitive serves many threads at
// once.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <oneapi/dnnl/dnnl_config.h>
#include <oneapi/dnnl/dnnl_version.h>
#include <optional>
#include <vector>

#if DNNL_CPU_RUNTIME == DNNL_RUNTIME_OMP
// Declared here because clang does not find GCC's <omp.h>; both are part of OpenMP's fixed
// interface.
extern "C" {
int omp_get_max_threads(void);
void omp_set_num_threads(int);
}
#elif DNNL_CPU_RUNTIME != DNNL_RUNTIME_SEQ
#error "this oneDNN runs on a thread pool; need one built for OpenMP or for sequential use"
#endif

namespace saltus::onednn {

using Dims = dnnl::memory::dims;
using Desc = dnnl::memory::desc;

// While it lives, oneDNN calls of this thread make and run primitives for one thread. OpenMP keeps
// that number for each thread by itself, so other threads and the caller's own OpenMP code are left
// alone.
class OneThread {
  public:
#if DNNL_CPU_RUNTIME == DNNL_RUNTIME_OMP
    OneThread() : before_(omp_get_max_threads()) {
        omp_set_num_threads(1);
    }

    ~OneThread() {
        omp_set_num_threads(before_);
    }
#else
    OneThread() = default;
    ~OneThread() = default;
#endif
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;

  private:
    [[maybe_unused]] int before_ = 1;
};

inline dnnl::primitive_attr attributes() {
    dnnl::primitive_attr attr;
    attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    attr.set_fpmath_mode(dnnl::fpmath_mode::strict);
    return attr;
}

struct Window {
    Dims stride;
    Dims dilation;  // oneDNN's: 0 is dense
    Dims padding;
};

#if DNNL_VERSION_MAJOR >= 3

inline auto convolution(const dnnl::engine& engine,
                        const Desc& src,
                        const Desc& weights,
                        const std::optional<Desc>& bias,
                        const Desc& dst,
                        const Window& w) {
    using Primitive = dnnl::convolution_forward;
    constexpr auto kind = dnnl::prop_kind::forward_inference;
    constexpr auto algorithm = dnnl::algorithm::convolution_direct;
    return bias ? Primitive::primitive_desc(engine,
                                            kind,
                                            algorithm,
                                            src,
                                            weights,
                                            *bias,
                                            dst,
                                            w.stride,
                                            w.dilation,
                                            w.padding,
                                            w.padding,
                                            attributes())
                : Primitive::primitive_desc(engine,
                                            kind,
                                            algorithm,
                                            src,
                                            weights,
                                            dst,
                                            w.stride,
                                            w.dilation,
                                            w.padding,
                                            w.padding,
                                            attributes());
}

inline auto inner_product(const dnnl::engine& engine,
                          const Desc& src,
                          const Desc& weights,
                          const std::optional<Desc>& bias,
                          const Desc& dst) {
    using Primitive = dnnl::inner_product_forward;
    constexpr auto kind = dnnl::prop_kind::forward_inference;
    return bias ? Primitive::primitive_desc(engine, kind, src, weights, *bias, dst, attributes())
                : Primitive::primitive_desc(engine, kind, src, weights, dst, attributes());
}

inline auto pooling(const dnnl::engine& engine,
                    dnnl::algorithm algorithm,
                    const Desc& src,
                    const Desc& dst,
                    const Dims& stride,
                    const Dims& kernel) {
    return dnnl::pooling_forward::primitive_desc(engine,
                                                 dnnl::prop_kind::forward_inference,
                                                 algorithm,
                                                 src,
                                                 dst,
                                                 stride,
                                                 kernel,
                                                 {0, 0},
                                                 {0, 0},
                                                 {0, 0},
                                                 attributes());
}

inline auto elementwise(const dnnl::engine& engine, dnnl::algorithm algorithm, const Desc& desc) {
    return dnnl::eltwise_forward::primitive_desc(engine,
                                                 dnnl::prop_kind::forward_inference,
                                                 algorithm,
                                                 desc,
                                                 desc,
                                                 0.0F,
                                                 0.0F,
                                                 attributes());
}

inline auto addition(const dnnl::engine& engine, const Desc& desc, const Desc& added) {
    return dnnl::binary::primitive_desc(
        engine, dnnl::algorithm::binary_add, desc, added, desc, attributes());
}

#else

inline auto convolution(const dnnl::engine& engine,
                        const Desc& src,
                        const Desc& weights,
                        const std::optional<Desc>& bias,
                        const Desc& dst,
                        const Window& w) {
    using Primitive = dnnl::convolution_forward;
    constexpr auto kind = dnnl::prop_kind::forward_inference;
    constexpr auto algorithm = dnnl::algorithm::convolution_direct;
    const Primitive::desc description =
        bias ? Primitive::desc(kind,
                               algorithm,
                               src,
                               weights,
                               *bias,
                               dst,
                               w.stride,
                               w.dilation,
                               w.padding,
                               w.padding)
             : Primitive::desc(
                   kind, algorithm, src, weights, dst, w.stride, w.dilation, w.padding, w.padding);
    return Primitive::primitive_desc(description, attributes(), engine);
}

inline auto inner_product(const dnnl::engine& engine,
                          const Desc& src,
                          const Desc& weights,
                          const std::optional<Desc>& bias,
                          const Desc& dst) {
    using Primitive = dnnl::inner_product_forward;
    constexpr auto kind = dnnl::prop_kind::forward_inference;
    const Primitive::desc description = bias ? Primitive::desc(kind, src, weights, *bias, dst)
                                             : Primitive::desc(kind, src, weights, dst);
    return Primitive::primitive_desc(description, attributes(), engine);
}

inline auto pooling(const dnnl::engine& engine,
                    dnnl::algorithm algorithm,
                    const Desc& src,
                    const Desc& dst,
                    const Dims& stride,
                    const Dims& kernel) {
    using Primitive = dnnl::pooling_forward;
    return Primitive::primitive_desc(Primitive::desc(dnnl::prop_kind::forward_inference,
                                                     algorithm,
                                                     src,
                                                     dst,
                                                     stride,
                                                     kernel,
                                                     {0, 0},
                                                     {0, 0}),
                                     attributes(),
                                     engine);
}

inline auto elementwise(const dnnl::engine& engine, dnnl::algorithm algorithm, const Desc& desc) {
    using Primitive = dnnl::eltwise_forward;
    return Primitive::primitive_desc(
        Primitive::desc(dnnl::prop_kind::forward_inference, algorithm, desc, 0.0F, 0.0F),
        attributes(),
        engine);
}

inline auto addition(const dnnl::engine& engine, const Desc& desc, const Desc& added) {
    using Primitive = dnnl::binary;
    return Primitive::primitive_desc(
        Primitive::desc(dnnl::algorithm::binary_add, desc, added, desc), attributes(), engine);
}

#endif

}  // namespace saltus::onednn
