/// What can be wrong with a learning-rate schedule or its saved state.
package enum ScheduleError: Error, Equatable, CustomStringConvertible {
  case unknownName(String)
  case warmupMissing(name: String)
  case rulesMissing
  case startBelowEnd(start: Double, end: Double)
  case notPositive(field: String, value: Double)
  case invalidState(field: String, reason: String)

  package var description: String {
    switch self {
    case .unknownName(let name):
      "scheduler.name: '\(name)' is not a schedule; choose one of "
        + DiffuserSchedule.names.joined(separator: ", ")
    case .warmupMissing(let name):
      "scheduler.num_warmup_steps: the schedule '\(name)' needs it; give a number, 0 for none"
    case .rulesMissing:
      "scheduler.name: 'piecewise_constant' needs step rules, which LeRobot's configuration "
        + "cannot hold; choose another schedule"
    case .startBelowEnd(let start, let end):
      "scheduler.name: 'polynomial' ends at a learning rate of \(end.pythonRepr), "
        + "but the optimizer starts at \(start.pythonRepr); raise optimizer.lr"
    case .notPositive(let field, let value):
      "scheduler.\(field): \(value.pythonRepr) is not positive; raise it"
    case .invalidState(let field, let reason):
      "scheduler_state.json: \(field) \(reason); resume from another checkpoint"
    }
  }
}
