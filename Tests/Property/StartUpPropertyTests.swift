import Fast
import Foundation
import LeRobotCore
import Support
import Testing

/// What the program loads before it has to, and what it says before it trains.
@Suite struct StartUpPropertyTests {
  /// The program's end, and every library that the dynamic linker looked at for it.
  private static func libraries(_ arguments: [String]) throws -> CommandRun {
    try CommandRun(["LD_DEBUG=files", TrainingProgram.path] + arguments)
  }

  private static let smallest = TrainingProgram.smallest

  /// Arguments, the exit status, and a part of what is said.
  @Test(arguments: [
    (["--help"], Int32(0), "--dataset.repo_id"), (["--completion=zsh"], 0, "#compdef"),
    (smallest + ["--print_config"], 0, "# preset of the policy"),
    (smallest + ["--print_config=json"], 0, "\"chunk_size\": 8"),
    (smallest + ["--policy.chunk_sise=3"], 2, "did you mean --policy.chunk_size?"),
    (smallest + ["--steps=x"], 1, "expected an integer"),
    (smallest + ["--seed=-1"], 1, "is not in 0…4294967295"),
    (smallest + ["--batch_size=0"], 1, "--batch_size=0: too small; give 1 or more"),
    (smallest + ["--batch_size=9223372036854775807"], 1, "too large; give 1048576 or less"),
    (smallest + ["--steps=9223372036854775807"], 1, "too large; give 1099511627775 or less"),
    (smallest + ["--num_workers=-1"], 1, "--num_workers=-1: too small; give 0 or more"),
    (smallest + ["--policy.path=/nowhere"], 1, "exclude each other"),
    (smallest + ["--policy.pretrained_path=/nowhere"], 1, "does not exist"),
    (smallest + ["--dataset.root=/nowhere"], 1, "no such dataset folder"),
    (smallest + ["--dataset.episodes=[99]"], 1, "names episode 99"),
    (smallest + ["--dataset.streaming=true"], 1, "is not supported"),
    (smallest + ["--output_dir=Sources"], 1, "the directory exists"),
    (smallest + ["--policy.feedforward_activation=glu"], 1, "use relu or gelu"),
    (smallest + ["--policy.vision_backbone=resnet19"], 1, "is no ResNet of torchvision"),
    (
      ["--policy.type=groot", "--policy.push_to_hub=false", "--dataset.repo_id=a/b"], 1,
      "--policy.type=groot: this release does not train it; train act, diffusion, pi0, pi05, smolvla,"
    ),
    ([#"--policy={type: sac, push_to_hub: false}"#, "--dataset.repo_id=a/b"], 1, "sac"),
  ])
  func nothingThatDoesNotComputeLoadsLibtorch(
    arguments: [String], status: Int32, text: String
  ) throws {
    let run = try Self.libraries(arguments)
    #expect(run.status == status)
    #expect(run.output.contains(text))
    #expect(run.output.contains("file=libFoundation.so"), "the linker said nothing")
    for library in ["libtorch_cpu", "libCTorch"] {
      #expect(!run.output.contains("file=\(library)"), "\(library)")
    }
  }

  /// Whatever else the line says.
  @Test(arguments: [["--version"], ["--steps=x", "--version=true"]])
  func versionNamesTheLibrariesThatAreFound(arguments: [String]) throws {
    let run = try CommandRun([TrainingProgram.path] + arguments)
    #expect(run.status == 0)
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("lerobot-train \(Version.program)"))
    #expect(lines[0].hasSuffix(", follows LeRobot 0.4.2"))
    let torch = try TorchSearch().match().torch
    let expected = [
      "libtorch    \(torch.version), \(torch.path), ", "CUDA", "FFmpeg", "Arrow       26.",
      "HDF5        1.", "Chipmunk", "MuJoCo", "libcurl     libcurl/", "processor",
    ]
    #expect(lines.count == 1 + expected.count)
    for (line, start) in zip(lines.dropFirst(), expected) {
      #expect(line.hasPrefix(start) && !line.contains("cannot be opened"))
    }
  }

  /// A folder that the dynamic linker looks into first, with other libraries of these names.
  @Test func anotherLibtorchOnTheLinkersPathIsNotLoaded() throws {
    let folder = try TemporaryFolder()
    for name in ["libc10.so", "libtorch_cpu.so", "libtorch.so"] {
      _ = try folder.write([], to: name)
    }
    let run = try CommandRun(
      ["LD_LIBRARY_PATH=\(folder.path)", TrainingProgram.path, "--version"])
    let torch = try TorchSearch().match().torch
    #expect(run.output.contains("\nlibtorch    \(torch.version), "), "\(run.output)")
  }

  /// Without libtorch the rest is still said, and the line where it would stand says what helps.
  @Test func versionSaysWhyThereIsNoLibtorch() throws {
    let run = try CommandRun(["LIBTORCH=/nowhere", TrainingProgram.path, "--version"])
    #expect(run.status == 0)
    #expect(run.output.contains("libtorch    LIBTORCH=/nowhere: no torch folder"))
    #expect(run.output.contains("\nprocessor "))
  }

  /// FFmpeg brings OpenMP along, which reads how to wait when it is loaded.
  @Test func helpLoadsNoLibraryOfData() throws {
    let output = try Self.libraries(["--help"]).output
    for library in ["libavformat", "libswscale", "libgomp", "libhdf5", "libturbojpeg", "libcurl"] {
      #expect(!output.contains("file=\(library)"), "\(library)")
    }
  }

  @Test func computingLoadsLibtorch() throws {
    let run = try Self.libraries(Self.smallest + ["--dry_run", "--num_workers=0"])
    #expect(run.status == 0 && run.output.contains("libtorch_cpu.so"))
  }

  /// LeRobot's defaults ask for an upload. Where no server may be asked, that and Weights & Biases are
  /// each a warning before anything is opened, the run completes, and says how to upload later.
  @Test func uploadsAndWeightsAndBiasesWarnOnceAndTheRunCompletes() throws {
    let folder = try TemporaryFolder()
    let run = try TrainingProgram.run(
      Self.smallest.filter { $0 != "--policy.push_to_hub=false" } + [
        "--policy.repo_id=user/policy", "--wandb.enable=true", "--steps=1", "--num_workers=0",
        "--output_dir=\(folder.file("run"))",
      ])
    #expect(run.status == 0, "\(run.output)")
    for text in ["The run is logged offline", "HF_HUB_OFFLINE is set: nothing is uploaded"] {
      #expect(run.output.components(separatedBy: text).count == 2, "\(run.output)")
    }
    let checkpoint = folder.file("run/checkpoints/000001/pretrained_model")
    let command = "lerobot-train --upload=\(checkpoint) --policy.repo_id=user/policy"
    #expect(run.output.contains("Upload it later: \(command)"), "\(run.output)")
    let lines = run.output.split(separator: "\n")
    let warning = lines.lastIndex { $0.contains("nothing is uploaded") }
    let start = lines.firstIndex { $0.contains("Creating dataset") }
    #expect(try #require(warning) < #require(start))
    #expect(run.output.contains("End of training"))
    #expect(try Checkpoint.open(folder.file("run")).path.hasSuffix("000001"))
  }

  @Test func aPolicyOfTheHubsCacheIsFineTuned() throws {
    let folder = try TemporaryFolder()
    let common = Self.smallest.filter { !$0.hasPrefix("--policy.") }
    let first = try TrainingProgram.run(
      Self.smallest + ["--steps=1", "--num_workers=0", "--output_dir=\(folder.file("first"))"])
    try #require(first.status == 0, "\(first.output)")
    let repository = folder.file("hub/models--user--policy")
    let commit = String(repeating: "a", count: 40)
    _ = try folder.write(commit.utf8, to: "hub/models--user--policy/refs/main")
    try FileSystem.createDirectory("\(repository)/snapshots")
    try FileManager.default.createSymbolicLink(
      atPath: "\(repository)/snapshots/\(commit)",
      withDestinationPath: Checkpoint.open(folder.file("first")).pretrainedModel)
    let second = try CommandRun(
      ["HF_HUB_CACHE=\(folder.file("hub"))", TrainingProgram.path] + common + [
        "--policy.path=user/policy", "--steps=1", "--num_workers=0",
        "--output_dir=\(folder.file("second"))",
      ])
    #expect(second.status == 0, "\(second.output)")
    let config = try Checkpoint.open(folder.file("second")).policyConfig()
    #expect(config.contains(#""pretrained_path": "user/policy""#))
  }
}
