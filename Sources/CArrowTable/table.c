#include "carrow.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "clibraries.h"

struct CAFunctions ca_functions;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char reason[512];
static const char *failure;

static void fail(const char *text) {
  snprintf(reason, sizeof reason, "%s", text ? text : "unknown error");
  failure = reason;
}

static void open_library(void) {
  void *library = cl_open("libCArrow.so");
  if (!library) return fail(dlerror());
#define X(result, name, parameters, arguments) \
  *(void **)&ca_functions.name = dlsym(library, #name); \
  if (!ca_functions.name) return fail("the shim lacks " #name ": it is of another build");
  CA_FUNCTIONS(X)
#undef X
}

const char *ca_open_library(void) {
  pthread_once(&once, open_library);
  return failure;
}
