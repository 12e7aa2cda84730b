import Support
import Testing

struct MutationPropertyTests {
  /// Reads `Scripts/mutations.py`, the sources and `Documentation/Mutations.md`; runs nothing.
  @Test func everyLabelledEquationHasAMutationThatATestCaught() throws {
    let run = try CommandRun("python3", "Scripts/mutate", "--check")
    #expect(run.status == 0, "\(run.output)")
  }
}
