/// [matmul]  (AB)ᵢⱼ = Σₖ AᵢₖBₖⱼ, for each pair of matrices in a stack.
///
/// The one function of the reference with two bodies: the plain loops below, and OpenBLAS where the
/// loops would take minutes. A property test holds them equal.
///
/// - Parameters:
///   - a: [..., M, K].
///   - b: [..., K, N], the same leading axes.
/// - Returns: [..., M, N].
package func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
  let multiplications = a.count * (b.shape.last ?? 0)
  return multiplications < plainMatmulLimit ? plainMatmul(a, b) : openBLASMatmul(a, b)
}

/// Products of fewer multiplications than this are done by the plain loops.
private let plainMatmulLimit = 1 << 18

/// [matmul] by its definition.
package func plainMatmul(_ a: Tensor, _ b: Tensor) -> Tensor {
  let (stack, m, k, n) = matmulSizes(a, b)
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

/// Checks that two stacks of matrices can be multiplied: their number, M, K and N.
func matmulSizes(_ a: Tensor, _ b: Tensor) -> (stack: Int, m: Int, k: Int, n: Int) {
  precondition(
    a.rank >= 2 && a.rank == b.rank && a.shape.dropLast(2) == b.shape.dropLast(2)
      && a.shape[a.rank - 1] == b.shape[b.rank - 2],
    "matmul: shapes \(a.shape) and \(b.shape) do not fit")
  return (
    a.shape.dropLast(2).reduce(1, *), a.shape[a.rank - 2], a.shape[a.rank - 1],
    b.shape[b.rank - 1]
  )
}
