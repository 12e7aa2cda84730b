// Loads, trains and saves a policy of synthetic weights, and measures the memory that it takes.
// Scripts/large_weights runs it at 4 GB, a test at 200 MB.
//
//     large-weights make FOLDER [--megabytes=4096] [--shards=3] [--width=4096]
//     large-weights train FOLDER OUTPUT [--copied_megabytes=1024]
//     large-weights model FOLDER expert|everything
//
// `make` writes bfloat16 weights in shards. `train` loads them with every other block frozen, takes a
// step, saves, takes another step meanwhile, and prints one JSON object. `model` builds a SmolVLA around a
// model's published weights, to train its expert or everything; Scripts/load_model runs it.
import Fast
import Foundation
import LeRobotCore

struct Complaint: Error, CustomStringConvertible {
  let text: String
  var description: String { text }
}

/// What the command line asks for.
struct Job {
  var words: [String] = []
  var numbers = ["megabytes": 4096, "shards": 3, "width": 4096, "copied_megabytes": 1024]

  init(_ arguments: [String]) throws {
    for argument in arguments {
      guard argument.hasPrefix("--") else {
        words.append(argument)
        continue
      }
      let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, numbers[parts[0]] != nil, let number = Int(parts[1]), number > 0
      else { throw Complaint(text: "\(argument): no such option; its source begins with them") }
      numbers[parts[0]] = number
    }
  }

  subscript(name: String) -> Int { numbers[name] ?? 0 }

  func run() throws {
    switch words.first {
    case "make" where words.count == 2: try makeWeights(in: words[1])
    case "train" where words.count == 3: try train(words[1], into: words[2])
    case "model" where words.count == 3 && ["expert", "everything"].contains(words[2]):
      let loading = ModelLoading(folder: words[1], trainsEverything: words[2] == "everything")
      print(try loading.run().pythonText())
    default:
      throw Complaint(
        text: "give `make FOLDER`, `train FOLDER OUTPUT` or `model FOLDER expert|everything`")
    }
  }

  private func makeWeights(in folder: String) throws {
    let width = self["width"]
    let count = max(2, (self["megabytes"] << 20) / (width * width * 2))
    let weights = SyntheticWeights(blockCount: count, width: width)
    try FileSystem.createDirectory(folder)
    var sink = try ShardedSafetensorsSink(
      folder: folder, name: CheckpointLayout.weights, entries: weights.entries,
      shardSize: (weights.byteCount + self["shards"] - 1) / self["shards"]
        + 2 * width * width)
    try sink.write(weights as any WeightSource)
  }

  private func train(_ folder: String, into output: String) throws {
    let training = try LargeTraining(
      folder: folder, output: output, copiedBytes: self["copied_megabytes"] << 20
    ).run().pythonText()
    print(training)
  }
}

do {
  try Job(Array(CommandLine.arguments.dropFirst())).run()
} catch {
  FileHandle.standardError.write(Data("large-weights: \(error)\n".utf8))
  exit(1)
}
