import Foundation
import LeRobotCore

/// Why a dataset cannot be opened or a frame of it cannot be read.
///
/// Every message is one line: the file (and episode and frame where there is one), what is wrong,
/// and what to do about it.
package enum DataError: Error, Equatable {
  // Finding the dataset
  /// With what the hub says of it, where it was asked.
  case datasetNotFound(path: String, reason: String?)
  case notADataset(path: String)
  case unknownVersion(file: String, version: String)
  /// The files are those of another version than `info.json` names.
  case otherLayout(file: String, version: String, found: String)
  /// `--dataset.camera_keys` names what is no camera of the dataset.
  case unknownCamera(name: String, cameras: [String])
  case streamingUnsupported
  case unknownVideoBackend(String)
  case missingEpisode(episode: Int, count: Int)
  case noEpisodes(path: String)

  /// The system has no thread left for a loader's worker.
  case noThread(worker: Int, count: Int, reason: String)

  // Files
  case missingFile(file: String, episode: Int?)
  /// Files are missing, and cannot be downloaded.
  case notFetched(file: String, reason: String)
  /// An episode for which `meta/` names no video of a camera.
  case missingVideo(file: String, episode: Int, camera: String)
  case unreadable(file: String, reason: String)
  /// Whatever is in it.
  case notReadable(file: String, reason: String)
  case malformed(file: String, reason: String)
  case notWritable(file: String, reason: String)
  /// Git's stand-in for a large file that was not fetched.
  case lfsPointer(file: String)
  /// A Parquet file without the footer that is written last.
  case noFooter(file: String)

  /// Everything that is wrong with the dataset's contents, as far as it was looked for: a line each.
  case findings([String])

  // Tables
  case missingColumn(file: String, column: String)
  case wrongType(file: String, column: String, found: String, expected: String)
  case wrongWidth(file: String, column: String, row: Int, found: Int, expected: Int)
  case missingValue(file: String, column: String, row: Int)
  case wrongRowCount(file: String, found: Int, expected: Int)
  case wrongEpisode(file: String, row: Int, found: Int, expected: Int)
  /// The frames of an episode do not follow each other.
  case wrongOrder(file: String, row: Int, episode: Int)
  case wrongEpisodeLength(file: String, episode: Int, found: Int, expected: Int)

  // Cameras
  case noFFmpeg(reason: String)
  case noArrow(reason: String)
  case truncatedVideo(file: String, frame: Int, needed: Int, size: Int)
  case tooFewFrames(file: String, episode: Int, found: Int, expected: Int)
  case undecodableFrame(file: String, frame: Int, reason: String)
  case timestampOutOfTolerance(file: String, asked: Double, nearest: Double, tolerance: Double)
  case wrongImageSize(file: String, camera: String, found: [Int], expected: [Int])
  /// A row with neither bytes nor path.
  case noImageBytes(file: String, camera: String, row: Int)
  /// A row with only a path, where no file was found; `looked` are the places looked at.
  case missingImageFile(file: String, camera: String, row: Int, path: String, looked: [String])
  case undecodableImage(file: String, camera: String, row: Int, reason: String)
  /// Of a folder of raw ALOHA recordings.
  case recording(RecordingError)
  /// What went wrong while one frame of one episode was read.
  indirect case atFrame(episode: Int, frame: Int, DataError)
}

extension DataError {
  /// Why a file that is there could not be opened: it is no file, may not be read, or is damaged,
  /// for which `reason` is a library's.
  static func cannotOpen(_ file: String, because reason: String) -> DataError {
    if FileSystem.isDirectory(file) { return .notReadable(file: file, reason: "it is a folder") }
    guard access(file, R_OK) == 0 else {
      return .notReadable(file: file, reason: String(cString: strerror(errno)).lowercased())
    }
    if isPointer(file) { return .lfsPointer(file: file) }
    return .unreadable(file: file, reason: reason)
  }

  /// Whether a file is Git LFS's pointer to the real one.
  static func isPointer(_ file: String) -> Bool {
    let mark = Array("version https://git-lfs.github.com/spec/".utf8)
    guard let found = FileHandle(forReadingAtPath: file)?.readData(ofLength: mark.count) else {
      return false
    }
    return Array(found) == mark
  }

  /// Whether `meta/` may only be wrong about where rows are.
  var isMisplacement: Bool {
    switch self {
    case .missingFile, .wrongRowCount, .wrongEpisode, .wrongOrder: true
    default: false
    }
  }

  /// What is wrong, without the file and the remedy, where that is short.
  var cause: String {
    switch self {
    case .missingColumn: "the tables have no such column"
    case .wrongType(_, _, let found, let expected): "the tables hold \(found), not \(expected)"
    case .wrongWidth(_, _, let row, let found, let expected):
      "row \(row) has \(found) values, not \(expected)"
    default: description
    }
  }
}

extension DataError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .datasetNotFound, .notADataset, .unknownVersion, .otherLayout, .unknownCamera,
      .streamingUnsupported, .unknownVideoBackend, .missingEpisode, .noEpisodes, .noThread:
      locationDescription
    case .missingFile, .notFetched, .missingVideo, .unreadable, .notReadable, .malformed,
      .notWritable, .lfsPointer, .noFooter:
      fileDescription
    case .missingColumn, .wrongType, .wrongWidth, .missingValue, .wrongRowCount, .wrongEpisode,
      .wrongOrder, .wrongEpisodeLength:
      tableDescription
    case .findings(let lines):
      lines.joined(separator: "\n")
    case .recording(let cause), .atFrame(_, _, .recording(let cause)):
      // These name episode and frame themselves.
      "\(cause)"
    case .atFrame(let episode, let frame, let cause):
      "episode \(episode), frame \(frame): \(cause)"
    default:
      cameraDescription
    }
  }

  private var locationDescription: String {
    switch self {
    case .datasetNotFound(let path, let reason?):
      "\(path): no such dataset folder, and \(reason)"
    case .datasetNotFound(let path, nil):
      "\(path): no such dataset folder; give its folder by --dataset.root, or put it there "
        + "(HF_LEROBOT_HOME moves where datasets are looked for)"
    case .notADataset(let path):
      "\(path): not a dataset: neither meta/info.json nor episode_*.hdf5 is in it; "
        + "--dataset.root is the dataset's own folder"
    case .unknownVersion(let file, let version):
      "\(file): codebase_version is \(version), known are v2.0, v2.1 and v3.0; "
        + "convert the dataset with LeRobot 0.4.2"
    case .otherLayout(let file, let version, let found):
      "\(file): codebase_version is \(version), but the files in meta/ are those of \(found); "
        + "correct the version there, or convert the dataset with LeRobot 0.4.2"
    case .unknownCamera(let name, let cameras):
      "--dataset.camera_keys: \(name) is no camera of the dataset; "
        + (cameras.isEmpty ? "it has none" : "it has \(cameras.joined(separator: ", "))")
    case .streamingUnsupported:
      "--dataset.streaming=true is not supported; leave it out and have the dataset on disk"
    case .unknownVideoBackend(let name):
      "--dataset.video_backend=\(name): known are torchcodec and pyav"
    case .missingEpisode(let episode, let count):
      "--dataset.episodes names episode \(episode), but the dataset has episodes "
        + "0 to \(count - 1); leave it out"
    case .noEpisodes(let path):
      "\(path): no episode is left to train on; check --dataset.episodes"
    case .noThread(let worker, let count, let reason):
      "worker \(worker) of \(count) gets no thread (\(reason)); lower --num_workers"
    default: ""
    }
  }

  private var fileDescription: String {
    switch self {
    case .missingFile(let file, let episode?):
      "\(file): missing, and episode \(episode) needs it; "
        + "download it again or leave the episode out by --dataset.episodes"
    case .notFetched(let file, let reason):
      "\(file): missing, and cannot be downloaded: \(reason)"
    case .missingFile(let file, nil):
      "\(file): missing; download the dataset again"
    case .missingVideo(let file, let episode, let camera):
      "\(file): episode \(episode) has no video of camera \(camera); "
        + "leave the episode out by --dataset.episodes, or record it again"
    case .unreadable(let file, let reason):
      "\(file): cannot be read (\(reason)); the file is damaged or cut short: download it again"
    case .notReadable(let file, let reason):
      "\(file): cannot be read (\(reason)); check what it is and its permissions"
    case .malformed(let file, let reason):
      "\(file): \(reason); download the dataset again or convert it with LeRobot 0.4.2"
    case .notWritable(let file, let reason):
      "\(file): cannot be written (\(reason)); check the folder's permissions and free space"
    case .lfsPointer(let file):
      "\(file): is a Git LFS pointer, not the file itself; run git lfs pull in the dataset's folder"
    case .noFooter(let file):
      "\(file): has no Parquet footer: it is cut short, or its recording was interrupted; "
        + "download it again, or remove it if the dataset is whole without it"
    default: ""
    }
  }

  private var tableDescription: String {
    switch self {
    case .missingColumn(let file, let column):
      "\(file): no column \(column), which meta/info.json declares; "
        + "remove the feature there or restore the file"
    case .wrongType(let file, let column, let found, let expected):
      "\(file): column \(column) holds \(found), meta/info.json declares \(expected); "
        + "correct whichever is wrong"
    case .wrongWidth(let file, let column, let row, let found, let expected):
      "\(file): row \(row) of \(column) has \(found) values, meta/info.json declares \(expected); "
        + "correct whichever is wrong"
    case .missingValue(let file, let column, let row):
      "\(file): row \(row) of \(column) is null; leave the episode out by --dataset.episodes"
    case .wrongRowCount(let file, let found, let expected):
      "\(file): \(found) rows, the episodes in it have \(expected) frames; "
        + "the file and meta/ are of different versions: download both again"
    case .wrongEpisode(let file, let row, let found, let expected):
      "\(file): row \(row) belongs to episode \(found), meta/ says \(expected); "
        + "the file and meta/ are of different versions: download both again"
    case .wrongOrder(let file, let row, let episode):
      "\(file): row \(row) of episode \(episode) is out of order; sort the rows by frame_index"
    case .wrongEpisodeLength(let file, let episode, let found, let expected):
      "\(file): the tables hold \(found) frames of episode \(episode), meta/ says \(expected); "
        + "the files and meta/ are of different versions: download both again"
    default: ""
    }
  }

  private var cameraDescription: String {
    switch self {
    case .noFFmpeg(let reason):
      "videos need FFmpeg's libraries (\(reason)); Scripts/setup installs them"
    case .noArrow(let reason):
      "tables need Arrow's libraries (\(reason)); build or install the program again"
    case .truncatedVideo(let file, let frame, let needed, let size):
      "\(file): cut short: frame \(frame) ends at byte \(needed), the file at \(size); "
        + "download it again"
    case .tooFewFrames(let file, let episode, let found, let expected):
      "\(file): \(found) frames, but its episodes up to \(episode) need \(expected); "
        + "download it again or leave the episode out by --dataset.episodes"
    case .undecodableFrame(let file, let frame, let reason):
      "\(file): frame \(frame) cannot be decoded (\(reason)); download the file again"
    case .timestampOutOfTolerance(let file, let asked, let nearest, let tolerance):
      "\(file): no frame at \(asked) s: the nearest is at \(nearest) s, and \(tolerance) s are "
        + "tolerated; give more by --tolerance_s, or leave the episode out by --dataset.episodes"
    case .wrongImageSize(let file, let camera, let found, let expected):
      "\(file): pictures of \(camera) are \(found) instead of \(expected) "
        + "(height, width, channels); all of a camera must have one size"
    case .noImageBytes(let file, let camera, let row):
      "\(file): row \(row) of \(camera) holds neither a picture nor its path; "
        + "leave the episode out by --dataset.episodes"
    case .missingImageFile(let file, let camera, let row, let path, let looked):
      "\(file): row \(row) of \(camera) holds only the path \(path), and no such file is there "
        + "(\(looked.isEmpty ? "nothing is downloaded" : "looked at \(looked.joined(separator: ", "))"))"
        + "; put the file there or embed the pictures with LeRobot"
    case .undecodableImage(let file, let camera, let row, let reason):
      "\(file): row \(row) of \(camera) cannot be decoded (\(reason)); download the file again"
    default: ""
    }
  }
}
