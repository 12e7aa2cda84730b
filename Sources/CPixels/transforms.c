#include "cpixels_transforms.h"

#include <math.h>

#include "wide.h"

// torch's rounding is reproduced: every operation rounds by itself, unless it is written as fma.
#pragma STDC FP_CONTRACT OFF

static inline float clamp(float x) {
  x = x < 0.0f ? 0.0f : x;
  return x > 1.0f ? 1.0f : x;
}

static inline float grey(float r, float g, float b) {
  return __builtin_fmaf(b, 0.114f, __builtin_fmaf(g, 0.587f, r * 0.2989f));
}

WIDE void cpx_scale(float *x, size_t n, float factor) {
  for (size_t i = 0; i < n; i++) x[i] = clamp(x[i] * factor);
}

WIDE double cpx_grey_sum(const float *x, size_t n, int channels) {
  // Eight running sums, so that additions do not wait for each other.
  double sums[8] = {0};
  const float *g = x + n, *b = x + 2 * n;
  for (size_t i = 0; i < n; i++) sums[i & 7] += channels == 1 ? x[i] : grey(x[i], g[i], b[i]);
  double total = 0;
  for (int k = 0; k < 8; k++) total += sums[k];
  return total;
}

WIDE void cpx_blend_constant(float *x, size_t n, float factor, float rest, float constant) {
  for (size_t i = 0; i < n; i++) x[i] = clamp(__builtin_fmaf(constant, rest, x[i] * factor));
}

WIDE void cpx_blend_grey(float *rgb, size_t n, float factor, float rest) {
  float *r = rgb, *g = rgb + n, *b = rgb + 2 * n;
  for (size_t i = 0; i < n; i++) {
    float level = grey(r[i], g[i], b[i]);
    r[i] = clamp(__builtin_fmaf(level, rest, r[i] * factor));
    g[i] = clamp(__builtin_fmaf(level, rest, g[i] * factor));
    b[i] = clamp(__builtin_fmaf(level, rest, b[i] * factor));
  }
}

/// Hue in 0...1 of a colour whose largest channel is `most` and smallest `least`.
static inline float hue_of(float r, float g, float b, float most, float least) {
  float range = most == least ? 1.0f : most - least;
  float rc = (most - r) / range, gc = (most - g) / range, bc = (most - b) / range;
  float from_red = bc - gc, from_green = (rc + 2.0f) - bc, from_blue = (gc + 4.0f) - rc;
  float sixths = most == r ? from_red : most == g ? from_green : from_blue;
  float turns = sixths * (float)(1.0 / 6.0) + 1.0f;
  return turns - truncf(turns);
}

WIDE void cpx_shift_hue(float *rgb, size_t n, float shift) {
  float *red = rgb, *green = rgb + n, *blue = rgb + 2 * n;
  for (size_t i = 0; i < n; i++) {
    float r = red[i], g = green[i], b = blue[i];
    float most = r > g ? r : g, least = r < g ? r : g;
    most = most > b ? most : b;
    least = least < b ? least : b;
    float saturation = (most - least) / (most == least ? 1.0f : most);
    float hue = hue_of(r, g, b, most, least) + shift;
    hue = hue - truncf(hue);
    hue = hue < 0.0f ? hue + 1.0f : hue;

    float sixths = hue * 6.0f, sector = floorf(sixths);
    float part = saturation * (sixths - sector), pale = 1.0f - saturation;
    float falling = clamp((1.0f - part) * most), rising = clamp((part + pale) * most);
    float low = clamp(pale * most);
    sector = sector == 6.0f ? 0.0f : sector;
    red[i] = sector == 0.0f || sector == 5.0f ? most
             : sector == 1.0f                 ? falling
             : sector == 4.0f                 ? rising
                                              : low;
    green[i] = sector == 1.0f || sector == 2.0f ? most
               : sector == 3.0f                 ? falling
               : sector == 0.0f                 ? rising
                                                : low;
    blue[i] = sector == 3.0f || sector == 4.0f ? most
              : sector == 5.0f                 ? falling
              : sector == 2.0f                 ? rising
                                               : low;
  }
}

WIDE void cpx_sharpen(const float *from, float *to, size_t height, size_t width, float rest) {
  const float edge = (float)(1.0 / 13.0), middle = (float)(5.0 / 13.0);
  for (size_t y = 0; y < height; y++) {
    const float *p = from + y * width;
    float *out = to + y * width;
    out[0] = clamp(p[0]);
    out[width - 1] = clamp(p[width - 1]);
    if (y == 0 || y == height - 1) {
      for (size_t x = 1; x + 1 < width; x++) out[x] = clamp(p[x]);
      continue;
    }
    const float *above = p - width, *below = p + width;
    for (size_t x = 1; x + 1 < width; x++) {
      float blur = above[x - 1] * edge;
      blur = __builtin_fmaf(above[x], edge, blur);
      blur = __builtin_fmaf(above[x + 1], edge, blur);
      blur = __builtin_fmaf(p[x - 1], edge, blur);
      blur = __builtin_fmaf(p[x], middle, blur);
      blur = __builtin_fmaf(p[x + 1], edge, blur);
      blur = __builtin_fmaf(below[x - 1], edge, blur);
      blur = __builtin_fmaf(below[x], edge, blur);
      blur = __builtin_fmaf(below[x + 1], edge, blur);
      out[x] = clamp(__builtin_fmaf(blur - p[x], rest, p[x]));
    }
  }
}
