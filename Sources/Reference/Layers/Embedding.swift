/// [embedding]  Row i of a table of learned vectors.
///
/// torch `nn/modules/sparse.py`, `Embedding`.
package struct Embedding: Layer {
  /// The table, [N, D].
  package let weight: Parameter

  package init(count: Int, width: Int, random: any RandomSource) {
    weight = Parameter(random.standardNormal([count, width]))
  }

  package var parameters: NamedParameters { ["weight": weight] }

  /// - Parameter rows: row numbers, whole numbers of any shape.
  /// - Returns: that shape and [D].
  package func callAsFunction(_ rows: Tensor) -> Variable {
    let width = weight.value.size(1)
    let places = rows.elements.flatMap { row in (0..<width).map { Int(row) * width + $0 } }
    return weight.variable.gathered(places, shape: rows.shape + [width])
  }
}
