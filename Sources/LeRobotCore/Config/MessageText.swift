/// What a user typed, as messages quote it: short enough to read, and as a shell takes it.
extension String {
  /// The beginning of a text that is too long for a message.
  var shortened: String { count <= 100 ? self : prefix(97) + "…" }

  /// The text as a shell takes it for one word.
  package var shellQuoted: String {
    let isPlain = !isEmpty && allSatisfy { $0.isLetter || $0.isNumber || "/._-=+:@,".contains($0) }
    return isPlain ? self : "'" + replacing("'", with: "'\\''") + "'"
  }
}

extension [String] {
  /// The first names, separated by commas, and how many more there are: `a, b and 3 more`.
  var listed: String {
    var (text, count) = ("", 0)
    for name in self where count == 0 || text.count + name.count < 300 {
      text += (count == 0 ? "" : ", ") + name.shortened
      count += 1
    }
    return count == self.count ? text : "\(text) and \(self.count - count) more"
  }
}
