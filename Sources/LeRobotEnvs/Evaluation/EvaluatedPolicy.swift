import LeRobotCore
import OrderedCollections

/// A policy as an evaluation sees it.
package protocol EvaluatedPolicy: AnyObject {
  /// Forgets what it planned; called before every batch of episodes.
  func reset()
  /// The next actions [B, A] for observations of B environments, in the environments' own units.
  func act(_ observations: Batch) throws -> HostTensor
}

/// A learner between its processors: the policy that is in training.
package final class LearnerInSimulation: EvaluatedPolicy {
  private let learner: any Learner
  private let processors: PolicyProcessors
  /// Actions of a chunk that are carried out.
  private let stepCount: Int
  /// Planned actions [B, A] in the environments' units, where they are relative to a state.
  private var planned: [HostTensor] = []

  /// - Parameter policy: the learner's.
  package init(
    _ learner: any Learner, of policy: any PolicyConfiguration, processors: PolicyProcessors
  ) {
    self.learner = learner
    self.processors = processors
    stepCount = (policy as? any ChunkedPolicy)?.actionStepCount ?? 1
  }

  package func reset() {
    learner.reset()
    planned = []
  }

  package func act(_ observations: Batch) throws -> HostTensor {
    if planned.isEmpty {
      let input = try processors.preprocess(observations)
      guard processors.areRelative else {
        return try processors.postprocess(learner.selectAction(input), for: input)
      }
      // All are relative to the state of this observation (Q-PI-8).
      let chunk = try processors.postprocess(
        chunk: learner.predictActionChunk(input), for: input)  // [B, T, A]
      planned = (0..<min(stepCount, chunk.shape[1])).map(chunk.step)
    }
    return planned.removeFirst()
  }
}

extension Batch {
  /// Observations of several environments under a dataset's names, one sample for each (LeRobot
  /// `envs/utils.py`, `preprocess_observation` and `add_envs_task`).
  ///
  /// Pictures [H, W, 3] become [B, 3, H, W], still bytes; LeRobot divides them by 255 here, this
  /// program when it normalises. Vectors become float32. What has a dataset's name keeps it.
  ///
  /// - Throws: `EnvironmentError.unsuitable` where they do not show the same in the same shapes.
  package init(_ observations: [EnvironmentObservation]) throws(EnvironmentError) {
    self.init(tasks: observations.map(\.instruction))
    guard let first = observations.first else { return }
    if let other = observations.first(where: { $0.shapes != first.shapes }) {
      throw .unsuitable(
        problem: "environments of one task show \(first.shapes) and \(other.shapes)")
    }
    for name in first.images.keys {
      self[EnvironmentObservation.featureName(ofImage: name)] = .pictures(
        observations.compactMap { $0.images[name] })
    }
    self[EnvironmentObservation.environmentStateFeature] = .rows(
      observations.compactMap(\.environmentState))
    self[EnvironmentObservation.stateFeature] = .rows(observations.compactMap(\.agentPosition))
    for (name, feature) in first.features {
      let values = observations.flatMap { $0.features[name]?.elements(Float.self) ?? [] }
      self[name] = HostTensor(values, shape: [observations.count] + feature.shape)
    }
  }
}

extension EnvironmentObservation {
  static let stateFeature = "observation.state"
  static let environmentStateFeature = "observation.environment_state"

  /// The shape of everything that is shown, by name.
  fileprivate var shapes: [String: [Int]] {
    var shapes = features.reduce(into: [:]) { $0[$1.key] = $1.value.shape }
    for (name, image) in images { shapes[name] = [image.height, image.width, 3] }
    shapes["agent_pos"] = agentPosition.map { [$0.count] }
    shapes["environment_state"] = environmentState.map { [$0.count] }
    return shapes
  }

  /// `pixels` is `observation.image`, `pixels/top` is `observation.images.top`; a dataset's name stays.
  static func featureName(ofImage name: String) -> String {
    if name.hasPrefix("observation.") { return name }
    guard let slash = name.firstIndex(of: "/") else { return "observation.image" }
    return "observation.images." + name[name.index(after: slash)...]
  }
}

extension HostTensor {
  /// Of [B, T, A] what is at one of the T places, [B, A].
  fileprivate func step(_ place: Int) -> HostTensor {
    let (steps, width, values) = (shape[1], shape[2], doubles)
    let rows = (0..<shape[0]).flatMap { sample in
      let first = (sample * steps + place) * width
      return values[first..<first + width].map { Float($0) }
    }
    return HostTensor(rows, shape: [shape[0], width])
  }

  /// Vectors of one length as float32 [B, D]; nil for none.
  fileprivate static func rows(_ rows: [[Double]]) -> HostTensor? {
    guard let width = rows.first?.count else { return nil }
    return HostTensor(rows.flatMap { $0.map { Float($0) } }, shape: [rows.count, width])
  }

  /// Pictures [H, W, 3] of one size, channels first: uint8 [B, 3, H, W]; nil for none.
  fileprivate static func pictures(_ images: [EnvironmentImage]) -> HostTensor? {
    guard let first = images.first else { return nil }
    let size = first.height * first.width
    let bytes = [UInt8](unsafeUninitializedCapacity: images.count * 3 * size) { planes, count in
      for (index, image) in images.enumerated() {
        precondition(
          image.height == first.height && image.width == first.width,
          "Batch: pictures of \(first.height)×\(first.width) and \(image.height)×\(image.width)")
        image.pixels.withUnsafeBufferPointer { pixels in
          for channel in 0..<3 {
            let plane = (index * 3 + channel) * size
            for pixel in 0..<size { planes[plane + pixel] = pixels[pixel * 3 + channel] }
          }
        }
      }
      count = images.count * 3 * size
    }
    return HostTensor(bytes, shape: [images.count, 3, first.height, first.width])
  }
}
