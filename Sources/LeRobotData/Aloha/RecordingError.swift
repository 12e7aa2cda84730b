/// What is wrong with a folder of raw ALOHA recordings.
package enum RecordingError: Error, Equatable {
  /// A file cannot be opened or lacks something.
  case unreadable(episode: Int, HDF5Error)
  /// No frame was recorded.
  case empty(file: String, episode: Int)
  /// A dataset of another length than `/observations/qpos`.
  case wrongLength(file: String, episode: Int, name: String, found: Int, expected: Int)
  /// A dataset whose rows cannot be what its name says.
  case wrongForm(file: String, episode: Int, name: String, found: String, expected: String)
  /// An episode that differs from the first one in what it holds.
  case differsFromFirst(file: String, episode: Int, name: String, found: String, first: String)
  case undecodablePicture(file: String, episode: Int, frame: Int, camera: String, ImageError)
  case wrongPictureSize(
    file: String, episode: Int, frame: Int, camera: String, found: [Int], expected: [Int])
  /// `recordings.json` says something that is not understood.
  case wrongOptions(file: String, reason: String)
}

extension RecordingError: CustomStringConvertible {
  package var description: String {
    let remedy = "record it again or take the file out of the folder"
    switch self {
    case .unreadable(let episode, let cause):
      return "episode \(episode): \(cause)"
    case .empty(let file, let episode):
      return "episode \(episode): \(file): no frame in /observations/qpos; \(remedy)"
    case .wrongLength(let file, let episode, let name, let found, let expected):
      return "episode \(episode): \(file): \(name) has \(found) frames, /observations/qpos "
        + "\(expected); \(remedy)"
    case .wrongForm(let file, let episode, let name, let found, let expected):
      return "episode \(episode): \(file): \(name) is \(found), not \(expected); \(remedy)"
    case .differsFromFirst(let file, let episode, let name, let found, let first):
      return "episode \(episode): \(file): \(name) is \(found), in the first episode \(first); "
        + remedy
    case .undecodablePicture(let file, let episode, let frame, let camera, let cause):
      return "episode \(episode), frame \(frame): \(file): \(camera): \(cause)"
    case .wrongPictureSize(let file, let episode, let frame, let camera, let found, let expected):
      return "episode \(episode), frame \(frame): \(file): the picture of \(camera) is \(found), "
        + "the first one \(expected) (height, width, channels); \(remedy)"
    case .wrongOptions(let file, let reason):
      return "\(file): \(reason); it may hold fps, a number, and task, a sentence"
    }
  }
}
