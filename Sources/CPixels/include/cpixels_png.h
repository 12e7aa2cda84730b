#ifndef CPIXELS_PNG_H
#define CPIXELS_PNG_H
#include <stddef.h>
#include <stdint.h>

/// Undoes PNG's scanline filters in place.
///
/// `rows` holds `height` scanlines of one filter byte and `row_bytes` bytes each;
/// `pixel_bytes` is the distance the filters look back (1 for less than 8 bits a pixel).
/// Returns 0, or -1 where a filter byte is unknown.
int cpx_png_unfilter(uint8_t *rows, size_t row_bytes, size_t height, int pixel_bytes);

/// Writes one unfiltered scanline as 8-bit RGB, every `step` pixels of `rgb`.
///
/// Alpha is dropped, as by Pillow's `convert("RGB")`, and of 16 bits the high byte is kept, as Pillow does
/// with colours (grey: Q-DATA-25). `palette` holds 256 RGB triples.
void cpx_png_expand(
    const uint8_t *row, size_t width, int colour_type, int bit_depth, const uint8_t *palette,
    uint8_t *rgb, size_t step);
#endif
