#include "cwebp.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "clibraries.h"

static int (*get_info)(const uint8_t *bytes, size_t count, int *width, int *height);
static uint8_t *(*decode_into)(
    const uint8_t *bytes, size_t count, uint8_t *pixels, size_t size, int stride);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char reason[256];
static const char *failure;

static void open_library(void) {
  void *library = cl_open("libwebp.so.7");
  if (library) {
    *(void **)&get_info = dlsym(library, "WebPGetInfo");
    *(void **)&decode_into = dlsym(library, "WebPDecodeRGBInto");
  }
  if (get_info && decode_into) return;
  const char *text = dlerror();
  snprintf(reason, sizeof reason, "%s", text ? text : "libwebp.so.7 is not complete");
  failure = reason;
}

const char *cwp_open(void) {
  pthread_once(&once, open_library);
  return failure;
}

int cwp_size(const uint8_t *bytes, size_t count, int *width, int *height) {
  return get_info(bytes, count, width, height) ? 0 : -1;
}

int cwp_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t size, int stride) {
  return decode_into(bytes, count, pixels, size, stride) ? 0 : -1;
}
