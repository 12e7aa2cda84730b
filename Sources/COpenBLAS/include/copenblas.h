// OpenBLAS's product of two matrices of doubles; the library is opened at the first product.
//
// If it were linked, it would start its threads in every process. By the order of symbol lookup it would
// also replace the faster sgemm_ inside libtorch.
#ifndef COPENBLAS_H
#define COPENBLAS_H

#include <stdbool.h>

/// C = A·B in row-major order, C of m × n. A is m × k, or k × m where it is transposed; B is k × n, or
/// n × k where it is transposed.
///
/// Returns a value other than 0 where the library cannot be opened; C is then unchanged.
int co_dgemm(bool transposes_a, bool transposes_b, int m, int n, int k, const double *a,
             const double *b, double *c);

#endif
