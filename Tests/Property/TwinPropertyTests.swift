import Fast
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
      try await compare(.randomACT(seed: seed), "seed \(seed)", kernels(seed), ["attention"])
    }
  }

  @Test(arguments: [1, 2])
  func fastAgreesWithReferenceOnPictures(cameras: Int) async throws {
    let question = PolicyQuestion.randomACT(seed: 1000 + UInt64(cameras), cameras: cameras)
    try await compare(
      question, "\(cameras) cameras", KernelChoice.allCases,
      ["attention", "convolution2D", "rectifiedMaxPool"])
  }

  /// Ten random Diffusion Policies from each of twenty seeds.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func fastAgreesWithReferenceOnDiffusion(decade: UInt64) async throws {
    for seed in decade * 10..<decade * 10 + 10 {
      try await compare(
        .randomDiffusion(seed: seed), "seed \(seed)", kernels(seed), ["convolution1D"])
    }
  }

  /// Shared and separate encoders, with group norm and with batch norm.
  @Test(arguments: [(1, 2000), (1, 2001), (2, 2002), (2, 2003)] as [(Int, UInt64)])
  func fastAgreesWithReferenceOnDiffusionOfPictures(cameras: Int, seed: UInt64) async throws {
    try await compare(
      .randomDiffusion(seed: seed, cameras: cameras), "seed \(seed)", [.own],
      ["convolution1D", "convolution2D", "rectifiedMaxPool"])
  }

  /// Ten random TD-MPCs from each of twenty seeds.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func fastAgreesWithReferenceOnTDMPC(decade: UInt64) async throws {
    for seed in decade * 10..<decade * 10 + 10 {
      try await compare(.randomTDMPC(seed: seed), "seed \(seed)", kernels(seed), [])
    }
  }

  /// A camera alone and beside the environment's state, under LeRobot's name and another.
  @Test(arguments: 3000..<3006 as Range<UInt64>)
  func fastAgreesWithReferenceOnTDMPCOfPictures(seed: UInt64) async throws {
    try await compare(.randomTDMPC(seed: seed, hasCamera: true), "seed \(seed)", [.own], [])
  }

  /// Ten random VQ-BeTs from each of twenty seeds, in either phase and across both; one of each by
  /// default, since every one has a residual network.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func fastAgreesWithReferenceOnVQBeT(decade: UInt64) async throws {
    for seed in decade * 10..<decade * 10 + UInt64(Effort.count(1, of: 10)) {
      // Its first phase sees no picture, but the actions that it chooses do.
      try await compare(
        .randomVQBeT(seed: 3000 + seed), "seed \(3000 + seed)", [.own],
        ["convolution2D", "rectifiedMaxPool"], absolute: 1e-14)
    }
  }

  /// Ten random SmolVLAs from each of ten seeds; two of each by default.
  @Test(arguments: 0..<10 as Range<UInt64>)
  func fastAgreesWithReferenceOnSmolVLA(decade: UInt64) async throws {
    for seed in decade * 10..<decade * 10 + UInt64(Effort.count(2, of: 10)) {
      try await compare(
        .randomSmolVLA(seed: seed), "seed \(seed)", kernels(seed), [], forced: ["convolution2D"])
    }
  }

  /// Ten random π₀ and π₀.₅ from each of ten seeds; two of each by default.
  @Test(arguments: 0..<10 as Range<UInt64>)
  func fastAgreesWithReferenceOnPI(decade: UInt64) async throws {
    for seed in decade * 10..<decade * 10 + UInt64(Effort.count(2, of: 10)) {
      try await compare(
        .randomPI(seed: seed), "seed \(seed)", kernels(seed), [], forced: ["convolution2D"],
        absolute: 1e-14)
    }
  }

  /// Every tenth policy is computed by libtorch's own kernels too, and by ours wherever they can
  /// compute, which keeps every gradient in factors that comes from a convolution over time.
  private func kernels(_ seed: UInt64) -> [KernelChoice] {
    seed % 10 == 0 ? KernelChoice.allCases : [.own]
  }

  /// Holds the engines to 1e-9 of each tensor's largest element.
  ///
  /// - Parameters:
  ///   - expected: the kernels of our own that must run, unless libtorch's alone do.
  ///   - forced: those that run beside them where they can though they do not pay.
  ///   - absolute: what rounding alone leaves where a gradient vanishes in theory.
  private func compare(
    _ question: PolicyQuestion, _ what: String, _ choices: [KernelChoice], _ expected: Set<String>,
    forced: Set<String> = [], absolute: Double = 1e-15
  ) async throws {
    let reference = try question.referenceOutcome()
    for kernels in choices {
      let fast = try await onTorchThread { try question.fastOutcome(.float64, kernels: kernels) }
      #expect(fast.parts.count == question.steps, "\(what)")
      try compare(
        reference, fast, "\(what), \(kernels), \(question.config), \(question.optimizer)",
        absolute: absolute)
      switch kernels {
      case .plain: #expect(fast.kernels == [], "\(what)")
      case .own: #expect(fast.kernels.subtracting(["gradientFactors"]) == expected, "\(what)")
      case .forced:
        let all =
          expected.contains("convolution1D") ? expected.union(["gradientFactors"]) : expected
        #expect(fast.kernels == all.union(forced), "\(what)")
      }
    }
  }

  private func compare(
    _ reference: PolicyOutcome, _ fast: PolicyOutcome, _ what: String, absolute: Double
  ) throws {
    var differences: [String] = []
    func expectClose(_ a: [Double], _ b: [Double], _ part: String) {
      // Documentation/Tolerances.md.
      guard let message = mismatch(a, b, relative: 1e-9, absolute: absolute) else { return }
      differences.append("\(part): \(message)")
    }
    #expect(reference.complaints == [] && fast.complaints == [])
    expectClose(reference.losses, fast.losses, "losses")
    expectClose(reference.norms, fast.norms, "gradient norms")
    #expect(reference.parts.count == fast.parts.count, "\(what)")
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
    #expect(differences == [], "\(what)")
  }

  /// The labels found are those that `Scripts/mutate` has broken, so the scan missed none.
  @Test func twinsCarryTheSameLabels() throws {
    let reference = try Twins(of: "Reference").labels
    let fast = try Twins(of: "Fast").labels
    for file in Set(reference.keys).union(fast.keys).sorted() {
      #expect(reference[file] == fast[file], "\(file)")
    }
    let table = try String(
      contentsOf: RepositoryFiles.root.appending(path: "Documentation/Mutations.md"),
      encoding: .utf8)
    let row = /(?m)^\| ([A-Za-z0-9-]+) \| Fast\/(?:Layers|Models|Optimizers|Policies)\//
    let broken = Set(table.matches(of: row).map { String($0.output.1) })
    try #require(!broken.isEmpty)
    #expect(Set(fast.values.joined()) == broken)
  }

  @Test func twinsDeclareTheSame() throws {
    let (reference, fast) = (try Twins(of: "Reference"), try Twins(of: "Fast"))
    #expect(
      Set(fast.files.keys.compactMap { $0.split(separator: "/").first.map(String.init) })
        == Set(Twins.folders))
    #expect(Twins.differences(reference, fast) == [])
  }

  /// The test above notices what it is for.
  @Test(arguments: [
    ("package struct Linear: Layer {", "package struct Linear: Layer {\n  func extra() {}"),
    ("    inputWidth: Int, outputWidth", "    inputs: Int, outputWidth"),
    ("  package let bias: Parameter?\n", ""),
    ("  package let weight: LinearWeight\n", "  private let weight: Parameter\n"),
  ])
  func aTwinThatGainsOrChangesADeclarationIsNoticed(text: String, other: String) throws {
    let (reference, fast) = (try Twins(of: "Reference"), try Twins(of: "Fast"))
    let linear = try #require(fast.files["Layers/Linear.swift"])
    try #require(linear.contains(text))
    var changed = fast
    changed.files["Layers/Linear.swift"] = linear.replacing(text, with: other)
    #expect(Twins.differences(reference, changed) != [])
    changed = fast
    changed.files["Layers/New.swift"] = "package struct New {}"
    #expect(Twins.differences(reference, changed) != [])
    changed.files["Layers/New.swift"] = nil
    changed.files["Layers/Pass.swift"] = nil
    #expect(Twins.differences(reference, changed) != [])
  }
}
