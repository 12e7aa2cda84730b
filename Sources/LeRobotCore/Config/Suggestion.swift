/// The nearest valid name to one that was mistyped.
package enum Suggestion {
  /// The name with the fewest edits (insert, delete, replace, swap neighbours) from `name`, in either
  /// case; nil if all are further than a third of its length, two at least.
  package static func nearest(to name: String, among candidates: [String]) -> String? {
    let limit = max(2, name.count / 3)
    let lower = name.lowercased()
    let distances = candidates.map {
      (name: $0, distance: distance(lower, $0.lowercased(), limit: limit))
    }
    let best = distances.min { $0.distance < $1.distance }
    return best.flatMap { $0.distance <= limit ? $0.name : nil }
  }

  /// `did you mean X?`, or the list of what is valid.
  package static func text(for name: String, among candidates: [String]) -> String {
    if let nearest = nearest(to: name, among: candidates) {
      return "did you mean \(nearest)? (one of \(candidates.joined(separator: ", ")))"
    }
    return candidates.isEmpty
      ? "there is no choice here" : "choose one of \(candidates.joined(separator: ", "))"
  }

  /// Damerau-Levenshtein distance (optimal string alignment), or anything above `limit` once it
  /// must be above.
  static func distance(_ first: String, _ second: String, limit: Int) -> Int {
    let (a, b) = (Array(first.utf8), Array(second.utf8))
    guard abs(a.count - b.count) <= limit else { return limit + 1 }
    var beforePrevious: [Int] = []
    var previous = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        let change = a[i] == b[j] ? 0 : 1
        var best = min(previous[j + 1] + 1, row[j] + 1, previous[j] + change)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          best = min(best, beforePrevious[j - 1] + 1)
        }
        row.append(best)
      }
      (beforePrevious, previous) = (previous, row)
    }
    return previous[b.count]
  }
}
