#include "cimage.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "clibraries.h"

struct CIFunctions ci_functions;

typedef struct {
  char text[256];
  const char *failure;
} Outcome;

static void fail(Outcome *outcome, const char *text) {
  snprintf(outcome->text, sizeof outcome->text, "%s", text ? text : "unknown error");
  outcome->failure = outcome->text;
}

static Outcome jpeg, deflate;
static pthread_once_t jpeg_once = PTHREAD_ONCE_INIT, deflate_once = PTHREAD_ONCE_INIT;

static void open_jpeg(void) {
  void *library = cl_open("libturbojpeg.so.0");
  if (!library) return fail(&jpeg, dlerror());
#define X(name) \
  *(void **)&ci_functions.name = dlsym(library, #name); \
  if (!ci_functions.name) return fail(&jpeg, "it lacks " #name);
  CI_JPEG_FUNCTIONS(X)
#undef X
}

static void open_deflate(void) {
  void *library = cl_open("libdeflate.so.0");
  if (!library) return fail(&deflate, dlerror());
#define X(name) \
  *(void **)&ci_functions.name = dlsym(library, #name); \
  if (!ci_functions.name) return fail(&deflate, "it lacks " #name);
  CI_DEFLATE_FUNCTIONS(X)
#undef X
}

const char *ci_open_jpeg(void) {
  pthread_once(&jpeg_once, open_jpeg);
  return jpeg.failure;
}

const char *ci_open_deflate(void) {
  pthread_once(&deflate_once, open_deflate);
  return deflate.failure;
}
