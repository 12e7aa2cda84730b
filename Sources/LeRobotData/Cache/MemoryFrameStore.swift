import Foundation
import Synchronization

/// Decoded pictures in memory: the first ones that are read, as many as there is room for.
///
/// Nothing is ever thrown out. A pass reads every frame once, in a new order each time, so what
/// would be thrown out is as likely to be needed next as what would take its place.
final class MemoryFrameStore: FrameStore, @unchecked Sendable {
  // Unchecked because of `memory`, the bytes of the slots. Each slot is written by one thread only,
  // the one that moved its row's state from `absent` to `taken`, and only before it stores the
  // slot's number there (releasing). Others look at a slot only after they loaded that number
  // (acquiring), and from then on nobody writes it. `states` are atomics, set up before anyone
  // else sees the store.

  private enum State {
    static let absent = 0
    /// Being written, or refused for want of room. A slot's number plus one comes after it.
    static let taken = -1
  }

  private let pictureSize: Int
  private let capacity: Int
  private let rowCount: Int
  private let memory: UnsafeMutablePointer<UInt8>
  private let states: UnsafeMutablePointer<Atomic<Int>>
  private let next = Atomic(0)

  /// Reserves addresses; memory is taken as pictures come. Nil where there are none to be had.
  ///
  /// - Parameters:
  ///   - rowCount: rows the camera has.
  ///   - capacity: pictures to keep at most.
  ///   - pictureSize: bytes of one.
  init?(rowCount: Int, capacity: Int, pictureSize: Int) {
    (self.rowCount, self.capacity, self.pictureSize) = (rowCount, capacity, pictureSize)
    let mapped = mmap(
      nil, max(1, capacity * pictureSize), PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let mapped, mapped != MAP_FAILED else { return nil }
    // Slots fill up one after the other, so large pages leave hardly anything unused.
    madvise(mapped, capacity * pictureSize, Int32(MADV_HUGEPAGE))
    memory = mapped.assumingMemoryBound(to: UInt8.self)
    states = .allocate(capacity: rowCount)
    for row in 0..<rowCount { (states + row).initialize(to: Atomic(State.absent)) }
  }

  deinit {
    munmap(memory, max(1, capacity * pictureSize))
    states.deinitialize(count: rowCount)
    states.deallocate()
  }

  /// Pictures kept.
  var count: Int { min(next.load(ordering: .relaxed), capacity) }

  func read(_ row: Int, into target: UnsafeMutablePointer<UInt8>) -> Bool {
    let slot = states[row].load(ordering: .acquiring) - 1
    guard slot >= 0 else { return false }
    target.update(from: memory + slot * pictureSize, count: pictureSize)
    return true
  }

  func keep(_ row: Int, _ picture: UnsafePointer<UInt8>) {
    let (mine, _) = states[row].compareExchange(
      expected: State.absent, desired: State.taken, ordering: .acquiringAndReleasing)
    guard mine, next.load(ordering: .relaxed) < capacity else { return }
    let slot = next.add(1, ordering: .relaxed).oldValue
    guard slot < capacity else { return }
    (memory + slot * pictureSize).update(from: picture, count: pictureSize)
    states[row].store(slot + 1, ordering: .releasing)
  }
}
