/// Gives observations and actions their own units back
/// (LeRobot `processor/normalize_processor.py`, `UnnormalizerProcessorStep`).
package struct UnnormalizerStep: ScalingStep {
  package static let registryName = "unnormalizer_processor"

  package var normalizer: Normalizer

  package init(_ normalizer: Normalizer) {
    self.normalizer = normalizer
  }

  package func callAsFunction(_ batch: Batch) throws(ProcessorError) -> Batch {
    try normalizer.apply(to: batch, inverse: true)
  }
}
