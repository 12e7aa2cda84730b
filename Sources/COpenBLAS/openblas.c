#include "copenblas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

#include "clibraries.h"

// The signature of cblas_dgemm where OpenBLAS counts in int, as Debian's does.
typedef void (*Product)(int order, int transpose_a, int transpose_b, int m, int n, int k,
                        double alpha, const double *a, int lda, const double *b, int ldb,
                        double beta, double *c, int ldc);
enum { row_major = 101, as_it_is = 111, transposed = 112 };

static Product product;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_library(void) {
  void *library = cl_open("libopenblas.so.0");
  if (library) product = (Product)dlsym(library, "cblas_dgemm");
}

static int at_least_one(int n) { return n > 1 ? n : 1; }

int co_dgemm(bool transposes_a, bool transposes_b, int m, int n, int k, const double *a,
             const double *b, double *c) {
  pthread_once(&once, open_library);
  if (product == NULL) return 1;
  product(row_major, transposes_a ? transposed : as_it_is, transposes_b ? transposed : as_it_is, m,
          n, k, 1, a, at_least_one(transposes_a ? m : k), b, at_least_one(transposes_b ? k : n), 0,
          c, at_least_one(n));
  return 0;
}
