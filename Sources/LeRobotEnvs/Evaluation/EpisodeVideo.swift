/// Where the frames of a video go.
package protocol VideoSink: AnyObject {
  func add(_ frame: EnvironmentImage) throws
  /// Completes the file.
  func finish() throws
}

/// Begins a video file.
///
/// - Parameters:
///   - path: of the file; its folder is there.
///   - width: of a frame, in pixels.
///   - height: of a frame, in pixels.
///   - fps: frames a second.
package typealias VideoOpener =
  (_ path: String, _ width: Int, _ height: Int, _ fps: Int) throws -> any VideoSink

/// The video of an episode: its first picture and one after every step but the last, whose picture
/// LeRobot loses to the reset that follows (`scripts/lerobot_eval.py`, `eval_policy`).
///
/// Used by one thread at a time, as the environment it records. A video that cannot be written
/// says so in `problem` and spoils nothing else.
package final class EpisodeVideo {
  package let path: String
  /// Why there is no video.
  package private(set) var problem: String?
  private let open: VideoOpener
  private var sink: (any VideoSink)?
  private var isOver = false

  package init(path: String, open: @escaping VideoOpener) {
    self.path = path
    self.open = open
  }

  /// Adds what the environment looks like now.
  func record(_ environment: any Environment) {
    attempt {
      let frame = try environment.render()
      let sink = try sink ?? open(path, frame.width, frame.height, environment.framesPerSecond)
      self.sink = sink
      try sink.add(frame)
    }
  }

  /// Completes the file.
  func finish() {
    attempt { try sink?.finish() }
    isOver = true
    sink = nil
  }

  private func attempt(_ body: () throws -> Void) {
    guard !isOver, problem == nil else { return }
    do { try body() } catch { problem = "no video \(path): \(error)" }
  }
}
