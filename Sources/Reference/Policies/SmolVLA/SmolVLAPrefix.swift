import LeRobotCore

/// What SmolVLA looks at: pictures, the instruction and the state, as tokens.
package struct SmolVLAPrefix {
  /// [B, S, D].
  package let tokens: Variable
  /// 1 for a token, 0 for padding of a shorter instruction, [B, S].
  package let isReal: Tensor
  /// Tokens at the end that the ones before do not look at: the state's.
  package let stateCount: Int

  /// [SMOLVLA-positions]  Each token's place among the real ones.
  package var positions: Tensor { isReal.runningSum() - 1 }

  /// [SMOLVLA-prefix-mask]  Pictures and instruction look at each other, the state at all of them; nobody at
  /// padding. LeRobot `make_att_2d_masks`.
  ///
  /// - Returns: 1 where a token looks at another, [B, S, S].
  package var mask: Tensor {
    let (batch, count) = (isReal.size(0), isReal.size(1))
    let first = count - stateCount
    let allowed = (0..<batch).flatMap { sample in
      (0..<count).flatMap { i in
        (0..<count).map { j -> Double in
          let areReal =
            isReal.elements[sample * count + i] != 0 && isReal.elements[sample * count + j] != 0
          return areReal && (j < first || j <= i) ? 1 : 0
        }
      }
    }
    return Tensor(allowed, shape: [batch, count, count])
  }
}

extension SmolVLA {
  /// [SMOLVLA-prefix]  [√D · picture tokens of each camera, √D · words, W_s s]: of all of an observation.
  ///
  /// §3.1. LeRobot `embed_prefix`. A camera without a picture is left out, and so is padding that a whole
  /// batch has (`prefix_length`, `pad_language_to`): nothing looks at either, and positions count real tokens
  /// alone.
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
      framed(model.tokens(Variable(picture)) * scale)
    }
    let ofWords = table(words) * scale
    let ofState = stateProjection(Variable(state)).reshaped([batch, 1, -1])
    let seen = ofPictures.reduce(0) { $0 + $1.size(1) }
    return SmolVLAPrefix(
      tokens: .concatenated(ofPictures + [ofWords, ofState], axis: 1),
      isReal: .concatenated(
        [.ones([batch, seen]), isWord, .ones([batch, 1])], axis: 1),
      stateCount: 1)
  }

  /// A picture's tokens, between the special ones where `add_image_special_tokens` asks for them; those are
  /// not scaled.
  private func framed(_ tokens: Variable) -> [Variable] {
    guard let special = sizes.pictureFrame else { return [tokens] }
    func rows(_ numbers: [Int]) -> Variable {
      let batch = tokens.size(0)
      return table(
        Tensor(
          (0..<batch).flatMap { _ in numbers.map(Double.init) }, shape: [batch, numbers.count]))
    }
    return [rows(special.before), tokens, rows(special.after)]
  }

  /// Rows of the table of tokens.
  private func table(_ numbers: Tensor) -> Variable {
    guard let tokens = model.text.tokens else { preconditionFailure("a text model reads tokens") }
    return tokens(numbers)
  }
}
