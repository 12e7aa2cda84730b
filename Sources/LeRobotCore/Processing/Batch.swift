import OrderedCollections

/// What a loader hands to the training loop: one value per feature, batch axis first.
///
/// Keys are LeRobot's: `observation.state` [B, D], `observation.images.X` [B, C, H, W],
/// `action` [B, T, D], `action_is_pad` [B, T], `timestamp`, `frame_index`, `episode_index`,
/// `index`, `task_index` [B]. Images are float32 in 0…1, bytes in 0…255 that mean the same
/// (`Float(byte) / 255`), or bytes with a table of what they mean.
package struct Batch: Sendable {
  /// What one feature holds.
  package enum Value: Sendable, Equatable {
    case tensor(HostTensor)
    /// Numbers of type float32, a byte each.
    case picture(PictureBytes)
  }

  package var values: OrderedDictionary<String, Value>
  /// The task sentence of each sample.
  package var tasks: [String]

  package init(tensors: NamedTensors = [:], tasks: [String] = []) {
    values = tensors.mapValues { .tensor($0) }
    self.tasks = tasks
  }

  /// One value as a tensor. Reading a picture writes out its numbers, which takes four times the
  /// memory: use `values` where speed counts.
  package subscript(key: String) -> HostTensor? {
    get { values[key]?.tensor }
    set { values[key] = newValue.map { .tensor($0) } }
  }

  /// All values as tensors, the numbers of pictures written out.
  package var tensors: NamedTensors { values.mapValues(\.tensor) }

  /// The number of samples.
  package var size: Int { values.values.first?.shape.first ?? 0 }
}

extension Batch.Value {
  package var shape: [Int] {
    switch self {
    case .tensor(let tensor): tensor.shape
    case .picture(let picture): picture.shape
    }
  }

  /// The value as a tensor, the numbers of a picture written out.
  package var tensor: HostTensor {
    switch self {
    case .tensor(let tensor): tensor
    case .picture(let picture): picture.tensor
    }
  }

  /// The value as a picture, which a tensor of bytes is too; nil for other tensors.
  package var picture: PictureBytes? {
    switch self {
    case .tensor(let tensor):
      tensor.values(of: UInt8.self).map { PictureBytes($0, shape: tensor.shape) }
    case .picture(let picture): picture
    }
  }

  /// The same elements in another shape of as many.
  package func reshaped(to shape: [Int]) -> Batch.Value {
    switch self {
    case .tensor(let tensor):
      .tensor(tensor.reshaped(to: shape))
    case .picture(let picture):
      .picture(
        PictureBytes(picture.bytes, shape: shape, table: picture.table, inner: picture.inner))
    }
  }
}
