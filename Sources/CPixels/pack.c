#include "cpixels_pack.h"

#include <string.h>

// This file relies on little-endian words: the first of eight bytes is the lowest.
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little-endian processors only");

enum { part = 64, header = 3, blocks = 8 };

typedef uint8_t lanes __attribute__((vector_size(16)));

// Transposes 8 x 8 bits: byte k of the result holds bit k of each byte. It is its own inverse
// (Warren, Hacker's Delight, 7-3).
static inline uint64_t transposed(uint64_t x) {
  uint64_t t = (x ^ x >> 7) & 0x00AA00AA00AA00AAu;
  x ^= t ^ t << 7;
  t = (x ^ x >> 14) & 0x0000CCCC0000CCCCu;
  x ^= t ^ t << 14;
  t = (x ^ x >> 28) & 0x00000000F0F0F0F0u;
  return x ^ t ^ t << 28;
}

// The number of bits per sample of a block with this code.
static inline unsigned bits_of(unsigned number) { return number + (number == 7); }

// The code of a block of transposed samples: its bytes up to the last that is not 0.
static inline unsigned number_of(uint64_t word) {
  const unsigned bits = word ? (71 - (unsigned)__builtin_clzll(word)) / 8 : 0;
  return bits < 7 ? bits : 7;
}

size_t cpx_packed_bound(int width, int height) {
  const size_t parts = (size_t)(width + part - 1) / part, filled = (size_t)(width + 7) / 8;
  return (parts * header + filled * 8) * (size_t)height;
}

// Packs 64 samples. `left` is the difference from above of the sample before the first.
static size_t pack_part(const uint8_t *differences, uint8_t left, uint8_t *packed) {
  uint8_t folded[part];
  for (int x = 0; x < part; x++) {
    const int8_t change = (int8_t)(differences[x] - (x ? differences[x - 1] : left));
    folded[x] = (uint8_t)(change * 2) ^ (uint8_t)(change >> 7);
  }
  uint32_t numbers = 0;
  uint8_t *end = packed + header;
  for (int block = 0; block < blocks; block++) {
    uint64_t word;
    memcpy(&word, folded + 8 * block, 8);
    word = transposed(word);
    const unsigned number = number_of(word);
    numbers |= number << 3 * block;
    memcpy(end, &word, 8);
    end += bits_of(number);
  }
  memcpy(packed, &numbers, header);
  return (size_t)(end - packed);
}

size_t cpx_pack(const uint8_t *plane, ptrdiff_t stride, int width, int height, uint8_t *packed) {
  static const uint8_t zeros[part];
  uint8_t part_packed[header + part + 8];
  uint8_t *end = packed;
  for (int y = 0; y < height; y++) {
    const uint8_t *row = plane + y * stride;
    uint8_t left = 0;
    for (int x = 0; x < width; x += part) {
      const int count = width - x < part ? width - x : part;
      const uint8_t *above = y ? row - stride + x : zeros;
      uint8_t differences[part];
      for (int i = 0; i < count; i++) differences[i] = row[x + i] - above[i];
      // Beyond the row the last difference is repeated: the changes there are 0 and take no bits.
      memset(differences + count, differences[count - 1], (size_t)(part - count));
      const size_t size = pack_part(differences, left, part_packed);
      memcpy(end, part_packed, size);
      end += size;
      left = differences[part - 1];
    }
  }
  return (size_t)(end - packed);
}

// Running sums over the lanes, modulo 256.
static inline lanes running_sum(lanes x) {
  const lanes zero = {0};
#define MOVED(n)                                                                             \
  __builtin_shufflevector(zero, x, 16 - n, 17 - n, 18 - n, 19 - n, 20 - n, 21 - n, 22 - n,  \
                          23 - n, 24 - n, 25 - n, 26 - n, 27 - n, 28 - n, 29 - n, 30 - n, 31 - n)
  x += MOVED(1);
  x += MOVED(2);
  x += MOVED(4);
  x += MOVED(8);
#undef MOVED
  return x;
}

static inline lanes repeated_last(lanes x) {
  return __builtin_shufflevector(x, x, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15);
}

// Unpacks the samples of eight blocks; returns the end of their bytes. Up to seven bytes more are read and not
// used: of the next record, which another thread may be writing.
__attribute__((no_sanitize("thread"))) static inline const uint8_t *spread(
    const uint8_t *bytes, uint32_t numbers, uint64_t *words) {
  for (int block = 0; block < blocks; block++) {
    const unsigned bits = bits_of(numbers >> 3 * block & 7);
    uint64_t word;
    memcpy(&word, bytes, 8);
    // Two shifts, because a shift by 64 bits is undefined.
    words[block] = word & ~(~(uint64_t)0 << 4 * bits << 4 * bits);
    bytes += bits;
  }
  for (int block = 0; block < blocks; block++) words[block] = transposed(words[block]);
  return bytes;
}

static inline size_t size_of(uint32_t numbers) {
  size_t size = header;
  for (int block = 0; block < blocks; block++) size += bits_of(numbers >> 3 * block & 7);
  return size;
}

// Adds the running sums of a part's differences, from `*left` on, to the samples above.
static inline void rebuild(const uint64_t *words, const uint8_t *above, lanes *left,
                           uint8_t *samples) {
  for (int i = 0; i < part; i += 16) {
    lanes folded, over;
    memcpy(&folded, (const uint8_t *)words + i, 16);
    memcpy(&over, above + i, 16);
    const lanes change = folded >> 1 ^ -(folded & 1);
    const lanes difference = running_sum(change) + *left;
    *left = repeated_last(difference);
    const lanes sample = over + difference;
    memcpy(samples + i, &sample, 16);
  }
}

size_t cpx_unpack(const uint8_t *packed, size_t count, int width, int height, uint8_t *plane,
                  ptrdiff_t stride) {
  static const uint8_t zeros[part];
  const uint8_t *next = packed, *const end = packed + count;
  for (int y = 0; y < height; y++) {
    uint8_t *row = plane + y * stride;
    lanes left = {0};
    for (int x = 0; x < width; x += part) {
      uint32_t numbers = 0;
      if (end - next < header) return 0;
      memcpy(&numbers, next, header);
      if ((size_t)(end - next) < size_of(numbers)) return 0;
      uint64_t words[blocks];
      next = spread(next + header, numbers, words);
      const uint8_t *above = y ? row - stride + x : zeros;
      if (width - x >= part) {
        rebuild(words, above, &left, row + x);
      } else {
        uint8_t over[part] = {0}, samples[part];
        memcpy(over, above, (size_t)(width - x));
        rebuild(words, over, &left, samples);
        memcpy(row + x, samples, (size_t)(width - x));
      }
    }
  }
  return (size_t)(next - packed);
}

void cpx_subtract(const uint8_t *a, const uint8_t *b, size_t count, uint8_t *target) {
  for (size_t i = 0; i < count; i++) target[i] = a[i] - b[i];
}

void cpx_add(const uint8_t *a, const uint8_t *b, size_t count, uint8_t *target) {
  for (size_t i = 0; i < count; i++) target[i] = a[i] + b[i];
}
