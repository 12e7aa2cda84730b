/// Where a picture that is stored by its path may lie.
struct PicturePath {
  private let path: String

  init(_ path: String) {
    self.path = path
  }

  /// Where to look, in this order.
  ///
  /// An absolute path is taken as it is, any other is below the dataset's folder. A dataset may have
  /// been moved: then the part from `images/` on is below that folder. LeRobot looks for a relative
  /// path in the working directory, so that is the last place. An address on the web has none.
  func candidates(root: String?) -> [String] {
    if path.isEmpty || path.contains("://") { return [] }
    let isAbsolute = path.hasPrefix("/")
    var found: [String] = []
    if isAbsolute { found.append(path) }
    if let root {
      if !isAbsolute { found.append("\(root)/\(path)") }
      if let images = path.ranges(of: "/images/").last {
        found.append("\(root)\(path[images.lowerBound...])")
      }
    }
    if !isAbsolute { found.append(path) }
    return found
  }
}
