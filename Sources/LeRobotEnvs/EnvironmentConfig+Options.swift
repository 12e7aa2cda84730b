import LeRobotCore

/// Width and height in pixels.
package struct PictureSize: Sendable, Hashable {
  package var width: Int
  package var height: Int

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }
}

/// Options as an environment reads them.
extension EnvironmentConfig {
  /// The value of an option that knows a few.
  ///
  /// - Throws: `EnvironmentError.unknownOption`.
  func choice(
    _ key: String, unsaid: String, among known: [String]
  ) throws(EnvironmentError) -> String {
    let value = fields[key]?.stringValue ?? unsaid
    guard known.contains(value) else { throw .unknownOption(key: key, value: value, known: known) }
    return value
  }

  /// `NAME_width` and `NAME_height`.
  ///
  /// - Throws: `EnvironmentError.unknownOption` for less than a pixel or more than 4096.
  func size(_ name: String, unsaid: PictureSize) throws(EnvironmentError) -> PictureSize {
    var size = unsaid
    for (key, path) in [("width", \PictureSize.width), ("height", \PictureSize.height)] {
      let value = fields["\(name)_\(key)"]?.intValue ?? unsaid[keyPath: path]
      guard 1...4096 ~= value else {
        throw .unknownOption(key: "\(name)_\(key)", value: "\(value)", known: ["1 to 4096 pixels"])
      }
      size[keyPath: path] = value
    }
    return size
  }
}
