// libhdf5, opened at run time: it brings a dozen other libraries along, and only recordings need it.
//
// CH5_FUNCTIONS is the only list of what is used. From it come the table that ch5_open_library fills and
// inline functions that call through the table: `ch5_NAME` is H5NAME. ch5_open_library comes before any
// of them. The library is not thread-safe: every caller holds one lock (HDF5Library.swift).
//
// Types and numbers are those of its headers, the same in releases 1.10 to 1.14.
#ifndef CHDF5_H
#define CHDF5_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef int64_t ch5_id;
typedef unsigned long long ch5_size;

// Kinds of elements.
static const int ch5_integer = 0, ch5_float = 1, ch5_string = 3, ch5_opaque = 5, ch5_variable = 9;
static const int ch5_signed = 1;
// Members by name, in rising order; a selection that replaces the one before.
static const int ch5_by_name = 0, ch5_rising = 0, ch5_select = 0;
static const ch5_id ch5_all = 0, ch5_default = 0;

typedef struct {
  int storage;
  ch5_size link_count;
  int64_t largest_order;
  bool is_mounted;
} ch5_group;

typedef struct {
  size_t count;
  void *_Nullable bytes;
} ch5_array;

// One entry of the stack of errors.
typedef struct {
  ch5_id library, subject, cause;
  unsigned line;
  const char *_Nullable function, *_Nullable file, *_Nullable text;
} ch5_error;

// X(result, name, (parameters), (arguments))
#define CH5_FUNCTIONS(X) \
  X(int, open, (void), ()) \
  X(int, get_libversion, (unsigned *_Nonnull major, unsigned *_Nonnull minor, \
    unsigned *_Nonnull patch), (major, minor, patch)) \
  X(int, free_memory, (void *_Nullable bytes), (bytes)) \
  X(int, Eset_auto2, (ch5_id stack, void *_Nullable function, void *_Nullable data), \
    (stack, function, data)) \
  X(int, Ewalk2, (ch5_id stack, int direction, \
    int (*_Nonnull visit)(unsigned, const ch5_error *_Nonnull, void *_Nullable), \
    void *_Nullable data), (stack, direction, visit, data)) \
  X(ch5_id, Fopen, (const char *_Nonnull path, unsigned flags, ch5_id access), \
    (path, flags, access)) \
  X(int, Fclose, (ch5_id file), (file)) \
  X(int, Fget_filesize, (ch5_id file, ch5_size *_Nonnull size), (file, size)) \
  X(int, Fget_vfd_handle, (ch5_id file, ch5_id access, void *_Nullable *_Nonnull handle), \
    (file, access, handle)) \
  X(ch5_id, Gopen2, (ch5_id file, const char *_Nonnull name, ch5_id access), (file, name, access)) \
  X(int, Gclose, (ch5_id group), (group)) \
  X(int, Gget_info, (ch5_id group, ch5_group *_Nonnull info), (group, info)) \
  X(int, Lexists, (ch5_id file, const char *_Nonnull name, ch5_id access), (file, name, access)) \
  X(ssize_t, Lget_name_by_idx, (ch5_id group, const char *_Nonnull name, int index, int order, \
    ch5_size position, char *_Nullable text, size_t size, ch5_id access), \
    (group, name, index, order, position, text, size, access)) \
  X(ch5_id, Dopen2, (ch5_id file, const char *_Nonnull name, ch5_id access), (file, name, access)) \
  X(int, Dclose, (ch5_id dataset), (dataset)) \
  X(ch5_id, Dget_space, (ch5_id dataset), (dataset)) \
  X(ch5_id, Dget_type, (ch5_id dataset), (dataset)) \
  X(int, Dread, (ch5_id dataset, ch5_id type, ch5_id memory, ch5_id space, ch5_id transfer, \
    void *_Nullable target), (dataset, type, memory, space, transfer, target)) \
  X(ch5_id, Screate_simple, (int rank, const ch5_size *_Nonnull sizes, \
    const ch5_size *_Nullable most), (rank, sizes, most)) \
  X(int, Sclose, (ch5_id space), (space)) \
  X(int, Sget_simple_extent_ndims, (ch5_id space), (space)) \
  X(int, Sget_simple_extent_dims, (ch5_id space, ch5_size *_Nullable sizes, \
    ch5_size *_Nullable most), (space, sizes, most)) \
  X(int, Sselect_hyperslab, (ch5_id space, int operation, const ch5_size *_Nonnull start, \
    const ch5_size *_Nullable stride, const ch5_size *_Nonnull count, \
    const ch5_size *_Nullable block), (space, operation, start, stride, count, block)) \
  X(int, Tclose, (ch5_id type), (type)) \
  X(int, Tget_class, (ch5_id type), (type)) \
  X(int, Tget_sign, (ch5_id type), (type)) \
  X(size_t, Tget_size, (ch5_id type), (type)) \
  X(ch5_id, Tget_super, (ch5_id type), (type)) \
  X(int, Tis_variable_str, (ch5_id type), (type)) \
  X(ch5_id, Tvlen_create, (ch5_id element), (element))

struct CH5Functions {
#define X(result, name, parameters, arguments) result (*_Nonnull name) parameters;
  CH5_FUNCTIONS(X)
#undef X
};

extern struct CH5Functions ch5_functions;

/// Opens the library; later calls, from any thread, return what the first did.
///
/// Returns NULL, or a message why it cannot be used, which stays valid.
const char *_Nullable ch5_open_library(void);

#define X(result, name, parameters, arguments) \
  static inline result ch5_##name parameters { return ch5_functions.name arguments; }
CH5_FUNCTIONS(X)
#undef X

/// The library's file.
const char *_Nonnull ch5_file(void);

// The library's types of the numbers in memory.
ch5_id ch5_native_float(void);
ch5_id ch5_native_double(void);
ch5_id ch5_native_int64(void);
ch5_id ch5_native_uint8(void);

/// Keeps HDF5 from printing its errors; the functions return them.
void ch5_silence(void);

/// Opens a file for reading; programs that this process starts do not inherit it.
ch5_id ch5_open_file(const char *_Nonnull path);

/// Copies the message of the innermost function of the last call that failed; empty where there is none.
void ch5_last_error(char *_Nonnull text, size_t size);
#endif
