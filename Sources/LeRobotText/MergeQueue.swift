import HeapModule

/// Merges that wait, the one of lowest rank first, and of equal ones the leftmost.
struct MergeQueue {
  /// Rank above, position below.
  private var heap = Heap<UInt64>()

  /// Adds the merge of the symbol at a position with the one behind it.
  mutating func add(rank: Int, position: Int) {
    heap.insert(UInt64(rank) << 32 | UInt64(position))
  }

  /// Takes the first one out; nil where none is left.
  mutating func next() -> (rank: Int, position: Int)? {
    heap.popMin().map { (Int($0 >> 32), Int($0 & 0xFFFF_FFFF)) }
  }
}
