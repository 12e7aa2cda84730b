// libjpeg-turbo and libdeflate, opened at run time by the first picture.
//
// The lists name what is used. From them come the table that the two functions fill and, for Swift, a value
// `ci_NAME` for each function, to be called like the function itself.
#ifndef CIMAGE_H
#define CIMAGE_H
#include <stddef.h>
#include <libdeflate.h>
#include <turbojpeg.h>

#define CI_JPEG_FUNCTIONS(X) \
  X(tjInitDecompress) X(tjDecompressHeader3) X(tjDecompress2) X(tjDestroy) X(tjGetErrorCode) \
  X(tjGetErrorStr2) X(tjInitCompress) X(tjCompress2) X(tjBufSize)
#define CI_DEFLATE_FUNCTIONS(X) \
  X(libdeflate_alloc_decompressor) X(libdeflate_free_decompressor) X(libdeflate_zlib_decompress) \
  X(libdeflate_crc32)

struct CIFunctions {
#define X(name) __typeof__(name) *_Nonnull name;
  CI_JPEG_FUNCTIONS(X)
  CI_DEFLATE_FUNCTIONS(X)
#undef X
};

extern struct CIFunctions ci_functions;

/// Open a library; later calls, from any thread, return what the first did.
///
/// Return NULL, or a message why it cannot be used, which stays valid.
const char *_Nullable ci_open_jpeg(void);
const char *_Nullable ci_open_deflate(void);

#define X(name) \
  __attribute__((swift_name("getter:ci_" #name "()"))) \
  static inline __typeof__(name) *_Nonnull ci_get_##name(void) { return ci_functions.name; }
CI_JPEG_FUNCTIONS(X)
CI_DEFLATE_FUNCTIONS(X)
#undef X
#endif
