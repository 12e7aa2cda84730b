// The part of libwebp that decodes one picture, opened at run time: no header and no source of
// libwebp, so that a machine without it still builds and trains on other pictures. The signatures are
// those of webp/decode.h, the same in every release that is called libwebp.so.7.
#ifndef CWEBP_H
#define CWEBP_H
#include <stddef.h>
#include <stdint.h>

/// Opens the library; later calls, from any thread, return what the first did.
///
/// Returns NULL, or a message why it cannot be used, which stays valid.
const char *_Nullable cwp_open(void);

/// Reads a picture's size from its first bytes: a WebP file, or a VP8, VP8L or ALPH chunk of one.
///
/// Returns 0, or -1 where they are damaged. cwp_open comes before.
int cwp_size(
    const uint8_t *_Nullable bytes, size_t count, int *_Nonnull width, int *_Nonnull height);

/// Decodes such bytes as interleaved RGB with rows `stride` bytes apart, dropping alpha.
///
/// Returns 0, or -1 where they are damaged or do not fit into `size` bytes of `pixels`. cwp_open comes
/// before.
int cwp_decode(
    const uint8_t *_Nullable bytes, size_t count, uint8_t *_Nullable pixels, size_t size, int stride);
#endif
