import Foundation
import LeRobotCore

/// ε_θ: a U-Net over the steps of the trajectory.
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
  private let stepNumbers: Constant

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
    stepNumbers = Constant(Tensor((0..<width / 2).map(Double.init)))
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

  /// [DIFF-unet]
  ///
  /// - Parameters:
  ///   - sample: x_t, [B, Tp, A].
  ///   - timesteps: t, [B], int64.
  ///   - condition: of the observations, [B, G].
  /// - Returns: [B, Tp, A].
  package func callAsFunction(
    _ sample: Tensor, timesteps: Tensor, condition: Tensor
  ) -> Tensor {
    let c = Tensor.concatenated([embedding(timesteps), condition], axis: 1)  // [B, E + G]
    let (lowered, skips) = down(sample.transposed(1, 2), condition: c)
    let raised = up(middle(lowered, condition: c), skips: skips, condition: c)  // [B, U₁, Tp]
    return output(finalBlock(raised)).transposed(1, 2)
  }

  /// [DIFF-timestep]
  ///
  /// - Returns: [B, E].
  func embedding(_ timesteps: Tensor) -> Tensor {
    let numbers = stepNumbers.placed(like: stepHidden.weight.value)  // [E/2]
    let rate = log(10000) / Double(numbers.size(0) - 1)
    let angles = timesteps.expanded(axis: 1) * (numbers * -rate).exp()  // [B, E/2]
    let waves = Tensor.concatenated([angles.sine(), angles.cosine()], axis: 1)  // [B, E]
    return stepOutput(mish(stepHidden(waves)))
  }

  /// [DIFF-down]
  func down(_ x: Tensor, condition: Tensor) -> (lowered: Tensor, skips: [Tensor]) {
    var (y, skips) = (x, [Tensor]())
    for stage in downStages {
      y = stage.second(stage.first(y, condition: condition), condition: condition)
      skips.append(y)
      y = stage.shortening.map { $0(y) } ?? y
    }
    return (y, skips)
  }

  /// [DIFF-middle]
  func middle(_ x: Tensor, condition: Tensor) -> Tensor {
    middleBlocks.reduce(x) { $1($0, condition: condition) }
  }

  /// [DIFF-up]
  func up(_ x: Tensor, skips: [Tensor], condition: Tensor) -> Tensor {
    zip(upStages, skips.reversed()).reduce(x) { y, pair in
      let (stage, skip) = pair
      let joined = Tensor.concatenated([y, skip], axis: 1)
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
