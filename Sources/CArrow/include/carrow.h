// Apache Arrow and Parquet C++ behind C: open, read, write. Data crosses in the Arrow C Data
// Interface (https://arrow.apache.org/docs/format/CDataInterface.html), whose two structs are part
// of that specification.
//
// Every function that can fail returns 0, or -1 after leaving a message for ca_last_error() on the
// calling thread. No C++ exception leaves this file. A file or writer belongs to one thread at a
// time.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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

// The error message of the last call on this thread that returned -1.
const char *ca_last_error(void);

// With `is_streamed` pages are read as they are needed, for ca_stream; without, a column of a row
// group is read at once.
int ca_open(const char *path, int is_streamed, ca_file **out);
void ca_close(ca_file *file);
int64_t ca_row_count(const ca_file *file);
int ca_row_group_count(const ca_file *file);
int64_t ca_row_group_row_count(const ca_file *file, int group);
// The file's schema as a struct type, with its key-value metadata.
int ca_schema(ca_file *file, struct ArrowSchema *out);
// Top-level columns (all when count is negative) of the row groups [begin, end), as one struct
// array. The caller releases both.
int ca_read(ca_file *file, const char *const *columns, int count, int begin, int end,
            struct ArrowArray *out, struct ArrowSchema *schema);

// Reads top-level columns of all row groups in pieces of at most `rows` rows. The file outlives the
// stream, which ca_end frees.
int ca_stream(ca_file *file, const char *const *columns, int count, int64_t rows,
              ca_stream_reader **out);
// The next piece; `is_over` is set, and nothing else, where there is none left.
int ca_next(ca_stream_reader *stream, struct ArrowArray *out, struct ArrowSchema *schema,
            int *is_over);
void ca_end(ca_stream_reader *stream);

// Takes over `schema`. Compression: "snappy", "zstd", "gzip" or "none".
int ca_create(const char *path, struct ArrowSchema *schema, const char *compression,
              ca_writer **out);
// Takes over `batch`, a struct array of the writer's schema; each call makes one row group.
int ca_write(ca_writer *writer, struct ArrowArray *batch);
// Writes the footer and frees the writer, also where writing fails.
int ca_finish(ca_writer *writer);

#ifdef __cplusplus
}
#endif
