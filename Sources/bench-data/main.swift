// Loads batches as the trainer does, shuffled, and trains nothing: one JSON object on stdout.
// Scripts/bench runs it beside LeRobot's loader.
//
//     bench-data ROOT [--batches=N] [--batch_size=N] [--workers=N] [--seed=N] [--steps_back=N]
//                     [--cache=off|ram|disk]
//
// With a cache every frame is read once before the clock starts. decode_seconds is the processor
// time of decoding the same pictures once more and dropping them: what a loader without a cache
// cannot go below.
import Foundation
import LeRobotCore
import LeRobotData

/// What the command line asks for.
struct Job {
  var root = ""
  var cache = RunOptions.FrameCache.off
  var numbers = ["batches": 50, "batch_size": 8, "workers": 1, "seed": 1000, "steps_back": 0]

  init(_ arguments: [String]) throws {
    for argument in arguments {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      let name = parts[0].hasPrefix("--") ? String(parts[0].dropFirst(2)) : ""
      if name.isEmpty {
        root = argument
      } else if numbers[name] != nil, parts.count == 2, let number = Int(parts[1]) {
        numbers[name] = number
      } else if name == "cache", let choice = RunOptions.FrameCache(rawValue: parts[1]) {
        cache = choice
      } else {
        throw Complaint(text: "\(argument): no such option; its source begins with them")
      }
    }
    if root.isEmpty { throw Complaint(text: "the dataset's folder is missing") }
  }

  subscript(name: String) -> Int { numbers[name] ?? 0 }
}

struct Complaint: Error, CustomStringConvertible {
  let text: String
  var description: String { text }
}

/// torch's global generator, without torch.
final class SeededGenerator: GlobalGenerator {
  private var generator: TorchGenerator

  init(seed: Int) { generator = TorchGenerator(seed: UInt64(seed)) }

  func draw<Result>(_ body: (inout TorchGenerator) throws -> Result) throws -> Result {
    try body(&generator)
  }
}

/// Processor time of all threads so far, in seconds.
func processorSeconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

func open(_ job: Job) throws -> LeRobotDataset {
  var config = DatasetConfig(repositoryID: "local/bench")
  config.root = job.root
  let environment = ProcessInfo.processInfo.environment
  let back = job["steps_back"]
  let plain = try LeRobotDataset.open(
    config, environment: environment,
    deltas: DeltaIndices(observation: back > 0 ? Array(-back...0) : nil))
  let cache = FrameCache(
    job.cache, decodedBytes: plain.decodedBytes, packedBytes: { plain.packedBytes() },
    availableBytes: AvailableMemory().bytes,
    folder: DatasetLocation(config, environment: environment).frameCache)
  say(cache.description)
  let dataset = plain.keepingFrames(cache) { say($0) }
  if job.cache != .off {
    let reader = dataset.makeReader()
    for frame in 0..<dataset.frameCount { _ = try reader.batch([frame]) }
    if let kept = dataset.keptFrames {
      say("\(kept.frames) frames kept in \(kept.bytes) bytes")
    }
  }
  return dataset
}

func run(_ job: Job) throws -> [String: Double] {
  let dataset = try open(job)
  let loader = try dataset.makeLoader(workerCount: job["workers"])
  let source = IndexedBatches(
    dataset.summary(name: "local/bench"),
    sampler: RandomSampler(frameCount: dataset.frameCount), loader: loader,
    batchSize: job["batch_size"], generator: SeededGenerator(seed: job["seed"]))
  // The first batch opens files and starts workers.
  _ = try source.next()
  let (clock, used) = (ContinuousClock(), processorSeconds())
  let start = clock.now
  var indices: [[Int]] = []
  for _ in 0..<job["batches"] {
    let batch = try source.next()
    indices.append(batch["index"]?.doubles.map { Int($0) } ?? [])
  }
  let seconds = (clock.now - start).seconds
  let processor = processorSeconds() - used
  loader.stop()
  var results = [
    "batches": Double(job["batches"]), "seconds": seconds, "processor_seconds": processor,
    "batches_a_second": Double(job["batches"]) / seconds,
  ]
  if job.cache == .off {
    let (reader, used) = (dataset.makeReader(), processorSeconds())
    for batch in indices { try reader.decode(batch) }
    results["decode_seconds"] = processorSeconds() - used
  }
  return results
}

func say(_ text: String) {
  FileHandle.standardError.write(Data("bench-data: \(text)\n".utf8))
}

do {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  let results = try run(Job(Array(CommandLine.arguments.dropFirst())))
  print(String(decoding: try encoder.encode(results), as: UTF8.self))
} catch {
  say("\(error)")
  exit(1)
}
