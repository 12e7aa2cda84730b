import CPixels
import Foundation
import LeRobotCore

/// How decoded frames of a dataset are kept.
///
/// A cache changes no number: a kept picture is the decoder's, byte for byte.
package struct FrameCache: Sendable {
  /// Where frames are kept.
  package enum Place: Sendable, Equatable {
    case nowhere
    /// In memory, at most so many bytes.
    case memory(bytes: Int)
    /// In files of a folder, which grow by so many bytes at most; nil is half of what is free.
    case disk(folder: String, bytes: Int? = nil)
  }

  package let place: Place
  /// What was decided and why, one line for the log.
  package let description: String

  /// The part of the available memory within which a whole dataset is kept unasked.
  static let unaskedShare = 4
  /// The part of the available memory that is used where memory is asked for.
  static let askedShare = 2

  /// A cache at a place that is given.
  package init(place: Place) {
    (self.place, description) = (place, "Frame cache: \(place)")
  }

  /// Decides where the frames of a dataset are kept.
  ///
  /// - Parameters:
  ///   - choice: what `--dataset.frame_cache` says; nil keeps all frames in memory where they fit
  ///     into a quarter of what is available, else none.
  ///   - decodedBytes: of all frames of all cameras.
  ///   - availableBytes: memory that may still be taken; nil where that is unknown.
  ///   - folder: for the disk.
  package init(
    _ choice: RunOptions.FrameCache?, decodedBytes: Int, availableBytes: Int?, folder: String
  ) {
    let size = Self.text(decodedBytes)
    let free = availableBytes.map(Self.text) ?? "an unknown amount"
    switch choice {
    case .off:
      place = .nowhere
      description = "Frame cache: off"
    case .disk:
      place = .disk(folder: folder)
      description = "Frame cache: on disk, up to \(size) in \(folder)"
    case .ram:
      let room = min(decodedBytes, availableBytes.map { $0 / Self.askedShare } ?? decodedBytes)
      place = .memory(bytes: room)
      description =
        room == decodedBytes
        ? "Frame cache: in memory, up to \(size) of \(free) free"
        : "Frame cache: in memory, up to \(Self.text(room)), half of what is free, "
          + "of \(size) decoded frames"
    case nil:
      let fits = decodedBytes <= (availableBytes ?? 0) / Self.unaskedShare
      place = fits ? .memory(bytes: decodedBytes) : .nowhere
      description =
        fits
        ? "Frame cache: in memory, up to \(size) of \(free) free"
        : "Frame cache: off, as \(size) of decoded frames are more than a quarter of the free "
          + "memory (\(free)); --dataset.frame_cache=ram keeps a part, disk all"
    }
  }

  private static func text(_ bytes: Int) -> String {
    bytes >= 1_000_000_000
      ? String(format: "%.1f GB", Double(bytes) / 1e9)
      : String(format: "%.0f MB", (Double(bytes) / 1e6).rounded(.up))
  }
}

extension LeRobotDataset {
  /// Bytes that all frames of all cameras take when they are decoded.
  package var decodedBytes: Int {
    frameCount * contents.cameras.values.reduce(0) { $0 + $1.pictureBytes }
  }

  /// The dataset with its cameras' frames kept, or as it is where that is not possible.
  ///
  /// - Parameter warn: is told, in a line, once, when frames can no longer be kept; from any
  ///   thread.
  package func keepingFrames(
    _ cache: FrameCache, warn: @escaping @Sendable (String) -> Void
  ) -> LeRobotDataset {
    var contents = contents
    switch cache.place {
    case .nowhere: return self
    case .memory(let bytes):
      for (key, camera) in contents.cameras {
        // Every camera keeps the same part of its frames.
        let part = Double(bytes) / Double(max(1, decodedBytes))
        let store = MemoryFrameStore(
          rowCount: frameCount, capacity: min(frameCount, Int(part * Double(frameCount))),
          pictureSize: camera.pictureBytes)
        guard let store else {
          warn("no memory for the frame cache; frames of \(key) are decoded each time")
          continue
        }
        contents.cameras[key] = CachedCamera(camera: camera, store: store)
      }
    case .disk(let folder, let bytes):
      try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let budget = DiskBudget(
        bytes: bytes ?? DiskBudget.half(of: folder), folder: folder, warn: warn)
      for (key, camera) in contents.cameras {
        do throws(DataError) {
          let store = try DiskFrameStore(
            path: "\(folder)/\(key).frames", shape: [3, camera.size.height, camera.size.width],
            budget: budget, identity: identities(key, camera))
          contents.cameras[key] = CachedCamera(camera: camera, store: store)
        } catch {
          warn("\(error); frames of \(key) are decoded each time")
        }
      }
    }
    return LeRobotDataset(contents: contents, deltas: deltas)
  }

  /// Where a frame's record stands in a camera's file, and what its checksum begins with: all that
  /// decides about its pixels.
  private func identities(
    _ key: String, _ camera: any CameraSource
  ) -> @Sendable (Int) -> DiskFrameStore.Identity {
    var stamps: [String: String] = [:]
    for episode in contents.episodes {
      let file = camera.origin(of: episode.rows.lowerBound).file
      if stamps[file] == nil { stamps[file] = Self.stamp(file) }
    }
    return { [stamps, table = contents.table, decoding = camera.decoding] row in
      let origin = camera.origin(of: row)
      let text = "\(key) \(decoding) \(stamps[origin.file] ?? "") \(origin.position)"
      var bytes = text
      return DiskFrameStore.Identity(
        record: table.integer("index", at: row) ?? row,
        seed: bytes.withUTF8 { cpx_checksum($0.baseAddress, $0.count, 0) })
    }
  }

  /// Tells a file from what stood there before: name, size and when it was changed last.
  private static func stamp(_ file: String) -> String {
    var found = stat()
    guard stat(file, &found) == 0 else { return file }
    let name = (file as NSString).lastPathComponent
    return "\(name) \(found.st_size) \(found.st_mtim.tv_sec) \(found.st_mtim.tv_nsec)"
  }
}

extension CameraSource {
  /// Bytes of one decoded picture.
  fileprivate var pictureBytes: Int { 3 * size.height * size.width }
}
