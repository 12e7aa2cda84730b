import Foundation
import Synchronization

/// Memory that fills up with records, one after the other, and is given back as a whole.
final class FrameArena: @unchecked Sendable {
  // Unchecked because of `memory`: every record's bytes belong to the one caller of `add` that got
  // their place, until it tells others the place.

  /// Before each record, its number of bytes.
  private static let lengthSize = 8
  private let memory: UnsafeMutableRawPointer
  private let capacity: Int
  private let used = Atomic(0)
  private let count = Atomic(0)

  /// Reserves addresses; memory is taken as records come. Nil where there are none to be had.
  ///
  /// - Parameter capacity: in bytes.
  init?(capacity: Int) {
    self.capacity = capacity
    let mapped = mmap(
      nil, capacity + PicturePacker.slack, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let mapped, mapped != MAP_FAILED else { return nil }
    // Records lie side by side, so large pages leave hardly anything unused.
    madvise(mapped, capacity, Int32(MADV_HUGEPAGE))
    memory = mapped
  }

  deinit { munmap(memory, capacity + PicturePacker.slack) }

  /// Whether a record found no room.
  var isFull: Bool { used.load(ordering: .relaxed) > capacity }

  /// How many records there are, and the bytes they take.
  var contents: (records: Int, bytes: Int) {
    (count.load(ordering: .relaxed), min(used.load(ordering: .relaxed), capacity))
  }

  /// Copies a record.
  ///
  /// - Returns: its place; nil where there is no room.
  func add(_ record: UnsafeRawBufferPointer) -> Int? {
    let size = (Self.lengthSize + record.count + 7) & ~7
    guard let base = record.baseAddress, !isFull else { return nil }
    let place = used.add(size, ordering: .relaxed).oldValue
    guard place + size <= capacity else { return nil }
    memory.storeBytes(of: record.count, toByteOffset: place, as: Int.self)
    (memory + place + Self.lengthSize).copyMemory(from: base, byteCount: record.count)
    count.add(1, ordering: .relaxed)
    return place
  }

  /// The record at a place, whose bytes are followed by others.
  func record(at place: Int) -> UnsafeRawBufferPointer {
    let count = memory.load(fromByteOffset: place, as: Int.self)
    return UnsafeRawBufferPointer(start: memory + place + Self.lengthSize, count: count)
  }
}
