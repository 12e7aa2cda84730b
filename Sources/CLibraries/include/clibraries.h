// The native libraries that this program opens at run time: its own, and the system's.
//
// A program that was installed as PREFIX/bin/NAME has its own in PREFIX/lib/NAME; a program in the folder
// where it was built has them beside itself.
#ifndef CLIBRARIES_H
#define CLIBRARIES_H
#include <stdbool.h>

/// The folder of the program's own libraries: an absolute path that stays valid.
const char *_Nonnull cl_folder(void);

/// Opens a library, with its symbols to itself: the program's own where there is one of this name, and
/// otherwise the system's.
///
/// Returns NULL where that fails; dlerror() says why.
void *_Nullable cl_open(const char *_Nonnull name);

/// The file of the library that holds a function; empty where it is unknown.
const char *_Nonnull cl_file(const void *_Nullable function);

/// The commit this was built from, with a plus where files had changed; empty where it is unknown.
const char *_Nonnull cl_commit(void);

/// The widest vectors of this processor that the program has code for: 512, 256 or 0 bits.
int cl_vector_bits(void);
#endif
