import Foundation
import LeRobotCore
import LeRobotLogging
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Runs to show, with names of their own.
struct ReportFixture {
  var name = "pusht"
  var steps = 1000
  var records: [MetricsRecord] = []
  var settings: [ConfigSetting] = []
  var processes: [RunProcess] = []
  var pictures: [FirstBatchPicture] = []
  var groups: [String] = []
  /// Host, versions and whatever else is text alone.
  var text = "a"

  static let began = 1_790_000_000.0

  var history: RunHistory {
    var machine = MachineDescription()
    (machine.host, machine.system, machine.processor, machine.device) = (text, text, text, text)
    let description = RunDescription(
      name: name, steps: steps, batchSize: 8, frameCount: 100, episodeCount: 4,
      learnableCount: 1234, parameterCount: 51_600_000, parameterGroups: groups,
      config: ["policy": ["type": .string(text)], "dataset": ["repo_id": .string(text)]],
      settings: settings, versions: [text: text], machine: machine, processes: processes)
    return RunHistory(
      folder: "runs/one", description: description, records: records, firstBatch: pictures)
  }

  /// A log line.
  static func line(_ step: Int, loss: Double, others: [String: Double] = [:]) -> MetricsRecord {
    var values: [String: JSONValue] = [
      "steps": .int(step), "samples": .int(step * 8), "epochs": .double(0.5),
      "loss": .double(loss), "grad_norm": .double(2 * loss), "lr": .double(1e-4),
      "update_s": .double(0.1), "dataloading_s": .double(0.01),
      "time": .double(began + 0.2 * Double(step)), "memory": .int(2_000_000_000),
    ]
    for (name, value) in others { values[name] = .double(value) }
    return record(values)
  }

  /// The line of an evaluation.
  static func evaluation(_ step: Int, success: Double, videos: [String] = []) -> MetricsRecord {
    record([
      "steps": .int(step), "pc_success": .double(success), "avg_sum_reward": .double(success),
      "avg_max_reward": .double(0.5), "n_episodes": .int(10), "eval_s": .double(3),
      "time": .double(began + 0.2 * Double(step)),
      "videos": .array(videos.map(JSONValue.string)),
    ])
  }

  private static func record(_ values: [String: JSONValue]) -> MetricsRecord {
    let sorted = values.sorted { $0.key < $1.key }
    let json = JSONValue.object(.init(uniqueKeysWithValues: sorted.map { ($0.key, $0.value) }))
    return MetricsRecord(json)!
  }

  static func process(
    firstStep: Int = 0, command: [String] = ["lerobot-train"], ending: RunProcess.Ending? = nil,
    identity: ProcessIdentity = ProcessIdentity()
  ) -> RunProcess {
    RunProcess(
      began: began, firstStep: firstStep, command: command, identity: identity, ending: ending)
  }
}

/// A page read as XML, which an element without its end is not.
final class ParsedPage: NSObject, XMLParserDelegate {
  struct Element {
    var name: String
    var attributes: [String: String]
    /// With the text of the elements inside it.
    var text = ""
  }

  private(set) var elements: [Element] = []
  private var open: [Int] = []

  /// - Parameter source: a document, or the content of one.
  init(_ source: String) throws {
    super.init()
    let document = source.hasPrefix("<!DOCTYPE") ? source : "<main>\(source)</main>"
    let parser = XMLParser(data: Data(document.utf8))
    parser.delegate = self
    if !parser.parse() {
      throw parser.parserError ?? CocoaError(.fileReadCorruptFile)
    }
  }

  /// The elements of a name and a class, either of them any.
  func all(_ name: String? = nil, class kind: String? = nil) -> [Element] {
    elements.filter { element in
      let kinds = element.attributes["class"]?.split(separator: " ").map(String.init) ?? []
      return (name == nil || element.name == name) && (kind == nil || kinds.contains(kind!))
    }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String] = [:]
  ) {
    open.append(elements.count)
    elements.append(Element(name: name, attributes: attributes))
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    open.removeLast()
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    for index in open { elements[index].text += text }
  }
}
