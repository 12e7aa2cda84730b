import CCurl
import LeRobotCore

/// Why there is no answer.
package enum HTTPError: Error, Equatable {
  case noHost(String)
  case noProxy(String)
  case noConnection(String)
  case timeout(String)
  case tls(String)
  /// The connection ended in the middle.
  case cut(String)
  /// We ended it.
  case ended
  case headTooLong
  /// A file that was to be sent cannot be read.
  case file(FileError)
  case other(String)

  /// - Parameter isProxied: whether the connection would have been to a proxy.
  init(_ result: ccu_result, _ words: String, isEnding: Bool, isProxied: Bool) {
    self =
      switch result {
      case ccu_no_host: .noHost(words)
      case ccu_no_proxy: .noProxy(words)
      case ccu_no_connection: isProxied ? .noProxy(words) : .noConnection(words)
      case ccu_timeout: .timeout(words)
      case ccu_tls: .tls(words)
      case ccu_cut: .cut(words)
      case ccu_ended: .ended
      default: isEnding ? .ended : .other(words)
      }
  }

  /// Whether it may be over in a moment.
  var isPassing: Bool {
    switch self {
    case .noConnection, .timeout, .cut: true
    case .noHost, .noProxy, .tls, .ended, .headTooLong, .file, .other: false
    }
  }

  /// In the library's words.
  package var reason: String {
    switch self {
    case .noHost(let words), .noProxy(let words), .noConnection(let words), .timeout(let words),
      .tls(let words), .cut(let words), .other(let words):
      words
    case .ended: "ended"
    case .headTooLong: "the head of its answer does not end"
    case .file(let error): error.description
    }
  }
}
