import Dispatch
import Synchronization

/// The tensors of one snapshot that are not copied yet.
///
/// The thread that writes a checkpoint asks for one tensor after the other, and copies each when it
/// is asked for. The learner calls `settle` before it changes anything. As soon as no more than
/// `limit` bytes remain, the first thread to need one copies all of them. A snapshot below the limit
/// never makes a step wait for a disk, and one above it never takes more memory than the limit.
package final class SnapshotCopies: Sendable {
  /// What a snapshot may copy at once, unless a learner is told otherwise.
  package static let defaultLimit = 1 << 30

  private struct State {
    var waiting: [WeakCopy] = []
    /// Bytes that are not copied yet.
    var byteCount = 0
    var isBeingRead = false
    var failure: WeightError?
    /// Signalled when `settle` may go on.
    var settling: DispatchSemaphore?
  }

  private struct WeakCopy {
    weak var copy: DeferredCopy?
  }

  private let limit: Int
  private let state = Mutex(State())

  /// - Parameter limit: bytes that may be copied at once.
  package init(limit: Int = SnapshotCopies.defaultLimit) { self.limit = limit }

  /// A host tensor whose bytes are copied when they are first read, or by `settle`.
  ///
  /// - Parameters:
  ///   - waits: false for what does not change with a step: it is copied only when it is read.
  ///   - copy: makes the copy. It is called once, under a lock of the tensor's own, on any thread.
  package func tensor(
    _ entry: WeightEntry, waits: Bool = true,
    copy: @escaping @Sendable () throws -> HostBuffer
  ) -> HostTensor {
    let deferred = DeferredCopy(
      entry.byteCount, of: self, waits: waits, copy: copy)
    if waits {
      state.withLock {
        $0.waiting.append(WeakCopy(copy: deferred))
        $0.byteCount += entry.byteCount
      }
    }
    return HostTensor(entry.type, shape: entry.shape, buffer: HostBuffer(deferred))
  }

  /// Says that a thread reads the tensors, or is about to: `settle` may wait for it.
  package func beginReading() { state.withLock { $0.isBeingRead = true } }

  /// Says that nobody reads any more.
  package func endReading() {
    state.withLock {
      $0.isBeingRead = false
      $0.settling?.signal()
    }
  }

  /// Returns when nothing has to be copied any more: what was copied may change now.
  package func settle() {
    let settling = state.withLock { state -> DispatchSemaphore? in
      guard state.isBeingRead, state.byteCount > limit else { return nil }
      state.settling = DispatchSemaphore(value: 0)
      return state.settling
    }
    settling?.wait()
    copyAll()
  }

  /// - Throws: why a copy could not be made, or does not hold what it should.
  package func confirm() throws(WeightError) {
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  // MARK: For the copies

  /// A tensor is about to be read: all that remain are copied if they are few enough.
  fileprivate func willRead() {
    if state.withLock({ (1...max(1, limit)).contains($0.byteCount) }) { copyAll() }
  }

  /// A tensor was copied, or is not needed any more.
  fileprivate func didCopy(_ byteCount: Int) {
    state.withLock {
      $0.byteCount -= byteCount
      if $0.byteCount <= limit { $0.settling?.signal() }
    }
  }

  fileprivate func fail(_ error: WeightError) {
    state.withLock { $0.failure = $0.failure ?? error }
  }

  /// Copies what remains, and waits for the copies that another thread makes.
  private func copyAll() {
    for waiting in state.withLock({ $0.waiting }) { waiting.copy?.makeCopy() }
    state.withLock { if $0.byteCount == 0 { $0.waiting = [] } }
  }
}

/// The memory of a tensor that is copied when it is needed.
private final class DeferredCopy: HostMemory {
  private enum State {
    case waiting(@Sendable () throws -> HostBuffer)
    case copied(HostBuffer)
    case released
  }

  let byteCount: Int
  private let snapshot: SnapshotCopies
  /// Whether the snapshot counts the bytes as not copied.
  private let waits: Bool
  private let state: Mutex<State>

  init(
    _ byteCount: Int, of snapshot: SnapshotCopies, waits: Bool,
    copy: @escaping @Sendable () throws -> HostBuffer
  ) {
    self.byteCount = byteCount
    self.snapshot = snapshot
    self.waits = waits
    state = Mutex(.waiting(copy))
  }

  deinit {
    if case .waiting = state.withLock({ $0 }), waits { snapshot.didCopy(byteCount) }
  }

  func makeCopy() {
    state.withLock { state in
      if case .waiting(let copy) = state { state = .copied(finished(copy)) }
    }
  }

  func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    snapshot.willRead()
    return try buffer().withUnsafeBytes(body)
  }

  func release() {
    state.withLock { if case .copied = $0 { $0 = .released } }
  }

  /// The copy. Where there is none, zeros: `confirm` then says why.
  private func buffer() -> HostBuffer {
    state.withLock { state in
      switch state {
      case .copied(let buffer): return buffer
      case .released:
        snapshot.fail(.releasedTensor)
        return zeros
      case .waiting(let copy):
        let copied = finished(copy)
        state = .copied(copied)
        return copied
      }
    }
  }

  private func finished(_ copy: () throws -> HostBuffer) -> HostBuffer {
    defer { if waits { snapshot.didCopy(byteCount) } }
    do {
      let buffer = try copy()
      if buffer.byteCount == byteCount { return buffer }
      snapshot.fail(.failedCopy("\(buffer.byteCount) bytes in place of \(byteCount)"))
    } catch let error as WeightError {
      snapshot.fail(error)
    } catch {
      snapshot.fail(.failedCopy("\(error)"))
    }
    return zeros
  }

  private var zeros: HostBuffer { HostBuffer([UInt8](repeating: 0, count: byteCount)) }
}
