import CHDF5
import Foundation

/// The one lock for libhdf5, which Debian builds without thread safety.
///
/// What the lock guards is the library's own global state, so it is global as well.
enum HDF5Library {
  private static let lock = NSLock()

  /// Opens the library; comes before any other call of `CHDF5`.
  ///
  /// - Throws: `HDF5Error.noLibrary`.
  static func open() throws(HDF5Error) {
    if let reason = ch5_open_library() { throw .noLibrary(reason: String(cString: reason)) }
  }

  /// Runs `body` alone. Not to be nested.
  static func locked<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock.lock()
    defer { lock.unlock() }
    ch5_silence()
    return try body()
  }

  /// What the call that failed last has to say; only under the lock.
  static var lastError: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
      guard let base = text.baseAddress else { return "" }
      ch5_last_error(base, text.count)
      let message = String(cString: base)
      return message.isEmpty ? "no reason given" : message
    }
  }
}

/// Numbers HDF5 converts to, whatever width and byte order the file has.
protocol HDF5Element {
  static var nativeType: ch5_id { get }
}

extension Float: HDF5Element {
  static var nativeType: ch5_id { ch5_native_float() }
}

extension Double: HDF5Element {
  static var nativeType: ch5_id { ch5_native_double() }
}

extension Int64: HDF5Element {
  static var nativeType: ch5_id { ch5_native_int64() }
}

extension UInt8: HDF5Element {
  static var nativeType: ch5_id { ch5_native_uint8() }
}
