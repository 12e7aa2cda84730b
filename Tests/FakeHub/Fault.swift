/// What goes wrong with one request.
///
/// Faults that change an answer let the hub work first: with ``loseAnswer`` or
/// ``cut(afterBytes:)`` a commit is made. ``disconnect``, ``stall`` and the answers in place of the
/// hub's leave the hub untouched.
package indirect enum Fault: Sendable {
  /// Answers this in place of the hub.
  case answer(status: Int, headers: [String: String] = [:], body: String = "")
  /// Cuts the connection before any answer.
  case disconnect
  /// Does what is asked, then cuts the connection before any answer.
  case loseAnswer
  /// Says nothing until the client gives up or the hub stops.
  case stall
  /// Sends the head and so many bytes of the body, then cuts the connection.
  case cut(afterBytes: Int)
  /// Sends the head and so many bytes of the body, then nothing more.
  case stallAfter(bytes: Int)
  /// Takes so many bytes of the request's body, then cuts the connection.
  case cutUpload(afterBytes: Int)
  /// Sends the body at this pace.
  case slow(bytesPerSecond: Int)
  /// After the body follow more bytes, until the client gives up; no length is declared.
  case endless
  /// Adds so many kilobytes of headers.
  case hugeHeaders(kilobytes: Int)
  /// Sends the client to another address, whole or relative.
  case redirect(to: String, status: Int = 302)
  /// One byte of the file is wrong; counted from the file's start, also under `Range`.
  case flipByte(at: Int)
  /// Declares this length whatever the body has; after the body the connection ends.
  case wrongLength(Int)
  /// Adds files with these paths to a tree or to the siblings of a repository.
  case hostilePaths([String])
  /// Sets this `Link` header, as it is.
  case link(String)
  /// All of them at once.
  case all([Fault])
}

extension Fault {
  package static func tooManyRequests(retryAfter seconds: Int) -> Fault {
    .answer(
      status: 429, headers: ["Retry-After": String(seconds)],
      body: #"{"error":"We had to rate limit you."}"#)
  }

  package static var serverError: Fault {
    .answer(status: 500, body: #"{"error":"Internal Error"}"#)
  }

  package static var unavailable: Fault {
    .answer(status: 503, headers: ["Content-Type": "text/plain"], body: "Service Unavailable")
  }

  /// What a captive portal or a company's filter answers.
  package static var htmlPage: Fault {
    .answer(
      status: 200, headers: ["Content-Type": "text/html"],
      body: "<!DOCTYPE html><html><body>Please sign in to the network.</body></html>")
  }

  package static var garbageJSON: Fault {
    .answer(
      status: 200, headers: ["Content-Type": "application/json"], body: #"{"sha": 12, "sib"#)
  }
}
