import OrderedCollections

/// Named tensors in a fixed order: a policy's weights, an optimizer's state.
package typealias NamedTensors = OrderedDictionary<String, HostTensor>

/// What a loader hands to the training loop: one tensor per feature, batch axis first.
///
/// Keys are LeRobot's: `observation.state` [B, D], `observation.images.X` [B, C, H, W],
/// `action` [B, T, D], `action_is_pad` [B, T], `timestamp`, `frame_index`, `episode_index`,
/// `index`, `task_index` [B]. Images are either float32 in 0…1 or uint8 in 0…255; both mean
/// the same picture, and whoever computes with them converts (`Float(byte) / 255`).
package struct Batch: Sendable {
  package var tensors: OrderedDictionary<String, HostTensor>
  /// The task sentence of each sample.
  package var tasks: [String]

  package init(tensors: OrderedDictionary<String, HostTensor> = [:], tasks: [String] = []) {
    self.tensors = tensors
    self.tasks = tasks
  }

  package subscript(key: String) -> HostTensor? {
    get { tensors[key] }
    set { tensors[key] = newValue }
  }

  /// The number of samples.
  package var size: Int { tensors.values.first?.shape.first ?? 0 }
}
