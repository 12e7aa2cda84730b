import Foundation

/// A learning rate per parameter group that changes from step to step: base rate × factor(step)
/// (torch `optim/lr_scheduler.py`, `LambdaLR`; LeRobot `optim/schedulers.py`).
///
///     var schedule = try LearningRateSchedule(
///       config, baseRates: learner.initialLearningRates, optimizerRate: 1e-5, totalSteps: 100)
///     learner.step(learningRates: schedule.rates, world: world)
///     schedule.step()
package struct LearningRateSchedule: Sendable, Equatable {
  /// The rates the optimizer starts from, per group.
  package private(set) var baseRates: [Double]
  /// The rates for the next step, per group.
  package private(set) var rates: [Double]
  /// Steps taken (`last_epoch`).
  package private(set) var stepsTaken: Int
  /// torch's own count, one more for the step its constructor takes (`_step_count`).
  private var stepCount: Int
  private let curve: Curve

  /// What the log says when the schedule was fitted to a shorter run; nil otherwise.
  package var notice: String? {
    if case .cosineDecay(let decay) = curve { decay.notice } else { nil }
  }

  /// - Parameters:
  ///   - baseRates: learning rate of each parameter group.
  ///   - optimizerRate: the optimizer's own `lr`, from which a polynomial schedule starts.
  ///   - totalSteps: training steps of the whole run.
  package init(
    _ config: SchedulerConfig, baseRates: [Double], optimizerRate: Double, totalSteps: Int
  ) throws(ScheduleError) {
    curve = try Curve(config, optimizerRate: optimizerRate, totalSteps: totalSteps)
    self.baseRates = baseRates
    stepsTaken = 0
    stepCount = 1
    rates = []
    update()
  }

  /// Goes on to the rates of the next step.
  package mutating func step() {
    stepsTaken += 1
    stepCount += 1
    update()
  }

  private mutating func update() {
    let factor = curve.factor(stepsTaken)
    rates = baseRates.map { $0 * factor }
  }
}

/// `scheduler_state.json`: torch 2.7's `LambdaLR.state_dict()`.
extension LearningRateSchedule {
  /// The state, in torch's order of keys.
  package var state: JSONValue {
    [
      "base_lrs": .array(baseRates.map(JSONValue.double)),
      "last_epoch": .int(stepsTaken),
      "_step_count": .int(stepCount),
      "_get_lr_called_within_step": false,
      "_last_lr": .array(rates.map(JSONValue.double)),
      "lr_lambdas": .array(baseRates.map { _ in .null }),
    ]
  }

  /// The text of `scheduler_state.json` with the key that torch 2.8 added, without which LeRobot on
  /// such a torch refuses it; nil where the text is no such file.
  package static func stateOfNewerTorch(_ text: String) -> String? {
    guard var object = (try? JSONValue(parsing: text))?.objectValue,
      let place = object.index(forKey: "_step_count")
    else { return nil }
    object.updateValue(false, forKey: "_is_initial", insertingAt: place + 1)
    return JSONValue.object(object).pythonText(indent: 4)
  }

  /// Goes on from a saved state; keys of newer torch releases are passed over.
  package mutating func restore(_ state: JSONValue) throws(ScheduleError) {
    guard let stepsTaken = state["last_epoch"]?.intValue,
      (0..<TrainingState.stepLimit).contains(stepsTaken)
    else {
      throw .invalidState(field: "last_epoch", reason: "is not a number of steps")
    }
    let baseRates = try Self.rates(state, "base_lrs", groups: self.baseRates.count)
    let rates = try Self.rates(state, "_last_lr", groups: self.baseRates.count)
    self.stepsTaken = stepsTaken
    self.baseRates = baseRates
    self.rates = rates
    stepCount = stepsTaken + 1
    if let count = state["_step_count"]?.intValue, (0..<TrainingState.stepLimit).contains(count) {
      stepCount = count
    }
  }

  private static func rates(
    _ state: JSONValue, _ key: String, groups: Int
  ) throws(ScheduleError) -> [Double] {
    let values = state[key]?.arrayValue?.compactMap(\.doubleValue)
    guard let values, values.count == state[key]?.arrayValue?.count else {
      throw .invalidState(field: key, reason: "is not a list of learning rates")
    }
    guard values.count == groups else {
      throw .invalidState(
        field: key, reason: "has \(values.count) rates for \(groups) parameter groups")
    }
    return values
  }
}

/// The factor of a step under each kind of schedule.
private enum Curve: Sendable, Equatable {
  case diffuser(DiffuserSchedule)
  case vqbet(warmupSteps: Int, vqvaeSteps: Int, cycles: Double, totalSteps: Int)
  case cosineDecay(CosineDecay)

  init(
    _ config: SchedulerConfig, optimizerRate: Double, totalSteps: Int
  ) throws(ScheduleError) {
    self =
      switch config {
      case .diffuser(let name, let warmupSteps):
        .diffuser(
          try DiffuserSchedule(
            name: name, warmupSteps: warmupSteps, totalSteps: totalSteps,
            startRate: optimizerRate))
      case .vqbet(let warmupSteps, let vqvaeSteps, let cycles):
        .vqbet(
          warmupSteps: warmupSteps, vqvaeSteps: vqvaeSteps, cycles: cycles, totalSteps: totalSteps)
      case .cosineDecayWithWarmup(let warmupSteps, let decaySteps, let peak, let end):
        .cosineDecay(
          try CosineDecay(
            warmupSteps: warmupSteps, decaySteps: decaySteps, peakRate: peak, endRate: end,
            totalSteps: totalSteps))
      }
  }

  func factor(_ step: Int) -> Double {
    switch self {
    case .diffuser(let schedule): return schedule.factor(step)
    case .cosineDecay(let decay): return decay.factor(step)
    case .vqbet(let warmupSteps, let vqvaeSteps, let cycles, let totalSteps):
      // The VQ-VAE trains at full rate; the policy after it has a warm-up and a cosine.
      guard step >= vqvaeSteps else { return 1 }
      let step = step - vqvaeSteps
      if step < warmupSteps { return Double(step) / Double(max(1, warmupSteps)) }
      let progress = Double(step - warmupSteps) / Double(max(1, totalSteps - warmupSteps))
      return DiffuserSchedule.cosine(angle: .pi * cycles * 2 * progress)
    }
  }
}
