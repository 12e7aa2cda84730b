/// What can go wrong between ranks.
package enum WorldError: Error, Equatable {
  /// A rank has ended while this one waits for it.
  case rankEnded(rank: Int)
  /// Two ranks do different things at the same point.
  case outOfStep(rank: Int, operation: String, expected: String)
}

extension WorldError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .rankEnded(let rank):
      "rank \(rank) has ended while the others train; see its own message, then resume from the last "
        + "checkpoint"
    case .outOfStep(let rank, let operation, let expected):
      "rank \(rank) asks for \(operation) where rank 0 asks for \(expected); start all ranks with the "
        + "same program and the same arguments"
    }
  }
}
