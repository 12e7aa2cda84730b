import LeRobotCore

/// What SmolVLA looks at: pictures, the instruction and the state, as tokens.
///
/// The first two do not look at the state: where the model is frozen, nothing of theirs is differentiated.
package struct SmolVLAPrefix {
  /// Of pictures and instruction, [B, S − 1, D].
  package let seen: Tensor
  /// Of the state, [B, 1, D].
  package let state: Tensor
  /// 1 for a token, 0 for padding of a shorter instruction, [B, S].
  package let isReal: Tensor

  /// [SMOLVLA-positions]
  package var positions: Tensor { isReal.cumulativeSum(axis: 1) - 1 }

  /// [SMOLVLA-prefix-mask]  The state's row, in which all real tokens are, is none of it.
  ///
  /// - Returns: whether a token of pictures or instruction looks at another, bool, [B, S − 1, S − 1].
  package var mask: Tensor {
    let isReal = isReal.sliced(0..<seen.size(1), axis: 1)
    return (isReal.expanded(axis: 2) * isReal.expanded(axis: 1)).isAbove(0.5)
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
    // LeRobot rounds √D to the type of pictures' tokens, and not for words.
    let ofPictures = pictures.flatMap { picture in
      let tokens = model.tokens(picture)
      return framed(tokens * Tensor([scale]).to(tokens.dataType, device: tokens.device))
    }
    let ofWords = table(words.to(.int64)) * scale
    let ofState = stateProjection(state).reshaped([batch, 1, -1])
    // Positions are counted in it, and angles computed, which flags cannot be.
    let isWord = isWord.to(state.dataType == .float64 ? .float64 : .float32)
    let seen = ofPictures.reduce(0) { $0 + $1.size(1) }
    return SmolVLAPrefix(
      seen: Tensor.concatenated(ofPictures + [ofWords], axis: 1).to(ofState.dataType),
      state: ofState,
      isReal: .concatenated(
        [ones([batch, seen], like: isWord), isWord, ones([batch, 1], like: isWord)], axis: 1))
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
