import OrderedCollections

/// A JSON value that keeps the order of object keys and the difference between 1 and 1.0,
/// both of which LeRobot's files show.
package enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case array([JSONValue])
  case object(OrderedDictionary<String, JSONValue>)
}
