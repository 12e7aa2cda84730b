/// Lines; the less important ones among them are left out where there is no space.
struct RankedLines {
  /// What a line is to the reader, from what is always shown to what is left out first.
  enum Rank: Int {
    case title, progress, loss, facts, evaluation, report, curves, sharing, parts, details, space
  }

  private var lines: [(line: StyledLine, rank: Rank)] = []

  mutating func add(_ line: StyledLine, _ rank: Rank) { lines.append((line, rank)) }

  /// An empty line, unless nothing stands above it.
  mutating func addSpace() {
    if let last = lines.last, last.rank != .space { add(StyledLine(), .space) }
  }

  /// At most so many lines; of equal ones the last goes first.
  func fitted(to height: Int) -> [StyledLine] {
    var kept = lines
    while kept.count > max(0, height) {
      let worst = kept.map(\.rank.rawValue).max()
      guard let index = kept.lastIndex(where: { $0.rank.rawValue == worst }) else { break }
      kept.remove(at: index)
    }
    if kept.last?.rank == .space { kept.removeLast() }
    return kept.map(\.line)
  }
}
