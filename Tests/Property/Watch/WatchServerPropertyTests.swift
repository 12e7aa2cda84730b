import Foundation
import LeRobotCore
import LeRobotLogging
import LeRobotWatch
import Support
import Testing

/// Runs in a browser: what the server answers, over real connections.
struct WatchServerPropertyTests {
  /// A folder with a run in it, and one beside it that is none of the server's business.
  private struct Place {
    let folder: TemporaryFolder
    let run: WatchFixture
    static let video = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }

    init() throws {
      folder = try TemporaryFolder()
      run = try WatchFixture(folder.file("run"))
      try run.write(WatchFixture.description())
      try run.write([WatchFixture.line(step: 100)])
      _ = try folder.write(Self.video, to: "run/eval/videos_step_000100/eval episode 0.mp4")
      _ = try folder.write("secret".utf8, to: "outside.txt")
      _ = try folder.write("weights".utf8, to: "run/checkpoints/model.safetensors")
    }
  }

  private static let video = "/eval/videos_step_000100/eval%20episode%200.mp4"

  @Test func thePageIsTheLiveReport() async throws {
    let place = try Place()
    let server = try await ServedRuns([place.run.folder])
    let page = try await server.ask("/")
    #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
    #expect(page.headers["cache-control"] == "no-store")
    #expect(page.text.lowercased().hasPrefix("<!doctype html"))
    #expect(page.text.contains("pusht_act"))
    let head = try await server.ask("/", method: "HEAD")
    #expect(head.status == 200 && head.headers["content-length"] == "\(page.body.count)")
  }

  // MARK: - Events

  @Test func eventsFollowTheFiles() async throws {
    let place = try Place()
    let server = try await ServedRuns([place.run.folder])
    let run = place.run
    let (head, first, second) = try await server.talk { connection in
      var events = try ServedEvents(connection)
      let first = try events.next()
      try run.write(WatchFixture.description(name: "another name"))
      return (events.head, first, try events.next())
    }
    #expect(head.status == 200 && head.headers["content-type"] == "text/event-stream")
    #expect(first.content.contains("pusht_act") && second.content.contains("another name"))
    #expect(first.number == 1 && second.number == 2)
  }

  @Test func aLongEventArrivesWhole() async throws {
    let place = try Place()
    let name = (0..<40_000).map { String($0, radix: 36) }.joined(separator: "-")
    try place.run.write(WatchFixture.description(name: name))
    let server = try await ServedRuns([place.run.folder])
    let event = try await server.talk { connection in
      var events = try ServedEvents(connection)
      return try events.next()
    }
    #expect(event.content.contains(name))
  }

  @Test func aQuietStreamIsKeptAlive() async throws {
    let place = try Place()
    let server = try await ServedRuns(
      [place.run.folder],
      pace: WatchPace(files: .milliseconds(2), keepAlive: .milliseconds(5)))
    let word = try await server.talk { connection in
      var events = try ServedEvents(connection)
      _ = try events.next()
      return try events.read(until: "\n\n")
    }
    #expect(word == ":\n\n")
  }

  /// Some browsers read nothing, others read on; each hears of a change. One that reads again is told
  /// how things are, not all that happened meanwhile.
  @Test func aClientThatDoesNotReadHoldsUpNobody() async throws {
    let place = try Place()
    // More than the connections' buffers hold.
    try place.run.write(
      WatchFixture.description(name: String(repeating: "long name ", count: 3_000)))
    var limits = HTTPLimits.patient
    limits.sendBuffer = 4096
    let server = try await ServedRuns([place.run.folder], limits: limits)
    let run = place.run
    let (numbers, late) = try await server.talk { [port = server.port] connection in
      var idle = try (0..<4).map { _ in
        var idle = try ServedEvents(RawConnection(port: port, buffers: 4096))
        #expect(try idle.read(until: "data: ") == "id: 1\ndata: ")
        return idle
      }
      var events = try ServedEvents(connection)
      var numbers = [try events.next().number]
      for name in ["a name between", "the last name"] {
        try run.write(WatchFixture.description(name: name))
        let event = try events.next()
        #expect(event.content.contains(name))
        numbers.append(event.number)
      }
      let late = try idle.indices.map { index in
        _ = try idle[index].read(until: "\n\n")
        return try idle[index].next()
      }
      return (numbers, late)
    }
    #expect(numbers == [1, 2, 3])
    #expect(late.map(\.number) == [3, 3, 3, 3])
    #expect(late.allSatisfy { $0.content.contains("the last name") })
  }

  // MARK: - Files

  @Test func aVideoIsServedWholeAndInParts() async throws {
    let place = try Place()
    let server = try await ServedRuns([place.run.folder])
    let whole = try await server.ask(Self.video)
    #expect(whole.status == 200 && whole.body == Place.video)
    #expect(whole.headers["content-type"] == "video/mp4")
    #expect(whole.headers["accept-ranges"] == "bytes")
    for (range, part) in [
      ("0-99", 0..<100), ("990-", 990..<1000), ("-10", 990..<1000), ("500-5000", 500..<1000),
      ("0-", 0..<1000), ("7-7", 7..<8), ("-5000", 0..<1000),
    ] {
      let answer = try await server.ask(Self.video, headers: ["Range: bytes=\(range)"])
      #expect(answer.status == 206 && answer.body == Array(Place.video[part]), "\(range)")
      #expect(
        answer.headers["content-range"]
          == "bytes \(part.lowerBound)-\(part.upperBound - 1)/1000")
    }
    for range in ["1000-", "9223372036854775807-", "99999999999999999999-", "-0"] {
      let answer = try await server.ask(Self.video, headers: ["Range: bytes=\(range)"])
      #expect(answer.status == 416 && answer.headers["content-range"] == "bytes */1000", "\(range)")
    }
    for range in ["bytes=5-3", "bytes=x-3", "lines=0-3", "bytes=0-3,7-9", "bytes=-", "bytes=+1-3"] {
      let answer = try await server.ask(Self.video, headers: ["Range: \(range)"])
      #expect(answer.status == 200 && answer.body.count == 1000, "\(range)")
    }
    let head = try await server.ask(Self.video, method: "HEAD")
    #expect(head.status == 200 && head.headers["content-length"] == "1000")
  }

  @Test func severalRunsHaveAFolderEach() async throws {
    let place = try Place()
    let other = try WatchFixture(place.folder.file("other"))
    try other.write([WatchFixture.line(step: 100)])
    let server = try await ServedRuns([other.folder, place.run.folder])
    #expect(try await server.ask("/run/1\(Self.video)").body == Place.video)
    for path in ["/run/0\(Self.video)", "/run/2\(Self.video)", "/run/-1\(Self.video)", Self.video] {
      #expect(try await server.ask(path).status == 404, "\(path)")
    }
    #expect(try await server.ask("/run/0/metrics.jsonl").status == 200)
    // The only run has both addresses.
    let alone = try await ServedRuns([place.run.folder])
    #expect(try await alone.ask("/run/0\(Self.video)").body == Place.video)
  }

  @Test(arguments: [
    "/../outside.txt", "/%2e%2e/outside.txt", "/eval/../../outside.txt", "/..%2foutside.txt",
    "/eval/%2e%2e/%2e%2e/outside.txt", "//outside.txt", "/link.txt", "/linked/outside.txt",
    "/eval", "/eval/", "/nothing.mp4", "/checkpoints/model.safetensors", "/metrics.jsonl%00.txt",
    "/run/0/../../outside.txt", "/run/0/link.txt", "/pipe.txt", "/%", "/%ff.txt", "/ABSOLUTE",
    "/run/0/ABSOLUTE", "/eval/../metrics.jsonl", "/eval/%2e%2e/metrics.jsonl", "//metrics.jsonl",
    "/eval%2f..%2fmetrics.jsonl", "/./metrics.jsonl", "metrics.jsonl",
  ])
  func nothingOutsideTheRunIsServed(path: String) async throws {
    let place = try Place()
    let outside = place.folder.file("outside.txt")
    try FileSystem.link(place.run.folder + "/link.txt", to: outside)
    try FileSystem.link(place.run.folder + "/linked", to: place.folder.path)
    // A reader of a pipe waits for a writer.
    #expect(mkfifo(place.run.folder + "/pipe.txt", 0o600) == 0)
    let server = try await ServedRuns([place.run.folder])
    let answer = try await server.ask(path.replacing("ABSOLUTE", with: outside))
    #expect(answer.status == 404 && !answer.text.contains("secret"))
    // What lies in the folder is served, over a link too.
    try FileSystem.link(place.run.folder + "/inner.jsonl", to: place.run.folder + "/metrics.jsonl")
    #expect(try await server.ask("/inner.jsonl").status == 200)
  }

  /// The folder that the user names may be a link itself.
  @Test func aLinkToARunIsItsFolder() async throws {
    let place = try Place()
    try FileSystem.link(place.folder.file("latest"), to: place.run.folder)
    let server = try await ServedRuns([place.folder.file("latest")])
    #expect(try await server.ask(Self.video).body == Place.video)
  }

  // MARK: - Who may ask

  @Test func onlyNamesOfThisMachineAreAnswered() async throws {
    let place = try Place()
    let server = try await ServedRuns([place.run.folder])
    let port = server.port
    // A tunnel that begins at another port keeps the name.
    for host in [
      "127.0.0.1:\(port)", "localhost:\(port)", "LOCALHOST:\(port)", "[::1]:\(port)", "127.0.0.1",
      "localhost", "[::1]", "127.0.0.1:\(port &+ 1)", "localhost:9",
    ] {
      #expect(try await server.ask("/", host: host).status == 200, "\(host)")
    }
    for host in [
      "evil.example:\(port)", "", "localhost.evil.example:\(port)", "localhost.", "localhost:",
      "127.0.0.1:\(port).evil.example", "10.0.0.1:\(port)", "127.0.0.1:x", "127.0.0.1@evil.example",
      "localhost:123456", "[::1", "::1", "localhost\u{301}", "127.0.0.10", "evil.example,localhost",
    ] {
      for path in ["/", "/events", Self.video] {
        let answer = try await server.ask(path, host: host)
        #expect(answer.status == 403 && !answer.text.contains("pusht_act"), "\(host) \(path)")
      }
    }
    let status = try await server.talk { connection in
      try connection.send("GET / HTTP/1.1\r\n\r\n")
      return try connection.readHead().status
    }
    #expect(status == 403)
  }

  @Test(arguments: ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
  func theServerIsOnlyReadFrom(method: String) async throws {
    let place = try Place()
    let server = try await ServedRuns([place.run.folder])
    for path in ["/", "/events", "/metrics.jsonl"] {
      let answer = try await server.ask(path, method: method)
      #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD")
    }
    #expect(try await server.ask("/").status == 200)
  }

  // MARK: - Starting

  @Test func aPortInUseIsAnErrorWithARemedy() async throws {
    let place = try Place()
    let first = try await ServedRuns([place.run.folder])
    let second = try WatchServer([place.run.folder], port: first.port)
    let error = await #expect(throws: WatchServerError.self) {
      try await second.run { _ in Issue.record("it listens") }
    }
    #expect(
      error?.description == "--port=\(first.port): another program listens there; "
        + "give another port, or --port=0 for a free one")
    #expect(try await first.ask("/").status == 200)
  }

  @Test func aFolderWithoutARunIsAnErrorBeforeItServes() throws {
    let folder = try TemporaryFolder()
    #expect(throws: RunReadingError.self) { try WatchServer([folder.file("no")], port: 0) }
  }
}
