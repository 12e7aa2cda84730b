#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Memory that does not change or move while it is referenced: an array's, or a mapped file's.
package protocol HostMemory: Sendable {
  var byteCount: Int { get }
  /// Lends the bytes for the length of a call.
  func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result
  /// Lets go of the memory that the bytes take; called when they were read for the last time.
  func release()
  /// The bytes, valid as long as the memory is referenced; nil where they have no fixed address.
  var fixedBytes: UnsafeRawBufferPointer? { get }
}

extension HostMemory {
  package var fixedBytes: UnsafeRawBufferPointer? { nil }

  /// Nothing: the memory goes with the last reference.
  package func release() {}
}

/// The bytes of a tensor, shared by all its copies.
package struct HostBuffer: Sendable {
  private let memory: any HostMemory

  /// Keeps memory that something else provides.
  package init(_ memory: any HostMemory) { self.memory = memory }

  /// Keeps an array; nothing is copied.
  package init(_ elements: [some HostElement]) { memory = ElementMemory(elements: elements) }

  package var byteCount: Int { memory.byteCount }

  /// Lends the bytes for the length of a call. They may lie at any address, aligned or not.
  package func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try memory.withUnsafeBytes(body)
  }

  /// Lets go of the memory that the bytes take, where something else keeps them: called when they
  /// were read for the last time.
  package func release() { memory.release() }

  /// The bytes, valid as long as the buffer is referenced; nil where they have no fixed address.
  package var fixedBytes: UnsafeRawBufferPointer? { memory.fixedBytes }

  /// The same bytes, which `release` leaves alone.
  package var kept: HostBuffer { HostBuffer(KeptMemory(memory: memory)) }

  /// The array that was put in; nil for any other memory.
  func array<Element: HostElement>(of _: Element.Type) -> [Element]? {
    (memory as? ElementMemory<Element>)?.elements
  }
}

extension HostBuffer: Equatable {
  /// Equal bytes.
  package static func == (a: HostBuffer, b: HostBuffer) -> Bool {
    a.withUnsafeBytes { a in
      b.withUnsafeBytes { b in
        guard a.count == b.count else { return false }
        guard let first = a.baseAddress, let second = b.baseAddress else { return true }
        return memcmp(first, second, a.count) == 0
      }
    }
  }
}

/// The memory of an array.
private struct ElementMemory<Element: HostElement>: HostMemory {
  let elements: [Element]

  var byteCount: Int { elements.count * MemoryLayout<Element>.stride }

  func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let result = elements.withUnsafeBytes { bytes in
      Swift.Result { () throws(Failure) in try body(bytes) }
    }
    return try result.get()
  }
}

/// Memory that something still needs when others have read it for the last time.
private struct KeptMemory: HostMemory {
  let memory: any HostMemory

  var byteCount: Int { memory.byteCount }
  var fixedBytes: UnsafeRawBufferPointer? { memory.fixedBytes }

  func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try memory.withUnsafeBytes(body)
  }
}
