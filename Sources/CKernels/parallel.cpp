// Loops on libtorch's own threads.
#include <ATen/TensorIterator.h>
#include <ATen/ops/empty.h>

#include "kernels.hpp"

// at::parallel_for is a template. Compiled here, it would be serial: it needs the OpenMP library that
// libtorch was built with. The loop behind libtorch's elementwise operations is compiled into
// libtorch; here it runs over bytes that nobody reads.
void ck::in_parallel(int64_t count, c10::function_ref<void(int64_t, int64_t)> f) {
  if (count <= 0) return;
  const auto places = at::empty({count}, at::kByte);
  const auto *first = static_cast<const char *>(places.const_data_ptr());
  auto iterator = at::TensorIterator::borrowing_nullary_op(places);
  const auto visit = [&](char **place, const int64_t *, int64_t n, int64_t rows) {
    f(place[0] - first, place[0] - first + n * rows);
  };
  iterator.for_each(visit, /*grain_size=*/1);
}
