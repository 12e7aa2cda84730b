#pragma once
#include <stddef.h>
#include <stdint.h>

// Packs planes of bytes without loss, at the speed of reading them.
//
// A sample is predicted from its neighbours: left + above - above left. The difference from that is
// stored, with its sign in the lowest bit. Eight samples in a row are a block, and all of a block take
// as many bits as its largest difference needs. A row is stored in parts of 64 samples, eight blocks.
// A part begins with the blocks' codes, three bits each, the first in the lowest bits. The code is the
// number of bits; 7 stands for 8 bits, and 7 bits are stored as 8. Then each block follows with one
// byte per bit, the lowest bits first; sample i of the block has bit i of each byte.

// The most bytes that a packed plane takes.
size_t cpx_packed_bound(int width, int height);
// Packs a plane; `stride` is the distance of its rows. Returns the bytes written.
size_t cpx_pack(const uint8_t *plane, ptrdiff_t stride, int width, int height, uint8_t *packed);
// Unpacks a plane from at most `count` bytes. 8 more bytes must be readable behind them; their values
// do not matter. Returns the bytes read, or 0 where the plane would need more than `count`.
size_t cpx_unpack(const uint8_t *packed, size_t count, int width, int height, uint8_t *plane,
                  ptrdiff_t stride);

// target[i] = a[i] - b[i] and a[i] + b[i], modulo 256.
void cpx_subtract(const uint8_t *a, const uint8_t *b, size_t count, uint8_t *target);
void cpx_add(const uint8_t *a, const uint8_t *b, size_t count, uint8_t *target);
