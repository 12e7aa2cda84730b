// What the files of this shim share: MuJoCo's functions, and how its errors are caught.
#ifndef CMUJOCO_INTERNAL_H
#define CMUJOCO_INTERNAL_H
#include <setjmp.h>
#include <stddef.h>

#include "cmujoco.h"

typedef struct mjModel mjModel;
typedef struct mjData mjData;
typedef struct { int left, bottom, width, height; } mjrRect;

// X(result, name, (parameters)): the only list of what is used. mjvScene, mjrContext and their like
// are only handed on, so they are bytes here.
#define CM_FUNCTIONS(X) \
  X(int, mj_version, (void)) \
  X(mjModel *, mj_loadXML, (const char *file, const void *files, char *error, int size)) \
  X(void, mj_deleteModel, (mjModel *)) \
  X(mjData *, mj_makeData, (const mjModel *)) \
  X(void, mj_deleteData, (mjData *)) \
  X(void, mj_resetData, (const mjModel *, mjData *)) \
  X(void, mj_forward, (const mjModel *, mjData *)) \
  X(void, mj_step, (const mjModel *, mjData *)) \
  X(void, mj_step1, (const mjModel *, mjData *)) \
  X(void, mj_step2, (const mjModel *, mjData *)) \
  X(int, mj_name2id, (const mjModel *, int kind, const char *name)) \
  X(void, mjv_defaultOption, (void *option)) \
  X(void, mjv_defaultCamera, (void *camera)) \
  X(void, mjv_defaultPerturb, (void *perturb)) \
  X(void, mjv_defaultScene, (void *scene)) \
  X(void, mjv_makeScene, (const mjModel *, void *scene, int maxgeom)) \
  X(void, mjv_freeScene, (void *scene)) \
  X(void, mjv_updateScene, (const mjModel *, mjData *, const void *option, const void *perturb, \
    void *camera, int categories, void *scene)) \
  X(void, mjr_defaultContext, (void *context)) \
  X(void, mjr_makeContext, (const mjModel *, void *context, int fontscale)) \
  X(void, mjr_freeContext, (void *context)) \
  X(void, mjr_setBuffer, (int framebuffer, void *context)) \
  X(void, mjr_render, (mjrRect, void *scene, const void *context)) \
  X(void, mjr_readPixels, (unsigned char *rgb, float *depth, mjrRect, const void *context))

struct CMFunctions {
#define X(result, name, parameters) result (*name) parameters;
  CM_FUNCTIONS(X)
#undef X
};
/// All NULL until cm_open has filled it, constant afterwards.
extern struct CMFunctions cm;

struct CMSimulation {
  mjModel *model;
  mjData *data;
};

/// A field of one of MuJoCo's structures, `offset` bytes from its start.
#define CM_FIELD(type, structure, offset) (*(type *)((char *)(structure) + (offset)))

/// Notes a line for cm_last_error; returns 1.
int cm_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/// Where MuJoCo's errors of this thread lead.
extern _Thread_local jmp_buf *cm_guard;

/// Runs statements that call MuJoCo: 0, or 1 where MuJoCo reports an error, which ends them. They
/// assign to nothing but memory that is no local variable.
#define CM_ATTEMPT(...) \
  ({ \
    jmp_buf here; \
    cm_guard = &here; \
    int broken = _setjmp(here); \
    if (!broken) { __VA_ARGS__; } \
    cm_guard = NULL; \
    broken; \
  })
#endif
