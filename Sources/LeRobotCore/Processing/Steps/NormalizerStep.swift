/// Scales observations and actions by their statistics
/// (LeRobot `processor/normalize_processor.py`, `NormalizerProcessorStep`).
package struct NormalizerStep: ScalingStep {
  package static let registryName = "normalizer_processor"

  package var normalizer: Normalizer

  package init(_ normalizer: Normalizer) {
    self.normalizer = normalizer
  }

  package func callAsFunction(_ batch: Batch) throws(ProcessorError) -> Batch {
    try normalizer.apply(to: batch)
  }
}
