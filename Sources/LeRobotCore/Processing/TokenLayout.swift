/// A side of a text.
package enum TextSide: String, Sendable, CaseIterable {
  case left, right
}

/// How the tokens of several texts become the rows of one table.
package struct TokenLayout: Sendable, Hashable {
  /// Up to where short texts are filled up.
  package enum Padding: String, Sendable, Hashable, CaseIterable {
    /// To the longest of the batch.
    case longest
    /// To `maximum`, which has to be there.
    case maximum = "max_length"
  }

  /// The greatest number of tokens in a row, those around a text included; nil for any.
  package var maximum: Int?
  /// Whether longer texts are cut.
  package var truncates: Bool
  package var padding: Padding
  package var paddingSide: TextSide
  /// Where texts are cut; nil for the tokenizer's own side.
  package var truncationSide: TextSide?

  package init(
    maximum: Int?, truncates: Bool = true, padding: Padding, paddingSide: TextSide = .right,
    truncationSide: TextSide? = nil
  ) {
    (self.maximum, self.truncates, self.padding) = (maximum, truncates, padding)
    (self.paddingSide, self.truncationSide) = (paddingSide, truncationSide)
  }
}

/// The tokens of a batch of texts.
package struct TokenBatch: Sendable, Equatable {
  /// Texts, B.
  package let rowCount: Int
  /// Tokens of each, padding included, T.
  package let columnCount: Int
  /// [B, T], a row after the other.
  package let ids: [Int64]
  /// [B, T], false where there is padding.
  package let mask: [Bool]

  /// Fills rows up to the same length.
  ///
  /// - Parameters:
  ///   - rows: none longer than `columnCount`.
  ///   - padding: the id to fill up with.
  package init(_ rows: [[UInt32]], columnCount: Int, padding: UInt32, _ side: TextSide) {
    var ids: [Int64] = []
    var mask: [Bool] = []
    for row in rows {
      let gap = [Int64](repeating: Int64(padding), count: columnCount - row.count)
      let noGap = [Bool](repeating: true, count: row.count)
      let gapMask = [Bool](repeating: false, count: gap.count)
      let own = row.map(Int64.init)
      ids += side == .right ? own + gap : gap + own
      mask += side == .right ? noGap + gapMask : gapMask + noGap
    }
    (self.ids, self.mask, self.columnCount, rowCount) = (ids, mask, columnCount, rows.count)
  }
}
