import Foundation

/// The schedules of the diffusers library, by name (diffusers `optimization.py`).
///
/// Each gives the factor a learning rate is multiplied by before step s. W is the number of
/// warm-up steps, T that of all steps, and p = (s − W) / max(1, T − W) the progress between them.
struct DiffuserSchedule: Sendable, Equatable {
  enum Shape: String, CaseIterable, Sendable {
    case linear, cosine
    case cosineWithRestarts = "cosine_with_restarts"
    case polynomial, constant
    case constantWithWarmup = "constant_with_warmup"
    case piecewiseConstant = "piecewise_constant"
  }

  /// What `--scheduler.name` takes.
  static let names = Shape.allCases.map(\.rawValue)
  /// The learning rate that `polynomial` ends at.
  static let polynomialEnd = 1e-7

  let shape: Shape
  let warmupSteps: Int
  let totalSteps: Int
  /// The optimizer's own learning rate, which `polynomial` starts from.
  let startRate: Double

  init(name: String, warmupSteps: Int?, totalSteps: Int, startRate: Double) throws(ScheduleError) {
    guard let shape = Shape(rawValue: name) else { throw .unknownName(name) }
    if shape == .piecewiseConstant { throw .rulesMissing }
    if shape != .constant && warmupSteps == nil { throw .warmupMissing(name: name) }
    if shape == .polynomial && !(startRate > Self.polynomialEnd) {
      throw .startBelowEnd(start: startRate, end: Self.polynomialEnd)
    }
    self.shape = shape
    self.warmupSteps = warmupSteps ?? 0
    self.totalSteps = totalSteps
    self.startRate = startRate
  }

  /// The factor before step `step`, counted from 0.
  func factor(_ step: Int) -> Double {
    if shape == .constant { return 1 }
    if step < warmupSteps { return Double(step) / Double(max(1, warmupSteps)) }
    let left = Double(max(1, totalSteps - warmupSteps))
    let progress = Double(step - warmupSteps) / left
    return switch shape {
    case .constant, .constantWithWarmup, .piecewiseConstant: 1
    case .linear: max(0, Double(totalSteps - step) / left)
    case .cosine: Self.cosine(angle: .pi * 0.5 * 2 * progress)
    case .cosineWithRestarts:
      progress >= 1 ? 0 : Self.cosine(angle: .pi * progress.truncatingRemainder(dividingBy: 1))
    case .polynomial: polynomial(step)
    }
  }

  /// ½ (1 + cos φ), cut off at 0.
  static func cosine(angle: Double) -> Double {
    max(0, 0.5 * (1 + cos(angle)))
  }

  /// From the start rate to the end rate along a straight line: the power is 1 in LeRobot.
  private func polynomial(_ step: Int) -> Double {
    if step > totalSteps { return Self.polynomialEnd / startRate }
    // A schedule of warm-up alone is at its end, where diffusers divides by zero.
    let decaySteps = totalSteps - warmupSteps
    let remaining = decaySteps == 0 ? 0 : 1 - Double(step - warmupSteps) / Double(decaySteps)
    return ((startRate - Self.polynomialEnd) * remaining + Self.polynomialEnd) / startRate
  }
}
