/// [matmul]  (AB)ᵢⱼ = Σₖ AᵢₖBₖⱼ, for each pair of matrices in a stack.
///
/// The one function of the reference with two bodies: the plain loops below, and OpenBLAS where the
/// loops would take minutes. A property test holds them equal.
///
/// - Parameters:
///   - a: [..., M, K]; [..., K, M] if it is to be transposed first.
///   - b: [..., K, N], the same leading axes; [..., N, K] if it is to be transposed first.
/// - Returns: [..., M, N].
package func matmul(
  _ a: Tensor, _ b: Tensor, transposingA: Bool = false, transposingB: Bool = false
) -> Tensor {
  let columns = b.shape.dropLast(transposingB ? 1 : 0).last ?? 0
  guard a.count * columns < plainMatmulLimit else {
    return openBLASMatmul(a, b, transposingA: transposingA, transposingB: transposingB)
  }
  return plainMatmul(transposingA ? a.transposed : a, transposingB ? b.transposed : b)
}

/// Products of fewer multiplications than this are done by the plain loops.
private let plainMatmulLimit = 1 << 18

/// [matmul] by its definition.
package func plainMatmul(_ a: Tensor, _ b: Tensor) -> Tensor {
  let (stack, m, k, n) = matmulSizes(a.shape, b.shape)
  var result = Array(repeating: 0.0, count: stack * m * n)
  for s in 0..<stack {
    for i in 0..<m {
      let row = (s * m + i) * n
      for inner in 0..<k {
        let aik = a.elements[(s * m + i) * k + inner]
        let column = (s * k + inner) * n
        for j in 0..<n { result[row + j] += aik * b.elements[column + j] }
      }
    }
  }
  return Tensor(result, shape: Array(a.shape.dropLast()) + [n])
}

/// Checks that stacks of matrices of these shapes can be multiplied: their number, M, K and N.
func matmulSizes(_ a: [Int], _ b: [Int]) -> (stack: Int, m: Int, k: Int, n: Int) {
  precondition(
    a.count >= 2 && a.count == b.count && a.dropLast(2) == b.dropLast(2)
      && a[a.count - 1] == b[b.count - 2],
    "matmul: shapes \(a) and \(b) do not fit")
  return (a.dropLast(2).reduce(1, *), a[a.count - 2], a[a.count - 1], b[b.count - 1])
}
