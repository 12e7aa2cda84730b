import COpenBLAS

/// [matmul] by OpenBLAS, for products the size of a real policy.
package func openBLASMatmul(_ a: Tensor, _ b: Tensor) -> Tensor {
  let (stack, m, k, n) = matmulSizes(a, b)
  var elements: [Double] = []
  elements.reserveCapacity(stack * m * n)
  for s in 0..<stack {
    let left = Array(a.elements[s * m * k..<(s + 1) * m * k])
    let right = Array(b.elements[s * k * n..<(s + 1) * k * n])
    var product = Array(repeating: 0.0, count: m * n)
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(m), blasint(n), blasint(k), 1, left,
      blasint(max(1, k)), right, blasint(max(1, n)), 0, &product, blasint(max(1, n)))
    elements += product
  }
  return Tensor(elements, shape: Array(a.shape.dropLast()) + [n])
}
