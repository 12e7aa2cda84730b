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
  /// Cameras are uint8 [B, C, H, W], or [B, T, C, H, W] where there are deltas; one delta alone
  /// makes no time axis for a video (LeRobot squeezes it), though it does for anything else.
  /// - Throws: `DataError.atFrame` where a picture cannot be read.
  package func batch(_ indices: [Int]) throws(DataError) -> Batch {
    var batch = Batch()
    for (key, feature) in contents.features where feature.dtype == "video" {
      batch[key] = try pictures(key, feature, indices)
    }
    for (key, feature) in contents.features where feature.dtype != "video" {
      if feature.dtype == "image" {
        batch[key] = try pictures(key, feature, indices)
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

  /// A camera's pictures, decoded straight into the batch.
  private func pictures(
    _ key: String, _ feature: DatasetFeature, _ indices: [Int]
  ) throws(DataError) -> HostTensor {
    let shape = feature.channelsFirstShape
    let times = deltas[key]?.count ?? 1
    let size = times * shape.reduce(1, *)
    var failure: DataError?
    let bytes = [UInt8](unsafeUninitializedCapacity: indices.count * size) { buffer, count in
      guard let base = buffer.baseAddress else { return }
      do throws(DataError) {
        for (slot, index) in indices.enumerated() {
          try read(key, index, into: base + slot * size)
          count += size
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    let hasTimeAxis = deltas[key] != nil && (times > 1 || feature.dtype == "image")
    return HostTensor(bytes, shape: [indices.count] + (hasTimeAxis ? [times] : []) + shape)
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
