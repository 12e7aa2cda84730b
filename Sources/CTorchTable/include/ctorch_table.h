// libtorch behind a plain C interface that is opened at run time.
//
// CT_FUNCTIONS is the only list of what the shim offers. From it come the declarations that
// CTorch defines, the table that ct_open fills, and inline functions of the same names that
// call through the table, so that Swift writes `ct_add(a, b)`.
//
// A CTTensor is an owned reference to a libtorch tensor; ct_release releases it. A function
// that returns a CTTensor returns NULL when it fails, one that returns int a value other than 0;
// ct_last_error() then holds this thread's message. Arguments named `…_or_null` may be NULL.
// Shapes and lists are a pointer and a count. Dtypes are CT_FLOAT32 and so on; a device is
// CT_CPU or the index of a CUDA device.
#ifndef CTORCH_TABLE_H
#define CTORCH_TABLE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
namespace c10 { struct TensorImpl; }
typedef c10::TensorImpl *CTTensor;
#else
typedef struct ct_tensor *CTTensor;
#endif

// libtorch's own numbers (c10/core/ScalarType.h).
enum { CT_UINT8 = 0, CT_INT64 = 4, CT_FLOAT32 = 6, CT_FLOAT64 = 7, CT_BOOL = 11, CT_BFLOAT16 = 15 };
enum { CT_CPU = -1 };

// How results are rounded where several kernels give the same numbers up to rounding: by the fastest,
// or as the operations of torch round that LeRobot's modules call (Decision 0010).
enum { CT_ROUND_FAST = 0, CT_ROUND_AS_LEROBOT = 1 };

// Which kernels run: libtorch's own alone; ours where they suit the processor; ours wherever their
// arithmetic allows it, for tests.
enum { CT_PLAIN_KERNELS = 0, CT_OWN_KERNELS = 1, CT_FORCED_KERNELS = 2 };

// The kernels of our own (CKernels). CT_FACTORS is a weight gradient that was kept as the factors of a product.
enum {
  CT_ATTENTION, CT_DROPOUT, CT_RECTIFIED_DROPOUT, CT_CONVOLUTION_1D, CT_RECTIFIED_MAX_POOL, CT_LINEAR,
  CT_FACTORS, CT_CONVOLUTION_2D, CT_NARROW_ADAM, CT_KERNEL_COUNT
};

// What ct_recomputed computes. It owns its inputs; what it puts into `outputs` stays its own until it is called
// without inputs.
typedef void (*CTBody)(void *context, const CTTensor *inputs_or_null, int n, CTTensor *outputs_or_null);
typedef void (*CTRelease)(void *context);

// X(result, name, (parameters), (arguments))
#define CT_FUNCTIONS(X) \
  /* The library. */ \
  X(const char *, ct_last_error, (void), ()) \
  X(bool, ct_last_error_is_memory, (void), ()) \
  X(const char *, ct_version, (void), ()) \
  X(int, ct_check_abi, (void), ()) \
  /* Which kernels run, and whose memory large tensors come from; no other thread may compute. */ \
  X(int, ct_choose_kernels, (int choice), (choice)) \
  X(int, ct_chosen_kernels, (void), ()) \
  X(void, ct_forget_peak, (void), ()) \
  X(void, ct_memory, (size_t *in_use, size_t *kept, size_t *most), (in_use, kept, most)) \
  X(int, ct_thread_count, (void), ()) \
  X(void, ct_set_thread_count, (int n), (n)) \
  /* Where there is none, ct_last_error() says why. */ \
  X(int, ct_cuda_device_count, (void), ()) \
  X(int, ct_set_cuda_math, (bool tf32, bool benchmark), (tf32, benchmark)) \
  X(bool, ct_set_gradients_enabled, (bool on), (on)) \
  /* How this thread's operations round; setting it returns what it was. */ \
  X(int, ct_set_rounding, (int rounding), (rounding)) \
  X(int, ct_rounding, (void), ()) \
  /* How often this thread has run a kernel of our own; 0 for a number that is no kernel's. */ \
  X(uint64_t, ct_kernel_runs, (int kernel), (kernel)) \
  X(int, ct_set_autocast, (bool on, int device), (on, device)) \
  X(bool, ct_autocasts, (int device), (device)) \
  /* Random numbers: the global generator of a device. */ \
  X(int, ct_seed, (uint64_t seed), (seed)) \
  X(int, ct_random_state_size, (int device, size_t *size), (device, size)) \
  X(int, ct_random_state, (int device, uint8_t *bytes, size_t size), (device, bytes, size)) \
  X(int, ct_set_random_state, (int device, const uint8_t *bytes, size_t size), (device, bytes, size)) \
  /* Lifetime and properties of a tensor. */ \
  X(void, ct_release, (CTTensor t), (t)) \
  X(int, ct_rank, (CTTensor t), (t)) \
  /* -1 where there is no such axis. */ \
  X(int64_t, ct_size, (CTTensor t, int axis), (t, axis)) \
  X(int, ct_dtype, (CTTensor t), (t)) \
  X(int, ct_device, (CTTensor t), (t)) \
  X(int, ct_copy_out, (CTTensor t, void *bytes, size_t size), (t, bytes, size)) \
  /* Making tensors. */ \
  X(CTTensor, ct_zeros_like, (CTTensor t), (t)) \
  X(CTTensor, ct_empty, (const int64_t *shape, int rank, int dtype, int device), (shape, rank, dtype, device)) \
  X(CTTensor, ct_full, (const int64_t *shape, int rank, double value, int dtype, int device), \
    (shape, rank, value, dtype, device)) \
  X(CTTensor, ct_from_bytes, (const void *bytes, const int64_t *shape, int rank, int dtype, \
    int device), (bytes, shape, rank, dtype, device)) \
  /* A tensor of the CPU over memory of the caller's; release(owner) is called once, at the end or \
     where this fails. */ \
  X(CTTensor, ct_over_memory, (void *bytes, const int64_t *shape, int rank, int dtype, void *owner, \
    void (*release)(void *)), (bytes, shape, rank, dtype, owner, release)) \
  /* How often a tensor was written to in place; any thread may ask. */ \
  X(uint32_t, ct_write_count, (CTTensor t), (t)) \
  /* float32: table[i / inner % period][bytes[i]], with rows of 256; looked up on the device. */ \
  X(CTTensor, ct_from_picture, (const uint8_t *bytes, const int64_t *shape, int rank, \
    const float *table, int64_t period, int64_t inner, int device), \
    (bytes, shape, rank, table, period, inner, device)) \
  X(CTTensor, ct_to, (CTTensor t, int dtype, int device), (t, dtype, device)) \
  X(CTTensor, ct_clone, (CTTensor t), (t)) \
  X(CTTensor, ct_detach, (CTTensor t), (t)) \
  /* Gradients. */ \
  X(int, ct_set_requires_gradient, (CTTensor t, bool on), (t, on)) \
  X(bool, ct_requires_gradient, (CTTensor t), (t)) \
  /* Large gradients may stay with their weights as the factors of a product. */ \
  X(int, ct_backward, (CTTensor t, bool may_keep_factors), (t, may_keep_factors)) \
  X(bool, ct_has_gradient, (CTTensor t), (t)) \
  X(int, ct_gradient, (CTTensor t, CTTensor *gradient), (t, gradient)) \
  X(int, ct_clear_gradient, (CTTensor t), (t)) \
  /* Of n weights that have a gradient. */ \
  X(CTTensor, ct_gradient_norm, (const CTTensor *weights, int n), (weights, n)) \
  X(int, ct_scale_gradients_, (const CTTensor *weights, int n, CTTensor factor), \
    (weights, n, factor)) \
  /* In place, outside the graph. */ \
  X(int, ct_set_data, (CTTensor t, CTTensor data), (t, data)) \
  X(int, ct_uniform_, (CTTensor t, double low, double high), (t, low, high)) \
  X(int, ct_normal_, (CTTensor t, double mean, double deviation), (t, mean, deviation)) \
  X(int, ct_bernoulli_, (CTTensor t, double p), (t, p)) \
  X(int, ct_integers_, (CTTensor t, int64_t bound), (t, bound)) \
  X(int, ct_exponential_, (CTTensor t), (t)) \
  X(int, ct_copy_, (CTTensor t, CTTensor from), (t, from)) \
  /* From row-major elements of t's shape. */ \
  X(int, ct_copy_in_, (CTTensor t, const void *bytes, int dtype), (t, bytes, dtype)) \
  X(int, ct_add_, (CTTensor t, CTTensor u, double scale), (t, u, scale)) \
  X(int, ct_multiply_, (CTTensor t, double factor), (t, factor)) \
  X(int, ct_lerp_, (CTTensor t, CTTensor u, double weight), (t, u, weight)) \
  /* Each of n tensors ← kept · itself + (1 − kept) · its partner among the others. */ \
  X(int, ct_average_, (const CTTensor *ts, const CTTensor *us, int n, double kept), \
    (ts, us, n, kept)) \
  /* Adam over n parameters that have a gradient; options are η, β₁, β₂, ε, λ. */ \
  X(int, ct_fused_adam_, (const CTTensor *parameters, const CTTensor *m, const CTTensor *v, \
    const double *steps, int n, const double *options, bool decays_apart), \
    (parameters, m, v, steps, n, options, decays_apart)) \
  /* In place, inside the graph. */ \
  X(int, ct_graph_add_, (CTTensor t, CTTensor u), (t, u)) \
  X(int, ct_graph_relu_, (CTTensor t), (t)) \
  /* Element by element. */ \
  X(CTTensor, ct_add, (CTTensor a, CTTensor b), (a, b)) \
  X(CTTensor, ct_subtract, (CTTensor a, CTTensor b), (a, b)) \
  X(CTTensor, ct_multiply, (CTTensor a, CTTensor b), (a, b)) \
  X(CTTensor, ct_divide, (CTTensor a, CTTensor b), (a, b)) \
  X(CTTensor, ct_add_number, (CTTensor a, double b), (a, b)) \
  X(CTTensor, ct_multiply_number, (CTTensor a, double b), (a, b)) \
  X(CTTensor, ct_divide_number, (CTTensor a, double b), (a, b)) \
  X(CTTensor, ct_power, (CTTensor a, double exponent), (a, exponent)) \
  X(CTTensor, ct_number_power, (double base, CTTensor exponent), (base, exponent)) \
  X(CTTensor, ct_exp, (CTTensor x), (x)) \
  X(CTTensor, ct_log, (CTTensor x), (x)) \
  X(CTTensor, ct_sqrt, (CTTensor x), (x)) \
  X(CTTensor, ct_rsqrt, (CTTensor x), (x)) \
  X(CTTensor, ct_reciprocal, (CTTensor x), (x)) \
  X(CTTensor, ct_sin, (CTTensor x), (x)) \
  X(CTTensor, ct_arcsine, (CTTensor x), (x)) \
  X(CTTensor, ct_erfinv, (CTTensor x), (x)) \
  /* The outputs of a body that is run again for gradients; the context is released after its last run. */ \
  X(int, ct_recomputed, \
    (CTBody body, void *context, CTRelease release, const CTTensor *inputs, int n, CTTensor *outputs, int m), \
    (body, context, release, inputs, n, outputs, m)) \
  X(CTTensor, ct_cos, (CTTensor x), (x)) \
  X(CTTensor, ct_abs, (CTTensor x), (x)) \
  X(CTTensor, ct_logical_not, (CTTensor x), (x)) \
  X(CTTensor, ct_is_finite, (CTTensor x), (x)) \
  X(CTTensor, ct_equal, (CTTensor a, CTTensor b), (a, b)) \
  X(CTTensor, ct_clamp_above, (CTTensor x, double high), (x, high)) \
  X(CTTensor, ct_clamp, (CTTensor x, double low, double high), (x, low, high)) \
  X(CTTensor, ct_nan_to_number, (CTTensor x, double number), (x, number)) \
  X(CTTensor, ct_is_above, (CTTensor x, double number), (x, number)) \
  X(CTTensor, ct_masked_fill, (CTTensor x, CTTensor mask, double value), (x, mask, value)) \
  /* Activations. */ \
  X(CTTensor, ct_sigmoid, (CTTensor x), (x)) \
  X(CTTensor, ct_tanh, (CTTensor x), (x)) \
  X(CTTensor, ct_elu, (CTTensor x), (x)) \
  X(CTTensor, ct_relu, (CTTensor x), (x)) \
  X(CTTensor, ct_gelu, (CTTensor x), (x)) \
  X(CTTensor, ct_glu, (CTTensor x), (x)) \
  X(CTTensor, ct_mish, (CTTensor x), (x)) \
  X(CTTensor, ct_silu, (CTTensor x), (x)) \
  X(CTTensor, ct_gelu_tanh, (CTTensor x), (x)) \
  X(CTTensor, ct_softmax, (CTTensor x, int axis), (x, axis)) \
  X(CTTensor, ct_log_softmax, (CTTensor x, int axis), (x, axis)) \
  X(CTTensor, ct_dropout, (CTTensor x, double p), (x, p)) \
  X(CTTensor, ct_rectified_dropout, (CTTensor x, double p), (x, p)) \
  /* Reductions. */ \
  X(CTTensor, ct_sum, (CTTensor x), (x)) \
  X(CTTensor, ct_mean, (CTTensor x), (x)) \
  X(CTTensor, ct_sum_axis, (CTTensor x, int axis), (x, axis)) \
  X(CTTensor, ct_min_axis, (CTTensor x, int axis), (x, axis)) \
  /* Divides by one less than there are. */ \
  X(CTTensor, ct_std_axis, (CTTensor x, int axis), (x, axis)) \
  /* Places of the largest along an axis, the largest first. */ \
  X(CTTensor, ct_top_places, (CTTensor x, int64_t count, int axis), (x, count, axis)) \
  X(CTTensor, ct_cumulative_sum, (CTTensor x, int axis), (x, axis)) \
  X(CTTensor, ct_all, (CTTensor x), (x)) \
  X(CTTensor, ct_max, (CTTensor x), (x)) \
  X(CTTensor, ct_argmax, (CTTensor x, int axis), (x, axis)) \
  /* Products and layers. */ \
  /* Q of a QR decomposition, of the shape of x. */ \
  X(CTTensor, ct_orthonormal, (CTTensor x), (x)) \
  X(CTTensor, ct_matmul, (CTTensor a, CTTensor b), (a, b)) \
  X(CTTensor, ct_linear, (CTTensor x, CTTensor w, CTTensor b_or_null), (x, w, b_or_null)) \
  X(CTTensor, ct_conv2d, (CTTensor x, CTTensor w, CTTensor b_or_null, int stride, int padding, \
    int dilation), (x, w, b_or_null, stride, padding, dilation)) \
  X(CTTensor, ct_conv1d, (CTTensor x, CTTensor w, CTTensor b, int stride, int padding), \
    (x, w, b, stride, padding)) \
  X(CTTensor, ct_conv_transpose1d, (CTTensor x, CTTensor w, CTTensor b, int stride, \
    int padding), (x, w, b, stride, padding)) \
  X(CTTensor, ct_max_pool2d, (CTTensor x, int kernel, int stride, int padding), \
    (x, kernel, stride, padding)) \
  X(CTTensor, ct_rectified_max_pool2d, (CTTensor x, int kernel, int stride, int padding), \
    (x, kernel, stride, padding)) \
  /* forbidden: 0 or −∞, [B, Sk]; kept: the dropout's mask, drawn here where it is NULL. */ \
  X(CTTensor, ct_attention, (CTTensor q, CTTensor k, CTTensor v, CTTensor forbidden_or_null, \
    CTTensor kept_or_null, int heads, double scale, double p), \
    (q, k, v, forbidden_or_null, kept_or_null, heads, scale, p)) \
  X(CTTensor, ct_batch_norm, (CTTensor x, CTTensor w, CTTensor b, CTTensor mean, \
    CTTensor variance, bool training, double momentum, double epsilon), \
    (x, w, b, mean, variance, training, momentum, epsilon)) \
  X(CTTensor, ct_group_norm, (CTTensor x, int groups, CTTensor w, CTTensor b, double epsilon), \
    (x, groups, w, b, epsilon)) \
  X(CTTensor, ct_bilinear, (CTTensor x, int64_t height, int64_t width), (x, height, width)) \
  X(CTTensor, ct_pad, (CTTensor x, const int64_t *around, int count), (x, around, count)) \
  X(CTTensor, ct_beta, (double a, double b, int64_t count), (a, b, count)) \
  X(CTTensor, ct_rms_norm, (CTTensor x, CTTensor w, double epsilon), (x, w, epsilon)) \
  X(CTTensor, ct_grouped_attention, (CTTensor q, CTTensor k, CTTensor v, CTTensor bias), \
    (q, k, v, bias)) \
  X(CTTensor, ct_layer_norm, (CTTensor x, CTTensor w, CTTensor b, double epsilon), \
    (x, w, b, epsilon)) \
  X(CTTensor, ct_embedding, (CTTensor w, CTTensor indices), (w, indices)) \
  X(CTTensor, ct_one_hot, (CTTensor indices, int64_t count), (indices, count)) \
  X(CTTensor, ct_gather, (CTTensor x, int axis, CTTensor indices), (x, axis, indices)) \
  /* Shapes. */ \
  X(CTTensor, ct_reshape, (CTTensor x, const int64_t *shape, int rank), (x, shape, rank)) \
  X(CTTensor, ct_expand, (CTTensor x, const int64_t *shape, int rank), (x, shape, rank)) \
  X(CTTensor, ct_permute, (CTTensor x, const int64_t *axes, int rank), (x, axes, rank)) \
  X(CTTensor, ct_transpose, (CTTensor x, int a, int b), (x, a, b)) \
  X(CTTensor, ct_select, (CTTensor x, int axis, int64_t index), (x, axis, index)) \
  X(CTTensor, ct_narrow, (CTTensor x, int axis, int64_t start, int64_t count), \
    (x, axis, start, count)) \
  X(CTTensor, ct_unsqueeze, (CTTensor x, int axis), (x, axis)) \
  X(CTTensor, ct_contiguous, (CTTensor x), (x)) \
  X(CTTensor, ct_channels_last, (CTTensor x), (x)) \
  X(CTTensor, ct_concatenate, (const CTTensor *ts, int n, int axis), (ts, n, axis)) \
  X(CTTensor, ct_stack, (const CTTensor *ts, int n, int axis), (ts, n, axis))

#ifdef __cplusplus
// CTorch defines these.
#define X(result, name, parameters, arguments) \
  extern "C" __attribute__((visibility("default"))) result name parameters;
CT_FUNCTIONS(X)
#undef X
#else

// The table, all NULL until ct_open has filled it, constant afterwards.
struct CTFunctions {
#define X(result, name, parameters, arguments) result (*name) parameters;
  CT_FUNCTIONS(X)
#undef X
};
extern struct CTFunctions ct_functions;

#define X(result, name, parameters, arguments) \
  static inline result name parameters { return ct_functions.name arguments; }
CT_FUNCTIONS(X)
#undef X

/// Opens libtorch, whose libraries lie in the folder `libtorch`, and the shim that was built for its release,
/// once for the process, with the given choice of kernels; later calls return at once and change nothing.
///
/// On failure returns a value other than 0 and writes a one-line message to `message`.
int ct_open(const char *libtorch, const char *shim, int kernels, char *message, size_t size);
#endif
#endif
