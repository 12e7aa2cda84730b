import OrderedCollections

/// What a training takes of memory, part by part, told before anything is built. In bytes.
package struct MemoryForecast: Sendable, Equatable {
  /// All parameters, in their types.
  package var weights = 0
  /// Of the trained parameters, in their types.
  package var gradients = 0
  /// What the optimizer remembers of the trained parameters.
  package var moments = 0
  /// What a forward pass keeps for the backward pass.
  package var activations = 0
  /// New weights at their most while they are drawn, also where a checkpoint's then take their place.
  package var drawing = 0

  package init() {}

  /// The program with its libraries, and a batch.
  package static let program = 420_000_000

  /// At its most. Gradients come while activations go.
  package var peak: Int {
    Self.program + max(drawing, weights + moments + max(activations, gradients))
  }
}

/// A way to train a policy, and what it takes.
package struct MemoryChoice: Sendable, Equatable {
  /// The fields of the policy by which ways differ, as they are typed.
  package let fields: OrderedDictionary<String, String>
  package let forecast: MemoryForecast
}

/// What to forecast.
package struct MemoryQuestion: Sendable, Equatable {
  package var batchSize: Int
  /// Tensors of a parameter's size that the optimizer keeps.
  package var momentCount: Int

  package init(batchSize: Int, momentCount: Int) {
    (self.batchSize, self.momentCount) = (batchSize, momentCount)
  }
}
