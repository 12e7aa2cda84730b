import Foundation
import Support
import Testing

/// `make train`, the first command of the README.
struct DemoPropertyTests {
  @Test func theDemosCommandIsTakenAndNeedsNoWarning() throws {
    let demo = try Self.demo()
    let run = try CommandRun("bash", "-c", "exec '\(TrainingProgram.path)' \(demo) --dry_run")
    #expect(run.status == 0, "\(run.output)")
    #expect(run.output.contains("Nothing was written."))
    #expect(!run.output.contains("WARNING"), "\(run.output)")
  }

  @Test func theDemosDatasetIsOfTwoMegabytesAtMost() throws {
    let folder = RepositoryFiles.root.appending(path: "Fixtures/datasets/pusht_corners")
    let files = try #require(FileManager.default.enumerator(atPath: folder.path))
    let sizes = try files.compactMap { file in
      let path = folder.appending(path: try #require(file as? String))
      return try path.resourceValues(forKeys: [.fileSizeKey]).fileSize
    }
    #expect((1_000_000...2_000_000).contains(sizes.reduce(0, +)))
  }

  /// What `make train` would give the program, as the shell reads it.
  private static func demo() throws -> Substring {
    let recipe = try CommandRun(
      ["make", "--no-print-directory", "--dry-run", "train"],
      environment: ["MAKEFLAGS": "", "MAKELEVEL": "0"])
    #expect(recipe.status == 0, "\(recipe.output)")
    let program = ".build/release/lerobot-train "
    let line = try #require(recipe.output.split(separator: "\n").last { $0.hasPrefix(program) })
    return line.dropFirst(program.count)
  }
}
