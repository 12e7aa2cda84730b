import Foundation
import LeRobotCore

/// ε_θ: a U-Net over the steps of the trajectory (§III-A, "CNN-based Diffusion Policy"; Janner et al.,
/// arXiv:2205.09991, App. C; Ronneberger et al., arXiv:1505.04597).
package struct DiffusionUNet: Layer {
  /// E → 4E.
  package let stepHidden: Linear
  /// 4E → E.
  package let stepOutput: Linear
  /// Ever shorter and wider.
  package let downStages: [DiffusionDownStage]
  /// At the shortest and widest.
  package let middleBlocks: [DiffusionResidualBlock]
  /// Ever longer and narrower, beside what the stages downwards gave.
  package let upStages: [DiffusionUpStage]
  /// U₁ → U₁.
  package let finalBlock: DiffusionConvolutionBlock
  /// U₁ → A.
  package let output: Convolution1D

  /// Draws in LeRobot's order, which is that of the parameters.
  package init(_ config: DiffusionConfig, features: DiffusionFeatures, random: any RandomSource) {
    let (width, widths) = (config.stepEmbeddingWidth, config.downWidths)
    func block(_ inputs: Int, _ outputs: Int) -> DiffusionResidualBlock {
      DiffusionResidualBlock(
        inputChannels: inputs, outputChannels: outputs,
        conditionWidth: width + features.conditionWidth(config), config, random: random)
    }
    stepHidden = Linear(inputWidth: width, outputWidth: 4 * width, random: random)
    stepOutput = Linear(inputWidth: 4 * width, outputWidth: width, random: random)
    downStages = zip([features.actionWidth] + widths, widths).enumerated().map { place, pair in
      DiffusionDownStage(
        first: block(pair.0, pair.1), second: block(pair.1, pair.1),
        shortening: place == widths.count - 1
          ? nil
          : Convolution1D(
            inputChannels: pair.1, outputChannels: pair.1, kernelSize: 3, stride: 2, padding: 1,
            random: random))
    }
    let widest = widths[widths.count - 1]
    middleBlocks = (0..<2).map { _ in block(widest, widest) }
    upStages = zip(widths, widths.dropFirst()).reversed().map { narrow, wide in
      DiffusionUpStage(
        first: block(2 * wide, narrow), second: block(narrow, narrow),
        lengthening: ConvolutionTranspose1D(
          inputChannels: narrow, outputChannels: narrow, kernelSize: 4, stride: 2, padding: 1,
          random: random))
    }
    // Always 8 groups (Q-DIFF-2).
    finalBlock = DiffusionConvolutionBlock(
      inputChannels: widths[0], outputChannels: widths[0], kernelSize: config.kernelSize,
      groupCount: 8, random: random)
    output = Convolution1D(
      inputChannels: widths[0], outputChannels: features.actionWidth, kernelSize: 1,
      random: random)
  }

  package var parameters: NamedParameters {
    named(("diffusion_step_encoder.1", stepHidden), ("diffusion_step_encoder.3", stepOutput))
      + named(downStages.enumerated().map { ("down_modules.\($0.offset)", $0.element) })
      + named(middleBlocks.enumerated().map { ("mid_modules.\($0.offset)", $0.element) })
      + named(upStages.enumerated().map { ("up_modules.\($0.offset)", $0.element) })
      + named(("final_conv.0", finalBlock), ("final_conv.1", output))
  }

  /// [DIFF-unet]  ε_θ(x_t, t, c) = W · block(up(middle(down(x_t)))) + b, every block conditioned on
  /// [embedding of t, c].
  ///
  /// - Parameters:
  ///   - sample: x_t, [B, Tp, A].
  ///   - timesteps: t, [B].
  ///   - condition: of the observations, [B, G].
  /// - Returns: [B, Tp, A].
  package func callAsFunction(
    _ sample: Variable, timesteps: Tensor, condition: Variable
  ) -> Variable {
    let c = Variable.concatenated([embedding(timesteps), condition], axis: 1)  // [B, E + G]
    let (lowered, skips) = down(sample.permuted([0, 2, 1]), condition: c)
    let raised = up(middle(lowered, condition: c), skips: skips, condition: c)  // [B, U₁, Tp]
    return output(finalBlock(raised)).permuted([0, 2, 1])
  }

  /// [DIFF-timestep]  W₂ · mish(W₁ · [sin(t ωᵢ) …, cos(t ωᵢ) …] + b₁) + b₂ with
  /// ωᵢ = 10000^(−i/(E/2 − 1)), i < E/2.
  ///
  /// After Vaswani et al. (arXiv:1706.03762), §3.5. LeRobot `DiffusionSinusoidalPosEmb`; it counts in
  /// float32, as in Q-ACT-3.
  ///
  /// - Returns: [B, E].
  func embedding(_ timesteps: Tensor) -> Variable {
    let half = stepHidden.weight.value.size(1) / 2  // E/2
    let rate = log(10000) / Double(half - 1)
    let frequencies = Tensor((0..<half).map { exp(-rate * Double($0)) }, shape: [1, half])  // ω
    let angles = timesteps.reshaped([-1, 1]) * frequencies  // [B, E/2]
    let waves = Tensor.concatenated([angles.map(sin), angles.map(cos)], axis: 1)  // [B, E]
    return stepOutput(mish(stepHidden(Variable(waves))))
  }

  /// [DIFF-down]  Each stage: two blocks, whose result is kept for the way up; then, but for the
  /// last stage, half the steps.
  ///
  /// - Parameter x: [B, A, Tp].
  /// - Returns: the shortest, [B, Uₙ, Tp/2ⁿ⁻¹], and what each of the n stages gave.
  func down(_ x: Variable, condition: Variable) -> (lowered: Variable, skips: [Variable]) {
    var (y, skips) = (x, [Variable]())
    for stage in downStages {
      y = stage.second(stage.first(y, condition: condition), condition: condition)
      skips.append(y)
      y = stage.shortening.map { $0(y) } ?? y
    }
    return (y, skips)
  }

  /// [DIFF-middle]  Two blocks at the shortest.
  func middle(_ x: Variable, condition: Variable) -> Variable {
    middleBlocks.reduce(x) { $1($0, condition: condition) }
  }

  /// [DIFF-up]  Each stage: beside what the opposite stage gave on the way down, two blocks, and
  /// twice the steps. What the first stage gave is not used.
  ///
  /// - Parameter x: [B, Uₙ, Tp/2ⁿ⁻¹].
  /// - Returns: [B, U₁, Tp].
  func up(_ x: Variable, skips: [Variable], condition: Variable) -> Variable {
    zip(upStages, skips.reversed()).reduce(x) { y, pair in
      let (stage, skip) = pair
      let joined = Variable.concatenated([y, skip], axis: 1)
      let refined = stage.second(stage.first(joined, condition: condition), condition: condition)
      return stage.lengthening(refined)
    }
  }
}

/// Two blocks, and but for the last stage a convolution that halves the steps.
package struct DiffusionDownStage: Layer {
  let first, second: DiffusionResidualBlock
  let shortening: Convolution1D?

  package var parameters: NamedParameters {
    named(("0", first), ("1", second), ("2", shortening))
  }
}

/// Two blocks, and a transposed convolution that doubles the steps.
package struct DiffusionUpStage: Layer {
  let first, second: DiffusionResidualBlock
  let lengthening: ConvolutionTranspose1D

  package var parameters: NamedParameters {
    named(("0", first), ("1", second), ("2", lengthening))
  }
}
