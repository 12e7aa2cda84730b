import LeRobotCore
import OrderedCollections

/// One environment that a server of Python's runs.
final class BridgedEnvironment: Environment {
  let actionWidth: Int
  let framesPerSecond: Int
  let episodeLength: Int?
  let resetsWithNextStep: Bool

  private let server: EnvironmentServer
  /// Its number in the server.
  private let index: Int
  /// Names, types and shapes of the first observation, which all others have too.
  private var layout: [SharedArray.Form]?

  /// - Parameter facts: the server's answer to `make`.
  init(_ server: EnvironmentServer, index: Int, facts: JSONValue) throws(EnvironmentError) {
    func number(_ key: String) throws(EnvironmentError) -> Int {
      guard let value = facts[key]?.intValue, (1...1 << 24).contains(value) else {
        try server.refuse("\(key) is \(facts[key]?.pythonText() ?? "missing")")
        return 0
      }
      return value
    }
    self.server = server
    self.index = index
    actionWidth = try number("action_width")
    framesPerSecond = try number("frames_per_second")
    episodeLength = try number("episode_length")
    resetsWithNextStep = facts["autoreset"]?.stringValue == "next_step"
  }

  func reset(seed: UInt64?) throws(EnvironmentError) -> EnvironmentObservation {
    let seed = seed.map { JSONValue.int(Int(clamping: $0)) } ?? .null
    return try observation(
      server.ask(["do": "reset", "index": .int(index), "seed": seed]))
  }

  func step(_ action: [Double]) throws(EnvironmentError) -> EnvironmentStep {
    guard action.count == actionWidth else {
      throw .unsuitable(
        problem: "the policy's action has \(action.count) numbers, the environment takes "
          + "\(actionWidth)")
    }
    let answer = try server.ask([
      "do": "step", "index": .int(index), "action": .array(action.map { .double($0) }),
    ])
    guard let reward = answer["reward"]?.doubleValue, reward.isFinite else {
      try server.refuse("the reward is \(answer["reward"]?.pythonText() ?? "missing")")
      throw .failed(reason: "no reward")
    }
    func flag(_ key: String) -> Bool { answer[key]?.boolValue ?? false }
    return EnvironmentStep(
      observation: try observation(answer), reward: reward, terminated: flag("terminated"),
      truncated: flag("truncated"), isSuccess: flag("success"))
  }

  func render() throws(EnvironmentError) -> EnvironmentImage {
    let answer = try server.ask(["do": "render", "index": .int(index)])
    guard let array = try arrays(answer).first, let image = try array.image(from: server) else {
      try server.refuse("a frame that is no picture")
      throw .failed(reason: "no frame")
    }
    return image
  }

  // MARK: - Observations

  private func observation(_ answer: JSONValue) throws(EnvironmentError) -> EnvironmentObservation {
    let arrays = try arrays(answer)
    let forms = arrays.map(\.form)
    if let layout, layout != forms {
      try server.refuse(
        "an observation of \(forms.description), after one of \(layout.description)")
    }
    layout = forms
    var observation = EnvironmentObservation(instruction: answer["instruction"]?.stringValue ?? "")
    for array in arrays {
      if let image = try array.image(from: server) {
        observation.images[array.form.name] = image
      } else {
        observation.features[array.form.name] = try array.tensor(from: server)
      }
    }
    return observation
  }

  private func arrays(_ answer: JSONValue) throws(EnvironmentError) -> [SharedArray] {
    guard let features = answer["features"]?.arrayValue else {
      try server.refuse("no observation")
      return []
    }
    var arrays: [SharedArray] = []
    for feature in features {
      guard let array = SharedArray(feature) else {
        try server.refuse("a feature \(feature.pythonText())")
        continue
      }
      arrays.append(array)
    }
    return arrays
  }
}

/// An array in a server's memory.
struct SharedArray {
  /// What one observation shares with the next.
  struct Form: Equatable, CustomStringConvertible {
    let name: String
    let isPicture: Bool
    let shape: [Int]

    var description: String { "\(name) \(shape)" }
  }

  let form: Form
  private let offset: Int

  /// Larger arrays are a mistake.
  private static let sizeLimit = 1 << 28

  /// Pictures are bytes [H, W, 3], all else is float32; nil for anything else.
  init?(_ feature: JSONValue) {
    guard let name = feature["name"]?.stringValue, let type = feature["type"]?.stringValue,
      let offset = feature["offset"]?.intValue, let sizes = feature["shape"]?.arrayValue,
      type == "uint8" || type == "float32"
    else { return nil }
    let shape = sizes.compactMap(\.intValue)
    var size = 1
    for axis in shape {
      guard axis > 0, axis <= Self.sizeLimit / size else { return nil }
      size *= axis
    }
    let isPicture = type == "uint8"
    guard shape.count == sizes.count, !isPicture || shape.count == 3 && shape[2] == 3 else {
      return nil
    }
    form = Form(name: name, isPicture: isPicture, shape: shape)
    self.offset = offset
  }

  private var count: Int { form.shape.reduce(1, *) }

  /// The picture; nil where this is none.
  func image(from server: EnvironmentServer) throws(EnvironmentError) -> EnvironmentImage? {
    guard form.isPicture else { return nil }
    let pixels = try server.bytes(at: offset, count: count, of: form.name)
    return EnvironmentImage(height: form.shape[0], width: form.shape[1], pixels: pixels)
  }

  /// The numbers, all of them finite.
  func tensor(from server: EnvironmentServer) throws(EnvironmentError) -> HostTensor {
    let bytes = try server.bytes(at: offset, count: 4 * count, of: form.name)
    let values = bytes.withUnsafeBytes { bytes in
      (0..<count).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    if let value = values.first(where: { !$0.isFinite }) {
      try server.refuse("\(form.name) holds \(value)")
    }
    return HostTensor(values, shape: form.shape)
  }
}
