import COpenBLAS

/// [matmul] by OpenBLAS, for products the size of a real policy. It reads a transposed matrix where
/// it lies, which spares the copy.
package func openBLASMatmul(
  _ a: Tensor, _ b: Tensor, transposingA: Bool = false, transposingB: Bool = false
) -> Tensor {
  let (stack, m, k, n) = matmulSizes(
    exchanged(a.shape, if: transposingA), exchanged(b.shape, if: transposingB))
  let products = (0..<stack).map { s in
    var product = Array(repeating: 0.0, count: m * n)
    cblas_dgemm(
      CblasRowMajor, transposingA ? CblasTrans : CblasNoTrans,
      transposingB ? CblasTrans : CblasNoTrans, blasint(m), blasint(n), blasint(k), 1,
      matrix(s, of: a), blasint(max(1, a.shape[a.rank - 1])), matrix(s, of: b),
      blasint(max(1, b.shape[b.rank - 1])), 0, &product, blasint(max(1, n)))
    return product
  }
  return Tensor(joined(products), shape: Array(a.shape.dropLast(2)) + [m, n])
}

/// A shape with its last two axes exchanged.
private func exchanged(_ shape: [Int], if isTransposed: Bool) -> [Int] {
  isTransposed ? shape.dropLast(2) + shape.suffix(2).reversed() : shape
}

/// The elements of one matrix of a stack.
private func matrix(_ index: Int, of stack: Tensor) -> [Double] {
  let size = stack.shape.suffix(2).reduce(1, *)
  return stack.count == size
    ? stack.elements : Array(stack.elements[index * size..<(index + 1) * size])
}

/// The matrices one behind the other.
private func joined(_ matrices: [[Double]]) -> [Double] {
  matrices.count == 1 ? matrices[0] : Array(matrices.joined())
}
