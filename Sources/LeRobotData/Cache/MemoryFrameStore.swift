import Synchronization

/// Packed pictures in memory: the first ones that are read, as many as fit.
///
/// Nothing is evicted. A pass reads every frame once, in a new order each time, so every frame is
/// equally likely to be needed next.
final class MemoryFrameStore: FrameStore, @unchecked Sendable {
  // Unchecked because of `states`, atomics that `init` sets up, and of the records in the arena.
  // Only the thread that moves a row's state from `absent` to `taken` writes its record, and only
  // before it stores the record's position there (releasing). Other threads read a record only
  // after they load that position (acquiring). From then on no thread writes it.

  private enum State {
    static let absent = 0
    /// Being written, or did not fit. Otherwise the record's position plus one.
    static let taken = -1
  }

  let arena: FrameArena
  private let rowCount: Int
  private let states: UnsafeMutablePointer<Atomic<Int>>

  /// - Parameters:
  ///   - rowCount: the camera's rows.
  ///   - arena: holds the records; shared with other cameras' stores.
  init(rowCount: Int, arena: FrameArena) {
    (self.rowCount, self.arena) = (rowCount, arena)
    states = .allocate(capacity: rowCount)
    for row in 0..<rowCount { (states + row).initialize(to: Atomic(State.absent)) }
  }

  deinit {
    states.deinitialize(count: rowCount)
    states.deallocate()
  }

  func wants(_ row: Int) -> Bool {
    !arena.isFull && states[row].load(ordering: .relaxed) == State.absent
  }

  func record(
    of row: Int, in buffer: UnsafeMutableRawBufferPointer
  ) -> UnsafeRawBufferPointer? {
    let place = states[row].load(ordering: .acquiring) - 1
    return place >= 0 ? arena.record(at: place) : nil
  }

  func keep(_ row: Int, _ record: UnsafeRawBufferPointer) {
    let (isMine, _) = states[row].compareExchange(
      expected: State.absent, desired: State.taken, ordering: .acquiringAndReleasing)
    guard isMine, let place = arena.add(record) else { return }
    states[row].store(place + 1, ordering: .releasing)
  }
}
