import OrderedCollections

/// Which of a dataset's features a policy takes, and where the two do not fit.
///
/// LeRobot (`policies/utils.py`, `validate_visual_features_consistency`) compares camera names only,
/// and nothing with a rename map; every other mismatch surfaces in the first forward pass. This type
/// finds all of them before training, under the names after renaming.
package struct FeatureMatch: Sendable, Equatable {
  /// Policy features that the dataset has in a fitting shape.
  package private(set) var matched: [String] = []
  /// Policy features that the dataset lacks.
  package private(set) var missing: [String] = []
  /// Observations of the dataset, under its own names, that the policy does not take.
  package private(set) var unused: [String] = []
  /// Policy features whose shape is another in the dataset.
  package private(set) var reshaped: [String] = []

  let policy: OrderedDictionary<String, PolicyFeature>
  let dataset: OrderedDictionary<String, PolicyFeature>
  let renameMap: OrderedDictionary<String, String>

  /// - Parameters:
  ///   - policy: with inputs and outputs, as configured or as saved.
  ///   - dataset: the dataset's features under its own names.
  ///   - renameMap: from the dataset's names to the policy's.
  package init(
    policy: PolicyCommon, dataset: OrderedDictionary<String, PolicyFeature>,
    renameMap: OrderedDictionary<String, String> = [:]
  ) {
    self.policy = policy.inputFeatures.merging(policy.outputFeatures) { $1 }
    self.dataset = dataset
    self.renameMap = renameMap
    let renamed = dataset.renamed(renameMap)
    for (name, feature) in self.policy {
      if let found = renamed[name] {
        if Self.fits(feature, found) { matched.append(name) } else { reshaped.append(name) }
      } else {
        missing.append(name)
      }
    }
    unused = dataset.keys.filter { name in
      name.hasPrefix("observation") && self.policy[renameMap[name] ?? name] == nil
    }
  }

  /// Pictures may differ in size: backbones take any. Everything else has one shape.
  private static func fits(_ left: PolicyFeature, _ right: PolicyFeature) -> Bool {
    left.type == .visual && right.type == .visual
      ? left.shape.first == right.shape.first : left.shape == right.shape
  }

  /// A rename map that would give the policy what it lacks: unused observations of the same kind
  /// and a fitting shape, in their order.
  package var suggestedRenameMap: OrderedDictionary<String, String> {
    var suggestion = renameMap
    var candidates = unused
    for name in missing {
      guard let feature = policy[name], name.hasPrefix("observation"),
        let index = candidates.firstIndex(where: { candidate in
          dataset[candidate].map { $0.type == feature.type && Self.fits(feature, $0) } ?? false
        })
      else { continue }
      suggestion[candidates.remove(at: index)] = name
    }
    return suggestion
  }

  /// Throws unless the dataset has all features the policy needs and no other camera.
  ///
  /// - Parameter allowsUnusedCameras: whether other cameras may be left out.
  package func validate(allowsUnusedCameras: Bool = false) throws(FeatureError) {
    if let name = reshaped.first, let expected = policy[name] {
      let source = renameMap.first { $0.value == name }?.key ?? name
      throw .shape(
        feature: name, policy: expected.shape, dataset: dataset[source]?.shape ?? [])
    }
    let cameras = allowsUnusedCameras ? [] : unused.filter { dataset[$0]?.type == .visual }
    guard missing.isEmpty, cameras.isEmpty else {
      let suggestion = suggestedRenameMap
      throw .mismatch(
        missing: missing, extra: cameras, renameMap: suggestion == renameMap ? [:] : suggestion)
    }
  }
}

/// Why a dataset cannot train a policy.
package enum FeatureError: Error, Equatable {
  /// `renameMap` is one that may help; empty where none would.
  case mismatch(
    missing: [String], extra: [String], renameMap: OrderedDictionary<String, String>)
  case shape(feature: String, policy: [Int], dataset: [Int])
  /// The policy computes with a vector, and this is none.
  case notVector(feature: String, shape: [Int])
  /// The policy computes with pictures of three channels; `cameras` give such.
  case notPicture(feature: String, shape: [Int], cameras: [String])
  /// Names that no policy knows, and new ones for them that may help.
  case foreignNames([String], renameMap: OrderedDictionary<String, String>)
  case noAction
  /// They fit, and the policy cannot be built for them.
  case policy(PolicyConfigError)
}

extension FeatureError {
  /// Whether the dataset's features are not to blame.
  package var isOfPolicy: Bool {
    if case .policy = self { true } else { false }
  }
}

extension FeatureError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .mismatch(let missing, let extra, let renameMap):
      "dataset and policy do not fit: " + Self.list("the dataset lacks", missing)
        + (missing.isEmpty || extra.isEmpty ? "" : ", ")
        + Self.list("the policy does not know", extra) + "; " + Self.remedy(renameMap)
    case .shape(let feature, let policy, let dataset):
      "\(feature): the policy takes \(policy), the dataset has \(dataset); "
        + "use a dataset of the same robot or train from scratch"
    case .notVector(let feature, let shape):
      "\(feature): has the shape \(shape), but the policy takes a vector of one number or more; "
        + "store it as one list of numbers a frame"
    case .notPicture(let feature, let shape, let cameras):
      "\(feature): \(Self.kind(shape)), but the policy takes pictures of three channels; "
        + (cameras.isEmpty
          ? "train on other cameras" : "leave it out by \(Self.choice(of: cameras))")
    case .foreignNames(let names, let renameMap):
      "policies know the action as action and observations as observation.state and "
        + "observation.images.NAME, not \(names.joined(separator: ", ")); \(Self.remedy(renameMap))"
    case .noAction:
      "the dataset has no feature action, which policies learn; name the one that it is by "
        + #"--rename_map='{"NAME": "action"}'"#
    case .policy(let error): error.description
    }
  }

  private static func kind(_ shape: [Int]) -> String {
    guard shape.count == 3, shape.contains(1) else { return "has the shape \(shape)" }
    return "has one channel, as a depth camera (\(shape))"
  }

  private static func choice(of cameras: [String]) -> String {
    "--dataset.camera_keys='[\(cameras.map { "\"\($0)\"" }.joined(separator: ", "))]'"
  }

  private static func list(_ words: String, _ names: [String]) -> String {
    names.isEmpty ? "" : words + " " + names.joined(separator: " ")
  }

  private static func remedy(_ renameMap: OrderedDictionary<String, String>) -> String {
    guard !renameMap.isEmpty else {
      return "name the dataset's features by --rename_map, or train from scratch"
    }
    return
      "try --rename_map='\(JSONValue.object(renameMap.mapValues { .string($0) }).pythonText())'"
  }
}
