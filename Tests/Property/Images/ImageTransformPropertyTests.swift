import LeRobotCore
import LeRobotData
import OrderedCollections
import Testing

/// What image transforms refuse, and what holds whatever is drawn.
struct ImageTransformPropertyTests {
  static func config(
    _ type: String, _ arguments: OrderedDictionary<String, JSONValue>
  ) -> ImageTransformsConfig {
    var config = ImageTransformsConfig()
    config.enable = true
    config.transforms = ["mine": ImageTransformConfig(type: type, arguments: arguments)]
    return config
  }

  static func error(_ config: ImageTransformsConfig) -> ImageTransformError? {
    do throws(ImageTransformError) {
      _ = try ImageTransforms(config: config)
      return nil
    } catch {
      return error
    }
  }

  @Test func typeMustExist() {
    #expect(
      Self.error(Self.config("Blur", [:])) == .unknownType(transform: "mine", type: "Blur"))
  }

  @Test func argumentMustExist() {
    #expect(
      Self.error(Self.config("SharpnessJitter", ["sharpnes": 1]))
        == .unknownArgument(
          transform: "mine", type: "SharpnessJitter", argument: "sharpnes", known: ["sharpness"]))
    #expect(Self.error(Self.config("Identity", ["a": 1])) != nil)
  }

  @Test(arguments: ["SharpnessJitter": "sharpness", "RandomAffine": "degrees"])
  func neededArgumentIsMissed(_ type: String, _ argument: String) {
    #expect(
      Self.error(Self.config(type, [:]))
        == .missingArgument(transform: "mine", type: type, argument: argument))
  }

  @Test(
    arguments: [
      ("ColorJitter", "brightness", -1), ("ColorJitter", "brightness", [1.2, 0.8]),
      ("ColorJitter", "contrast", [1, 2, 3]), ("ColorJitter", "saturation", "much"),
      ("ColorJitter", "hue", 0.6), ("ColorJitter", "hue", [-0.7, 0]), ("ColorJitter", "hue", true),
      ("SharpnessJitter", "sharpness", [-1, 1]), ("RandomAffine", "degrees", -3),
      ("RandomAffine", "degrees", [5, 1]), ("RandomAffine", "translate", 0.1),
      ("RandomAffine", "translate", [0.1, 1.1]), ("RandomAffine", "scale", [0, 1]),
      ("RandomAffine", "scale", [2, 1]), ("RandomAffine", "shear", [1, 2, 3]),
      ("RandomAffine", "interpolation", 3), ("RandomAffine", "fill", [1, 2]),
      ("RandomAffine", "center", 1),
    ] as [(String, String, JSONValue)])
  func wrongArgumentIsNamed(_ type: String, _ argument: String, _ value: JSONValue) {
    var arguments: OrderedDictionary<String, JSONValue> = [:]
    if type == "RandomAffine" { arguments["degrees"] = 5 }
    arguments[argument] = value
    guard case .wrongArgument("mine", argument, _, _) = Self.error(Self.config(type, arguments))
    else {
      Issue.record("\(String(describing: Self.error(Self.config(type, arguments))))")
      return
    }
  }

  @Test func countMustNotBeNegative() {
    var config = ImageTransformsConfig()
    config.maximumCount = -1
    #expect(Self.error(config) == .negativeCount(-1))
  }

  @Test func picturesNeedOneOrThreeChannels() throws {
    let transforms = try ImageTransforms(config: Self.config("ColorJitter", ["brightness": 0.5]))
    var generator = TorchGenerator(seed: 1)
    var frames = [Float](repeating: 0.5, count: 16)
    #expect(throws: ImageTransformError.wrongChannels(shape: [4, 2, 2])) {
      try transforms.apply(frames: &frames, shape: [4, 2, 2], generator: &generator)
    }
  }

  @Test func disabledTransformsDrawNothingAndCheckNothing() throws {
    var config = Self.config("Blur", [:])
    config.enable = false
    var generator = TorchGenerator(seed: 1)
    let untouched = generator
    let drawn = try ImageTransforms(config: config).draw(
      width: 3, height: 3, generator: &generator)
    #expect(drawn.isEmpty && generator == untouched)
  }

  @Test(arguments: 0..<40)
  func framesOfAStackAreChangedAlikeAndStayInRange(_ seed: UInt64) throws {
    var config = ImageTransformsConfig()
    config.enable = true
    config.maximumCount = 6
    config.randomOrder = true
    let transforms = try ImageTransforms(config: config)
    var generator = TorchGenerator(seed: seed)
    let picture = (0..<3 * 17 * 70).map { _ in generator.uniform() as Float }
    var frames = picture + picture
    try transforms.apply(frames: &frames, shape: [2, 3, 17, 70], generator: &generator)
    #expect(Array(frames.prefix(picture.count)) == Array(frames.suffix(picture.count)))
    #expect(frames.allSatisfy { (0...1).contains($0) }, "seed \(seed)")
    #expect(Array(frames.prefix(picture.count)) != picture, "seed \(seed)")
  }

  @Test(arguments: [
    ImageTransformError.unknownType(transform: "a", type: "b"),
    .unknownArgument(transform: "a", type: "b", argument: "c", known: []),
    .missingArgument(transform: "a", type: "b", argument: "c"),
    .wrongArgument(transform: "a", argument: "b", value: "c", expected: "d"),
    .negativeCount(-1), .wrongChannels(shape: [2]),
  ])
  func everyErrorNamesTheOptionAndARemedy(_ error: ImageTransformError) {
    let text = error.description
    #expect(text.hasPrefix("dataset.image_transforms"))
    #expect(text.contains(";") && !text.contains("\n"))
  }
}
