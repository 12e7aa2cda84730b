import Foundation
import Synchronization

/// Memory that is filled with records one after the other and freed as a whole.
final class FrameArena: @unchecked Sendable {
  // Unchecked because of `memory`: `add` gives each caller bytes that no other caller gets. Only
  // that caller writes them, before it passes the record's position on.

  /// Before each record, its number of bytes.
  private static let lengthSize = 8
  private let memory: UnsafeMutableRawPointer
  private let capacity: Int
  private let used = Atomic(0)
  private let count = Atomic(0)

  /// Reserves addresses; the kernel adds memory as records are written. Nil where the reservation
  /// fails.
  ///
  /// - Parameter capacity: in bytes.
  init?(capacity: Int) {
    self.capacity = capacity
    let mapped = mmap(
      nil, capacity + PicturePacker.slack, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let mapped, mapped != MAP_FAILED else { return nil }
    // Records are contiguous, so large pages waste hardly any memory.
    madvise(mapped, capacity, Int32(MADV_HUGEPAGE))
    memory = mapped
  }

  deinit { munmap(memory, capacity + PicturePacker.slack) }

  /// Whether a record did not fit.
  var isFull: Bool { used.load(ordering: .relaxed) > capacity }

  /// The number of records and their bytes.
  var contents: (records: Int, bytes: Int) {
    (count.load(ordering: .relaxed), min(used.load(ordering: .relaxed), capacity))
  }

  /// Copies a record.
  ///
  /// - Returns: its position; nil where it does not fit.
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

  /// The record at a position; more readable bytes follow it.
  func record(at place: Int) -> UnsafeRawBufferPointer {
    let count = memory.load(fromByteOffset: place, as: Int.self)
    return UnsafeRawBufferPointer(start: memory + place + Self.lengthSize, count: count)
  }
}
