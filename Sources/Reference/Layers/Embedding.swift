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

  /// - Parameter rows: N row numbers.
  /// - Returns: [N, D].
  package func callAsFunction(_ rows: [Int]) -> Variable {
    let width = weight.value.shape[1]
    let places = rows.flatMap { row in (0..<width).map { row * width + $0 } }
    return weight.variable.gathered(places, shape: [rows.count, width])
  }
}
