import CPixels
import Foundation
import LeRobotCore

/// How decoded frames of a dataset are kept: packed, without loss.
///
/// A cache changes no number: a picture that was kept is the decoder's, byte for byte.
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
  ///   - packedBytes: how many about they become when they are packed, nil where that cannot be
  ///     found out; asked only where the answer decides.
  ///   - availableBytes: memory that may still be taken; nil where that is unknown.
  ///   - folder: for the disk.
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

  /// About how many bytes those become when they are packed, judged by some frames from
  /// everywhere; nil where they cannot be read.
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

  /// Frames that are kept in memory, of all cameras together, and the bytes they take; nil where
  /// that is not where they are kept.
  package var keptFrames: (frames: Int, bytes: Int)? {
    let arena = contents.cameras.values.lazy
      .compactMap { ($0 as? CachedCamera)?.store as? MemoryFrameStore }.first?.arena
    return arena.map { ($0.contents.records, $0.contents.bytes) }
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
    // Beyond that many records the file would have no end; a damaged table may ask for any.
    let places = 0..<1 << 30
    return { [stamps, table = contents.table, decoding = camera.decoding] row in
      let origin = camera.origin(of: row)
      let text = "\(key) \(decoding) \(stamps[origin.file] ?? "") \(origin.position)"
      var bytes = text
      return DiskFrameStore.Identity(
        record: table.integer("index", at: row).flatMap { places.contains($0) ? $0 : nil } ?? row,
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
