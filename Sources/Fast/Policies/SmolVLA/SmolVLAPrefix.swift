import LeRobotCore

/// What SmolVLA looks at: pictures, the instruction and the state, as tokens.
package struct SmolVLAPrefix {
  /// [B, S, D].
  package let tokens: Tensor
  /// 1 for a token, 0 for padding of a shorter instruction, [B, S].
  package let isReal: Tensor
  /// Tokens at the end that the ones before do not look at: the state's.
  package let stateCount: Int

  /// [SMOLVLA-positions]
  package var positions: Tensor { isReal.cumulativeSum(axis: 1) - 1 }

  /// [SMOLVLA-prefix-mask]
  ///
  /// - Returns: whether a token looks at another, bool, [B, S, S].
  package var mask: Tensor {
    let (batch, count) = (isReal.size(0), isReal.size(1))
    let isReal = isReal.isAbove(0.5).to(.float32)
    let places = Tensor((0..<count).map { $0 < count - stateCount ? 0 : Double($0) })
      .to(.float32, device: isReal.device)
    let isLater = (places - places.expanded(axis: 1)).isAbove(0)  // [S, S]
    let areReal = isReal.expanded(axis: 2) * isReal.expanded(axis: 1)
    return areReal.filled(where: isLater.expanded(axis: 0), with: 0)
      .broadcast(to: [batch, count, count]).isAbove(0.5)
  }
}

extension SmolVLA {
  /// [SMOLVLA-prefix]
  ///
  /// - Parameters:
  ///   - pictures: −1…1, [B, 3, side, side] each.
  ///   - words: numbers of the instruction's tokens, [B, T].
  ///   - isWord: 0 for padding, [B, T].
  ///   - state: padded, [B, max_state_dim].
  package func prefix(
    pictures: [Tensor], words: Tensor, isWord: Tensor, state: Tensor
  ) -> SmolVLAPrefix {
    let batch = state.size(0)
    let scale = Double(sizes.text.width).squareRoot()  // √D
    let ofPictures = pictures.flatMap { picture in
      framed(model.tokens(picture) * scale)
    }
    let ofWords = table(words.to(.int64)) * scale
    let ofState = stateProjection(state).reshaped([batch, 1, -1])
    // Positions are counted in it, and angles computed, which flags cannot be.
    let isWord = isWord.to(state.dataType == .float64 ? .float64 : .float32)
    let seen = ofPictures.reduce(0) { $0 + $1.size(1) }
    return SmolVLAPrefix(
      tokens: .concatenated(ofPictures + [ofWords, ofState], axis: 1),
      isReal: .concatenated(
        [ones([batch, seen], like: isWord), isWord, ones([batch, 1], like: isWord)], axis: 1),
      stateCount: 1)
  }

  private func ones(_ shape: [Int], like x: Tensor) -> Tensor {
    .ones(shape, dataType: x.dataType, device: x.device)
  }

  /// A picture's tokens, between the special ones where `add_image_special_tokens` asks for them; those are
  /// not scaled.
  private func framed(_ tokens: Tensor) -> [Tensor] {
    guard let special = sizes.pictureFrame else { return [tokens] }
    func rows(_ numbers: [Int]) -> Tensor {
      let batch = tokens.size(0)
      let places = Tensor(numbers.map(Double.init)).to(.int64, device: tokens.device)
      return table(places).expanded(axis: 0).broadcast(
        to: [batch, numbers.count, tokens.size(2)])
    }
    return [rows(special.before), tokens, rows(special.after)]
  }

  /// Rows of the table of tokens.
  private func table(_ numbers: Tensor) -> Tensor {
    guard let tokens = model.text.tokens else { preconditionFailure("a text model reads tokens") }
    return tokens(numbers)
  }
}
