// OpenBLAS's product of two matrices of doubles, from a library that is opened at its first use.
//
// Linked, OpenBLAS would start its threads in every process and take libtorch's calls of sgemm_,
// by the order of symbol lookup, away from the faster library inside libtorch.
#ifndef COPENBLAS_H
#define COPENBLAS_H

#include <stdbool.h>

/// C = A·B, all row by row, C of m × n. A is m × k, or k × m where it is to be transposed; B is
/// k × n, or n × k.
///
/// Returns a value other than 0 when the library is not there; C is then untouched.
int co_dgemm(bool transposes_a, bool transposes_b, int m, int n, int k, const double *a,
             const double *b, double *c);

#endif
