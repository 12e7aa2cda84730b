/// Reads sizes from a model's config.json, or from one section of it.
struct ModelFileReader {
  let json: JSONValue
  /// Its path, for messages.
  let file: String
  /// The policy's option that names the file.
  let option: String

  init(_ json: JSONValue, file: String, option: String) {
    (self.json, self.file, self.option) = (json, file, option)
  }

  func wrong(_ what: String) -> PolicyConfigError {
    PolicyConfigError(option, "\(file): \(what); name another model")
  }

  func section(_ key: String) throws(PolicyConfigError) -> ModelFileReader {
    guard let section = json[key], section.objectValue != nil else {
      throw wrong("there is no \(key)")
    }
    return ModelFileReader(section, file: file, option: option)
  }

  func expect(
    _ key: String, _ value: String, unlessMissing: Bool = false
  ) throws(PolicyConfigError) {
    if json[key] == nil, unlessMissing { return }
    guard json[key]?.stringValue == value else {
      throw wrong("\(key) is \(json[key]?.stringValue ?? "missing"), not \(value)")
    }
  }

  func expectFalse(_ key: String) throws(PolicyConfigError) {
    if json[key]?.boolValue == true { throw wrong("\(key) is true, which is not built") }
  }

  /// A whole number from 1 up to a bound that no model reaches.
  func count(_ key: String, _ fallback: Int) throws(PolicyConfigError) -> Int {
    guard let value = json[key], value != .null else { return fallback }
    guard let count = value.intValue, (1...1 << 24).contains(count) else {
      throw wrong("\(key) is no usable number")
    }
    return count
  }

  func number(_ key: String, _ fallback: Double) throws(PolicyConfigError) -> Double {
    guard let value = json[key], value != .null else { return fallback }
    guard let number = value.doubleValue, number > 0, number < 1 else {
      throw wrong("\(key) is no usable number")
    }
    return number
  }

  /// Of `dtype` or its older name; nil where there is none.
  var scalarType: ScalarType? {
    get throws(PolicyConfigError) {
      guard let name = (json["dtype"] ?? json["torch_dtype"])?.stringValue else { return nil }
      switch name {
      case "float32": return .float32
      case "bfloat16": return .bfloat16
      case "float16": return .float16
      default: throw wrong("torch_dtype is \(name), which no weights are computed in")
      }
    }
  }
}
