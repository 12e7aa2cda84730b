import LeRobotCore

/// What π₀ and π₀.₅ look at: pictures and the instruction, as tokens.
package struct PIPrefix {
  /// [B, S, D].
  package let tokens: Tensor
  /// 1 for a token, 0 for padding of a shorter instruction, [B, S].
  package let isReal: Tensor

  /// [PI-positions]
  ///
  /// - Returns: [B, S].
  package var positions: Tensor { isReal.cumulativeSum(axis: 1) - 1 }

  /// [PI-prefix-mask]
  ///
  /// - Returns: bool, [B, S, S].
  package var mask: Tensor {
    (isReal.expanded(axis: 2) * isReal.expanded(axis: 1)).isAbove(0.5)
  }
}

extension PI {
  /// [PI-prefix]
  ///
  /// - Parameters:
  ///   - pictures: −1…1 within their borders, [B, 3, side, side] each.
  ///   - words: numbers of the instruction's tokens, [B, T].
  ///   - isWord: 0 for padding, [B, T].
  package func prefix(pictures: [Tensor], words: Tensor, isWord: Tensor) -> PIPrefix {
    guard let table = model.text.tokens else { preconditionFailure("a text model reads tokens") }
    let ofPictures = pictures.map {
      model.tokens($0, MemorySaving(isOn: saving.isOn && trainsTower))
    }
    let ofWords = table(words.to(.int64)) * Double(sizes.text.width).squareRoot()
    let seen = ofPictures.reduce(0) { $0 + $1.size(1) }
    // Positions are counted in it, and angles computed, which flags cannot be.
    let type = pictures.first?.dataType == .float64 ? DataType.float64 : .float32
    let ones = Tensor.ones([words.size(0), seen], dataType: type, device: words.device)
    return PIPrefix(
      tokens: .concatenated(ofPictures + [ofWords], axis: 1),
      isReal: .concatenated([ones, isWord.to(type)], axis: 1))
  }
}
