#include "cffmpeg.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "clibraries.h"

struct CFFFunctions cff_functions;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char reason[256];
static const char *failure;

static void fail(const char *text) {
  snprintf(reason, sizeof reason, "%s", text ? text : "unknown error");
  failure = reason;
}

// Opens the release whose headers this was compiled with; it loads libavcodec and libavutil too.
#define LIBRARY(name, version) "lib" name ".so." AV_STRINGIFY(version)

static void open_libraries(void) {
  void *format = cl_open(LIBRARY("avformat", LIBAVFORMAT_VERSION_MAJOR));
  void *scale = format ? cl_open(LIBRARY("swscale", LIBSWSCALE_VERSION_MAJOR)) : NULL;
  if (!scale) return fail(dlerror());
#define X(name) \
  *(void **)&cff_functions.name = dlsym(format, #name); \
  if (!cff_functions.name) *(void **)&cff_functions.name = dlsym(scale, #name); \
  if (!cff_functions.name) return fail("it lacks " #name);
  CFF_FUNCTIONS(X)
#undef X
  // libav would write warnings to stderr; every failure is reported as an error instead.
  cff_functions.av_log_set_level(AV_LOG_QUIET);
}

const char *cff_file(void) { return cl_file((const void *)cff_functions.avformat_open_input); }

const char *cff_open(void) {
  pthread_once(&once, open_libraries);
  return failure;
}
