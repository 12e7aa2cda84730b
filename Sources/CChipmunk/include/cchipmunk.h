// The part of Chipmunk2D 7.0.3 that PushT needs, opened at run time: no header and no source of
// Chipmunk, so that a machine without it still builds.
//
// CC_FUNCTIONS is the only list of what is used. From it come the table that cc_open fills and
// inline functions of Chipmunk's own names that call through the table. Types and signatures are
// those of chipmunk.h; a cpTransform is passed by value and laid out as there.
#ifndef CCHIPMUNK_H
#define CCHIPMUNK_H
#include <stddef.h>

typedef struct { double x, y; } cpVect;
typedef struct { double a, b, c, d, tx, ty; } cpTransform;
typedef struct cpSpace cpSpace;
typedef struct cpBody cpBody;
typedef struct cpShape cpShape;

#pragma clang assume_nonnull begin

// X(result, name, (parameters), (arguments))
#define CC_FUNCTIONS(X) \
  X(cpSpace *, cpSpaceNew, (void), ()) \
  X(void, cpSpaceFree, (cpSpace *space), (space)) \
  X(void, cpSpaceSetDamping, (cpSpace *space, double damping), (space, damping)) \
  X(cpBody *, cpSpaceGetStaticBody, (cpSpace *space), (space)) \
  X(void, cpSpaceStep, (cpSpace *space, double seconds), (space, seconds)) \
  X(cpShape *, cpSpaceAddShape, (cpSpace *space, cpShape *shape), (space, shape)) \
  X(cpBody *, cpSpaceAddBody, (cpSpace *space, cpBody *body), (space, body)) \
  X(void, cpSpaceRemoveShape, (cpSpace *space, cpShape *shape), (space, shape)) \
  X(void, cpSpaceRemoveBody, (cpSpace *space, cpBody *body), (space, body)) \
  X(void, cpSpaceDebugDraw, (cpSpace *space, void *options), (space, options)) \
  X(cpShape *, cpSegmentShapeNew, (cpBody *body, cpVect a, cpVect b, double radius), \
    (body, a, b, radius)) \
  X(cpShape *, cpCircleShapeNew, (cpBody *body, double radius, cpVect offset), \
    (body, radius, offset)) \
  X(cpShape *, cpPolyShapeNew, (cpBody *body, int count, const cpVect *corners, \
    cpTransform transform, double radius), (body, count, corners, transform, radius)) \
  X(void, cpShapeFree, (cpShape *shape), (shape)) \
  X(cpVect, cpShapeGetCenterOfGravity, (cpShape *shape), (shape)) \
  X(double, cpMomentForPoly, (double mass, int count, const cpVect *corners, cpVect offset, \
    double radius), (mass, count, corners, offset, radius)) \
  X(cpBody *, cpBodyNew, (double mass, double moment), (mass, moment)) \
  X(cpBody *, cpBodyNewKinematic, (void), ()) \
  X(void, cpBodyFree, (cpBody *body), (body)) \
  X(cpVect, cpBodyGetPosition, (cpBody *body), (body)) \
  X(void, cpBodySetPosition, (cpBody *body, cpVect position), (body, position)) \
  X(cpVect, cpBodyGetVelocity, (cpBody *body), (body)) \
  X(void, cpBodySetVelocity, (cpBody *body, cpVect velocity), (body, velocity)) \
  X(double, cpBodyGetAngle, (cpBody *body), (body)) \
  X(void, cpBodySetAngle, (cpBody *body, double angle), (body, angle)) \
  X(double, cpBodyGetAngularVelocity, (cpBody *body), (body)) \
  X(void, cpBodySetCenterOfGravity, (cpBody *body, cpVect centre), (body, centre)) \
  X(cpVect, cpBodyLocalToWorld, (cpBody *body, cpVect point), (body, point))

// The table, all NULL until cc_open has filled it, constant afterwards.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-completeness"
struct CCFunctions {
#define X(result, name, parameters, arguments) result (*name) parameters;
  CC_FUNCTIONS(X)
#undef X
};
#pragma clang diagnostic pop
extern struct CCFunctions cc_functions;

// Inline, so that no symbol cp... is exported: the library's own calls would bind to it.
#define X(result, name, parameters, arguments) \
  static inline result name parameters { return cc_functions.name arguments; }
CC_FUNCTIONS(X)
#undef X

/// Opens Chipmunk's library at `path` (or by its bare name where the loader looks) once for the
/// process; later calls return at once.
///
/// On failure, also for a Chipmunk other than 7.0.3, returns a value other than 0 and writes a
/// one-line message to `message`.
int cc_open(const char *path, char *message, size_t size);

/// The short lines that Chipmunk draws through each contact of the last step, as pairs of ends.
///
/// Writes at most `capacity` pairs and returns how many.
int cc_contact_lines(cpSpace *space, cpVect *ends, int capacity);

#pragma clang assume_nonnull end
#endif
