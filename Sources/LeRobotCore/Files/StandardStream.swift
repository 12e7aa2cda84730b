#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where the program's words go.
///
/// Foundation's handles end the process when a disk is full or a reader has gone away; a log that
/// cannot be written is no reason to lose a training.
package enum StandardStream: Int32, Sendable {
  case output = 1
  case error = 2

  /// Writes text as far as that is possible.
  ///
  /// - Returns: whether all of it was written.
  @discardableResult
  package func write(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = put(rawValue, rest.baseAddress, rest.count)
        if count >= 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        } else if errno == EAGAIN {
          // A terminal that another program left without waiting.
          var writable = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
          _ = poll(&writable, 1, -1)
        } else if errno != EINTR {
          return false
        }
      }
      return true
    }
  }

  /// Gives the standard streams that were closed something to be, so that no file that is opened
  /// later takes their number, and the log's lines with it.
  package static func fillGaps() {
    for number in 0...2 as ClosedRange<Int32> where fcntl(number, F_GETFD) < 0 {
      // The lowest free number is this one.
      _ = open("/dev/null", number == 0 ? O_RDONLY : O_WRONLY)
    }
  }
}

/// libc's `write`, out of the way of the method of that name.
private let put: @Sendable (Int32, UnsafeRawPointer?, Int) -> Int = write
