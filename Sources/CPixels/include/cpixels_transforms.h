#ifndef CPIXELS_TRANSFORMS_H
#define CPIXELS_TRANSFORMS_H
#include <stddef.h>

// Changes of planar float pictures in 0...1, with the float32 operations that torchvision 0.22
// makes torch do, in their order, so that the results are the same bits. `n` counts the pixels of
// one plane; `rgb` is three planes. What torch's kernels fuse is fused here.

/// x = clamp(factor x), over n values.
void cpx_scale(float *x, size_t n, float factor);
/// The sum of the grey of n pixels of three planes, or of the one plane where channels is 1.
double cpx_grey_sum(const float *x, size_t n, int channels);
/// x = clamp(factor x + rest constant), over n values.
void cpx_blend_constant(float *x, size_t n, float factor, float rest, float constant);
/// rgb = clamp(factor rgb + rest grey).
void cpx_blend_grey(float *rgb, size_t n, float factor, float rest);
/// Turns the hue by `shift` of a full circle.
void cpx_shift_hue(float *rgb, size_t n, float shift);
/// One plane blended with its own blur, the border only clamped; height and width above 2.
void cpx_sharpen(const float *from, float *to, size_t height, size_t width, float rest);

/// Where the pixels of an affinely mapped picture come from. `map` takes output pixels, counted
/// from the centre, to input positions in -1...1: x' = map[0] x + map[1] y + map[2], then y'.
typedef struct {
  float map[6];
  int height, width;
  /// What lies outside the picture; `has_fill` 0 is torchvision's fill=None.
  float fill;
  int has_fill;
} cpx_affine;

void cpx_affine_nearest(const float *from, float *to, const cpx_affine *affine);
void cpx_affine_bilinear(const float *from, float *to, const cpx_affine *affine);
#endif
