import Foundation
import LeRobotCore
import Support
import Testing

/// Reference and Fast: the same numbers, file by file the same labelled equations.
@Suite struct TwinPropertyTests {
  /// Ten random policies from each of twenty seeds.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func fastAgreesWithReference(decade: UInt64) async throws {
    for seed in decade * 10..<decade * 10 + 10 {
      try await compare(.randomACT(seed: seed), "seed \(seed)")
    }
  }

  @Test(arguments: [1, 2])
  func fastAgreesWithReferenceOnPictures(cameras: Int) async throws {
    let question = PolicyQuestion.randomACT(seed: 1000 + UInt64(cameras), cameras: cameras)
    try await compare(question, "\(cameras) cameras")
  }

  /// Ten random Diffusion Policies from each of twenty seeds.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func fastAgreesWithReferenceOnDiffusion(decade: UInt64) async throws {
    for seed in decade * 10..<decade * 10 + 10 {
      try await compare(.randomDiffusion(seed: seed), "seed \(seed)")
    }
  }

  /// Shared and separate encoders, with group norm and with batch norm.
  @Test(arguments: [(1, 2000), (1, 2001), (2, 2002), (2, 2003)] as [(Int, UInt64)])
  func fastAgreesWithReferenceOnDiffusionOfPictures(cameras: Int, seed: UInt64) async throws {
    try await compare(.randomDiffusion(seed: seed, cameras: cameras), "seed \(seed)")
  }

  /// Holds the engines to 1e-9 of each tensor's largest element.
  private func compare(_ question: PolicyQuestion, _ what: String) async throws {
    let reference = try question.referenceOutcome()
    let fast = try await onTorchThread { try question.fastOutcome(.float64) }
    var differences: [String] = []
    func expectClose(_ a: [Double], _ b: [Double], _ part: String) {
      // Rounding alone is left where a gradient vanishes in theory (Documentation/Tolerances.md).
      guard let message = mismatch(a, b, relative: 1e-9, absolute: 1e-15) else { return }
      differences.append("\(part): \(message)")
    }
    #expect(reference.complaints == [] && fast.complaints == [])
    expectClose(reference.losses, fast.losses, "losses")
    expectClose(reference.norms, fast.norms, "gradient norms")
    for (a, b) in zip(reference.parts, fast.parts) {
      #expect(a.keys.sorted() == b.keys.sorted())
      for (name, part) in a { expectClose([part], [b[name] ?? .nan], name) }
    }
    expectClose(
      reference.actions.flatMap(\.doubles), fast.actions.flatMap(\.doubles), "actions")
    #expect(Array(reference.gradients.keys) == Array(fast.gradients.keys))
    for (name, gradient) in reference.gradients {
      expectClose(gradient.doubles, fast.gradients[name]?.doubles ?? [], "gradient of \(name)")
    }
    for (name, tensor) in reference.after.merging(reference.buffers, uniquingKeysWith: { $1 }) {
      expectClose(tensor.doubles, (fast.after[name] ?? fast.buffers[name])?.doubles ?? [], name)
    }
    #expect(differences == [], "\(what), \(question.config), \(question.optimizer)")
  }

  @Test func twinsCarryTheSameLabels() throws {
    let reference = try labels(of: "Reference")
    let fast = try labels(of: "Fast")
    #expect(reference.values.joined().count > 30)
    for file in Set(reference.keys).union(fast.keys).sorted() {
      #expect(reference[file] == fast[file], "\(file)")
    }
  }

  /// The labels that begin a comment line, per file, in order of first appearance.
  private func labels(of module: String) throws -> [String: [String]] {
    let root = RepositoryFiles.root.appending(path: "Sources/\(module)")
    var found: [String: [String]] = [:]
    for folder in ["Layers", "Optimizers", "Policies"] {
      let files = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
      for case let file as String in files ?? .init() where file.hasSuffix(".swift") {
        let path = "\(folder)/\(file)"
        let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
        let labels = text.matches(of: /(?m)^ *\/\/\/? +(\[[A-Za-z][A-Za-z0-9-]+\])/).map {
          String($0.output.1)
        }
        let unique = labels.enumerated().filter {
          labels[..<$0.offset].firstIndex(of: $0.element) == nil
        }
        if !unique.isEmpty { found[path] = unique.map(\.element) }
      }
    }
    return found
  }
}
