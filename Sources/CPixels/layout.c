#include "cpixels_layout.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define PICK(x, ...) _mm_shuffle_epi8(x, _mm_setr_epi8(__VA_ARGS__))
#define NO -1

// Splits sixteen RGB triples, 48 bytes, into one register per channel.
__attribute__((target("ssse3"))) static inline void split(const uint8_t *source, __m128i *red,
                                                          __m128i *green, __m128i *blue) {
  const __m128i a = _mm_loadu_si128((const __m128i *)source);
  const __m128i b = _mm_loadu_si128((const __m128i *)(source + 16));
  const __m128i c = _mm_loadu_si128((const __m128i *)(source + 32));
  *red = _mm_or_si128(
      _mm_or_si128(PICK(a, 0, 3, 6, 9, 12, 15, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO),
                   PICK(b, NO, NO, NO, NO, NO, NO, 2, 5, 8, 11, 14, NO, NO, NO, NO, NO)),
      PICK(c, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 1, 4, 7, 10, 13));
  *green = _mm_or_si128(
      _mm_or_si128(PICK(a, 1, 4, 7, 10, 13, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO),
                   PICK(b, NO, NO, NO, NO, NO, 0, 3, 6, 9, 12, 15, NO, NO, NO, NO, NO)),
      PICK(c, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 2, 5, 8, 11, 14));
  *blue = _mm_or_si128(
      _mm_or_si128(PICK(a, 2, 5, 8, 11, 14, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO),
                   PICK(b, NO, NO, NO, NO, NO, 1, 4, 7, 10, 13, NO, NO, NO, NO, NO, NO)),
      PICK(c, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 0, 3, 6, 9, 12, 15));
}

// Splits as many columns of a row as fill groups of sixteen; returns their number.
__attribute__((target("ssse3"))) static int split_row(const uint8_t *row, int width, size_t plane,
                                                      uint8_t *target) {
  int x = 0;
  for (; x + 16 <= width; x += 16) {
    __m128i red, green, blue;
    split(row + 3 * x, &red, &green, &blue);
    _mm_storeu_si128((__m128i *)(target + x), red);
    _mm_storeu_si128((__m128i *)(target + plane + x), green);
    _mm_storeu_si128((__m128i *)(target + 2 * plane + x), blue);
  }
  return x;
}

static int has_shuffle(void) { return __builtin_cpu_supports("ssse3"); }
#else
static int split_row(const uint8_t *row, int width, size_t plane, uint8_t *target) { return 0; }
static int has_shuffle(void) { return 0; }
#endif

void cpx_rgb_to_planes(const uint8_t *source, ptrdiff_t stride, int width, int height,
                       uint8_t *planes) {
  const size_t plane = (size_t)width * height;
  const int fast = has_shuffle();
  for (int y = 0; y < height; y++) {
    const uint8_t *row = source + y * stride;
    uint8_t *target = planes + (size_t)y * width;
    for (int x = fast ? split_row(row, width, plane, target) : 0; x < width; x++) {
      target[x] = row[3 * x];
      target[plane + x] = row[3 * x + 1];
      target[2 * plane + x] = row[3 * x + 2];
    }
  }
}

void cpx_bytes_to_unit_floats(const uint8_t *source, size_t count, float *target) {
  for (size_t i = 0; i < count; i++) target[i] = source[i] / 255.0f;
}
