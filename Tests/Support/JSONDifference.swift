import LeRobotCore

/// Where two values differ in a key, its order, or a number by more than 1e-12; nil where not.
package func difference(_ a: JSONValue, _ b: JSONValue, at path: String = "") -> String? {
  if let a = a.doubleValue, let b = b.doubleValue {
    return abs(a - b) <= 1e-12 ? nil : "\(path): \(a) and \(b)"
  }
  if let a = a.arrayValue, let b = b.arrayValue, a.count == b.count {
    return a.indices.lazy.compactMap { difference(a[$0], b[$0], at: "\(path)[\($0)]") }.first
  }
  if let a = a.objectValue, let b = b.objectValue, a.keys == b.keys {
    return a.lazy.compactMap { key, value in
      b[key].flatMap { difference(value, $0, at: "\(path).\(key)") }
    }.first
  }
  return a == b ? nil : "\(path): \(a.pythonText()) and \(b.pythonText())"
}
