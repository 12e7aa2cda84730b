import LeRobotCore

/// The events that a server of runs sends to one client.
package struct ServedEvents {
  /// The answer's head.
  package let head: (status: Int, headers: [String: String])
  private let connection: RawConnection
  /// How many bytes of the present chunk are left.
  private var left = 0

  package struct Event {
    package var number: Int
    /// The page's.
    package var content: String
  }

  /// Asks for the events.
  package init(_ connection: RawConnection) throws {
    self.connection = connection
    try connection.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head = try connection.readHead()
  }

  package mutating func next() throws -> Event { try Self.event(read(until: "\n\n")) }

  /// An event from its text. What the page holds may look like a part of an event itself.
  package static func event(_ text: String) throws -> Event {
    let lines = text.split(separator: "\n")
    guard lines.count == 2, lines[0].hasPrefix("id: "), lines[1].hasPrefix("data: "),
      let number = Int(lines[0].dropFirst(4)),
      let content = try JSONValue(parsing: String(lines[1].dropFirst(6))).stringValue
    else { throw RawConnection.Failure(description: "no event: \(text.prefix(200))") }
    return Event(number: number, content: content)
  }

  /// What comes until a text has come, the text included, without the lengths of the chunks.
  package mutating func read(until end: String) throws -> String {
    var bytes: [UInt8] = []
    let end = Array(end.utf8)
    while !bytes.suffix(end.count).elementsEqual(end) { bytes.append(try readByte()) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func readByte() throws -> UInt8 {
    if left == 0 {
      let line = try connection.read(until: "\r\n").dropLast(1)
      guard let count = Int(line, radix: 16), count > 0 else {
        throw RawConnection.Failure(description: "no chunk: \(line)")
      }
      left = count
    }
    let byte = try connection.read(count: 1)[0]
    left -= 1
    if left == 0 { _ = try connection.read(count: 2) }
    return byte
  }
}
