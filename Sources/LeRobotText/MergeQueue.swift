/// Merges that wait, the one of lowest rank first, and of equal ones the leftmost: a binary heap.
struct MergeQueue {
  /// Rank above, position below.
  private var heap: [UInt64] = []

  /// Adds the merge of the symbol at a position with the one behind it.
  mutating func add(rank: Int, position: Int) {
    heap.append(UInt64(rank) << 32 | UInt64(position))
    var child = heap.count - 1
    while child > 0, case let parent = (child - 1) / 2, heap[child] < heap[parent] {
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes the first one out; nil where none is left.
  mutating func next() -> (rank: Int, position: Int)? {
    guard let last = heap.popLast() else { return nil }
    guard let first = heap.first else { return Self.parts(last) }
    heap[0] = last
    var parent = 0
    while case let left = 2 * parent + 1, left < heap.count {
      let right = left + 1
      let child = right < heap.count && heap[right] < heap[left] ? right : left
      if heap[parent] <= heap[child] { break }
      heap.swapAt(parent, child)
      parent = child
    }
    return Self.parts(first)
  }

  private static func parts(_ entry: UInt64) -> (rank: Int, position: Int) {
    (Int(entry >> 32), Int(entry & 0xFFFF_FFFF))
  }
}
