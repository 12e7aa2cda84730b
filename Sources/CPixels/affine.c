#include <math.h>
#include <stdint.h>

#include "cpixels_transforms.h"
#include "wide.h"

#pragma STDC FP_CONTRACT OFF

enum { RUN = 64 };

/// Input positions, in pixels, of output pixels [first, first + count) of row y.
static inline __attribute__((always_inline)) void locate(
    const cpx_affine *a, int y, int first, int count, float *at_x, float *at_y) {
  const float *m = a->map;
  float half_width = a->width / 2.0f, half_height = a->height / 2.0f;
  float down = (1.0f - a->height) * 0.5f + y, start = (1.0f - a->width) * 0.5f + first;
  for (int i = 0; i < count; i++) {
    float across = start + i;
    float x_out = (across * m[0] + down * m[1]) + m[2];
    float y_out = (across * m[3] + down * m[4]) + m[5];
    at_x[i] = __builtin_fmaf(x_out + 1.0f, half_width, -0.5f);
    at_y[i] = __builtin_fmaf(y_out + 1.0f, half_height, -0.5f);
  }
}

WIDE void cpx_affine_nearest(const float *from, float *to, const cpx_affine *a) {
  float at_x[RUN], at_y[RUN], outside = a->has_fill ? a->fill : 0.0f;
  for (int y = 0; y < a->height; y++)
    for (int first = 0; first < a->width; first += RUN) {
      int count = a->width - first < RUN ? a->width - first : RUN;
      locate(a, y, first, count, at_x, at_y);
      float *out = to + (size_t)y * a->width + first;
      for (int i = 0; i < count; i++) {
        float column = rintf(at_x[i]), row = rintf(at_y[i]);
        int inside = column >= 0.0f && column < a->width && row >= 0.0f && row < a->height;
        out[i] = inside ? from[(int)row * a->width + (int)column] : outside;
      }
    }
}

/// The value at (row, column), or 0 outside the picture; `inside` says whether it was inside.
static inline float corner(
    const float *from, const cpx_affine *a, float row, float column, float *inside) {
  int is_in = column >= 0.0f && column < a->width && row >= 0.0f && row < a->height;
  *inside = is_in ? 1.0f : 0.0f;
  return is_in ? from[(int)row * a->width + (int)column] : 0.0f;
}

static inline float blend4(const float value[4], const float weight[4]) {
  float sum = __builtin_fmaf(value[1], weight[1], value[0] * weight[0]);
  return __builtin_fmaf(value[3], weight[3], __builtin_fmaf(value[2], weight[2], sum));
}

WIDE void cpx_affine_bilinear(const float *from, float *to, const cpx_affine *a) {
  float at_x[RUN], at_y[RUN];
  for (int y = 0; y < a->height; y++)
    for (int first = 0; first < a->width; first += RUN) {
      int count = a->width - first < RUN ? a->width - first : RUN;
      locate(a, y, first, count, at_x, at_y);
      float *out = to + (size_t)y * a->width + first;
      for (int i = 0; i < count; i++) {
        float west = floorf(at_x[i]), north = floorf(at_y[i]);
        float to_east = at_x[i] - west, to_south = at_y[i] - north;
        float to_west = 1.0f - to_east, to_north = 1.0f - to_south;
        float weight[4] = {
            to_north * to_west, to_north * to_east, to_south * to_west, to_south * to_east};
        float value[4], inside[4];
        for (int k = 0; k < 4; k++)
          value[k] = corner(from, a, north + (k >> 1), west + (k & 1), &inside[k]);
        float sum = blend4(value, weight);
        if (a->has_fill) sum = (sum - a->fill) * blend4(inside, weight) + a->fill;
        out[i] = sum;
      }
    }
}
