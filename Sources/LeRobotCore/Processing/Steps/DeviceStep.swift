/// Says where tensors are moved (LeRobot `processor/device_processor.py`). Backends move them
/// themselves; the step is for programs that read the checkpoint.
package struct DeviceStep: ProcessorStep {
  package static let registryName = "device_processor"
  package static let fieldNames = ["device", "float_dtype"]

  package var device: String
  /// The type that floating-point tensors get; nil leaves theirs.
  package var floatType: String?

  package init(_ device: String, floatType: String? = nil) {
    self.device = device
    self.floatType = floatType
  }

  package init(_ saved: SavedStep, resources: ResourceStore) {
    self.init(
      saved.configuration["device"]?.stringValue ?? "cpu",
      floatType: saved.configuration["float_dtype"]?.stringValue)
  }

  package var configuration: JSONValue {
    ["device": .string(device), "float_dtype": floatType.map { .string($0) } ?? .null]
  }

  package func callAsFunction(_ batch: Batch) -> Batch { batch }

  package mutating func override(_ run: StepOverride) {
    device = run.device ?? device
  }
}
