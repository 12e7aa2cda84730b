#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clibraries.h"
#include "internal.h"

enum { VERSION = 337 };
struct CMFunctions cm;
_Thread_local jmp_buf *cm_guard;
static _Thread_local char last_error[600];
static _Thread_local char last_warning[300];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char file[4096];

const char *cm_last_error(void) { return last_error; }
const char *cm_file(void) { return file; }

// Keeps a message in one line.
static void put(char *target, size_t size, const char *text) {
  snprintf(target, size, "%s", text);
  size_t length = strlen(target);
  while (length && strchr("\n\r ", target[length - 1])) target[--length] = 0;
  for (char *c = target; *c; c++) {
    if (*c == '\n' || *c == '\r') *c = ' ';
  }
}

int cm_fail(const char *format, ...) {
  char text[sizeof last_error];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  put(last_error, sizeof last_error, text);
  return 1;
}

// MuJoCo calls this instead of ending the process, and must not get an answer.
static void on_error(const char *message) {
  cm_fail("MuJoCo: %s", message);
  if (cm_guard) longjmp(*cm_guard, 1);
  // Unreachable while every call is inside CM_ATTEMPT.
  fprintf(stderr, "MuJoCo: %s\n", message);
  abort();
}

// Instead of a line on stderr and in a file MUJOCO_LOG.TXT of the working folder.
static void on_warning(const char *message) { put(last_warning, sizeof last_warning, message); }

// --- the library ---------------------------------------------------------------------------------

static int fill(void *library) {
  struct CMFunctions table;
  if (!(*(void **)&table.mj_version = dlsym(library, "mj_version"))) return cm_fail("it is not MuJoCo");
  int version = table.mj_version();
  if (version != VERSION) {
    return cm_fail("MuJoCo is %d.%d.%d instead of 3.3.7", version / 100, version / 10 % 10,
                   version % 10);
  }
#define X(result, name, parameters) \
  if (!(*(void **)&table.name = dlsym(library, #name))) return cm_fail("it lacks " #name);
  CM_FUNCTIONS(X)
#undef X
  void (**error)(const char *) = dlsym(library, "mju_user_error");
  void (**warning)(const char *) = dlsym(library, "mju_user_warning");
  if (!error || !warning) return cm_fail("it lacks mju_user_error or mju_user_warning");
  *error = on_error;
  *warning = on_warning;
  cm = table;
  return 0;
}

static int open_library(const char *path) {
  void *library = cl_open(path);
  if (!library) return cm_fail("%s", dlerror());
  if (fill(library)) {
    dlclose(library);
    return 1;
  }
  snprintf(file, sizeof file, "%s", path);
  return 0;
}

int cm_open(const char *path) {
  pthread_mutex_lock(&lock);
  int status = cm.mj_version ? 0 : open_library(path);
  pthread_mutex_unlock(&lock);
  return status;
}

// --- a simulation --------------------------------------------------------------------------------

CMSimulation *cm_simulation_new(const char *xml) {
  CMSimulation *simulation = calloc(1, sizeof *simulation);
  if (!simulation) return NULL;
  static _Thread_local char error[500];
  error[0] = 0;
  int broken = CM_ATTEMPT(
      simulation->model = cm.mj_loadXML(xml, NULL, error, sizeof error);
      if (simulation->model) simulation->data = cm.mj_makeData(simulation->model));
  if (!broken && simulation->data) return simulation;
  if (!broken) cm_fail("%s", error[0] ? error : "out of memory");
  cm_simulation_free(simulation);
  return NULL;
}

void cm_simulation_free(CMSimulation *simulation) {
  // What cannot be freed stays.
  if (CM_ATTEMPT(
          if (simulation->data) cm.mj_deleteData(simulation->data);
          if (simulation->model) cm.mj_deleteModel(simulation->model)))
    return;
  free(simulation);
}

// MuJoCo 3.3.7's structures: mjModel's first fields, its opt.disableflags, and fields of mjData.
enum {
  MODEL_NQ = 0, MODEL_NV = 4, MODEL_NU = 8, MODEL_DISABLEFLAGS = 624,
  DATA_WARNING = 161272, DATA_NCON = 161576, DATA_QPOS = 161656, DATA_QVEL = 161664,
  DATA_CTRL = 161696, DATA_CONTACT = 162368,
  CONTACT_SIZE = 576, CONTACT_GEOM = 532,
  WARNING_COUNT = 8, WARNING_SIZE = 8, WARNING_NUMBER = 4,
  DISABLE_ACTUATION = 1 << 11,
};

int cm_position_count(const CMSimulation *s) { return CM_FIELD(int, s->model, MODEL_NQ); }
int cm_velocity_count(const CMSimulation *s) { return CM_FIELD(int, s->model, MODEL_NV); }
int cm_control_count(const CMSimulation *s) { return CM_FIELD(int, s->model, MODEL_NU); }
double *cm_positions(const CMSimulation *s) { return CM_FIELD(double *, s->data, DATA_QPOS); }
double *cm_velocities(const CMSimulation *s) { return CM_FIELD(double *, s->data, DATA_QVEL); }
double *cm_controls(const CMSimulation *s) { return CM_FIELD(double *, s->data, DATA_CTRL); }

int cm_number(const CMSimulation *simulation, CMKind kind, const char *name) {
  return cm.mj_name2id(simulation->model, kind, name);
}

int cm_reset(CMSimulation *simulation) {
  return CM_ATTEMPT(cm.mj_resetData(simulation->model, simulation->data));
}

// How often MuJoCo has warned since the last reset.
static int warnings(const CMSimulation *simulation) {
  int sum = 0;
  for (int kind = 0; kind < WARNING_COUNT; kind++) {
    sum += CM_FIELD(int, simulation->data, DATA_WARNING + kind * WARNING_SIZE + WARNING_NUMBER);
  }
  return sum;
}

// Fails where MuJoCo has warned more than `before` times.
static int check(const CMSimulation *simulation, int before) {
  return warnings(simulation) > before ? cm_fail("MuJoCo: %s", last_warning) : 0;
}

int cm_forward(CMSimulation *simulation) {
  int *flags = &CM_FIELD(int, simulation->model, MODEL_DISABLEFLAGS);
  int kept = *flags, before = warnings(simulation);
  *flags = kept | DISABLE_ACTUATION;
  int broken = CM_ATTEMPT(cm.mj_forward(simulation->model, simulation->data));
  *flags = kept;
  return broken ? broken : check(simulation, before);
}

int cm_advance(CMSimulation *simulation, int count) {
  int before = warnings(simulation);
  int broken = CM_ATTEMPT(
      cm.mj_step2(simulation->model, simulation->data);
      for (int step = 1; step < count; step++) cm.mj_step(simulation->model, simulation->data);
      cm.mj_step1(simulation->model, simulation->data));
  return broken ? broken : check(simulation, before);
}

int cm_contact_count(const CMSimulation *s) { return CM_FIELD(int, s->data, DATA_NCON); }

CMContact cm_contact(const CMSimulation *simulation, int index) {
  char *contacts = CM_FIELD(char *, simulation->data, DATA_CONTACT);
  return CM_FIELD(CMContact, contacts, (size_t)index * CONTACT_SIZE + CONTACT_GEOM);
}
