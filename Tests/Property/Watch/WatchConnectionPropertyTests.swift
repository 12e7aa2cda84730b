import Foundation
import LeRobotCore
import LeRobotWatch
import Support
import Testing

/// What the server makes of connections: good, broken, slow, and too many.
struct WatchConnectionPropertyTests {
  private let folder: TemporaryFolder
  private let run: WatchFixture

  init() throws {
    folder = try TemporaryFolder()
    run = try WatchFixture(folder.file("run"))
    try run.write(WatchFixture.description())
    try run.write([WatchFixture.line(step: 100)])
    _ = try folder.write("notes".utf8, to: "run/notes.txt")
  }

  private func served(_ change: (inout HTTPLimits) -> Void = { _ in }) async throws -> ServedRuns {
    var limits = HTTPLimits.patient
    change(&limits)
    return try await ServedRuns([run.folder], limits: limits)
  }

  private static func request(_ line: String, _ fields: String...) -> String {
    ([line, "Host: localhost"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
  }

  private static let notes = request("GET /notes.txt HTTP/1.1")

  // MARK: - One request after the other

  @Test func requestsOfAConnectionAreAnsweredInTurn() async throws {
    let server = try await served()
    let answers = try await server.talk { connection in
      let paths = ["/notes.txt", "/nothing.txt", "/metrics.jsonl", "/"]
      return try paths.map { try connection.ask($0, host: "localhost").status }
    }
    #expect(answers == [200, 404, 200, 200])
  }

  /// Sent at once, with the empty lines between that some clients add.
  @Test func requestsMayBeSentAhead() async throws {
    let server = try await served()
    let text = try await server.talk { connection in
      let last = Self.request("GET /none.txt HTTP/1.1", "Connection: Keep-Alive , Close")
      let head = Self.request("HEAD /notes.txt HTTP/1.1")
      let stream = Self.request("HEAD /events HTTP/1.1")
      try connection.send(Self.notes + head + "\r\n\r\n" + stream + Self.notes + last + Self.notes)
      return String(decoding: try connection.readToEnd(), as: UTF8.self)
    }
    let answers = text.components(separatedBy: "HTTP/1.1 ").dropFirst()
    #expect(answers.map { Int($0.prefix(3)) } == [200, 200, 200, 200, 404])
    let bodies = answers.map { $0.components(separatedBy: "\r\n\r\n").last }
    #expect(bodies == ["notes", "", "", "notes", "There is nothing here.\n"])
    #expect(answers.last?.contains("\r\nConnection: close\r\n") == true)
  }

  /// A slow line brings a byte at a time.
  @Test func aRequestMayComeInPieces() async throws {
    let server = try await served()
    let status = try await server.talk { connection in
      for byte in Self.notes.utf8 { try connection.send([byte]) }
      return try connection.readHead().status
    }
    #expect(status == 200)
  }

  @Test func anOlderClientIsAnsweredOnce() async throws {
    let server = try await served()
    let text = try await server.talk { connection in
      let request = Self.request("GET /notes.txt HTTP/1.0", "Connection: keep-alive")
      try connection.send(request + request)
      return String(decoding: try connection.readToEnd(), as: UTF8.self)
    }
    #expect(text.hasSuffix("\r\n\r\nnotes") && text.contains("\r\nConnection: close\r\n"))
    // It knows no chunks.
    let (head, event) = try await server.talk { connection in
      try connection.send(Self.request("GET /events HTTP/1.0"))
      return (try connection.readHead(), try ServedEvents.event(connection.read(until: "\n\n")))
    }
    #expect(head.headers["transfer-encoding"] == nil && event.content.contains("pusht_act"))
  }

  // MARK: - What is read

  /// Heads that leave no doubt where the next request begins.
  private static let whole: [(head: String, status: Int)] = [
    ("GET /notes.txt?a=%zz HTTP/1.1\r\nHost: localhost", 200),
    ("GET http://localhost:1/notes.txt HTTP/1.1\r\nHost: evil.example", 200),
    ("GET HTTP://[::1]/notes.txt HTTP/1.1\r\nHost: localhost", 200),
    ("GET http://localhost HTTP/1.1\r\nHost: localhost", 200),
    ("GET http://localhost?notes.txt HTTP/1.1\r\nHost: localhost", 200),
    ("GET http://evil.example/notes.txt HTTP/1.1\r\nHost: localhost", 403),
    ("GET http://localhost@evil.example/ HTTP/1.1\r\nHost: localhost", 403),
    ("GET http:///notes.txt HTTP/1.1\r\nHost: localhost", 403),
    ("GET https://localhost/notes.txt HTTP/1.1\r\nHost: localhost", 404),
    ("GET * HTTP/1.1\r\nHost: localhost", 404), ("GET /notes.txt HTTP/1.1", 403),
    ("GET /notes.txt HTTP/1.9\r\nhOST:\t localhost \t\r\nEmpty:\r\nContent-Length: 00", 200),
    ("get / HTTP/1.1\r\nHost: localhost", 405), ("OPTIONS * HTTP/1.1\r\nHost: localhost", 405),
    ("CONNECT localhost:1 HTTP/1.1\r\nHost: localhost", 405),
    ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0", 405),
  ]

  @Test func afterAWholeRequestTheConnectionIsKept() async throws {
    let server = try await served()
    for (head, status) in Self.whole {
      let (first, second) = try await server.talk { connection in
        try connection.send(head + "\r\n\r\n")
        let head = try connection.readHead()
        _ = try connection.read(count: Int(head.headers["content-length"] ?? "") ?? 0)
        return (head.status, try connection.ask("/notes.txt", host: "localhost"))
      }
      #expect(first == status && second.text == "notes", "\(head)")
    }
  }

  private static let broken: [(head: String, status: Int)] = [
    ("GET", 400), ("GET /", 400), (" GET / HTTP/1.1", 400), ("GET  / HTTP/1.1", 400),
    ("GET / HTTP/1.1 ", 400), ("GET / x HTTP/1.1", 400), ("G(T / HTTP/1.1", 400),
    ("GET /\u{e9} HTTP/1.1", 400), ("GET /\u{0} HTTP/1.1", 400), ("GET /\t HTTP/1.1", 400),
    ("GET / HTTP/11", 400), ("GET / http/1.1", 400), ("GET / HTTP/1.1.1", 400),
    ("GET / HTTP/x.1", 400), ("GET / HTTP/1.x", 400), ("GET / HTTP/2.0", 505),
    ("PRI * HTTP/2.0", 505), ("GET / HTTP/0.9", 505), ("\u{16}\u{3}\u{1}", 400), ("\n", 400),
    ("GET / HTTP/1.1\nHost: localhost", 400), ("GET / HTTP/1.1\r\nHost: localhost\n", 400),
    ("GET / HTTP/1.1\rHost: localhost", 400), ("GET / HTTP/1.1\r\nHost : localhost", 400),
    ("GET / HTTP/1.1\r\n Host: localhost", 400), ("GET / HTTP/1.1\r\nHost", 400),
    ("GET / HTTP/1.1\r\n: localhost", 400), ("GET / HTTP/1.1\r\nA: b\r\n c", 400),
    ("GET / HTTP/1.1\r\nHost: a\u{0}", 400), ("GET / HTTP/1.1\r\nA: \u{7f}", 400),
    ("GET / HTTP/1.1\r\nHost: localhost\r\nhost: localhost", 400),
    ("POST / HTTP/1.1\r\nContent-Length: 3", 413),
    ("GET / HTTP/1.1\r\nContent-Length: 99999999999999999999", 413),
    ("GET / HTTP/1.1\r\nContent-Length: -1", 400), ("GET / HTTP/1.1\r\nContent-Length:", 400),
    ("GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 0", 400),
    ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked", 400),
    ("GET / HTTP/1.1\r\nTransfer-Encoding: identity\r\nContent-Length: 0", 400),
  ]

  @Test func afterABrokenRequestTheConnectionEnds() async throws {
    let server = try await served()
    for (head, status) in Self.broken {
      let text = try await server.talk { connection in
        try connection.send(head + "\r\n\r\n" + Self.notes)
        return String(decoding: try connection.readToEnd(), as: UTF8.self)
      }
      #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(head)")
      #expect(text.components(separatedBy: "HTTP/1.1 ").count == 2, "\(head)")
    }
  }

  @Test func aHeadHasASizeAtMost() async throws {
    let server = try await served()
    let fields = (0..<99).map { "Field-\($0): x\r\n" }.joined()
    let line = "GET /notes.txt HTTP/1.1\r\nHost: localhost\r\n"
    let start = line + "Field: "
    let filler = { (size: Int) in String(repeating: "x", count: size - start.utf8.count - 4) }
    for (request, status) in [
      (line + fields + "\r\n", 200), (line + fields + "One-More: x\r\n\r\n", 431),
      (start + filler(16 << 10) + "\r\n\r\n", 200),
      (start + filler((16 << 10) + 1) + "\r\n\r\n", 431),
      (start + filler(1 << 17), 431), (String(repeating: "G", count: 1 << 17), 431),
    ] {
      let answer = try await server.talk { connection in
        try connection.send(request)
        return try connection.readHead()
      }
      #expect(answer.status == status)
    }
  }

  /// A connection that is closed while bytes lie unread is reset, and the answer is lost with it.
  @Test(arguments: [("", 431), (request("GET /notes.txt HTTP/1.1", "Connection: close"), 200)])
  func aClientThatStillSendsReadsItsAnswer(start: String, status: Int) async throws {
    let server = try await served { $0.linger = .seconds(3600) }
    let answer = try await server.talk(buffers: 4096) { connection in
      // More than the buffers hold.
      try connection.send(start + String(repeating: "G", count: 1 << 20))
      return try connection.readHead()
    }
    #expect(answer.status == status)
  }

  // MARK: - Slow clients, and many

  @Test func aSilentClientIsLeft() async throws {
    let server = try await served { $0.idle = .milliseconds(20) }
    let rests = try await server.talk { [port = server.port] connection in
      let other = try RawConnection(port: port)
      _ = try other.ask("/notes.txt", host: "localhost")
      return [try connection.readToEnd(), try other.readToEnd()]
    }
    #expect(rests == [[], []])
  }

  @Test func halfAHeadIsNotWaitedForLong() async throws {
    let server = try await served { $0.head = .milliseconds(20) }
    for half in ["G", "GET / HTTP/1.1\r\nHost: localhost\r\n", "\r\n", "\r"] {
      let rest = try await server.talk { connection in
        try connection.send(half)
        return try connection.readToEnd()
      }
      #expect(rest == [], "\(half)")
    }
  }

  /// The only place is free again once the server has given up a client that does not read.
  @Test(arguments: ["/large.txt", "/events"])
  func aClientThatTakesNothingIsLeft(path: String) async throws {
    try run.write(WatchFixture.description(name: String(repeating: "long name ", count: 100_000)))
    _ = try folder.write([UInt8](repeating: 0x78, count: 1 << 20), to: "run/large.txt")
    let server = try await served {
      ($0.connections, $0.stall, $0.sendBuffer) = (1, .milliseconds(50), 4096)
    }
    let (busy, rest) = try await server.talk(buffers: 4096) { [port = server.port] idle in
      try idle.send(Self.request("GET \(path) HTTP/1.1"))
      #expect(try idle.readHead().status == 200)
      let busy = Self.waitForPlace(port: port)
      return (busy, try idle.readToEnd())
    }
    #expect(busy > 0, "the client had no place")
    #expect(rest.count < 1 << 20)
  }

  @Test func aStreamsPlaceIsFreeWhenItsClientLeaves() async throws {
    let server = try await served { $0.connections = 2 }
    let refused = try await server.talk { [port = server.port] connection in
      _ = try connection.ask("/notes.txt", host: "localhost")
      var events = try ServedEvents(RawConnection(port: port))
      _ = try events.next()
      return try withExtendedLifetime(events) {
        try RawConnection(port: port).ask("/notes.txt", host: "localhost")
      }
    }
    #expect(refused.status == 503 && refused.text.hasPrefix("Too many connections"))
    #expect(refused.headers["connection"] == "close")
    // This ends only if the places become free.
    _ = try await server.talk { [port = server.port] connection in
      withExtendedLifetime(connection) { Self.waitForPlace(port: port) }
    }
  }

  /// Asks until it is answered, and counts how often it was turned away. Where it asks too fast,
  /// nobody even says so.
  private static func waitForPlace(port: UInt16) -> Int {
    var count = 0
    while (try? RawConnection(port: port).ask("/notes.txt", host: "localhost").status) != 200 {
      count += 1
    }
    return count
  }

  @Test func aFileThatIsCutEndsItsConnection() async throws {
    let path = try folder.write([UInt8](repeating: 0x78, count: 1 << 20), to: "run/large.txt")
    let server = try await served { $0.sendBuffer = 4096 }
    let rest = try await server.talk(buffers: 4096) { connection in
      try connection.send(Self.request("GET /large.txt HTTP/1.1"))
      _ = try connection.readHead()
      #expect(truncate(path, 100) == 0)
      return try connection.readToEnd()
    }
    #expect(rest.count < 1 << 20)
    #expect(try await server.ask("/notes.txt").text == "notes")
  }

  // MARK: - Anything

  /// Whatever is sent, a client is answered or left, and the next one is served.
  @Test(arguments: 0..<8 as Range<UInt64>)
  func anyBytesAreSurvived(seed: UInt64) async throws {
    let server = try await served { $0.linger = .milliseconds(100) }
    var mutator = ByteMutator(seed: seed)
    let requests = [
      Self.notes, Self.request("GET /events HTTP/1.1"), Self.request("HEAD / HTTP/1.1"),
      Self.request("GET http://localhost/run/0/notes.txt?x HTTP/1.0", "Range: bytes=1-3"),
      Self.request("GET /%6eotes.txt HTTP/1.1", "Range: bytes=-2", "Connection: close"),
      Self.request("POST / HTTP/1.1", "Content-Length: 9", "Transfer-Encoding: chunked"),
    ].map { Array($0.utf8) }
    var inputs = requests + [[], [0x0A], Array(repeating: 0x0A, count: 9)]
    for index in 0..<Effort.count(60, of: 3000) {
      let request = requests[index % requests.count]
      inputs.append(mutator.damage(request + (index % 3 == 0 ? request : []), within: 200))
      inputs.append(mutator.damage(Array(repeating: 0x0D, count: index), within: 40))
    }
    let answers = try await server.talk { [inputs, port = server.port] _ in
      try inputs.map { bytes in
        let connection = try RawConnection(port: port)
        // The server may have had enough before all of it is sent.
        try? connection.send(bytes)
        connection.endSending()
        return try connection.readToEnd()
      }
    }
    for (input, answer) in zip(inputs, answers) where !answer.isEmpty {
      let text = String(decoding: answer.prefix(200), as: UTF8.self)
      let status = Int(text.dropFirst(9).prefix(3)) ?? 0
      #expect(
        text.hasPrefix("HTTP/1.1 ")
          && [200, 206, 400, 403, 404, 405, 413, 416, 431, 505].contains(status),
        "\(text) to \(String(decoding: input, as: UTF8.self))")
    }
    #expect(answers.contains { $0.isEmpty } && answers.contains { !$0.isEmpty })
    #expect(try await server.ask("/notes.txt").text == "notes")
  }
}
