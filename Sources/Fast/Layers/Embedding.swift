/// [embedding]
package struct Embedding: Layer {
  /// The table, [N, D].
  package let weight: Parameter

  package init(count: Int, width: Int, random: any RandomSource) {
    weight = Parameter(random.standardNormal([count, width]))
  }

  package var parameters: NamedParameters { ["weight": weight] }

  /// - Parameter rows: row numbers, int64 of any shape.
  /// - Returns: that shape and [D].
  package func callAsFunction(_ rows: Tensor) -> Tensor { weight.variable.rows(rows) }
}
