import Dispatch
import LeRobotCore
import Support
import Synchronization
import Testing

/// When the tensors of a snapshot are copied, and by whom.
struct SnapshotCopiesPropertyTests {
  private static let size = 1000

  /// Counts the copies that were made.
  private final class Counter: Sendable {
    let count = Atomic(0)
  }

  private static func tensors(
    _ count: Int, _ copies: SnapshotCopies, _ counter: Counter
  ) -> [HostTensor] {
    (0..<count).map { number in
      copies.tensor(WeightEntry(.uint8, shape: [size])) {
        counter.count.add(1, ordering: .relaxed)
        return HostBuffer([UInt8](repeating: UInt8(number), count: size))
      }
    }
  }

  private static func read(_ tensor: HostTensor) -> UInt8 {
    tensor.buffer.withUnsafeBytes { $0[0] }
  }

  @Test func nothingIsCopiedBeforeItIsNeeded() throws {
    let (copies, counter) = (SnapshotCopies(limit: Self.size), Counter())
    let tensors = Self.tensors(4, copies, counter)
    #expect(counter.count.load(ordering: .relaxed) == 0)
    #expect(Self.read(tensors[2]) == 2 && counter.count.load(ordering: .relaxed) == 1)
    #expect(Self.read(tensors[2]) == 2 && counter.count.load(ordering: .relaxed) == 1)
    try copies.confirm()
  }

  @Test func whatIsBelowTheLimitIsCopiedAtTheFirstRead() {
    let (copies, counter) = (SnapshotCopies(limit: 4 * Self.size), Counter())
    let tensors = Self.tensors(4, copies, counter)
    #expect(Self.read(tensors[3]) == 3 && counter.count.load(ordering: .relaxed) == 4)
  }

  @Test func settlingCopiesWhatNobodyReads() {
    let (copies, counter) = (SnapshotCopies(limit: 0), Counter())
    let tensors = Self.tensors(4, copies, counter)
    copies.settle()
    #expect(counter.count.load(ordering: .relaxed) == 4)
    #expect(tensors.map(Self.read) == [0, 1, 2, 3])
  }

  @Test func whatIsGoneIsNotCopied() {
    let (copies, counter) = (SnapshotCopies(limit: 0), Counter())
    var tensors = Self.tensors(4, copies, counter)
    tensors.removeLast(3)
    copies.settle()
    #expect(counter.count.load(ordering: .relaxed) == 1 && tensors.count == 1)
  }

  /// Beyond the limit `settle` waits for the reader, and returns when everything is copied.
  @Test func settlingWaitsForAReaderBeyondTheLimit() async throws {
    let (copies, counter) = (SnapshotCopies(limit: 2 * Self.size), Counter())
    let tensors = Self.tensors(10, copies, counter)
    copies.beginReading()
    let reader = Task.detached {
      for (number, tensor) in tensors.enumerated() {
        #expect(Self.read(tensor) == UInt8(number))
        tensor.buffer.release()
      }
    }
    copies.settle()
    let copied = counter.count.load(ordering: .relaxed)
    #expect(copied == 10, "settled with \(copied) of 10 copied")
    await reader.value
    copies.endReading()
    try copies.confirm()
  }

  @Test func settlingStopsWaitingWhenTheReaderFails() {
    let (copies, counter) = (SnapshotCopies(limit: 0), Counter())
    let tensors = Self.tensors(10, copies, counter)
    copies.beginReading()
    let done = DispatchSemaphore(value: 0)
    DispatchQueue.global().async {
      #expect(Self.read(tensors[0]) == 0)
      copies.endReading()
      done.signal()
    }
    copies.settle()
    done.wait()
    #expect(counter.count.load(ordering: .relaxed) == 10)
  }

  @Test func aFailedCopyIsToldWhenItIsConfirmed() {
    let copies = SnapshotCopies()
    let tensor = copies.tensor(WeightEntry(.uint8, shape: [4])) {
      throw WeightError.changedDuringSave("w")
    }
    #expect(throws: Never.self) { try copies.confirm() }
    #expect(tensor.values(of: UInt8.self) == [0, 0, 0, 0])
    #expect(throws: WeightError.changedDuringSave("w")) { try copies.confirm() }
  }

  @Test func aReleasedTensorIsNotReadAgain() {
    let copies = SnapshotCopies()
    let tensor = copies.tensor(WeightEntry(.uint8, shape: [1])) { HostBuffer([7] as [UInt8]) }
    #expect(Self.read(tensor) == 7)
    tensor.buffer.release()
    #expect(throws: Never.self) { try copies.confirm() }
    _ = Self.read(tensor)
    #expect(throws: WeightError.releasedTensor) { try copies.confirm() }
  }

  @Test func aCopyOfAnotherSizeIsRefused() {
    let copies = SnapshotCopies()
    let tensor = copies.tensor(WeightEntry(.uint8, shape: [2])) { HostBuffer([7] as [UInt8]) }
    #expect(tensor.values(of: UInt8.self) == [0, 0])
    #expect(throws: WeightError.failedCopy("1 bytes in place of 2")) { try copies.confirm() }
  }
}
