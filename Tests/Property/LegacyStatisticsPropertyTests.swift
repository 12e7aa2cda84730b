import Foundation
import LeRobotData
import Support
import Testing

/// Statistics of v2.1 are made of those of each episode, which may not fit each other.
struct LegacyStatisticsPropertyTests {
  @Test(arguments: [
    ("\"count\": [7]", "\"count\": [1e999]"), ("\"count\": [7]", "\"count\": [NaN]"),
    ("\"count\": [7]", "\"count\": [9223372036854775807]"), ("\"count\": [7]", "\"count\": [7, 7]"),
    (#""std": [[[0.0]], [[0.0]], [[0.0]]]"#, #""std": [[[0.0]]]"#),
  ])
  func statisticsThatDoNotFitAreMalformed(old: String, new: String) throws {
    let folder = try TemporaryFolder()
    let root = try DatasetFixture.copy("v21", into: folder)
    let file = root + "/meta/episodes_stats.jsonl"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    try #require(text.contains(old))
    try text.replacing(old, with: new).write(toFile: file, atomically: true, encoding: .utf8)
    #expect(
      throws: DataError.malformed(
        file: file, reason: "an episode's statistics are not of the form that the others' have")
    ) { try DatasetFixture.open(root) }
  }
}
