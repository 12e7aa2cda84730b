import CPixels
import Foundation
import LeRobotCore

/// Keeps decoded frames of a dataset, packed without loss.
///
/// A cache changes no number: it returns the bytes that the decoder wrote.
package struct FrameCache: Sendable {
  /// Where frames are kept.
  package enum Place: Sendable, Equatable {
    case nowhere
    /// In memory, in at most so many bytes.
    case memory(bytes: Int)
    /// In files of a folder that grow by at most so many bytes; nil is half of the free space.
    case disk(folder: String, bytes: Int? = nil)
  }

  package let place: Place
  /// The decision and its reason, one line for the log.
  package let description: String

  /// The fraction of the available memory that the cache may use by default.
  static let unaskedShare = 4
  /// The fraction of the available memory that the cache may use for `ram`.
  static let askedShare = 2

  /// A cache whose location is given.
  package init(place: Place) {
    (self.place, description) = (place, "Frame cache: \(place)")
  }

  /// Decides where the frames of a dataset are kept.
  ///
  /// - Parameters:
  ///   - choice: the value of `--dataset.frame_cache`; nil keeps all frames in memory where they
  ///     fit into a quarter of the available memory, else none.
  ///   - decodedBytes: of all frames of all cameras.
  ///   - packedBytes: estimates their packed size; nil where that fails. Called only where the
  ///     estimate decides.
  ///   - availableBytes: memory that the process may still use; nil where that is unknown.
  ///   - folder: where `disk` keeps its files.
  package init(
    _ choice: RunOptions.FrameCache?, decodedBytes: Int, packedBytes: () -> Int?,
    availableBytes: Int?, folder: String
  ) {
    let size = formatBytes(decodedBytes)
    let free = availableBytes.map(formatBytes) ?? "an unknown amount"
    switch choice {
    case .off:
      place = .nowhere
      description = "Frame cache: off"
    case .disk:
      place = .disk(folder: folder)
      description = "Frame cache: on disk, up to \(size) in \(folder)"
    case .ram:
      let room = availableBytes.map { $0 / Self.askedShare } ?? decodedBytes
      place = .memory(bytes: room)
      description =
        decodedBytes <= room
        ? "Frame cache: in memory, up to \(size) of \(free) free"
        : "Frame cache: in memory, up to \(formatBytes(room)), half of what is free, "
          + "for \(size) of decoded frames before they are packed"
    case nil:
      let room = (availableBytes ?? 0) / Self.unaskedShare
      let packed = decodedBytes <= room ? decodedBytes : packedBytes() ?? decodedBytes
      place = packed <= room ? .memory(bytes: room) : .nowhere
      description =
        switch (decodedBytes <= room, packed <= room) {
        case (true, _): "Frame cache: in memory, up to \(size) of \(free) free"
        case (_, true):
          "Frame cache: in memory, about \(formatBytes(packed)) of \(free) free, "
            + "for \(size) of decoded frames before they are packed"
        default:
          "Frame cache: off, as \(size) of decoded frames, packed to about \(formatBytes(packed)), "
            + "are more than a quarter of the free memory (\(free)); --dataset.frame_cache=ram "
            + "keeps a part, disk all"
        }
    }
  }
}

extension LeRobotDataset {
  /// Bytes that all frames of all cameras take when they are decoded.
  package var decodedBytes: Int {
    frameCount * contents.cameras.values.reduce(0) { $0 + $1.pictureBytes }
  }

  /// The estimated packed size of all frames, from a sample spread over the dataset; nil where the
  /// sample cannot be read.
  package func packedBytes(samples: Int = 8) -> Int? {
    var total = 0.0
    for camera in contents.cameras.values {
      let (reader, packer) = (camera.makeReader(), PicturePacker(size: camera.size))
      var picture = [UInt8](repeating: 0, count: camera.pictureBytes)
      let rows = (0..<samples).map { frameCount * (2 * $0 + 1) / (2 * samples) }
      var packed = 0
      for row in rows {
        guard (try? reader.read(row, into: &picture)) != nil else { return nil }
        packed += reader.pack(picture, by: packer).count
      }
      total += Double(packed) / Double(samples) * Double(frameCount)
    }
    return Int(total)
  }

  /// The number of frames in memory, of all cameras together, and their bytes; nil where frames
  /// are not kept in memory.
  package var keptFrames: (frames: Int, bytes: Int)? {
    let arena = contents.cameras.values.lazy
      .compactMap { ($0 as? CachedCamera)?.store as? MemoryFrameStore }.first?.arena
    return arena.map { ($0.contents.records, $0.contents.bytes) }
  }

  /// The dataset with cameras that keep their frames; the same dataset where that is not possible.
  ///
  /// - Parameter warn: called once, with one line, when no more frames can be kept; from any
  ///   thread.
  package func keepingFrames(
    _ cache: FrameCache, warn: @escaping @Sendable (String) -> Void
  ) -> LeRobotDataset {
    var contents = contents
    switch cache.place {
    case .nowhere: return self
    case .memory(let bytes):
      guard let arena = FrameArena(capacity: bytes) else {
        warn("no memory for the frame cache; frames are decoded each time")
        return self
      }
      contents.cameras = contents.cameras.mapValues { camera in
        CachedCamera(
          camera: camera, store: MemoryFrameStore(rowCount: frameCount, arena: arena))
      }
    case .disk(let folder, let bytes):
      try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let budget = DiskBudget(
        bytes: bytes ?? DiskBudget.half(of: folder), folder: folder, warn: warn)
      for (key, camera) in contents.cameras {
        do throws(DataError) {
          let store = try DiskFrameStore(
            path: "\(folder)/\(key).frames", size: camera.size, budget: budget,
            identity: identities(key, camera))
          contents.cameras[key] = CachedCamera(camera: camera, store: store)
        } catch {
          warn("\(error); frames of \(key) are decoded each time")
        }
      }
    }
    return LeRobotDataset(contents: contents, deltas: deltas)
  }

  /// The slot of a frame in a camera's file, and the seed of its checksum: everything that its
  /// pixels depend on.
  private func identities(
    _ key: String, _ camera: any CameraSource
  ) -> @Sendable (Int) -> DiskFrameStore.Identity {
    var stamps: [String: String] = [:]
    for episode in contents.episodes {
      let file = camera.origin(of: episode.rows.lowerBound).file
      if stamps[file] == nil { stamps[file] = Self.stamp(file) }
    }
    // A damaged table may hold any index; a larger one would make the file too long.
    let places = 0..<1 << 30
    return { [stamps, table = contents.table, decoding = camera.decoding] row in
      let origin = camera.origin(of: row)
      let text = "\(key) \(decoding) \(stamps[origin.file] ?? "") \(origin.position)"
      var bytes = text
      return DiskFrameStore.Identity(
        record: (try? table.integer("index", at: row)).flatMap { places.contains($0) ? $0 : nil }
          ?? row,
        seed: bytes.withUTF8 { cpx_checksum($0.baseAddress, $0.count, 0) })
    }
  }

  /// Identifies a version of a file: name, size and time of the last change.
  private static func stamp(_ file: String) -> String {
    "\(FileSystem.name(of: file)) \(FileStamp(file)?.version ?? "")"
  }
}

extension CameraSource {
  /// Bytes of one decoded picture.
  fileprivate var pictureBytes: Int { 3 * size.height * size.width }
}
