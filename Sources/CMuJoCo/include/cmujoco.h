// The part of MuJoCo 3.3.7 that ALOHA needs, opened at run time: no header and no source of MuJoCo,
// so that a machine without it still builds. Any other version is refused, since the places of
// what is read inside MuJoCo's structures are those of this one.
//
// Functions that return an int return 0, or another value where cm_last_error says what went wrong.
// MuJoCo ends the process on its own errors; here such an error is one of them.
#ifndef CMUJOCO_H
#define CMUJOCO_H
#include <stdbool.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// A model and its state. Used by one thread at a time.
typedef struct CMSimulation CMSimulation;

/// What draws pictures of a simulation, with an OpenGL context of its own. Made, used and freed by
/// one thread, before its simulation is freed.
typedef struct CMRenderer CMRenderer;

/// A contact of two shapes, by their numbers, in MuJoCo's order.
typedef struct { int first, second; } CMContact;

/// What has a name in a model.
typedef enum { CM_GEOM = 5, CM_CAMERA = 7 } CMKind;

/// What this thread's last failure was: a line that stays valid until its next one.
const char *cm_last_error(void);

/// Opens MuJoCo's library at `path` once for the process; later calls return at once.
int cm_open(const char *path);

/// The file that MuJoCo was opened from; empty before.
const char *cm_file(void);

/// Loads a model from an XML file; NULL where that fails.
CMSimulation *_Nullable cm_simulation_new(const char *xml);
void cm_simulation_free(CMSimulation *simulation);

/// Numbers of a state: positions, velocities, controls.
int cm_position_count(const CMSimulation *simulation);
int cm_velocity_count(const CMSimulation *simulation);
int cm_control_count(const CMSimulation *simulation);
double *cm_positions(const CMSimulation *simulation);
double *cm_velocities(const CMSimulation *simulation);
double *cm_controls(const CMSimulation *simulation);

/// The number of what has this name; -1 where nothing has.
int cm_number(const CMSimulation *simulation, CMKind kind, const char *name);

/// Sets the state to the model's first one.
int cm_reset(CMSimulation *simulation);

/// Computes what follows from positions and velocities, as if no actuator pulled (dm_control's
/// `forward` after a reset).
int cm_forward(CMSimulation *simulation);

/// Advances by `count` steps and leaves what follows from the new positions computed (dm_control's
/// legacy step: `mj_step2`, `count` - 1 times `mj_step`, `mj_step1`). Fails where MuJoCo warns,
/// as dm_control does.
int cm_advance(CMSimulation *simulation, int count);

int cm_contact_count(const CMSimulation *simulation);
CMContact cm_contact(const CMSimulation *simulation, int index);

/// How pictures are drawn without a screen.
typedef enum { CM_EGL, CM_OSMESA } CMGraphics;

/// Opens the libraries of one way to draw once for the process; later calls for the same return at
/// once, those for another fail.
///
/// `device` is the number of EGL's device; -1 takes the first one that works.
int cm_graphics_open(CMGraphics graphics, int device);

/// A renderer of pictures up to this size; NULL where that fails.
CMRenderer *_Nullable cm_renderer_new(CMSimulation *simulation, int width, int height);
void cm_renderer_free(CMRenderer *renderer);

/// What draws: OpenGL's renderer and version.
const char *cm_renderer_name(CMRenderer *renderer);

/// Draws what a camera sees: `height` rows from the top, `width` pixels each, red, green, blue.
int cm_render(CMRenderer *renderer, int camera, int width, int height, uint8_t *pixels);

#pragma clang assume_nonnull end
#endif
