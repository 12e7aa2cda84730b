import Dispatch
import FakeHub
import Foundation
import LeRobotCore
import LeRobotHub
import Support
import Testing

/// Whatever happens on the way, a file ends with the right bytes or is not there.
struct BrokenDownloadPropertyTests {
  private static let name = "alice/policy"
  private static let large = "model.safetensors"
  private static let bytes = randomBytes(100_000, seed: 3)
  private static let small = "config.json"
  private static let text = String(decoding: bytes.map { 65 + $0 % 26 }, as: UTF8.self)

  private static func fixture() throws -> HubFixture {
    let fixture = try HubFixture()
    try fixture.add(.model, name, [large: .bytes(bytes), small: .text(text)])
    return fixture
  }

  private static func expected(_ path: String) -> [UInt8] {
    path == large ? bytes : Array(text.utf8)
  }

  /// Whether a request is one for the bytes of a file.
  private static func asksForBytes(_ request: ReceivedRequest) -> Bool {
    request.host == .cdn || request.path.hasSuffix("/\(small)")
  }

  private func check(
    _ path: String, of fixture: HubFixture, _ client: HubClient? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = try #require(try fixture.model(Self.name, client).file(path))
    #expect(
      Array(try Data(contentsOf: URL(filePath: found))) == Self.expected(path),
      sourceLocation: sourceLocation)
    #expect(try fixture.files().keys.allSatisfy { !$0.hasSuffix(".incomplete") })
    let last = try #require(fixture.progress.last)
    #expect(last.isDone && last.bytesDone == 100_000 && last.filesDone == 1)
    #expect(fixture.progress.allSatisfy { (0...last.byteCount).contains($0.bytesDone) })
  }

  /// A fault for the first so many requests for bytes.
  private func failing(
    _ fixture: HubFixture, fail count: Int, by fault: @escaping @Sendable (Int) -> Fault
  ) {
    let asked = Shared(0)
    fixture.hub.faults = { request in
      guard Self.asksForBytes(request) else { return nil }
      let number = asked.value.withLock { asked in
        defer { asked += 1 }
        return asked
      }
      return number < count ? fault(number) : nil
    }
  }

  // MARK: Breaks

  @Test(arguments: [large, small], 0..<10 as Range<UInt64>)
  func aCutDownloadIsContinuedWhereItStopped(path: String, seed: UInt64) throws {
    let fixture = try Self.fixture()
    var generator = SplitMix64(seed: seed)
    let cuts = (0..<3).map { _ in Int.random(in: 0..<40_000, using: &generator) }
    failing(fixture, fail: 3) { .cut(afterBytes: cuts[$0]) }
    try check(path, of: fixture)
    let ranges = fixture.hub.requests.filter(Self.asksForBytes).map(\.range)
    #expect(ranges.count == 4)
    let starts = ranges.map { Int($0?.dropFirst(6).dropLast() ?? "0") ?? -1 }
    for (index, pair) in zip(starts, starts.dropFirst()).enumerated() {
      #expect(pair.1 - pair.0 == cuts[index], "seed \(seed): \(starts) after \(cuts)")
    }
  }

  @Test(arguments: [large, small])
  func aStalledDownloadIsContinued(path: String) throws {
    let fixture = try Self.fixture()
    failing(fixture, fail: 1) { _ in .stallAfter(bytes: 30_000) }
    try check(path, of: fixture, try fixture.client(["HF_HUB_DOWNLOAD_TIMEOUT": "2"]))
    let ranges = fixture.hub.requests.filter(Self.asksForBytes).map(\.range)
    #expect(ranges == [nil, "bytes=30000-"])
  }

  @Test(arguments: [
    (Fault.tooManyRequests(retryAfter: 7), [7.0]), (.tooManyRequests(retryAfter: 100_000), [300]),
    (.answer(status: 429, headers: ["Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"]), [1]),
    (.answer(status: 429, headers: ["Retry-After": "-5"]), [1]),
    (.answer(status: 503, headers: ["Retry-After": "nan"]), [1]), (.serverError, [1]),
    (.answer(status: 408), [1]), (.disconnect, [1]), (.loseAnswer, [1]),
  ])
  func aBusyServerIsGivenTheTimeItAsksFor(fault: Fault, pauses: [Double]) throws {
    let fixture = try Self.fixture()
    failing(fixture, fail: 1) { _ in fault }
    try check(Self.large, of: fixture)
    #expect(fixture.pauses == pauses)
  }

  @Test func aServerThatStaysBusyIsGivenUp() throws {
    let fixture = try Self.fixture()
    failing(fixture, fail: .max) { _ in .serverError }
    let error = #expect(throws: HubError.self) { try fixture.model(Self.name).file(Self.large) }
    guard case .busy(_, status: 500, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fixture.pauses == [1, 2, 4, 8])
    // Nobody looks at a silent program for long.
    #expect(fixture.notices.count == 2)
    #expect(fixture.notices.last?.hasSuffix("answers 500; trying again in 8 s") == true)
    #expect(fixture.hub.requests.filter(Self.asksForBytes).count == 5)
  }

  /// One thread waits as long as a server asked for; it ends when another thread has failed.
  @Test func aFailureEndsThePausesOfOthers() throws {
    let fixture = try Self.fixture()
    let isWaiting = DispatchSemaphore(value: 0)
    fixture.hub.faults = { request in
      if request.host == .cdn { return .tooManyRequests(retryAfter: 250) }
      guard request.path.hasSuffix("/\(Self.small)") else { return nil }
      _ = isWaiting.wait(timeout: .now() + 20)
      return .answer(status: 403)
    }
    let client = HubClient(
      try HubSettings(fixture.variables()),
      notice: { notice in if notice.contains("250 s") { isWaiting.signal() } })
    let begin = ContinuousClock.now
    let error = #expect(throws: HubError.self) {
      try fixture.model(Self.name, client)
        .folder(optional: [], isWhole: { _, _ in false }) { _ in true }
    }
    guard case .forbidden = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(ContinuousClock.now - begin < .seconds(100))
    #expect(fixture.hub.requests.contains { $0.status == 429 })
  }

  /// Bytes that arrive begin the count of tries from its start.
  @Test func aLineThatBreaksOftenEndsWithTheFile() throws {
    let fixture = try Self.fixture()
    failing(fixture, fail: 60) { _ in .cut(afterBytes: 1_500) }
    try check(Self.large, of: fixture)
    #expect(fixture.hub.requests.filter(Self.asksForBytes).count == 61)
  }

  /// The fault's answer has no regard for the range that was asked for.
  @Test func aServerWithoutRangesBeginsAgain() throws {
    let fixture = try Self.fixture()
    failing(fixture, fail: 3) { number in
      .all([.answer(status: 200, body: Self.text), .cut(afterBytes: 20_000 * (number + 1))])
    }
    try check(Self.small, of: fixture)
    let requests = fixture.hub.requests.filter(Self.asksForBytes)
    #expect(
      requests.map(\.range) == [nil, "bytes=20000-", "bytes=40000-", "bytes=60000-"])
  }

  // MARK: Other bytes

  @Test(arguments: [
    Fault.flipByte(at: 4321), .htmlPage, .garbageJSON, .answer(status: 200, body: text + "x"),
    .answer(status: 200, body: String(repeating: "x", count: 100_000)), .endless,
  ])
  func otherBytesAreNeverKept(fault: Fault) throws {
    let fixture = try Self.fixture()
    failing(fixture, fail: .max) { _ in fault }
    let error = #expect(throws: HubError.self) { try fixture.model(Self.name).file(Self.small) }
    #expect(error?.description.contains("\n") == false)
    #expect(fixture.hub.requests.contains { Self.asksForBytes($0) && $0.hadFault })
    #expect(try fixture.ownFiles().keys.sorted() == [])
    // The next try does not suffer from it.
    fixture.hub.faults = nil
    try check(Self.small, of: fixture)
  }

  @Test(arguments: [large, small])
  func bytesThatWereWrongOnceAreFetchedAgain(path: String) throws {
    let fixture = try Self.fixture()
    failing(fixture, fail: 1) { _ in .flipByte(at: 99_999) }
    try check(path, of: fixture)
    #expect(fixture.hub.requests.filter(Self.asksForBytes).map(\.range) == [nil, nil])
  }

  @Test(arguments: [0, 1, 50_000, 99_999, 100_001, 200_000])
  func aLengthThatIsNotTheFilesIsNoHarm(length: Int) throws {
    let fixture = try Self.fixture()
    failing(fixture, fail: 1) { _ in .wrongLength(length) }
    try check(Self.large, of: fixture)
  }

  // MARK: What another program left

  private enum Leftover: String, CaseIterable {
    case beginning, nothing, other, whole, longer, wholeButOther
  }

  @Test(arguments: [large, small])
  func whatAnotherProgramLeftIsTakenOverOrThrownAway(path: String) throws {
    let bytes = Self.expected(path)
    for leftover in Leftover.allCases {
      let fixture = try Self.fixture()
      let etag = try #require(try fixture.hub.files(.model, Self.name)[path]?.etag)
      let left: [UInt8] =
        switch leftover {
        case .beginning: Array(bytes.prefix(60_000))
        case .nothing: []
        case .other: Array(repeating: 7, count: 60_000)
        case .whole: bytes
        case .longer: bytes + [1]
        case .wholeButOther: Array(bytes.reversed())
        }
      let blobs = "\(fixture.cache)/models--alice--policy/blobs"
      try FileSystem.createDirectory(blobs)
      try Data(left).write(to: URL(filePath: "\(blobs)/\(etag).incomplete"))
      try check(path, of: fixture)
      let ranges = fixture.hub.requests.filter(Self.asksForBytes).map(\.range)
      let expected: [String?] =
        switch leftover {
        case .beginning: ["bytes=60000-"]
        case .other: ["bytes=60000-", nil]
        case .whole: []
        case .nothing, .longer, .wholeButOther: [nil]
        }
      #expect(ranges == expected, "\(leftover)")
    }
  }

  @Test func anEmptyFileIsAFile() throws {
    let fixture = try HubFixture()
    try fixture.add(.model, Self.name, ["empty.json": .text("")])
    let path = try #require(try fixture.model(Self.name).file("empty.json"))
    #expect(FileSystem.size(of: path) == 0)
  }

  @Test func manyFilesAddUpToTheWhole() throws {
    let fixture = try HubFixture()
    var files: [String: HubContents] = [:]
    for number in 0..<40 {
      files["part\(number).json"] = .text(String(repeating: "\(number)", count: number * 50))
    }
    try fixture.add(.model, Self.name, files)
    fixture.hub.faults = Fault.random(seed: 5, rate: 0.2)
    _ = try fixture.model(Self.name).folder(optional: [], isWhole: { _, _ in false }) { _ in true }
    let last = try #require(fixture.progress.last)
    let size = try fixture.hub.files(.model, Self.name).values.reduce(0) { $0 + $1.size }
    #expect(last.filesDone == 40 && last.bytesDone == size && last.byteCount == size)
    #expect(fixture.hub.requests.contains { $0.hadFault })
    let commit = try #require(try fixture.hub.branches(.model, Self.name)["main"])
    for path in files.keys {
      let found = "\(fixture.cache)/models--alice--policy/snapshots/\(commit)/\(path)"
      #expect(
        Array(try Data(contentsOf: URL(filePath: found)))
          == (try fixture.hub.bytes(of: path, .model, Self.name)))
    }
  }
}
