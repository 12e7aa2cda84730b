#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graphics.h"

// Sizes of MuJoCo 3.3.7's structures, rounded up, and places of what is set in them.
enum {
  SCENE_SIZE = 11200, CONTEXT_SIZE = 61568, OPTION_SIZE = 128, PERTURB_SIZE = 192, CAMERA_SIZE = 128,
  OPTION_FLAGS = 50, RANGEFINDER = 8, CAMERA_TYPE = 0, CAMERA_NUMBER = 4, FIXED_CAMERA = 2,
  MODEL_OFFWIDTH = 684, MODEL_OFFHEIGHT = 688,
  // As dm_control draws.
  MOST_SHAPES = 2000, FONT_SCALE = 150, OFFSCREEN = 1, ALL_CATEGORIES = 7,
};

struct CMRenderer {
  _Alignas(16) char scene[SCENE_SIZE];
  _Alignas(16) char context[CONTEXT_SIZE];
  _Alignas(16) char option[OPTION_SIZE];
  _Alignas(16) char perturb[PERTURB_SIZE];
  _Alignas(16) char camera[CAMERA_SIZE];
  CMSimulation *simulation;
  CMContext graphics;
  uint8_t *rows;
  char name[200];
};

// The context that is current on this thread.
static _Thread_local const CMRenderer *current;

static int use(const CMRenderer *renderer) {
  if (current == renderer) return 0;
  current = NULL;
  if (cm_context_use(&renderer->graphics)) return 1;
  current = renderer;
  return 0;
}

// MuJoCo's parts of a renderer; OpenGL's context is current.
static int prepare(CMRenderer *renderer, int width, int height) {
  mjModel *model = renderer->simulation->model;
  if (CM_FIELD(int, model, MODEL_OFFWIDTH) < width) CM_FIELD(int, model, MODEL_OFFWIDTH) = width;
  if (CM_FIELD(int, model, MODEL_OFFHEIGHT) < height) CM_FIELD(int, model, MODEL_OFFHEIGHT) = height;
  return CM_ATTEMPT(
      cm.mjv_defaultScene(renderer->scene);
      cm.mjr_defaultContext(renderer->context);
      cm.mjv_defaultOption(renderer->option);
      cm.mjv_defaultPerturb(renderer->perturb);
      cm.mjv_defaultCamera(renderer->camera);
      renderer->option[OPTION_FLAGS + RANGEFINDER] = 0;
      CM_FIELD(int, renderer->camera, CAMERA_TYPE) = FIXED_CAMERA;
      cm.mjv_makeScene(model, renderer->scene, MOST_SHAPES);
      cm.mjr_makeContext(model, renderer->context, FONT_SCALE);
      cm.mjr_setBuffer(OFFSCREEN, renderer->context));
}

CMRenderer *cm_renderer_new(CMSimulation *simulation, int width, int height) {
  CMRenderer *renderer = calloc(1, (sizeof *renderer + 15) / 16 * 16);
  if (!renderer) return NULL;
  renderer->simulation = simulation;
  renderer->rows = malloc((size_t)width * height * 3);
  current = NULL;
  if (!renderer->rows || cm_context_make(&renderer->graphics, width, height)) {
    if (!renderer->rows) cm_fail("out of memory");
    free(renderer->rows);
    free(renderer);
    return NULL;
  }
  current = renderer;
  enum { GL_RENDERER = 0x1F01, GL_VERSION = 0x1F02 };
  snprintf(renderer->name, sizeof renderer->name, "%s, OpenGL %s", cm_context_text(GL_RENDERER),
           cm_context_text(GL_VERSION));
  if (!prepare(renderer, width, height)) return renderer;
  cm_renderer_free(renderer);
  return NULL;
}

void cm_renderer_free(CMRenderer *renderer) {
  if (!use(renderer)) {
    // What cannot be freed stays.
    (void)CM_ATTEMPT(
        cm.mjr_freeContext(renderer->context);
        cm.mjv_freeScene(renderer->scene));
    cm_context_free(&renderer->graphics);
  }
  current = NULL;
  free(renderer->rows);
  free(renderer);
}

const char *cm_renderer_name(CMRenderer *renderer) { return renderer->name; }

int cm_render(CMRenderer *renderer, int camera, int width, int height, uint8_t *pixels) {
  if (use(renderer)) return 1;
  mjrRect area = {0, 0, width, height};
  CMSimulation *simulation = renderer->simulation;
  CM_FIELD(int, renderer->camera, CAMERA_NUMBER) = camera;
  if (CM_ATTEMPT(
          cm.mjv_updateScene(simulation->model, simulation->data, renderer->option,
                             renderer->perturb, renderer->camera, ALL_CATEGORIES, renderer->scene);
          cm.mjr_setBuffer(OFFSCREEN, renderer->context);
          cm.mjr_render(area, renderer->scene, renderer->context);
          cm.mjr_readPixels(renderer->rows, NULL, area, renderer->context)))
    return 1;
  // OpenGL's first row is the lowest.
  size_t row = (size_t)width * 3;
  for (int y = 0; y < height; y++) {
    memcpy(pixels + y * row, renderer->rows + (size_t)(height - 1 - y) * row, row);
  }
  return 0;
}
