// OpenGL without a screen, by EGL or OSMesa.
#ifndef CMUJOCO_GRAPHICS_H
#define CMUJOCO_GRAPHICS_H
#include "internal.h"

/// A context of OpenGL, and for OSMesa the picture it draws into where MuJoCo has none of its own.
typedef struct { void *handle, *picture; int width, height; } CMContext;

/// Makes a context with the graphics that are open, current on this thread.
int cm_context_make(CMContext *context, int width, int height);
/// Makes it current on this thread.
int cm_context_use(const CMContext *context);
/// Frees it; it is current on this thread.
void cm_context_free(CMContext *context);
/// OpenGL's glGetString of the context that is current on this thread.
const char *cm_context_text(unsigned name);
#endif
