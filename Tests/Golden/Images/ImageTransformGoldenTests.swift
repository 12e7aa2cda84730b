import LeRobotCore
import LeRobotData
import Support
import Testing

/// Image transforms beside LeRobot's with the same seed.
struct ImageTransformGoldenTests {
  @Test(arguments: try TransformFixture.load())
  func framesAndDrawsMatchLeRobot(_ fixture: TransformFixture) throws {
    let transforms = try ImageTransforms(config: fixture.config)
    var generator = TorchGenerator(seed: fixture.seed)
    guard var frames = fixture.frames.values(of: Float.self),
      let expected = fixture.changed.values(of: Float.self)
    else {
      Issue.record("the fixture is not float32")
      return
    }
    let drawn = transforms.draw(
      width: fixture.frames.shape.last ?? 0, height: fixture.frames.shape.dropLast().last ?? 0,
      generator: &generator)
    #expect(generator.uniform() as Float == fixture.after, "the next number drawn")

    generator = TorchGenerator(seed: fixture.seed)
    try transforms.apply(
      frames: &frames, shape: fixture.frames.shape, generator: &generator)
    try #require(frames.count == expected.count)
    // torch sums a picture for contrast in an order that its processor and threads decide; hue
    // after it may make the last bit a few.
    let isExact = !drawn.contains { if case .contrast = $0 { true } else { false } }
    let worst = frames.indices.max {
      abs(frames[$0] - expected[$0]) < abs(frames[$1] - expected[$1])
    }
    let index = try #require(worst)
    #expect(
      isExact ? frames == expected : abs(frames[index] - expected[index]) <= 1e-6,
      "element \(index): \(frames[index]), LeRobot has \(expected[index]); \(drawn)")
  }
}
