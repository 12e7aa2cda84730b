/// The messages of an event file (tensorboard `compat/proto/event.proto`).
enum Event {
  private enum Field {
    static let time = 1
    static let step = 2
    static let version = 3
    static let summary = 5
    static let session = 7
    static let source = 10
  }

  /// What a file begins with.
  ///
  /// - Parameter time: seconds since 1970.
  static func version(time: Double) -> ProtobufMessage {
    message(time: time, step: 0) { event in
      event.add(Field.version, "brain.Event:2")
      event.add(Field.source) { $0.add(1, "lerobot-train") }
    }
  }

  /// The beginning of a session: TensorBoard forgets the run's events of this step and later ones that
  /// it read before.
  static func sessionStart(time: Double, step: Int) -> ProtobufMessage {
    message(time: time, step: step) { event in
      event.add(Field.session) { $0.add(1, SessionStatus.start) }
    }
  }

  private enum SessionStatus {
    static let start = 1
  }

  /// Values of one step.
  static func summaries(
    time: Double, step: Int, _ values: [ProtobufMessage]
  ) -> ProtobufMessage {
    message(time: time, step: step) { event in
      event.add(Field.summary) { summary in
        for value in values { summary.add(1, value) }
      }
    }
  }

  private static func message(
    time: Double, step: Int, _ fill: (inout ProtobufMessage) -> Void
  ) -> ProtobufMessage {
    var event = ProtobufMessage()
    event.add(Field.time, time)
    event.add(Field.step, step)
    fill(&event)
    return event
  }
}
