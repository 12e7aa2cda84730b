import LeRobotCore

/// h_θ: what is seen, as a latent.
package struct TDMPCEncoder: Layer {
  /// Of the camera, where there is one.
  package let picture: TDMPCPictureEncoder?
  /// Of the robot's state.
  package let state: TDMPCVectorEncoder
  /// Of the environment's state, where there is one.
  package let environment: TDMPCVectorEncoder?
  private let cameraKey: String

  /// Draws in the order of the parameters.
  package init(_ config: TDMPCConfig, features: TDMPCFeatures, random: any RandomSource) {
    picture = features.camera.map {
      TDMPCPictureEncoder(config, features: features, channels: $0.shape[0], random: random)
    }
    state = TDMPCVectorEncoder(config, inputWidth: features.stateWidth, random: random)
    environment = features.environmentWidth.map {
      TDMPCVectorEncoder(config, inputWidth: $0, random: random)
    }
    cameraKey = features.camera?.key ?? ""
  }

  package var parameters: NamedParameters {
    named(
      ("image_enc_layers", picture), ("state_enc_layers", state),
      ("env_state_enc_layers", environment))
  }

  /// [TDMPC-encoder]
  ///
  /// - Parameter observation: [..., C, S, S], [..., De] and [..., Ds] under their keys.
  /// - Returns: [..., Z].
  package func callAsFunction(_ observation: [String: Tensor]) -> Tensor {
    var latents: [Tensor] = []
    if let picture { latents.append(picture(observation.tensor(cameraKey))) }
    if let environment {
      latents.append(environment(observation.tensor("observation.environment_state")))
    }
    latents.append(state(observation.tensor("observation.state")))
    return latents.dropFirst().reduce(latents[0], +) / Double(latents.count)
  }
}

/// [TDMPC-picture]
package struct TDMPCPictureEncoder: Layer {
  /// Of 7, 5, 3 and 3 taps, two pixels apart, without padding.
  package let convolutions: [Convolution]
  /// [Z, features].
  package let output: Linear
  /// Of Z numbers.
  package let norm: LayerNorm

  /// Draws in the order of the parameters.
  package init(
    _ config: TDMPCConfig, features: TDMPCFeatures, channels: Int, random: any RandomSource
  ) {
    let width = config.imageEncoderWidth
    convolutions = [7, 5, 3, 3].enumerated().map { place, taps in
      Convolution(
        inputChannels: place == 0 ? channels : width, outputChannels: width, kernelSize: taps,
        stride: 2, random: random)
    }
    output = Linear(
      inputWidth: features.pictureFeatureCount(channels: width),
      outputWidth: config.latentWidth, random: random)
    norm = LayerNorm(width: config.latentWidth)
  }

  package var parameters: NamedParameters {
    named(convolutions.enumerated().map { ("\(2 * $0.offset)", $0.element) })
      + named(("9", output), ("10", norm))
  }

  /// - Parameter x: [..., C, S, S], in 0…1.
  /// - Returns: [..., Z].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let pictures = x.reshaped([-1] + x.shape.suffix(3))
    // Written over what a convolution gave, which nothing else needs.
    let maps = convolutions.reduce(pictures) { $1($0).rectifiedInPlace() }
    let latents = norm(output(maps.reshaped([pictures.size(0), -1]))).logistic()
    return latents.reshaped(Array(x.shape.dropLast(3)) + [-1])
  }
}

/// [TDMPC-vector]
package struct TDMPCVectorEncoder: Layer {
  /// W₁.
  package let hidden: Linear
  /// W₂, [Z, …].
  package let output: Linear
  /// Of Z numbers.
  package let norm: LayerNorm

  /// Draws in the order of the parameters.
  package init(_ config: TDMPCConfig, inputWidth: Int, random: any RandomSource) {
    let width = config.stateEncoderWidth
    hidden = Linear(inputWidth: inputWidth, outputWidth: width, random: random)
    output = Linear(inputWidth: width, outputWidth: config.latentWidth, random: random)
    norm = LayerNorm(width: config.latentWidth)
  }

  package var parameters: NamedParameters {
    named(("0", hidden), ("2", output), ("3", norm))
  }

  /// - Parameter x: [..., D].
  /// - Returns: [..., Z].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    norm(output(elu(hidden(x)))).logistic()
  }
}
