import OrderedCollections

/// Checks and sentences that several policies share.
enum PolicyChecks {
  static let imageOrEnvironmentState =
    "the policy needs a camera image or observation.environment_state among its inputs"

  /// The residual networks that can be built.
  static func resNet(_ name: String) -> [FieldProblem] {
    ResNetArchitecture(rawValue: name) != nil
      ? []
      : [
        FieldProblem(
          "vision_backbone",
          "\(name) is no ResNet of torchvision; choose resnet18, 34, 50, 101 or 152")
      ]
  }

  static func oneObservation(_ count: Int) -> String {
    "\(count) observation steps are not supported by this policy; set n_obs_steps to 1"
  }

  static func choice(_ key: String, _ value: String, among names: [String]) -> [FieldProblem] {
    names.contains(value)
      ? []
      : [FieldProblem(key, "\(value) is unknown; \(Suggestion.text(for: value, among: names))")]
  }

  /// The frames up to the present one: 1 − count … 0.
  static func past(_ count: Int) -> Range<Int> {
    min(1 - count, 1)..<1
  }

  /// Images are [C, H, W].
  static func crop(
    _ size: ImageSize?, fits images: OrderedDictionary<String, PolicyFeature>
  ) -> [FieldProblem] {
    guard let size else { return [] }
    return images.compactMap { name, feature in
      guard feature.shape.count == 3,
        size.height > feature.shape[1] || size.width > feature.shape[2]
      else { return nil }
      return FieldProblem(
        "crop_shape",
        "[\(size.height), \(size.width)] is larger than \(name) (\(feature.shape)); lower it")
    }
  }

  static func equalShapes(
    _ images: OrderedDictionary<String, PolicyFeature>
  ) -> [FieldProblem] {
    guard let first = images.elements.first else { return [] }
    return images.compactMap { name, feature in
      feature.shape == first.value.shape
        ? nil
        : FieldProblem(
          "input_features",
          "\(name) (\(feature.shape)) and \(first.key) (\(first.value.shape)) must have one shape")
    }
  }
}

extension PolicyCommon {
  /// Adds cameras that show nothing, for models that were trained with more of them.
  mutating func addEmptyCameras(_ count: Int, shape: [Int]) {
    for index in 0..<max(count, 0) {
      inputFeatures["observation.images.empty_camera_\(index)"] =
        PolicyFeature(type: .visual, shape: shape)
    }
  }

  /// Adds a state and an action of the given widths where the dataset has none.
  mutating func addStateAndAction(stateWidth: Int, actionWidth: Int) {
    if inputFeatures["observation.state"] == nil {
      inputFeatures["observation.state"] = PolicyFeature(type: .state, shape: [stateWidth])
    }
    if outputFeatures["action"] == nil {
      outputFeatures["action"] = PolicyFeature(type: .action, shape: [actionWidth])
    }
  }
}
