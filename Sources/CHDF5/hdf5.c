#include "chdf5.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "clibraries.h"

struct CH5Functions ch5_functions;
static const ch5_id *native_float, *native_double, *native_int64, *native_uint8;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char reason[256];
static const char *failure;

static void fail(const char *text) {
  snprintf(reason, sizeof reason, "%s", text ? text : "unknown error");
  failure = reason;
}

// Debian's names, then those of others.
static void *open_any(void) {
  const char *names[] = {
      "libhdf5_serial.so.103", "libhdf5_serial.so.310", "libhdf5.so.103", "libhdf5.so.200", "libhdf5.so.310"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = cl_open(names[i]);
    if (library) return library;
  }
  return NULL;
}

static void open_library(void) {
  void *library = open_any();
  if (!library) return fail("libhdf5 is missing");
#define X(result, name, parameters, arguments) \
  *(void **)&ch5_functions.name = dlsym(library, "H5" #name); \
  if (!ch5_functions.name) return fail("it lacks H5" #name);
  CH5_FUNCTIONS(X)
#undef X
#define TYPE(variable, name) \
  variable = dlsym(library, name); \
  if (!variable) return fail("it lacks " name);
  TYPE(native_float, "H5T_NATIVE_FLOAT_g")
  TYPE(native_double, "H5T_NATIVE_DOUBLE_g")
  TYPE(native_int64, "H5T_NATIVE_INT64_g")
  TYPE(native_uint8, "H5T_NATIVE_UINT8_g")
#undef TYPE
  // Gives the types their numbers.
  if (ch5_functions.open() < 0) fail("it cannot be started");
}

const char *ch5_open_library(void) {
  pthread_once(&once, open_library);
  return failure;
}

const char *ch5_file(void) { return cl_file((const void *)ch5_functions.open); }

ch5_id ch5_native_float(void) { return *native_float; }
ch5_id ch5_native_double(void) { return *native_double; }
ch5_id ch5_native_int64(void) { return *native_int64; }
ch5_id ch5_native_uint8(void) { return *native_uint8; }

void ch5_silence(void) { ch5_Eset_auto2(ch5_default, NULL, NULL); }

ch5_id ch5_open_file(const char *path) {
  const unsigned read_only = 0;
  const ch5_id file = ch5_Fopen(path, read_only, ch5_default);
  void *descriptor = NULL;
  if (file >= 0 && ch5_Fget_vfd_handle(file, ch5_default, &descriptor) >= 0 && descriptor)
    fcntl(*(int *)descriptor, F_SETFD, FD_CLOEXEC);
  return file;
}

typedef struct {
  char *text;
  size_t size;
} Message;

static int keep_reason(unsigned level, const ch5_error *error, void *out) {
  Message *message = out;
  // A missing filter is reported by an outer function, behind the failed search for a plugin.
  if (error->text && message->size > 0 && (level == 0 || strstr(error->text, "required filter"))) {
    strncpy(message->text, error->text, message->size - 1);
    message->text[message->size - 1] = 0;
  }
  return 0;
}

void ch5_last_error(char *text, size_t size) {
  const int upward = 0;
  Message message = {text, size};
  if (size > 0) text[0] = 0;
  ch5_Ewalk2(ch5_default, upward, keep_reason, &message);
}
