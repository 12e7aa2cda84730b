import COpenBLAS

/// [matmul] by OpenBLAS, for products the size of a real policy. It reads a transposed matrix where
/// it lies, which spares the copy. Where the library is not installed the plain loops do it.
package func openBLASMatmul(
  _ a: Tensor, _ b: Tensor, transposingA: Bool = false, transposingB: Bool = false
) -> Tensor {
  let (stack, m, k, n) = matmulSizes(
    exchanged(a.shape, if: transposingA), exchanged(b.shape, if: transposingB))
  var products: [[Double]] = []
  for s in 0..<stack {
    var product = Array(repeating: 0.0, count: m * n)
    let status = co_dgemm(
      transposingA, transposingB, Int32(m), Int32(n), Int32(k), matrix(s, of: a),
      matrix(s, of: b), &product)
    guard status == 0 else {
      return plainMatmul(transposingA ? a.transposed : a, transposingB ? b.transposed : b)
    }
    products.append(product)
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
