import Synchronization

/// Packed pictures in memory: the first ones that are read, as many as there is room for.
///
/// Nothing is ever thrown out. A pass reads every frame once, in a new order each time, so what
/// would be thrown out is as likely to be needed next as what would take its place.
final class MemoryFrameStore: FrameStore, @unchecked Sendable {
  // Unchecked because of `states`, atomics set up before anyone else sees the store, and of the
  // records in the arena. A record is written by one thread only, the one that moved its row's
  // state from `absent` to `taken`, and only before it stores the record's place there
  // (releasing). Others look at a record only after they loaded that place (acquiring), and from
  // then on nobody writes it.

  private enum State {
    static let absent = 0
    /// Being written, or refused for want of room. Otherwise the record's place plus one.
    static let taken = -1
  }

  let arena: FrameArena
  private let rowCount: Int
  private let states: UnsafeMutablePointer<Atomic<Int>>

  /// - Parameters:
  ///   - rowCount: rows the camera has.
  ///   - arena: where records go, shared with other cameras' stores.
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
