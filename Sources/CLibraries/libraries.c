#define _GNU_SOURCE
#include "clibraries.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[PATH_MAX];
static pthread_once_t once = PTHREAD_ONCE_INIT;

// Every folder of the program's own libraries holds this one.
static bool holds_libraries(const char *path) {
  char file[PATH_MAX + 20];
  snprintf(file, sizeof file, "%s/libCArrow.so", path);
  return access(file, F_OK) == 0;
}

// Splits a path at its last slash; returns the name behind it.
static const char *split(char *path) {
  char *slash = strrchr(path, '/');
  if (!slash) return "";
  *slash = 0;
  return slash + 1;
}

static bool try_installed(const char *directory, const char *name) {
  char path[2 * PATH_MAX];
  snprintf(path, sizeof path, "%s/../lib/%s", directory, name);
  return realpath(path, folder) && holds_libraries(folder);
}

// Of the image that holds this function: the bundle of the tests.
static bool try_image(void) {
  Dl_info image;
  if (!dladdr((void *)&cl_folder, &image) || !image.dli_fname || !realpath(image.dli_fname, folder))
    return false;
  split(folder);
  return holds_libraries(folder);
}

static void find_folder(void) {
  char program[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length < 0) length = 0;
  program[length] = 0;
  const char *name = split(program);
  if (!holds_libraries(program) && (try_installed(program, name) || try_image())) return;
  snprintf(folder, sizeof folder, "%s", program);
}

const char *cl_folder(void) {
  pthread_once(&once, find_folder);
  return folder;
}

void *cl_open(const char *name) {
  char own[2 * PATH_MAX];
  snprintf(own, sizeof own, "%s/%s", cl_folder(), name);
  return dlopen(access(own, F_OK) == 0 ? own : name, RTLD_LAZY | RTLD_LOCAL);
}

const char *cl_file(const void *function) {
  Dl_info image;
  return function && dladdr(function, &image) && image.dli_fname ? image.dli_fname : "";
}

#ifndef LEROBOT_COMMIT
#define LEROBOT_COMMIT ""
#endif

const char *cl_commit(void) { return LEROBOT_COMMIT; }

int cl_vector_bits(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return 512;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 256 : 0;
#else
  return 128;
#endif
}
