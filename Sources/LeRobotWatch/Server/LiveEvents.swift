import LeRobotCore

/// The events of one client, as the body of a response that ends with the connection.
///
/// A client that reads slowly is sent the latest content when it reads again, not all that it missed:
/// nothing is kept for it but what is being sent.
struct LiveEvents: BodyPieces {
  private let content: LiveContent
  /// The number of the event that was sent last.
  private var sent = 0
  private var lastWord = ContinuousClock.now

  init(_ content: LiveContent) { self.content = content }

  mutating func next() async throws -> [UInt8]? {
    while true {
      let event = await content.latest()
      if event.number != sent {
        (sent, lastWord) = (event.number, .now)
        return event.bytes
      }
      if .now - lastWord >= content.pace.keepAlive {
        lastWord = .now
        return Array(":\n\n".utf8)
      }
      try await Task.sleep(for: min(content.pace.files, content.pace.keepAlive))
    }
  }
}
