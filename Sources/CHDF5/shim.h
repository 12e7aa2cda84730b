#ifndef CHDF5_SHIM_H
#define CHDF5_SHIM_H
#include <fcntl.h>
#include <hdf5.h>
#include <string.h>

// Constants and versioned functions of HDF5 are macros, which Swift does not see.
// The library is not thread-safe: every caller holds one lock (HDF5Library.swift).

static inline hid_t ch5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t ch5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t ch5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t ch5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t ch5_default(void) { return H5P_DEFAULT; }
static inline hid_t ch5_all(void) { return H5S_ALL; }

/// Keeps HDF5 from printing its errors; the functions below return them.
static inline void ch5_silence(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

/// Opens a file for reading; programs that this process starts do not inherit it.
static inline hid_t ch5_open_file(const char *path) {
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  void *descriptor = NULL;
  if (file >= 0 && H5Fget_vfd_handle(file, H5P_DEFAULT, &descriptor) >= 0 && descriptor)
    fcntl(*(int *)descriptor, F_SETFD, FD_CLOEXEC);
  return file;
}

static inline hid_t ch5_open_dataset(hid_t file, const char *name) {
  return H5Dopen2(file, name, H5P_DEFAULT);
}

static inline hid_t ch5_open_group(hid_t file, const char *name) {
  return H5Gopen2(file, name, H5P_DEFAULT);
}

/// A memory type for rows of bytes whose lengths vary; close it with H5Tclose.
static inline hid_t ch5_variable_bytes(void) { return H5Tvlen_create(H5T_NATIVE_UINT8); }

typedef struct {
  char *text;
  size_t size;
} ch5_message;

static inline herr_t ch5_keep_reason(unsigned level, const H5E_error2_t *error, void *out) {
  ch5_message *message = (ch5_message *)out;
  // A missing filter is reported by an outer function, behind the failed search for a plugin.
  if (error->desc && message->size > 0 && (level == 0 || strstr(error->desc, "required filter"))) {
    strncpy(message->text, error->desc, message->size - 1);
    message->text[message->size - 1] = 0;
  }
  return 0;
}

/// Copies the message of the innermost function of the last call that failed; empty where there is none.
static inline void ch5_last_error(char *text, size_t size) {
  ch5_message message = {text, size};
  if (size > 0) text[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, ch5_keep_reason, &message);
}
#endif
