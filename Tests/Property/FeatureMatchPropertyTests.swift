import LeRobotCore
import OrderedCollections
import Testing

/// Features of a policy against those of a dataset.
struct FeatureMatchPropertyTests {
  private static let state = PolicyFeature(type: .state, shape: [6])
  private static let action = PolicyFeature(type: .action, shape: [6])
  private static func camera(_ height: Int = 480) -> PolicyFeature {
    PolicyFeature(type: .visual, shape: [3, height, 640])
  }

  private static var policy: PolicyCommon {
    var policy = PolicyCommon()
    policy.inputFeatures = [
      "observation.images.camera1": camera(), "observation.images.camera2": camera(),
      "observation.state": state,
    ]
    policy.outputFeatures = ["action": action]
    return policy
  }

  @Test func sameNamesAndShapesMatch() throws {
    let dataset: OrderedDictionary = [
      "action": Self.action, "observation.state": Self.state,
      "observation.images.camera2": Self.camera(96), "observation.images.camera1": Self.camera(),
      "observation.effort": Self.state, "timestamp": Self.state,
    ]
    let match = FeatureMatch(policy: Self.policy, dataset: dataset)
    try match.validate()
    #expect(match.matched.count == 4)
    #expect(match.unused == ["observation.effort"])
  }

  @Test func otherCameraNamesSuggestARenameMap() throws {
    let dataset: OrderedDictionary = [
      "action": Self.action, "observation.images.left": Self.camera(),
      "observation.images.top": Self.camera(), "observation.state": Self.state,
    ]
    let names: OrderedDictionary = [
      "observation.images.left": "observation.images.camera1",
      "observation.images.top": "observation.images.camera2",
    ]
    let match = FeatureMatch(policy: Self.policy, dataset: dataset)
    let expected = FeatureError.mismatch(
      missing: ["observation.images.camera1", "observation.images.camera2"],
      extra: ["observation.images.left", "observation.images.top"], renameMap: names)
    #expect(throws: expected) { try match.validate() }
    #expect(
      expected.description.hasSuffix(
        #"try --rename_map='{"observation.images.left": "observation.images.camera1", "#
          + #""observation.images.top": "observation.images.camera2"}'"#))
    try FeatureMatch(policy: Self.policy, dataset: dataset, renameMap: names).validate()
  }

  @Test func theTableSaysWhatBecameOfEachFeature() {
    let dataset: OrderedDictionary = [
      "action": PolicyFeature(type: .action, shape: [7]), "observation.state": Self.state,
      "observation.images.left": Self.camera(96), "observation.images.top": Self.camera(),
      "observation.effort": Self.state,
    ]
    let match = FeatureMatch(
      policy: Self.policy, dataset: dataset,
      renameMap: ["observation.images.left": "observation.images.camera1"])
    #expect(
      match.table == """
          policy                      shape      dataset                  shape
          observation.images.camera1  3×480×640  observation.images.left  3×96×640   matches, renamed
          observation.images.camera2  3×480×640  -                                   the dataset lacks it
          observation.state           6          observation.state        6          matches
          action                      6          action                   7          another shape
          -                                      observation.images.top   3×480×640  the policy does not know it
          -                                      observation.effort       6          not used
        """)
  }

  @Test func cameraThePolicyDoesNotKnowIsRefused() {
    var policy = Self.policy
    policy.inputFeatures["observation.images.camera2"] = nil
    let match = FeatureMatch(
      policy: policy,
      dataset: policy.inputFeatures.merging([
        "action": Self.action, "observation.images.x": Self.camera(),
      ]) { $1 })
    #expect(
      throws: FeatureError.mismatch(missing: [], extra: ["observation.images.x"], renameMap: [:])
    ) { try match.validate() }
  }

  @Test func missingActionHasNoRenameMap() {
    let match = FeatureMatch(policy: Self.policy, dataset: Self.policy.inputFeatures)
    let expected = FeatureError.mismatch(missing: ["action"], extra: [], renameMap: [:])
    #expect(throws: expected) { try match.validate() }
    #expect(!expected.description.contains("\n"))
  }

  @Test func otherShapeIsRefused() {
    var dataset = Self.policy.inputFeatures
    dataset["action"] = PolicyFeature(type: .action, shape: [7])
    let expected = FeatureError.shape(feature: "action", policy: [6], dataset: [7])
    #expect(throws: expected) { try FeatureMatch(policy: Self.policy, dataset: dataset).validate() }
    #expect(expected.description.contains("[6]") && expected.description.contains("[7]"))
  }
}
