#ifndef CPIXELS_TRANSFORMS_H
#define CPIXELS_TRANSFORMS_H
#include <stddef.h>

// Transforms of planar float pictures in 0...1, bitwise identical to torchvision 0.22 on torch: the same
// float32 operations in the same order, fused where torch's kernels fuse. `n` is the number of pixels of
// one plane; `rgb` is three planes.

/// x = clamp(factor x), over n values.
void cpx_scale(float *x, size_t n, float factor);
/// The sum of the grey of n pixels of three planes, or of the one plane where channels is 1.
double cpx_grey_sum(const float *x, size_t n, int channels);
/// x = clamp(factor x + rest constant), over n values.
void cpx_blend_constant(float *x, size_t n, float factor, float rest, float constant);
/// rgb = clamp(factor rgb + rest grey).
void cpx_blend_grey(float *rgb, size_t n, float factor, float rest);
/// Rotates the hue by `shift` of a full circle.
void cpx_shift_hue(float *rgb, size_t n, float shift);
/// Blends one plane with its own blur; the border is only clamped. Height and width must be above 2.
void cpx_sharpen(const float *from, float *to, size_t height, size_t width, float rest);

/// The inverse map of an affine transform. `map` takes output pixels, counted
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
