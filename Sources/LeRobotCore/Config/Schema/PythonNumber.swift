/// A number that remembers whether it is an integer in Python: a few defaults of LeRobot are integers
/// where floats are declared, and files show `10` until it is set to `10.0`.
package struct PythonNumber: ConfigValue, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  package var value: Double
  package var isInteger = false

  package init(_ value: Double) {
    self.value = value
  }

  package init(floatLiteral value: Double) {
    self.value = value
  }

  package init(integerLiteral value: Int) {
    self.value = Double(value)
    isInteger = true
  }

  package static var valueType: ValueType { .float }

  package init?(canonical json: JSONValue) {
    guard let number = json.doubleValue else { return nil }
    value = number
    isInteger = json.intValue != nil
  }

  package var json: JSONValue {
    if isInteger, let whole = Int(exactly: value) { .int(whole) } else { .double(value) }
  }
}

/// The two decay rates of Adam.
package struct AdamBetas: ConfigValue {
  package var first: PythonNumber
  package var second: PythonNumber

  package init(_ first: PythonNumber, _ second: PythonNumber) {
    self.first = first
    self.second = second
  }

  package static var valueType: ValueType { .tuple([.float, .float]) }

  package init?(canonical json: JSONValue) {
    guard let elements = json.arrayValue, elements.count == 2,
      let first = PythonNumber(canonical: elements[0]),
      let second = PythonNumber(canonical: elements[1])
    else { return nil }
    self.init(first, second)
  }

  package var json: JSONValue { .array([first.json, second.json]) }
}

/// Height and width of an image, in pixels.
package struct ImageSize: ConfigValue {
  package var height: Int
  package var width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  package static var valueType: ValueType { .tuple([.int, .int]) }

  package init?(canonical json: JSONValue) {
    guard let elements = json.arrayValue, elements.count == 2,
      let height = elements[0].intValue, let width = elements[1].intValue
    else { return nil }
    self.init(height: height, width: width)
  }

  package var json: JSONValue { .array([.int(height), .int(width)]) }
}
