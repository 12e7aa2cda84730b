import CCurl
import Foundation
import LeRobotCore

/// A connection that stays open between exchanges. It belongs to one thread at a time.
final class HTTPConnection {
  /// What becomes of an exchange, seen by libcurl's callbacks.
  private struct Exchange {
    var head = HTTPHead(status: 0)
    var headSize = 0
    var body: HTTPRequest.Body?
    let onSent: (@Sendable (Int) -> Void)?
    var file: RawFile?
    /// Of the body that were sent.
    var sent = 0
    /// Takes the pieces of the answer's body; false ends the exchange.
    let sink: (HTTPHead, UnsafeRawBufferPointer) -> Bool
    let shallEnd: () -> Bool
    var failure: FileError?
    var headIsTooLong = false
  }

  /// No server of ours sends as much in its head.
  private static let longestHead = 64 << 10

  private let handle: UnsafeMutableRawPointer

  /// - Throws: `HubError.noLibrary`.
  init() throws(HubError) {
    if let reason = ccu_open() { throw .noLibrary("libcurl", reason: String(cString: reason)) }
    guard let handle = ccu_new() else { throw .noLibrary("libcurl", reason: "out of memory") }
    self.handle = handle
  }

  deinit { ccu_free(handle) }

  /// Does one exchange.
  ///
  /// - Parameters:
  ///   - shallEnd: asked now and then; true ends the exchange.
  ///   - sink: takes the pieces of the answer's body; false ends the exchange.
  /// - Throws: `HTTPError`.
  func perform(
    _ request: HTTPRequest, _ network: NetworkSettings, shallEnd: @escaping () -> Bool,
    sink: @escaping (HTTPHead, UnsafeRawBufferPointer) -> Bool
  ) throws(HTTPError) -> HTTPHead {
    var exchange = Exchange(
      body: request.body, onSent: request.onSent, sink: sink, shallEnd: shallEnd)
    if case .file(let path, _, _) = request.body {
      do throws(FileError) { exchange.file = try RawFile(reading: path) } catch {
        throw .file(error)
      }
    }
    var lines = request.headers.map { "\($0.name): \($0.value)" }
    // Servers that do not answer "Expect: 100-continue" would cost a second each.
    lines.append("Expect:")
    if request.body != nil, !request.headers.contains(where: { $0.name == "Content-Type" }) {
      lines.append("Content-Type:")
    }
    var (status, message) = (0, [CChar](repeating: 0, count: 256))
    let proxy = network.proxy(for: request.address.origin)
    let result = withUnsafeMutablePointer(to: &exchange) { exchange in
      var question = ccu_request(
        headers: nil, connect_timeout: network.connectTimeout,
        idle_timeout: network.idleTimeout(of: request),
        body_size: Int64(request.body?.count ?? (request.method == .post ? 0 : -1)),
        body: Self.giveBody, head_sink: Self.takeHead, body_sink: Self.takeBody,
        shall_end: Self.ask, context: exchange)
      return withCStrings(lines) { headers in
        question.headers = headers
        return ccu_perform(
          handle, request.method.rawValue, request.address.description, proxy,
          network.certificates ?? Certificates.file, &question, &status, &message)
      }
    }
    if let failure = exchange.failure { throw .file(failure) }
    if exchange.headIsTooLong { throw .headTooLong }
    exchange.head.status = status
    guard result != ccu_ok else { return exchange.head }
    let words = String(
      decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    throw HTTPError(result, words, isEnding: shallEnd(), isProxied: !proxy.isEmpty)
  }

  // MARK: Callbacks

  private static func exchange(_ context: UnsafeMutableRawPointer?)
    -> UnsafeMutablePointer<Exchange>?
  {
    context?.assumingMemoryBound(to: Exchange.self)
  }

  private static let takeHead: ccu_sink = { bytes, count, context in
    guard let exchange = exchange(context) else { return 0 }
    exchange.pointee.headSize += count
    guard exchange.pointee.headSize <= longestHead else {
      exchange.pointee.headIsTooLong = true
      return 0
    }
    exchange.pointee.head.take(
      String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self))
    return count
  }

  private static let takeBody: ccu_sink = { bytes, count, context in
    guard let exchange = exchange(context) else { return 0 }
    let piece = UnsafeRawBufferPointer(start: bytes, count: count)
    return exchange.pointee.sink(exchange.pointee.head, piece) ? count : 0
  }

  private static let giveBody: ccu_source = { bytes, count, context in
    guard let exchange = exchange(context), let body = exchange.pointee.body else { return 0 }
    let sent = exchange.pointee.sent
    let wanted = min(count, body.count - sent)
    let target = UnsafeMutableRawBufferPointer(start: bytes, count: wanted)
    switch body {
    case .bytes(let all): target.copyBytes(from: all[sent..<sent + wanted])
    case .file(_, let offset, _):
      do throws(FileError) {
        try exchange.pointee.file?.fill(target, at: offset + sent)
      } catch {
        exchange.pointee.failure = error
        return ccu_abort
      }
    }
    exchange.pointee.sent += wanted
    exchange.pointee.onSent?(wanted)
    return wanted
  }

  private static let ask: ccu_question = { context in
    exchange(context)?.pointee.shallEnd() ?? true
  }
}

extension HTTPHead {
  /// Takes in a line of an answer's head. A status line begins a new one, after "100 Continue" and
  /// what a proxy answered.
  fileprivate mutating func take(_ line: String) {
    if line.hasPrefix("HTTP/") {
      let code = line.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0) }
      self = HTTPHead(status: code ?? 0)
      return
    }
    guard let colon = line.firstIndex(of: ":") else { return }
    let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespacesAndNewlines)
    headers[line[..<colon].lowercased()] = value
  }
}
