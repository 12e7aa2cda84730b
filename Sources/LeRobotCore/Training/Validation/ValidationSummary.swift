import OrderedCollections

/// What a validation on held-out frames measured.
package struct ValidationSummary: Sendable, Equatable {
  /// What one set of weights does.
  package struct Measures: Sendable, Equatable {
    /// The mean loss, the training's own.
    package var loss: Double
    package var actions: ActionErrorReport

    package init(loss: Double, actions: ActionErrorReport) {
      self.loss = loss
      self.actions = actions
    }
  }

  /// An episode's actions: recorded, and planned without looking at it between two plans.
  package struct Trajectory: Sendable, Equatable {
    /// The number the dataset gives it.
    package var episode: Int
    /// [T][A].
    package var recorded: [[Double]]
    package var planned: [[Double]]
    /// Steps between two plans.
    package var stride: Int

    package init(episode: Int, recorded: [[Double]], planned: [[Double]], stride: Int) {
      self.episode = episode
      self.recorded = recorded
      self.planned = planned
      self.stride = stride
    }
  }

  package var weights: Measures
  /// Of the weights' moving average; nil without one.
  package var average: Measures?
  /// Baselines: staying at the last position; the mean chunk of the training's frames.
  package var hold: ActionErrorReport
  package var meanChunk: ActionErrorReport
  /// What `hold` holds.
  package var heldFeature: String
  /// The names of the action's numbers.
  package var joints: [String]
  package var episodeCount: Int
  /// Frames of the loss, and frames whose actions were compared.
  package var lossFrameCount: Int
  package var actionFrameCount: Int
  /// Frames a second.
  package var fps: Double
  package var trajectories: [Trajectory]
  package var seconds: Double
  /// Where the result is written.
  package var file: String

  package init(
    weights: Measures, average: Measures?, hold: ActionErrorReport, meanChunk: ActionErrorReport,
    heldFeature: String, joints: [String], episodeCount: Int, lossFrameCount: Int,
    actionFrameCount: Int, fps: Double, trajectories: [Trajectory], seconds: Double, file: String
  ) {
    self.weights = weights
    self.average = average
    self.hold = hold
    self.meanChunk = meanChunk
    self.heldFeature = heldFeature
    self.joints = joints
    self.episodeCount = episodeCount
    self.lossFrameCount = lossFrameCount
    self.actionFrameCount = actionFrameCount
    self.fps = fps
    self.trajectories = trajectories
    self.seconds = seconds
    self.file = file
  }

  /// What is written of it, and what a report shows.
  package var json: JSONValue {
    var members: OrderedDictionary<String, JSONValue> = [
      Key.loss: .double(weights.loss), Key.error: weights.actions.json,
    ]
    if let average {
      members[Key.averageLoss] = .double(average.loss)
      members[Key.averageError] = average.actions.json
    }
    members[Key.hold] = hold.json
    members["held"] = .string(heldFeature)
    members[Key.meanChunk] = meanChunk.json
    members[Key.joints] = .array(joints.map(JSONValue.string))
    members["episodes"] = .int(episodeCount)
    members["loss_frames"] = .int(lossFrameCount)
    members["action_frames"] = .int(actionFrameCount)
    members["fps"] = .double(fps)
    members[Key.seconds] = .double(seconds)
    members[Key.trajectories] = .array(trajectories.map(\.json))
    return .object(members)
  }

  /// Names in the file and in `metrics.jsonl`; the first is LeRobot 0.6's.
  package enum Key {
    package static let loss = "eval_loss"
    package static let averageLoss = "eval_loss_ema"
    package static let error = "action_error"
    package static let averageError = "action_error_ema"
    package static let hold = "action_error_hold"
    package static let meanChunk = "action_error_mean_chunk"
    package static let median = "action_error_median_episode"
    package static let worst = "action_error_worst_episode"
    package static let seconds = "validation_s"
    package static let joints = "joints"
    package static let trajectories = "trajectories"
  }
}

/// Validates the policy as it is after a step.
///
/// Nil when a stop was asked for meanwhile. Nothing of the training changes.
package typealias Validate = (_ step: Int) throws -> ValidationSummary?

extension ActionErrorReport {
  fileprivate var json: JSONValue {
    let prefixes = prefixes.map { prefix -> JSONValue in
      [
        "steps": .int(prefix.steps), "error": .double(prefix.error),
        "joints": .array(prefix.joints.map(JSONValue.double)),
      ]
    }
    func episode(_ episode: Episode) -> JSONValue {
      ["episode": .int(episode.number), "error": .double(episode.error)]
    }
    return [
      "error": .double(error), "joints": .array(joints.map(JSONValue.double)),
      "first_steps": .array(prefixes), "steps": .int(stepCount),
      "median_episode": episode(median), "worst_episode": episode(worst),
    ]
  }
}

extension ValidationSummary.Trajectory {
  fileprivate var json: JSONValue {
    func rows(_ rows: [[Double]]) -> JSONValue {
      .array(rows.map { .array($0.map { .double(Double(Float($0))) }) })
    }
    return [
      "episode": .int(episode), "stride": .int(stride), "recorded": rows(recorded),
      "planned": rows(planned),
    ]
  }
}
