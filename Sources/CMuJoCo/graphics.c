#define _GNU_SOURCE
#include "graphics.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

// EGL's, OSMesa's and OpenGL's numbers.
enum {
  EGL_ALPHA_SIZE = 0x3021, EGL_BLUE_SIZE, EGL_GREEN_SIZE, EGL_RED_SIZE, EGL_DEPTH_SIZE,
  EGL_STENCIL_SIZE, EGL_SURFACE_TYPE = 0x3033, EGL_NONE = 0x3038, EGL_COLOR_BUFFER_TYPE = 0x303F,
  EGL_RENDERABLE_TYPE = 0x3040, EGL_RGB_BUFFER = 0x308E, EGL_OPENGL_API = 0x30A2,
  EGL_PLATFORM_DEVICE = 0x313F, EGL_PBUFFER_BIT = 1, EGL_OPENGL_BIT = 8,
  GL_FLOAT = 0x1406, GL_RGBA = 0x1908,
};
enum { DEPTH_BITS = 24, STENCIL_BITS = 8, MOST_DEVICES = 32 };

typedef void *Handle;
typedef void *(*Lookup)(const char *);

// What is open; all zero before, constant afterwards.
static struct {
  bool is_open;
  CMGraphics kind;
  Lookup function;
  Handle display, config;
  unsigned (*bind)(unsigned);
  Handle (*create)(Handle display, Handle config, Handle share, const int *attributes);
  unsigned (*make_current)(Handle display, Handle draw, Handle read, Handle context);
  unsigned (*destroy)(Handle display, Handle context);
  Handle (*mesa_create)(unsigned format, int depth, int stencil, int accumulation, Handle share);
  unsigned char (*mesa_make_current)(Handle context, void *picture, unsigned type, int, int);
  void (*mesa_destroy)(Handle context);
} gl;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *open_first(const char *const names[]) {
  void *library = NULL;
  for (int index = 0; names[index] && !library; index++) {
    library = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
  }
  return library;
}

// MuJoCo looks for eglGetProcAddress or OSMesaGetProcAddress among the symbols that all libraries see.
static int show_to_mujoco(const char *function) {
  Dl_info image;
  void *address = (void *)gl.function;
  if (!dladdr(address, &image) || !dlopen(image.dli_fname, RTLD_NOW | RTLD_GLOBAL)) {
    return cm_fail("%s cannot be shown to MuJoCo: %s", function, dlerror());
  }
  return 0;
}

#define FIND(library, target, name) \
  if (!(*(void **)&(target) = dlsym(library, name))) return cm_fail("it lacks " name);

// --- EGL -----------------------------------------------------------------------------------------

// The display of a device, or of the first one that works.
static int open_display(void *library, int wanted) {
  unsigned (*devices)(int, Handle *, int *);
  Handle (*display)(unsigned, Handle, const int *);
  unsigned (*initialize)(Handle, int *, int *);
  FIND(library, initialize, "eglInitialize")
  *(void **)&devices = gl.function("eglQueryDevicesEXT");
  *(void **)&display = gl.function("eglGetPlatformDisplayEXT");
  Handle device[MOST_DEVICES];
  int count = 0;
  if (!devices || !display || !devices(MOST_DEVICES, device, &count) || count == 0) {
    return cm_fail("it has no device");
  }
  if (wanted >= count) return cm_fail("it has no device %d, only %d", wanted, count);
  for (int index = wanted < 0 ? 0 : wanted; index < (wanted < 0 ? count : wanted + 1); index++) {
    int major, minor;
    gl.display = display(EGL_PLATFORM_DEVICE, device[index], NULL);
    if (gl.display && initialize(gl.display, &major, &minor)) return 0;
  }
  return cm_fail("none of its devices can be initialized");
}

static int open_egl(int device) {
  static const char *const names[] = {"libEGL.so.1", NULL};
  static const int wanted[] = {
      EGL_RED_SIZE, 8, EGL_GREEN_SIZE, 8, EGL_BLUE_SIZE, 8, EGL_ALPHA_SIZE, 8,
      EGL_DEPTH_SIZE, DEPTH_BITS, EGL_STENCIL_SIZE, STENCIL_BITS,
      EGL_COLOR_BUFFER_TYPE, EGL_RGB_BUFFER, EGL_SURFACE_TYPE, EGL_PBUFFER_BIT,
      EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_NONE};
  void *library = open_first(names);
  if (!library) return cm_fail("%s", dlerror());
  unsigned (*choose)(Handle, const int *, Handle *, int, int *);
  FIND(library, gl.function, "eglGetProcAddress")
  FIND(library, choose, "eglChooseConfig")
  FIND(library, gl.bind, "eglBindAPI")
  FIND(library, gl.create, "eglCreateContext")
  FIND(library, gl.make_current, "eglMakeCurrent")
  FIND(library, gl.destroy, "eglDestroyContext")
  if (open_display(library, device)) return 1;
  int count = 0;
  if (!choose(gl.display, wanted, &gl.config, 1, &count) || count < 1) {
    return cm_fail("it draws no OpenGL pictures of 8 bits");
  }
  return show_to_mujoco("eglGetProcAddress");
}

// --- OSMesa --------------------------------------------------------------------------------------

static int open_osmesa(void) {
  static const char *const names[] = {"libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so", NULL};
  void *library = open_first(names);
  if (!library) return cm_fail("%s", dlerror());
  FIND(library, gl.function, "OSMesaGetProcAddress")
  FIND(library, gl.mesa_create, "OSMesaCreateContextExt")
  FIND(library, gl.mesa_make_current, "OSMesaMakeCurrent")
  FIND(library, gl.mesa_destroy, "OSMesaDestroyContext")
  return show_to_mujoco("OSMesaGetProcAddress");
}

static int open_graphics(CMGraphics kind, int device) {
  if (gl.is_open) {
    return gl.kind == kind ? 0 : cm_fail("this process draws with another already");
  }
  if (kind == CM_EGL ? open_egl(device) : open_osmesa()) return 1;
  gl.kind = kind;
  gl.is_open = true;
  return 0;
}

int cm_graphics_open(CMGraphics kind, int device) {
  pthread_mutex_lock(&lock);
  int status = open_graphics(kind, device);
  pthread_mutex_unlock(&lock);
  return status;
}

// --- contexts ------------------------------------------------------------------------------------

int cm_context_use(const CMContext *context) {
  bool worked = gl.kind == CM_EGL
                    ? gl.make_current(gl.display, NULL, NULL, context->handle)
                    : gl.mesa_make_current(context->handle, context->picture, GL_FLOAT,
                                           context->width, context->height);
  return worked ? 0 : cm_fail("OpenGL's context cannot be used on this thread");
}

int cm_context_make(CMContext *context, int width, int height) {
  *context = (CMContext){.width = width, .height = height};
  if (gl.kind == CM_EGL) {
    gl.bind(EGL_OPENGL_API);
    context->handle = gl.create(gl.display, gl.config, NULL, NULL);
  } else {
    context->handle = gl.mesa_create(GL_RGBA, DEPTH_BITS, STENCIL_BITS, 0, NULL);
    context->picture = calloc((size_t)width * height * 4, sizeof(float));
  }
  if (!context->handle || (gl.kind == CM_OSMESA && !context->picture)) {
    cm_context_free(context);
    return cm_fail("OpenGL makes no context");
  }
  if (!cm_context_use(context)) return 0;
  cm_context_free(context);
  return 1;
}

void cm_context_free(CMContext *context) {
  if (gl.kind == CM_EGL) {
    gl.make_current(gl.display, NULL, NULL, NULL);
    if (context->handle) gl.destroy(gl.display, context->handle);
  } else {
    gl.mesa_make_current(NULL, NULL, GL_FLOAT, 0, 0);
    if (context->handle) gl.mesa_destroy(context->handle);
    free(context->picture);
  }
  *context = (CMContext){0};
}

const char *cm_context_text(unsigned name) {
  const unsigned char *(*text)(unsigned);
  *(void **)&text = gl.function("glGetString");
  const unsigned char *found = text ? text(name) : NULL;
  return found ? (const char *)found : "unknown";
}
