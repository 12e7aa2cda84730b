import Foundation
import LeRobotData
import Support
import Testing

/// Path templates of `info.json` are formatted as Python does, or refused when the dataset opens.
struct PathTemplatePropertyTests {
  @Test func templatesFillAsPythonFormatsThem() throws {
    let template = try PathTemplate(
      "v/{video_key}/c-{chunk_index:03d}/f_{file_index:06d}_{file_index}_{file_index:d}.mp4",
      numbers: ["chunk_index", "file_index"], texts: ["video_key"])
    #expect(
      template.path(numbers: ["chunk_index": 7, "file_index": 1234], texts: ["video_key": "a.b"])
        == "v/a.b/c-007/f_001234_1234_1234.mp4")
  }

  /// Python: `"{x:05d}".format(x=-42)` and so on.
  @Test(arguments: [
    ("{x:05d}", -42, "-0042"), ("{x:5d}", -42, "  -42"), ("{x:4}", 7, "   7"),
    ("{x:04}", 7, "0007"),
    ("{x:2d}", 12345, "12345"), ("{{{x}}}", 3, "{3}"), ("a}}{{b", 3, "a}{b"), ("{x:0d}", 5, "5"),
    ("", 0, ""),
  ])
  func numbersAreWrittenAsPythonWritesThem(template: String, number: Int, path: String) throws {
    #expect(try PathTemplate(template, numbers: ["x"]).path(numbers: ["x": number]) == path)
  }

  @Test func theWidestNumberIsAFileName() throws {
    let path = try PathTemplate("{x:0255d}", numbers: ["x"]).path(numbers: ["x": .min])
    #expect(path.count == 255 && path.hasPrefix("-000") && path.hasSuffix("9223372036854775808"))
  }

  @Test(arguments: [
    "{chunk_index:99999999999d}", "{chunk_index:0256d}",
    "{chunk_index:099999999999999999999999999d}", "{chunk}", "{}", "{0}", "{chunk_index", "a}b",
    "{chunk_index:03x}", "{chunk_index:-3d}", "{chunk_index:>3d}", "{chunk_index!r}",
    "{chunk_index:03d:d}", "{chunk_index[0]}", "{video_key:03d}", "{ chunk_index}", "a\\u0000b",
    "a\\nb",
  ])
  func templatesThatCannotBeFormattedAreErrorsInALine(_ template: String) throws {
    let folder = try TemporaryFolder()
    let root = try DatasetFixture.copy("v30", into: folder)
    let info = root + "/meta/info.json"
    let text = try String(contentsOfFile: info, encoding: .utf8)
    let changed = text.replacing(
      "videos/{video_key}/chunk-{chunk_index:03d}", with: "videos/\(template)")
    try #require(changed != text)
    try changed.write(toFile: info, atomically: true, encoding: .utf8)
    let error = #expect(throws: DataError.self) { try DatasetFixture.open(root) }
    guard case .malformed(info, let reason)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.hasPrefix("video_path \"videos/"), "\(reason)")
    #expect(error?.description.contains("\n") == false)
  }

  /// LeRobot reads every file under `data/` and never looks at the template.
  @Test(arguments: ["{chunk}/file.parquet", "no/{file_index}/such"])
  func aDataPathThatIsWrongIsOfNoAccount(_ template: String) throws {
    let folder = try TemporaryFolder()
    let root = try DatasetFixture.copy("v30", into: folder)
    let expected = try DatasetFixture.open(root).makeReader().batch([20, 3]).tensors
    let info = root + "/meta/info.json"
    let text = try String(contentsOfFile: info, encoding: .utf8)
    let path = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
    let changed = text.replacing(path, with: template)
    try #require(changed != text)
    try changed.write(toFile: info, atomically: true, encoding: .utf8)
    #expect(try DatasetFixture.open(root).makeReader().batch([20, 3]).tensors == expected)
  }

  /// What a dataset without videos says of them does not matter.
  @Test func aTemplateThatIsNotUsedIsNotRead() throws {
    let folder = try TemporaryFolder()
    let root = try DatasetFixture.copy("v21", into: folder)
    let info = root + "/meta/info.json"
    let text = try String(contentsOfFile: info, encoding: .utf8)
    try text.replacing("\"dtype\": \"video\"", with: "\"dtype\": \"string\"")
      .replacing("{video_key}", with: "{nothing}")
      .write(toFile: info, atomically: true, encoding: .utf8)
    #expect(try DatasetFixture.open(root).frameCount == 21)
  }
}
