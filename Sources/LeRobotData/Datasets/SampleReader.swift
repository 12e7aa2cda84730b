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
    for (key, tensor) in batch.tensors {
      batch[key] = HostTensor(shape: Array(tensor.shape.dropFirst()), storage: tensor.storage)
    }
    return batch
  }

  /// Some samples, one after the other: LeRobot's keys in LeRobot's order, batch axis first.
  ///
  /// Videos come first, then the table's features as `info.json` orders them, then `{key}_is_pad`.
  /// Cameras are [B, C, H, W], or [B, T, C, H, W] where there are deltas; one delta alone makes no
  /// time axis for a video (LeRobot squeezes it), though it does for anything else.
  /// - Throws: `DataError.atFrame` where a picture cannot be read.
  package func batch(_ indices: [Int]) throws(DataError) -> Batch {
    try batch(indices, plan: nil)
  }

  /// As `batch(_:)`, with the cameras changed at random: float32 in 0…1 instead of bytes.
  package func batch(
    _ indices: [Int], transforms: ImageTransforms, generator: inout TorchGenerator
  ) throws(DataError) -> Batch {
    try batch(indices, plan: draw(transforms, indices.count, &generator))
  }

  private func batch(_ indices: [Int], plan: Plan?) throws(DataError) -> Batch {
    var batch = Batch()
    for (key, feature) in contents.features where feature.dtype == "video" {
      batch[key] = try pictures(key, feature, indices, plan)
    }
    for (key, feature) in contents.features where feature.dtype != "video" {
      if feature.dtype == "image" {
        batch[key] = try pictures(key, feature, indices, plan)
      } else if let column = contents.table.columns[key] {
        let times = deltas[key].map { [$0.count] } ?? []
        batch[key] = column.gather(
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
    batch.tasks = indices.map(task)
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

  private func task(_ index: Int) -> String {
    let task = contents.table.integer("task_index", at: index) ?? 0
    return contents.tasks[task] ?? ""
  }

  private func read(
    _ key: String, _ index: Int, into target: UnsafeMutablePointer<UInt8>
  ) throws(DataError) {
    do {
      try cameras[key]?.read(rows(key, index), into: target)
    } catch {
      let episode = episode(of: index)
      throw .atFrame(
        episode: episode.index, frame: index - episode.rows.lowerBound, error)
    }
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
    let size = times * feature.channelsFirstShape.reduce(1, *)
    let shape = [indices.count] + sample
    guard let changes = plan?[key] else {
      // Decoded straight into the batch.
      let bytes: [UInt8] = try filled(indices.count, size) { slot, target throws(DataError) in
        try read(key, indices[slot], into: target)
      }
      return HostTensor(bytes, shape: shape)
    }
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
    defer { bytes.deallocate() }
    let floats: [Float] = try filled(indices.count, size) { slot, target throws(DataError) in
      try read(key, indices[slot], into: bytes)
      cpx_bytes_to_unit_floats(bytes, size, target)
      let frames = UnsafeMutableBufferPointer(start: target, count: size)
      do {
        try ImageTransforms.apply(changes[slot], to: frames, shape: sample)
      } catch {
        // Only for channels other than three, which no dataset is opened with.
        preconditionFailure("\(error)")
      }
    }
    return HostTensor(floats, shape: shape)
  }

  /// An array of `count` stretches of `size` elements, each written by `body`.
  private func filled<Element>(
    _ count: Int, _ size: Int,
    _ body: (Int, UnsafeMutablePointer<Element>) throws(DataError) -> Void
  ) throws(DataError) -> [Element] {
    var failure: DataError?
    let elements = [Element](unsafeUninitializedCapacity: count * size) { buffer, written in
      guard let base = buffer.baseAddress else { return }
      do throws(DataError) {
        for slot in 0..<count {
          try body(slot, base + slot * size)
          written += size
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return elements
  }
}
