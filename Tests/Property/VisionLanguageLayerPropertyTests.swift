import LeRobotCore
import Reference
import Support
import Testing

/// Layers that vision-language models are made of, and their pictures.
@Suite struct VisionLanguageLayerPropertyTests {
  private func tensor(_ shape: [Int], seed: UInt64) -> Tensor {
    var generator = SplitMix64(seed: seed)
    return .random(shape, using: &generator)
  }

  // MARK: Pictures

  @Test func aPictureFitsInside() {
    var generator = SplitMix64(seed: 1)
    for _ in 0..<2000 {
      func side(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
      let (height, width) = (side(1...1200), side(1...1200))
      let size = ImageSize(height: side(1...512), width: side(1...512))
      let inner = PictureFit(height: height, width: width, inside: size).inner
      #expect((1...size.height).contains(inner.height) && (1...size.width).contains(inner.width))
      // One side is filled, but for a pixel that a rounding takes.
      #expect(inner.height >= size.height - 1 || inner.width >= size.width - 1)
      // The shape stays, to a pixel.
      let ratio = Double(inner.height) / Double(height)
      #expect(
        abs(ratio * Double(width) - Double(inner.width)) <= 1 + Double(width) / Double(height))
    }
  }

  /// An oddity of the division in float64: 1152 is 224 times a ratio that is rounded up.
  @Test func aSideMayLoseAPixelToRounding() {
    let fit = PictureFit(
      height: 1080, width: 1152, inside: ImageSize(height: 224, width: 224))
    #expect(fit.inner == ImageSize(height: 209, width: 223))
  }

  @Test func aPictureStandsBelowAndOnTheRight() {
    let picture = tensor([1, 3, 4, 8], seed: 2)
    let fittedPicture = fitted(picture, to: ImageSize(height: 8, width: 8))
    #expect(fittedPicture.sliced(0..<4, axis: 2) == Tensor(repeating: -1, shape: [1, 3, 4, 8]))
    // A picture that fits is taken as it is.
    #expect(fittedPicture.sliced(4..<8, axis: 2) == picture * 2 - 1)
    let tall = fitted(picture.permuted([0, 1, 3, 2]), to: ImageSize(height: 8, width: 8))
    #expect(tall == fittedPicture.permuted([0, 1, 3, 2]))
    #expect(fitted(picture, to: nil) == picture * 2 - 1)
  }

  @Test(arguments: [(3, 17), (40, 9), (16, 16)])
  func aRampStaysARamp(from: Int, to: Int) {
    // x = 2i + 1 at the centres of pixels; the borders are flat.
    let ramp = Tensor(
      (0..<from).map { (2 * Double($0) + 1) / Double(2 * from) }, shape: [1, 1, 1, from]
    ).broadcast(to: [1, 3, from, from])
    let size = ImageSize(height: to, width: to)
    let found = (fitted(ramp, to: size) + 1) / 2
    let low = 1 / Double(2 * from)
    for (index, value) in found.sliced(0..<1, axis: 1).sliced(0..<1, axis: 2).elements.enumerated()
    {
      let place = (2 * Double(index) + 1) / Double(2 * to)
      #expect(abs(value - min(max(place, low), 1 - low)) < 1e-12)
    }
  }

  /// Row i·s + a, column j·s + b of the patches is part a·s + b of token i·n + j.
  @Test func neighbouringPatchesBecomeOneToken() {
    let (side, factor, width) = (6, 3, 2)
    let patches = tensor([2, side * side, width], seed: 3)
    let tokens = pixelShuffled(Variable(patches), by: factor).value
    #expect(tokens.shape == [2, 4, factor * factor * width])
    for row in 0..<side {
      for column in 0..<side {
        let token = row / factor * 2 + column / factor
        let part = (row % factor * factor + column % factor) * width
        let place = row * side + column
        #expect(
          tokens.sliced(token..<token + 1, axis: 1).sliced(part..<part + width, axis: 2)
            == patches.sliced(place..<place + 1, axis: 1))
      }
    }
  }

  /// With a convolution of zeros a patch is what its place adds.
  @Test(arguments: [(4, [0, 1, 2, 3]), (2, [0, 2]), (8, [0, 0, 1, 1, 2, 2, 3, 3])])
  func patchesOfOtherPicturesSpreadOverThePlaces(count: Int, rows: [Int]) {
    let sizes = VisionTransformerSizes(
      width: 4, layerCount: 0, headCount: 1, hiddenWidth: 1, epsilon: 1e-6, pictureSide: 8,
      patchSide: 2)
    let tower = VisionTransformer(sizes, random: SplitMixRandom(seed: 4))
    for parameter in tower.patches.parameters.values {
      parameter.value = .zeros(parameter.value.shape)
    }
    let found = tower(Variable(.ones([1, 3, 2 * count, 2 * count]))).value
    let places = rows.flatMap { row in rows.map { Double(row * 4 + $0) } }
    let expected = tower.norm(tower.positions(Tensor(places, shape: [1, count * count]))).value
    #expect(found == expected)
  }

  // MARK: Attention

  @Test func whereNothingMayBeSeenValuesAreAveraged() {
    let (query, key) = (tensor([1, 2, 2, 4], seed: 5), tensor([1, 3, 1, 4], seed: 6))
    let value = tensor([1, 3, 1, 4], seed: 7)
    let mask = Tensor([0, 0, 0, 1, 0, 0], shape: [1, 2, 3])
    let attended = groupedAttention(
      query: Variable(query), key: Variable(key), value: Variable(value), mask: mask
    ).value.reshaped([2, 2, 4])
    for head in 0..<2 {
      func row(_ index: Int) -> Tensor {
        attended.sliced(index..<index + 1, axis: 0).sliced(head..<head + 1, axis: 1)
          .reshaped([1, 4])
      }
      let mean = value.reshaped([3, 4]).sum([0], keepingAxes: true) / 3
      #expect(mismatch(mean, row(0), relative: 1e-12) == nil)
      #expect(
        mismatch(value.sliced(0..<1, axis: 1).reshaped([1, 4]), row(1), relative: 1e-12) == nil)
    }
  }

  /// Head h of the queries looks at head h·G/H of the keys.
  @Test func headsInARowShareKeys() {
    let query = tensor([2, 3, 4, 2], seed: 8)
    let (key, value) = (tensor([2, 5, 2, 2], seed: 9), tensor([2, 5, 2, 2], seed: 10))
    func repeated(_ x: Tensor) -> Variable {
      let heads = [0, 0, 1, 1].map { x.sliced($0..<$0 + 1, axis: 2) }
      return Variable(.concatenated(heads, axis: 2))
    }
    let grouped = groupedAttention(
      query: Variable(query), key: Variable(key), value: Variable(value)
    ).value
    let single = groupedAttention(
      query: Variable(query), key: repeated(key), value: repeated(value)
    ).value
    #expect(mismatch(single, grouped, relative: 1e-12) == nil)
  }

  @Test func gradientsOfGroupedAttentionMatchFiniteDifferences() {
    let mask = Tensor([1, 0, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0], shape: [2, 2, 3])
    let inputs = [
      tensor([2, 2, 4, 2], seed: 11), tensor([2, 3, 2, 2], seed: 12),
      tensor([2, 3, 2, 2], seed: 13),
    ]
    let message = gradientMismatch(at: inputs, seed: 14) {
      groupedAttention(query: $0[0], key: $0[1], value: $0[2], mask: mask)
    }
    #expect(message == nil)
  }

  @Test func productsDependOnTheDistanceOfPositionsAlone() {
    let (query, key) = (tensor([1, 1, 1, 6], seed: 15), tensor([1, 1, 1, 6], seed: 16))
    func product(_ p: Double, _ q: Double) -> Double {
      let turned = zip([query, key], [p, q]).map { x, position in
        Rotary(positions: Tensor([position], shape: [1, 1]), width: 6)(Variable(x)).value
      }
      return zip(turned[0].elements, turned[1].elements).reduce(0) { $0 + $1.0 * $1.1 }
    }
    #expect(abs(product(3, 1) - product(40, 38)) < 1e-12)
    #expect(abs(product(3, 1) - product(3, 2)) > 1e-3)
    #expect(product(0, 0) == zip(query.elements, key.elements).reduce(0) { $0 + $1.0 * $1.1 })
  }

  // MARK: Layers

  @Test func gradientsOfADecoderLayerMatchFiniteDifferences() {
    let sizes = DecoderSizes(
      width: 4, layerCount: 1, headCount: 2, keyHeadCount: 1, headWidth: 4, hiddenWidth: 5,
      epsilon: 1e-5, vocabularySize: 1)
    let layer = DecoderLayer(sizes, random: SplitMixRandom(seed: 17))
    let rotary = Rotary(positions: Tensor([0, 1, 2], shape: [1, 3]), width: 4)
    let message = gradientMismatch(at: [tensor([1, 3, 4], seed: 18)], seed: 19) { x in
      let own = layer.attentionInputs(x[0], rotary)
      return layer.finished(
        x[0], attended: groupedAttention(query: own.query, key: own.key, value: own.value))
    }
    #expect(message == nil)
  }

  /// The size of what comes in is lost, not its mean.
  @Test func aRootMeanSquareNormHasSizeOne() {
    let norm = RMSNorm(width: 5, epsilon: 0)
    let x = tensor([3, 5], seed: 20)
    let y = norm(Variable(x)).value
    #expect(mismatch(y, norm(Variable(x * 7)).value, relative: 1e-12) == nil)
    for row in 0..<3 {
      let values = y.elements[5 * row..<5 * row + 5]
      #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 5 - 1) < 1e-12)
      #expect(abs(values.reduce(0, +)) > 1e-3)
    }
  }
}
