import Foundation
import LeRobotCore
import LeRobotText

// Reads a tokenizer and turns texts into ids, for measurements and for Scripts/compare_tokenizers.
//
//     text-ids read FOLDER [COUNT]    how long it takes to read, in seconds, a line each time
//     text-ids ids FOLDER             questions on the input, a JSON object each line; answers likewise

/// Reads the tokenizer several times.
func measure(_ folder: String, count: Int) throws {
  for _ in 0..<count {
    let start = ContinuousClock.now
    let tokenizer = try Tokenizer(folder: folder)
    print("\((ContinuousClock.now - start) / .seconds(1)) s, \(tokenizer.idCount) ids")
  }
}

/// Answers questions such as `{"texts": [...], "max_length": 48, "padding": "longest"}`.
func answer(_ folder: String) throws {
  let tokenizer = try Tokenizer(folder: folder)
  while let line = readLine() {
    let question = try JSONValue(parsing: line)
    let texts = question["texts"]?.arrayValue?.compactMap(\.stringValue) ?? []
    guard let padding = question["padding"]?.stringValue else {
      let rows = texts.map { JSONValue.array(tokenizer.ids(of: $0).map { .int($0) }) }
      print(JSONValue.array(rows).pythonText())
      continue
    }
    let side = { (key: String) in question[key]?.stringValue.flatMap(TextSide.init) }
    let layout = TokenLayout(
      maximum: question["max_length"]?.intValue, truncates: question["max_length"] != nil,
      padding: padding == "longest" ? .longest : .maximum,
      paddingSide: side("padding_side") ?? .right, truncationSide: side("truncation_side"))
    let batch = try tokenizer.batch(texts, layout)
    let columns = batch.columnCount
    let rows = (0..<batch.rowCount).map { row in
      JSONValue.array(batch.ids[row * columns..<(row + 1) * columns].map { .int(Int($0)) })
    }
    let mask = (0..<batch.rowCount).map { row in
      JSONValue.array(batch.mask[row * columns..<(row + 1) * columns].map { .bool($0) })
    }
    print(JSONValue.object(["ids": .array(rows), "mask": .array(mask)]).pythonText())
  }
}

let arguments = CommandLine.arguments
do {
  switch arguments.dropFirst().first {
  case "read" where arguments.count > 2:
    try measure(arguments[2], count: arguments.count > 3 ? Int(arguments[3]) ?? 1 : 1)
  case "ids" where arguments.count > 2: try answer(arguments[2])
  default:
    FileHandle.standardError.write(
      Data("text-ids read FOLDER [COUNT] | text-ids ids FOLDER\n".utf8))
    exit(2)
  }
} catch {
  FileHandle.standardError.write(Data("text-ids: \(error)\n".utf8))
  exit(1)
}
