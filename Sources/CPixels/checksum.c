#include "cpixels_checksum.h"

#include <string.h>

// Four lanes of multiplications and rotations, as fast as memory. The constants are large odd numbers
// with about as many ones as zeros: the fractional parts of the golden ratio and of √3, √5 and √7.
static const uint64_t odd[4] = {
    0x9E3779B97F4A7C15u, 0xBB67AE8584CAA73Bu, 0x3C6EF372FE94F82Bu, 0xA54FF53A5F1D36F1u};

static inline uint64_t turn(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

static inline uint64_t load(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

static inline uint64_t mix(uint64_t state, uint64_t word) {
  return turn(state + word * odd[1], 31) * odd[0];
}

// Every bit of x reaches every bit of the result.
static inline uint64_t spread(uint64_t x) {
  x = (x ^ x >> 32) * odd[2];
  x = (x ^ x >> 29) * odd[3];
  return x ^ x >> 32;
}

uint64_t cpx_checksum(const uint8_t *bytes, size_t count, uint64_t seed) {
  uint64_t lanes[4];
  for (int k = 0; k < 4; k++) lanes[k] = spread(seed + odd[k]);
  size_t i = 0;
  for (; i + 32 <= count; i += 32)
    for (int k = 0; k < 4; k++) lanes[k] = mix(lanes[k], load(bytes + i + 8 * k));
  uint64_t sum = spread(seed ^ count);
  for (int k = 0; k < 4; k++) sum = mix(sum, spread(lanes[k]));
  for (; i < count; i++) sum = mix(sum, bytes[i]);
  sum = spread(sum);
  return sum ? sum : 1;
}
