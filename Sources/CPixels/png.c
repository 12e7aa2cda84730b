#include "cpixels_png.h"

#include <stdlib.h>
#include <string.h>

// The Paeth filter computes all channels of a pixel at once. The dependency of each pixel on the one
// before it limits its speed, not the number of channels.
typedef int16_t lanes __attribute__((ext_vector_type(4)));
typedef uint8_t bytes4 __attribute__((ext_vector_type(4)));

static inline lanes load_pixel(const uint8_t *p, int pixel_bytes) {
  bytes4 bytes = 0;
  memcpy(&bytes, p, pixel_bytes);
  return __builtin_convertvector(bytes, lanes);
}

static inline __attribute__((always_inline)) void paeth_pixels(
    uint8_t *p, const uint8_t *up, size_t n, const int pixel_bytes) {
  lanes left = 0, corner = 0;
  for (size_t i = 0; i + pixel_bytes <= n; i += pixel_bytes) {
    lanes above = load_pixel(up + i, pixel_bytes);
    lanes to_left = above - corner, to_above = left - corner;
    lanes to_corner = __builtin_elementwise_abs(to_left + to_above);
    to_left = __builtin_elementwise_abs(to_left);
    to_above = __builtin_elementwise_abs(to_above);
    lanes least = __builtin_elementwise_min(to_corner, __builtin_elementwise_min(to_left, to_above));
    lanes is_left = least == to_left, is_above = least == to_above;
    lanes predicted = (is_left & left) | (~is_left & ((is_above & above) | (~is_above & corner)));
    left = (load_pixel(p + i, pixel_bytes) + predicted) & 255;
    corner = above;
    bytes4 out = __builtin_convertvector(left, bytes4);
    memcpy(p + i, &out, pixel_bytes);
  }
}

// Four rows at a time, each one pixel behind the row above. What a pixel needs of the row above was
// computed one step earlier: it is `left` of that row. So a step computes four pixels in the time that
// one takes in its chain.
enum { ROWS = 4 };
typedef int16_t wide __attribute__((ext_vector_type(4 * ROWS)));
typedef uint8_t wide_bytes __attribute__((ext_vector_type(4 * ROWS)));

// One step: pixel `step - r` of row r, where that is within the row.
static inline __attribute__((always_inline)) void paeth_step(
    uint8_t *rows, size_t stride, const uint8_t *up, ptrdiff_t step, ptrdiff_t count,
    const int pixel_bytes, const int is_inside, wide *left, wide *corner) {
  uint8_t coded[4 * ROWS] = {0}, first[4] = {0};
  // Within a row a fourth byte may be read too. It belongs to the next pixel and is never stored.
  const int taken = is_inside ? 4 : pixel_bytes;
  for (int r = 0; r < ROWS; r++)
    if (is_inside || (step >= r && step - r < count))
      memcpy(coded + 4 * r, rows + r * stride + (step - r) * pixel_bytes, taken);
  if (is_inside || step < count) memcpy(first, up + step * pixel_bytes, taken);
  wide_bytes x, top = 0;
  memcpy(&x, coded, sizeof x);
  memcpy(&top, first, sizeof first);
  wide above = __builtin_shufflevector(
      __builtin_convertvector(top, wide), *left, 0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
      26, 27);
  wide to_left = above - *corner, to_above = *left - *corner;
  wide to_corner = __builtin_elementwise_abs(to_left + to_above);
  to_left = __builtin_elementwise_abs(to_left);
  to_above = __builtin_elementwise_abs(to_above);
  wide least = __builtin_elementwise_min(to_corner, __builtin_elementwise_min(to_left, to_above));
  wide is_left = least == to_left, is_above = least == to_above;
  wide predicted =
      (is_left & *left) | (~is_left & ((is_above & above) | (~is_above & *corner)));
  *left = (__builtin_convertvector(x, wide) + predicted) & 255;
  *corner = above;
  wide_bytes out = __builtin_convertvector(*left, wide_bytes);
  uint8_t decoded[4 * ROWS];
  memcpy(decoded, &out, sizeof out);
  for (int r = 0; r < ROWS; r++)
    if (is_inside || (step >= r && step - r < count))
      memcpy(rows + r * stride + (step - r) * pixel_bytes, decoded + 4 * r, pixel_bytes);
}

static inline __attribute__((always_inline)) void paeth_rows(
    uint8_t *rows, size_t stride, const uint8_t *up, size_t n, const int pixel_bytes) {
  wide left = 0, corner = 0;
  const ptrdiff_t count = n / pixel_bytes;
  ptrdiff_t step = 0;
  for (; step < ROWS - 1; step++)
    paeth_step(rows, stride, up, step, count, pixel_bytes, 0, &left, &corner);
  for (; step < count - 1; step++)
    paeth_step(rows, stride, up, step, count, pixel_bytes, 1, &left, &corner);
  for (; step < count + ROWS - 1; step++)
    paeth_step(rows, stride, up, step, count, pixel_bytes, 0, &left, &corner);
}

static void paeth_bytes(uint8_t *p, const uint8_t *up, size_t n, size_t back) {
  for (size_t i = 0; i < n; i++) {
    int left = i >= back ? p[i - back] : 0, above = up[i], corner = i >= back ? up[i - back] : 0;
    int to_left = abs(above - corner), to_above = abs(left - corner);
    int to_corner = abs(left + above - 2 * corner);
    int nearest = to_above <= to_corner ? above : corner;
    p[i] += to_left <= to_above && to_left <= to_corner ? left : nearest;
  }
}

static int unfilter_row(int filter, uint8_t *p, const uint8_t *up, size_t n, size_t back) {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      for (size_t i = back; i < n; i++) p[i] += p[i - back];
      return 0;
    case 2:
      for (size_t i = 0; i < n; i++) p[i] += up[i];
      return 0;
    case 3:
      for (size_t i = 0; i < n; i++) p[i] += ((i >= back ? p[i - back] : 0) + up[i]) >> 1;
      return 0;
    case 4:
      if (back == 3) paeth_pixels(p, up, n, 3);
      else if (back == 4) paeth_pixels(p, up, n, 4);
      else paeth_bytes(p, up, n, back);
      return 0;
    default:
      return -1;
  }
}

// Undoes the filters of the rows from `row` on: four where all have the Paeth filter, else one.
// Returns their number.
static size_t unfilter_some(uint8_t *row, const uint8_t *up, size_t n, size_t left, size_t back) {
  size_t run = 0;
  while (run < ROWS && run < left && row[run * (n + 1)] == 4) run++;
  if (run == ROWS && back == 3) paeth_rows(row + 1, n + 1, up, n, 3);
  else if (run == ROWS && back == 4) paeth_rows(row + 1, n + 1, up, n, 4);
  else return unfilter_row(row[0], row + 1, up, n, back) == 0 ? 1 : 0;
  return ROWS;
}

int cpx_png_unfilter(uint8_t *rows, size_t row_bytes, size_t height, int pixel_bytes) {
  uint8_t *zeros = calloc(row_bytes ? row_bytes : 1, 1);
  if (!zeros) return -1;
  const uint8_t *up = zeros;
  size_t y = 0;
  while (y < height) {
    uint8_t *row = rows + y * (row_bytes + 1);
    size_t done = unfilter_some(row, up, row_bytes, height - y, (size_t)pixel_bytes);
    if (done == 0) break;
    y += done;
    up = rows + (y - 1) * (row_bytes + 1) + 1;
  }
  free(zeros);
  return y < height ? -1 : 0;
}

static void expand_packed(
    const uint8_t *row, size_t width, int bit_depth, const uint8_t *palette, uint8_t *rgb,
    size_t step) {
  int mask = (1 << bit_depth) - 1;
  for (size_t x = 0; x < width; x++, rgb += 3 * step) {
    size_t bit = x * bit_depth;
    int value = row[bit >> 3] >> (8 - bit_depth - (bit & 7)) & mask;
    if (palette) memcpy(rgb, palette + 3 * value, 3);
    else memset(rgb, value * 255 / mask, 3);
  }
}

void cpx_png_expand(
    const uint8_t *row, size_t width, int colour_type, int bit_depth, const uint8_t *palette,
    uint8_t *rgb, size_t step) {
  if (colour_type == 3 || bit_depth < 8) {
    expand_packed(row, width, bit_depth, colour_type == 3 ? palette : NULL, rgb, step);
    return;
  }
  if (colour_type == 2 && bit_depth == 8 && step == 1) {
    memcpy(rgb, row, 3 * width);
    return;
  }
  int colour = colour_type & 2, samples = (colour ? 3 : 1) + (colour_type & 4 ? 1 : 0);
  int sample_bytes = bit_depth / 8;
  for (size_t x = 0; x < width; x++, rgb += 3 * step, row += samples * sample_bytes) {
    if (colour) for (int c = 0; c < 3; c++) rgb[c] = row[c * sample_bytes];
    else memset(rgb, row[0], 3);
  }
}
