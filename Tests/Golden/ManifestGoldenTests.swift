import Support
import Testing

struct ManifestGoldenTests {
  @Test func storedGoldensAreTheFilesTheirManifestsDescribe() throws {
    let run = try CommandRun("python3", "-B", "Fixtures/generate", "--verify")
    #expect(run.status == 0, "\(run.output)")
  }
}
