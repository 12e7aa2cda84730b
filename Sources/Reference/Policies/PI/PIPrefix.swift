import LeRobotCore

/// What π₀ and π₀.₅ look at: pictures and the instruction, as tokens.
package struct PIPrefix {
  /// [B, S, D].
  package let tokens: Variable
  /// 1 for a token, 0 for padding of a shorter instruction, [B, S].
  package let isReal: Tensor

  /// [PI-positions]  Tokens are counted without padding.
  ///
  /// - Returns: [B, S].
  package var positions: Tensor { isReal.runningSum() - 1 }

  /// [PI-prefix-mask]  All tokens look at all; no token looks at padding, and padding at nothing.
  ///
  /// LeRobot `make_att_2d_masks`.
  ///
  /// - Returns: [B, S, S].
  package var mask: Tensor {
    let (batch, count) = (isReal.size(0), isReal.size(1))
    return isReal.reshaped([batch, count, 1]) * isReal.reshaped([batch, 1, count])
  }
}

extension PI {
  /// [PI-prefix]  Each camera's tokens, and √D times the words'.
  ///
  /// LeRobot `embed_prefix`.
  ///
  /// - Parameters:
  ///   - pictures: −1…1 within their borders, [B, 3, side, side] each.
  ///   - words: numbers of the instruction's tokens, [B, T].
  ///   - isWord: 0 for padding, [B, T].
  package func prefix(pictures: [Tensor], words: Tensor, isWord: Tensor) -> PIPrefix {
    guard let table = model.text.tokens else { preconditionFailure("a text model reads tokens") }
    let ofPictures = pictures.map { model.tokens(Variable($0)) }
    let ofWords = table(words) * Double(sizes.text.width).squareRoot()
    let seen = ofPictures.reduce(0) { $0 + $1.size(1) }
    return PIPrefix(
      tokens: .concatenated(ofPictures + [ofWords], axis: 1),
      isReal: .concatenated([.ones([words.size(0), seen]), isWord], axis: 1))
  }
}
