#include "ctorch_table.h"
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CTFunctions ct_functions;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_open;

// Keeps the first line: a C++ message may have a backtrace behind it.
static int fail(char *message, size_t size, const char *text) {
  snprintf(message, size, "%s", text ? text : "unknown error");
  message[strcspn(message, "\n")] = 0;
  return 1;
}

static int fill(void *library, int kernels, char *message, size_t size) {
  struct CTFunctions table;
#define X(result, name, parameters, arguments) \
  if (!(*(void **)&table.name = dlsym(library, #name))) \
    return fail(message, size, "the shim lacks " #name ": it is of another build");
  CT_FUNCTIONS(X)
#undef X
  if (table.ct_check_abi() || table.ct_choose_kernels(kernels))
    return fail(message, size, table.ct_last_error());
  ct_functions = table;
  return 0;
}

// Each by its path, so that none of them finds another libtorch's first; the last one brings CUDA's part.
static int open_libtorch(const char *folder, char *message, size_t size) {
  const char *names[] = {"libc10.so", "libtorch_cpu.so", "libtorch.so"};
  for (int i = 0; i < 3; i++) {
    char path[PATH_MAX + 20];
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    if (!dlopen(path, RTLD_NOW | RTLD_LOCAL)) return fail(message, size, dlerror());
  }
  return 0;
}

static int open_libraries(
    const char *libtorch, const char *shim, int kernels, char *message, size_t size) {
  // MKL's threads otherwise share the work as they come, and sums differ from run to run (Decision 0018).
  // It reads this once, when libtorch first multiplies.
  setenv("MKL_CBWR", "AUTO", 0);
  if (open_libtorch(libtorch, message, size)) return 1;
  // The shim asks for libtorch by its names, and gets what is loaded.
  void *library = dlopen(shim, RTLD_NOW | RTLD_LOCAL);
  if (!library) return fail(message, size, dlerror());
  int status = fill(library, kernels, message, size);
  is_open = status == 0;
  return status;
}

int ct_open(const char *libtorch, const char *shim, int kernels, char *message, size_t size) {
  pthread_mutex_lock(&lock);
  int status = is_open ? 0 : open_libraries(libtorch, shim, kernels, message, size);
  pthread_mutex_unlock(&lock);
  return status;
}
