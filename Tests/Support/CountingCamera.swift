import LeRobotCore
import LeRobotData
import Synchronization

/// A camera whose pictures are made up from their frame's number; it counts how often each is made.
package final class CountingCamera: CameraSource, CameraReader {
  package let size: (height: Int, width: Int) = (4, 5)
  package let decoding: String
  private let file: String
  private let counts = Mutex<[Int: Int]>([:])

  /// - Parameter file: said to hold the frames.
  package init(file: String = "/nowhere", decoding: String = "") {
    (self.file, self.decoding) = (file, decoding)
  }

  /// How often each frame was asked for.
  package var made: [Int: Int] { counts.withLock { $0 } }

  package func origin(of row: Int) -> FrameOrigin { FrameOrigin(file: file, position: Double(row)) }
  package func makeReader() -> any CameraReader { self }

  package static func picture(_ row: Int) -> [UInt8] {
    (0..<60).map { UInt8(truncatingIfNeeded: row * 31 + $0 * 7 + 1) }
  }

  package func read(_ row: Int, into target: UnsafeMutablePointer<UInt8>) throws(DataError) {
    counts.withLock { $0[row, default: 0] += 1 }
    for (index, byte) in Self.picture(row).enumerated() { target[index] = byte }
  }

  /// One episode of this camera.
  package func dataset(frames: Int, deltas: DeltaIndices = DeltaIndices()) -> LeRobotDataset {
    dataset(numbers: Array(0..<Int64(frames)), deltas: deltas)
  }

  /// One episode of frames whose `index` is given.
  package func dataset(
    numbers: [Int64], deltas: DeltaIndices = DeltaIndices()
  ) -> LeRobotDataset {
    let frames = numbers.count
    let numbers = FrameColumn(shape: [], values: numbers)
    let contents = LeRobotDataset.Contents(
      features: [
        "observation.images.c": DatasetFeature(
          dtype: "image", shape: [4, 5, 3], names: ["height", "width", "channels"]),
        "index": DatasetFeature(dtype: "int64", shape: [1]),
      ],
      fps: 10, episodes: [Episode(index: 0, rows: 0..<frames)],
      table: FrameTable(columns: ["index": numbers]), cameras: ["observation.images.c": self],
      tasks: [:], statistics: [:])
    return LeRobotDataset(contents: contents, deltas: deltas)
  }

  /// What a batch of these frames holds.
  package static func pictures(_ rows: [Int]) -> HostTensor {
    HostTensor(rows.flatMap(picture), shape: [rows.count, 3, 4, 5])
  }
}

extension LeRobotDataset {
  /// The pictures of a `CountingCamera` in a batch.
  package func pictures(_ rows: [Int]) throws -> HostTensor? {
    try makeReader().batch(rows)["observation.images.c"]
  }
}
