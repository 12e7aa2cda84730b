#define _GNU_SOURCE
#include "cchipmunk.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "clibraries.h"

struct CCFunctions cc_functions;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_open;

// pymunk's library is a Python extension. It binds Python's functions at their first call, which never
// happens here, but it needs this variable when it is loaded. Package.swift exports it.
__attribute__((visibility("default"))) void *_Py_NoneStruct[8];

static int fail(char *message, size_t size, const char *text) {
  snprintf(message, size, "%s", text ? text : "unknown error");
  message[strcspn(message, "\n")] = 0;
  return 1;
}

// Debian's build prints two lines to stdout when it makes its first space. C's printf is redirected
// during that call, and nothing else of the process.
static void let_it_greet(void) {
  FILE *nowhere = fopen("/dev/null", "we");
  if (!nowhere) return;
  FILE *kept = stdout;
  stdout = nowhere;
  cpSpaceFree(cpSpaceNew());
  stdout = kept;
  fclose(nowhere);
}

static int fill(void *library, char *message, size_t size) {
  const char **version = dlsym(library, "cpVersionString");
  if (!version) return fail(message, size, "it is not Chipmunk");
  if (strcmp(*version, "7.0.3")) {
    char text[100];
    snprintf(text, sizeof text, "Chipmunk is %s instead of 7.0.3", *version);
    return fail(message, size, text);
  }
  struct CCFunctions table;
#define X(result, name, parameters, arguments) \
  if (!(*(void **)&table.name = dlsym(library, #name))) \
    return fail(message, size, "it lacks " #name);
  CC_FUNCTIONS(X)
#undef X
  cc_functions = table;
  let_it_greet();
  return 0;
}

static int open_library(const char *path, char *message, size_t size) {
  // pymunk's library uses mathematical functions and does not say which library they are in.
  dlopen("libm.so.6", RTLD_LAZY | RTLD_GLOBAL);
  void *library = cl_open(path);
  if (!library) return fail(message, size, dlerror());
  int status = fill(library, message, size);
  is_open = status == 0;
  if (!is_open) dlclose(library);
  return status;
}

int cc_open(const char *path, char *message, size_t size) {
  pthread_mutex_lock(&lock);
  int status = is_open ? 0 : open_library(path, message, size);
  pthread_mutex_unlock(&lock);
  return status;
}

// cpSpaceDebugDrawOptions. pymunk's Chipmunk has a transform before the pointer to the caller's data, the
// original has none. So the transform is the identity, and the callback finds its data in a variable of
// this thread.
typedef struct { float r, g, b, a; } Colour;
typedef struct {
  void *circle;
  void (*segment)(cpVect, cpVect, Colour, void *);
  void *fat_segment, *polygon, *dot;
  int flags;
  Colour outline;
  void *colour_of_shape;
  Colour constraint, collision_point;
  cpTransform transform;
  void *data;
} DrawOptions;
enum { DRAW_COLLISION_POINTS = 4 };

typedef struct { cpVect *ends; int count, capacity; } Collector;
static _Thread_local Collector *collector;

static void collect(cpVect a, cpVect b, Colour colour, void *data) {
  if (collector->count == collector->capacity) return;
  cpVect *pair = collector->ends + 2 * collector->count++;
  pair[0] = a;
  pair[1] = b;
}

int cc_contact_lines(cpSpace *space, cpVect *ends, int capacity) {
  Collector lines = {ends, 0, capacity};
  DrawOptions options = {.segment = collect, .flags = DRAW_COLLISION_POINTS,
                         .transform = {1, 0, 0, 1, 0, 0}};
  collector = &lines;
  cpSpaceDebugDraw(space, &options);
  collector = NULL;
  return lines.count;
}
