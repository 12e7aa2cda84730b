import CTorchTable
import Fast
import Foundation
import LeRobotCore

func worst(_ a: [Double], _ b: [Double]) -> Double {
  let scale = a.map(abs).max() ?? 1
  return zip(a, b).map { abs($0 - $1) }.max()! / Swift.max(scale, 1e-300)
}
func run(_ name: String, _ change: (inout SmolVLAConfig) -> Void) throws {
  let stored = try SafetensorsFile(path: "/tmp/sv/\(name).safetensors").tensors()
  let json = try JSONValue(parsing: Data(contentsOf: URL(filePath: "/tmp/sv/vlm/config.json")))
  var config = SmolVLAConfig()
  config.chunkSize = 5; config.actionStepCount = 5
  config.maximumStateWidth = 10; config.maximumActionWidth = 9
  config.paddedImageSize = ImageSize(height: 32, width: 32)
  config.visionLanguageLayerCount = 4
  config.trainsExpertOnly = false; config.freezesVisionEncoder = false
  config.parts = SmolVLAParts(
    model: try SmolVLMConfig(json, file: "config.json"), fakeToken: 428, globalToken: 427)
  for camera in ["top", "wrist"] {
    config.common.inputFeatures["observation.images.\(camera)"] = PolicyFeature(type: .visual, shape: [3, 24, 40])
  }
  config.common.inputFeatures["observation.state"] = PolicyFeature(type: .state, shape: [7])
  config.common.outputFeatures["action"] = PolicyFeature(type: .action, shape: [6])
  change(&config)
  let policy = try SmolVLAPolicy(config, random: TorchRandom())
  for (key, p) in policy.parameters {
    p.move(to: .float64, device: .cpu)
    guard let w = stored["weights/\(key)"] else { print("no", key); continue }
    p.value = try Tensor(w)
  }
  var batch: [String: Tensor] = [:]
  for (key, value) in stored where key.hasPrefix("batch/") { batch[String(key.dropFirst(6))] = try Tensor(value).to(.float64) }
  let prefix = policy.prefix(batch)
  let noise = try Tensor(stored["noise"]!), time = try Tensor(stored["time"]!)
  let actions = batch["action"]!.padded([0, 3])
  let loss = policy.model.loss(prefix, actions: actions, noise: noise, time: time)
  print(name, "loss", worst(stored["loss"]!.doubles, try loss.host().doubles))
  loss.backward()
  var (w, at, count) = (0.0, "", 0)
  for (key, p) in policy.parameters {
    let expected = stored["gradients/\(key)"], g = p.value.gradient
    if (expected == nil) != (g == nil) { print("  presence", key, expected == nil, g == nil); continue }
    guard let expected, let g, !key.hasSuffix("k_proj.bias") else { continue }
    count += 1
    let d = worst(expected.doubles, try g.host().doubles)
    if d > w { (w, at) = (d, key) }
  }
  print("  gradients", count, w, at)
  let sampled = Torch.withoutGradients { policy.model.sample(prefix, noise: noise) }
  print("  actions", worst(stored["actions"]!.doubles, try sampled.sliced(0..<6, axis: 2).contiguous().host().doubles))
}
try Torch.open()
try run("cross") { _ in }
try run("self") { $0.attentionMode = "self_attn" }
try run("special") { $0.addsImageTokens = true; $0.prefixLength = 60; $0.denoisingStepCount = 3 }
try run("half") { $0.expertLayerCount = 2; $0.selfAttentionInterval = -1 }
try run("frozen") { $0.trainsExpertOnly = true; $0.freezesVisionEncoder = true; $0.selfAttentionInterval = -1 }
