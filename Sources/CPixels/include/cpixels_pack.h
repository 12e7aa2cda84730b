#pragma once
#include <stddef.h>
#include <stdint.h>

// Planes of bytes in fewer bytes, without loss, as fast as they can be looked at.
//
// A sample is written as its difference from what its neighbours lead to expect, left + above -
// above left, the sign in the lowest bit. Eight neighbours share a number of bits, enough for the
// largest of them. A row goes in parts of 64 samples: eight such numbers of three bits each, the
// first in the lowest bits (7 stands for 8 bits, 7 bits are written as 8), then for each eight
// samples as many bytes as they have bits, lowest bits first, a sample's bit in its place.

// Bytes a plane takes at most.
size_t cpx_packed_bound(int width, int height);
// Packs a plane; `stride` is the distance of its rows. Returns the bytes written.
size_t cpx_pack(const uint8_t *plane, ptrdiff_t stride, int width, int height, uint8_t *packed);
// The plane from at most `count` bytes, after which 8 more must be readable, whatever they hold.
// Returns the bytes that were read, or 0 where the plane would need more than `count`.
size_t cpx_unpack(const uint8_t *packed, size_t count, int width, int height, uint8_t *plane,
                  ptrdiff_t stride);

// target[i] = a[i] - b[i] and a[i] + b[i], modulo 256.
void cpx_subtract(const uint8_t *a, const uint8_t *b, size_t count, uint8_t *target);
void cpx_add(const uint8_t *a, const uint8_t *b, size_t count, uint8_t *target);
