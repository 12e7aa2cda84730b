#pragma once
#include <stddef.h>
#include <stdint.h>

// Interleaved RGB, `stride` bytes a row, to three planes of width x height bytes.
void cpx_rgb_to_planes(const uint8_t *source, ptrdiff_t stride, int width, int height,
                       uint8_t *planes);
// target[i] = source[i] / 255, correctly rounded.
void cpx_bytes_to_unit_floats(const uint8_t *source, size_t count, float *target);
