// Apache Arrow and Parquet C++ behind C: open, read, write. Data crosses in the Arrow C Data
// Interface (https://arrow.apache.org/docs/format/CDataInterface.html), whose two structs are part
// of that specification.
//
// The shim, libCArrow.so, is opened at run time, with its symbols to itself: Arrow's libraries bring an
// OpenSSL of their own, which must not take the place of the system's in the libraries that use that one.
// CA_FUNCTIONS is the only list of what the shim offers. From it come the declarations that it defines,
// the table that ca_open_library fills, and inline functions of the same names that call through the
// table. ca_open_library comes before any of them.
//
// Every function that can fail returns 0, or -1 after leaving a message for ca_last_error() on the
// calling thread. No C++ exception leaves this file. A file or writer belongs to one thread at a
// time.
#pragma once
#include <stdint.h>

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char *format;
  const char *name;
  const char *metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema **children;
  struct ArrowSchema *dictionary;
  void (*release)(struct ArrowSchema *);
  void *private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void **buffers;
  struct ArrowArray **children;
  struct ArrowArray *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
};
#endif

typedef struct ca_file ca_file;
typedef struct ca_stream_reader ca_stream_reader;
typedef struct ca_writer ca_writer;

// ca_last_error: the error message of the last call on this thread that returned -1.
//
// ca_open: with `is_streamed` pages are read as they are needed, for ca_stream; without, a column of a
// row group is read at once. ca_schema: the file's schema as a struct type, with its key-value metadata.
// ca_read: top-level columns (all when count is negative) of the row groups [begin, end), as one struct
// array. The caller releases both.
//
// ca_stream reads top-level columns of all row groups in pieces of at most `rows` rows. The file outlives
// the stream, which ca_end frees. ca_next: the next piece; `is_over` is set, and nothing else, where
// there is none left.
//
// ca_create takes over `schema`; compression is "snappy", "zstd", "gzip" or "none". ca_write takes over
// `batch`, a struct array of the writer's schema; each call makes one row group. ca_finish writes the
// footer and frees the writer, also where writing fails.
#define CA_FUNCTIONS(X) \
  X(const char *, ca_last_error, (void), ()) \
  X(const char *, ca_version, (void), ()) \
  X(int, ca_open, (const char *path, int is_streamed, ca_file **out), (path, is_streamed, out)) \
  X(void, ca_close, (ca_file *file), (file)) \
  X(int64_t, ca_row_count, (const ca_file *file), (file)) \
  X(int, ca_row_group_count, (const ca_file *file), (file)) \
  X(int64_t, ca_row_group_row_count, (const ca_file *file, int group), (file, group)) \
  X(int, ca_schema, (ca_file *file, struct ArrowSchema *out), (file, out)) \
  X(int, ca_read, (ca_file *file, const char *const *columns, int count, int begin, int end, \
    struct ArrowArray *out, struct ArrowSchema *schema), \
    (file, columns, count, begin, end, out, schema)) \
  X(int, ca_stream, (ca_file *file, const char *const *columns, int count, int64_t rows, \
    ca_stream_reader **out), (file, columns, count, rows, out)) \
  X(int, ca_next, (ca_stream_reader *stream, struct ArrowArray *out, struct ArrowSchema *schema, \
    int *is_over), (stream, out, schema, is_over)) \
  X(void, ca_end, (ca_stream_reader *stream), (stream)) \
  X(int, ca_create, (const char *path, struct ArrowSchema *schema, const char *compression, \
    ca_writer **out), (path, schema, compression, out)) \
  X(int, ca_write, (ca_writer *writer, struct ArrowArray *batch), (writer, batch)) \
  X(int, ca_finish, (ca_writer *writer), (writer))

#ifdef __cplusplus
#define X(result, name, parameters, arguments) \
  extern "C" __attribute__((visibility("default"))) result name parameters;
CA_FUNCTIONS(X)
#undef X
#else

// The table, all NULL until ca_open_library has filled it, constant afterwards.
struct CAFunctions {
#define X(result, name, parameters, arguments) result (*name) parameters;
  CA_FUNCTIONS(X)
#undef X
};
extern struct CAFunctions ca_functions;

#define X(result, name, parameters, arguments) \
  static inline result name parameters { return ca_functions.name arguments; }
CA_FUNCTIONS(X)
#undef X

/// Opens the shim, which lies beside the program or the tests; later calls, from any thread, return what
/// the first did.
///
/// Returns NULL, or a message why it cannot be used, which stays valid.
const char *ca_open_library(void);
#endif
