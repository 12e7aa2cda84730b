import CPixels
import LeRobotCore
import OrderedCollections

/// Reads samples of a dataset and puts them together into batches. It holds decoders, so every
/// thread has its own.
package final class SampleReader {
  private let contents: LeRobotDataset.Contents
  private let deltas: DeltaIndices
  private let cameras: OrderedDictionary<String, any CameraReader>

  init(dataset: LeRobotDataset) {
    contents = dataset.contents
    deltas = dataset.deltas
    cameras = dataset.contents.cameras.mapValues { $0.makeReader() }
  }

  /// One sample: the batch of one, without its batch axis.
  ///
  /// LeRobot `lerobot_dataset.py`, `LeRobotDataset.__getitem__`.
  /// - Throws: `DataError.atFrame` where a picture cannot be read.
  package func item(_ index: Int) throws(DataError) -> Batch {
    var batch = try batch([index])
    for (key, value) in batch.values {
      batch.values[key] = value.reshaped(to: Array(value.shape.dropFirst()))
    }
    return batch
  }

  /// Some samples, one after the other: LeRobot's keys in LeRobot's order, batch axis first.
  ///
  /// Videos come first, then the table's features as `info.json` orders them, then `{key}_is_pad`.
  /// Cameras are [B, C, H, W], or [B, T, C, H, W] where there are deltas; one delta alone makes no
  /// time axis for a video (LeRobot squeezes it), though it does for anything else.
  /// - Parameter isSeen: whether anybody looks at the pictures; else they are left out.
  /// - Throws: `DataError.atFrame` where a picture cannot be read.
  package func batch(_ indices: [Int], isSeen: Bool = true) throws(DataError) -> Batch {
    try batch(indices, isSeen: isSeen, plan: nil)
  }

  /// As `batch(_:)`, with the cameras changed at random: float32 in 0…1 instead of bytes.
  /// What is drawn does not depend on whether they are looked at.
  package func batch(
    _ indices: [Int], isSeen: Bool = true, transforms: ImageTransforms,
    generator: inout TorchGenerator
  ) throws(DataError) -> Batch {
    try batch(indices, isSeen: isSeen, plan: draw(transforms, indices.count, &generator))
  }

  private func batch(
    _ indices: [Int], isSeen: Bool, plan: Plan?
  ) throws(DataError) -> Batch {
    var batch = Batch()
    for (key, feature) in contents.features where isSeen && feature.dtype == "video" {
      batch[key] = try pictures(key, feature, indices, plan)
    }
    for (key, feature) in contents.features where feature.dtype != "video" {
      if feature.dtype == "image" {
        if isSeen { batch[key] = try pictures(key, feature, indices, plan) }
      } else if let column = contents.table.columns[key] {
        let times = deltas[key].map { [$0.count] } ?? []
        batch[key] = try column.gather(
          indices.flatMap { rows(key, $0) }, leading: [indices.count] + times)
      }
    }
    for key in contents.features.keys {
      guard let offsets = deltas[key] else { continue }
      let padding = indices.flatMap { index in
        let range = episode(of: index).rows
        return offsets.map { !range.contains(index + $0) }
      }
      batch["\(key)_is_pad"] = HostTensor(padding, shape: [indices.count, offsets.count])
    }
    batch.tasks = try indices.map { index throws(DataError) in try task(index) }
    return batch
  }

  private func episode(of index: Int) -> Episode {
    contents.episodes[contents.episodes.position(ofRow: index)]
  }

  /// The frames a feature of a sample holds: those at its deltas, kept within the episode.
  private func rows(_ key: String, _ index: Int) -> [Int] {
    guard let offsets = deltas[key] else { return [index] }
    let range = episode(of: index).rows
    return offsets.map { min(max(index + $0, range.lowerBound), range.upperBound - 1) }
  }

  private func task(_ index: Int) throws(DataError) -> String {
    let task = try contents.table.integer("task_index", at: index) ?? 0
    return contents.tasks[task] ?? ""
  }
}

// MARK: - Pictures

extension SampleReader {
  /// What will be done to a camera's pictures, for each sample; nil where they stay bytes.
  typealias Plan = [String: [[ImageAdjustment]]]

  /// Draws all changes of a batch in LeRobot's order: sample by sample, camera by camera.
  private func draw(
    _ transforms: ImageTransforms, _ count: Int, _ generator: inout TorchGenerator
  ) -> Plan {
    var plan: Plan = [:]
    for _ in 0..<count {
      for key in cameras.keys {
        guard let shape = contents.features[key]?.channelsFirstShape else { continue }
        plan[key, default: []].append(
          transforms.draw(width: shape[2], height: shape[1], generator: &generator))
      }
    }
    return plan
  }

  /// A camera's pictures: bytes, or float32 where they are changed.
  private func pictures(
    _ key: String, _ feature: DatasetFeature, _ indices: [Int], _ plan: Plan?
  ) throws(DataError) -> HostTensor {
    let times = deltas[key]?.count ?? 1
    let hasTimeAxis = deltas[key] != nil && (times > 1 || feature.dtype == "image")
    let sample = (hasTimeAxis ? [times] : []) + feature.channelsFirstShape
    let shape = [indices.count] + sample
    let bytes = try frames(key, indices, size: feature.channelsFirstShape.reduce(1, *))
    guard let changes = plan?[key] else { return HostTensor(bytes, shape: shape) }
    return HostTensor(changed(bytes, changes, sample), shape: shape)
  }

  /// A frame that a batch needs.
  private struct Request {
    var row: Int
    /// Where it goes, counted in frames.
    var place: Int
    /// The sample it is for.
    var index: Int
  }

  /// What a camera is asked for, in ascending order: samples that are neighbours in a file are
  /// then decoded on the way, and a frame that several want is decoded once.
  private func requests(_ key: String, _ indices: [Int]) -> [Request] {
    var requests: [Request] = []
    for index in indices {
      for row in rows(key, index) {
        requests.append(Request(row: row, place: requests.count, index: index))
      }
    }
    return requests.sorted { $0.row < $1.row }
  }

  /// The pictures of a camera, each of `size` bytes and decoded straight to its place.
  private func frames(
    _ key: String, _ indices: [Int], size: Int
  ) throws(DataError) -> [UInt8] {
    let requests = requests(key, indices)
    var failure: DataError?
    let bytes = [UInt8](unsafeUninitializedCapacity: requests.count * size) { buffer, written in
      guard let base = buffer.baseAddress else { return }
      do throws(DataError) {
        var last: Request?
        for request in requests {
          let target = base + request.place * size
          if let last, last.row == request.row {
            target.update(from: base + last.place * size, count: size)
          } else {
            try read(key, request, into: target)
          }
          last = request
        }
        written = requests.count * size
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  private func read(
    _ key: String, _ request: Request, into target: UnsafeMutablePointer<UInt8>
  ) throws(DataError) {
    do {
      try cameras[key]?.read(request.row, into: target)
    } catch {
      let episode = episode(of: request.index)
      throw .atFrame(
        episode: episode.index, frame: request.index - episode.rows.lowerBound, error)
    }
  }

  /// Pictures as numbers in 0…1, each sample's changed as drawn.
  private func changed(
    _ bytes: [UInt8], _ changes: [[ImageAdjustment]], _ sample: [Int]
  ) -> [Float] {
    let size = sample.reduce(1, *)
    return [Float](unsafeUninitializedCapacity: bytes.count) { floats, written in
      cpx_bytes_to_unit_floats(bytes, bytes.count, floats.baseAddress)
      for (slot, adjustments) in changes.enumerated() {
        let frames = UnsafeMutableBufferPointer(
          rebasing: floats[slot * size..<(slot + 1) * size])
        do {
          try ImageTransforms.apply(adjustments, to: frames, shape: sample)
        } catch {
          // Only for channels other than three, which no dataset is opened with.
          preconditionFailure("\(error)")
        }
      }
      written = bytes.count
    }
  }

  /// Decodes the video frames of a batch and drops them: the least a batch can cost without a
  /// cache.
  package func decode(_ indices: [Int]) throws(DataError) {
    for (key, camera) in cameras {
      guard let video = camera as? VideoCameraReader else { continue }
      for request in requests(key, indices) { try video.decode(request.row) }
    }
  }
}
