import LeRobotCore
import OrderedCollections

/// One raw ALOHA episode: an HDF5 file, looked into but not read.
///
/// The layout is ALOHA's own (tonyzhaozh/aloha, `record_episodes.py`): `/action` [T, A],
/// `/observations/qpos` [T, S], perhaps `qvel` and `effort`, and `/observations/images/X`, bytes
/// [T, H, W, 3] or one JPEG a row, padded to a common length or not.
struct Recording: Sendable {
  static let state = "/observations/qpos"
  static let pictures = "/observations/images"

  /// How a camera's frames are stored.
  enum PictureForm: Sendable, Equatable {
    case pixels(height: Int, width: Int)
    case files
  }

  let path: String
  /// Its place in the folder.
  let index: Int
  let length: Int
  /// Width of each vector, by feature.
  let widths: OrderedDictionary<String, Int>
  /// Form of each camera, by feature.
  let cameras: OrderedDictionary<String, PictureForm>

  /// The features a recording may have, in their order, and where they stand: as LeRobot's
  /// converter of ALOHA recordings names them. The first two must be there.
  static let vectors: OrderedDictionary<String, String> = [
    "observation.state": state, "action": "/action", "observation.velocity": "/observations/qvel",
    "observation.effort": "/observations/effort",
  ]

  /// Where a camera feature's frames stand in the file.
  static func dataset(ofCamera key: String) -> String {
    pictures + "/" + key.dropFirst("observation.images.".count)
  }

  /// Looks into a file.
  ///
  /// - Throws: `RecordingError` where it is cut short, or its datasets do not go together.
  init(path: String, index: Int) throws(RecordingError) {
    (self.path, self.index) = (path, index)
    let look = RecordingLook(path: path, episode: index)
    let file = try look.open()
    var widths: OrderedDictionary<String, Int> = [:]
    var length: Int?
    for (key, name) in Self.vectors where widths.count < 2 || file.contains(name) {
      let shape = try look.vectorShape(name, in: file)
      try look.check(length: shape[0], of: name, expected: length)
      length = shape[0]
      widths[key] = shape[1]
    }
    self.widths = widths
    self.length = length ?? 0
    if self.length == 0 { throw .empty(file: path, episode: index) }
    var cameras: OrderedDictionary<String, PictureForm> = [:]
    for name in try look.cameras(in: file) {
      let (form, frames) = try look.pictureForm("\(Self.pictures)/\(name)", in: file)
      try look.check(length: frames, of: "\(Self.pictures)/\(name)", expected: length)
      cameras["observation.images.\(name)"] = form
    }
    self.cameras = cameras
  }

  /// Whether this episode has the same features as the first one.
  func check(against first: Recording) throws(RecordingError) {
    for key in OrderedSet(first.widths.keys).union(widths.keys)
    where widths[key] != first.widths[key] {
      func text(_ width: Int?) -> String { width.map { "\($0) wide" } ?? "not recorded" }
      throw .differsFromFirst(
        file: path, episode: index, name: Self.vectors[key] ?? key, found: text(widths[key]),
        first: text(first.widths[key]))
    }
    for key in OrderedSet(first.cameras.keys).union(cameras.keys) {
      switch (cameras[key], first.cameras[key]) {
      // Sizes are checked when the pictures are read.
      case (.files, .pixels), (.pixels, .files): continue
      case (let found, let expected) where found == expected: continue
      case (let found, let expected):
        throw .differsFromFirst(
          file: path, episode: index, name: Self.dataset(ofCamera: key),
          found: found?.text ?? "not recorded", first: expected?.text ?? "not recorded")
      }
    }
  }
}

extension Recording.PictureForm {
  fileprivate var text: String {
    switch self {
    case .pixels(let height, let width): "\(height)×\(width) pixels"
    case .files: "compressed pictures"
    }
  }
}
