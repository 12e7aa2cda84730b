import FakeHub
import Foundation
import LeRobotCore
import LeRobotHub
import OrderedCollections
import Support
import Testing

/// Answers of the hub with random changes: an error or a result, never a trap, and never a file
/// outside the folders that the client was given.
struct RandomAnswerPropertyTests {
  private static let name = "alice/policy"
  private static let files: [String: HubContents] = [
    "config.json": .text("{}"), "model.safetensors": .text("weights"),
    "meta/info.json": .text("{}"),
    "meta/stats.json": .text("[]"), "data.parquet": .text("rows"),
  ]

  /// What the hub would answer, by a part of the address.
  private static func answers(
    of fixture: HubFixture, _ kind: RepositoryKind
  ) throws -> [(path: String, answer: JSONValue)] {
    let files = try fixture.hub.files(kind, name)
    let commit = try #require(try fixture.hub.branches(kind, name)["main"])
    let entries = files.values.sorted { $0.path < $1.path }.map { file -> JSONValue in
      let entry: OrderedDictionary<String, JSONValue> = [
        "type": "file", "path": .string(file.path), "size": .int(file.size),
        "oid": .string(String(file.etag.prefix(40))),
      ]
      let large: JSONValue = ["oid": .string(file.sha256), "size": .int(file.size)]
      return .object(file.isLFS ? entry.merging(["lfs": large]) { $1 } : entry)
    }
    let reference: JSONValue = [
      "name": "v3.0", "ref": "refs/tags/v3.0", "targetCommit": .string(commit),
    ]
    let digest = try Digest.hexadecimal(.sha256, of: Array("new weights".utf8))
    let upload: JSONValue = [
      "href": .string("\(fixture.hub.endpoint)/api/complete_multipart/1"),
      "header": [
        "chunk_size": "6", "00001": .string(fixture.hub.cdn), "2": .string(fixture.hub.cdn),
      ],
    ]
    return [
      ("/refs", ["tags": [reference], "branches": [reference], "converts": []]),
      ("/revision/", ["sha": .string(commit), "siblings": [["rfilename": "config.json"]]]),
      ("/tree/", .array(entries)), ("/paths-info/", .array(entries)),
      (
        "/whoami-v2",
        [
          "name": "alice", "orgs": [["name": "lab", "roleInOrg": "write"]],
          "auth": [
            "accessToken": [
              "role": "fineGrained",
              "fineGrained": [
                "scoped": [["entity": ["name": "alice"], "permissions": ["repo.write"]]]
              ],
            ]
          ],
        ]
      ),
      ("/repos/create", ["url": .string(fixture.hub.endpoint)]),
      (
        "/preupload/",
        ["files": [["path": "model.safetensors", "uploadMode": "lfs", "shouldIgnore": false]]]
      ),
      (
        "/objects/batch",
        [
          "transfer": "multipart",
          "objects": [
            [
              "oid": .string(digest), "size": 11,
              "actions": ["upload": upload, "verify": ["href": .string(fixture.hub.endpoint)]],
            ]
          ],
        ]
      ),
      ("/commit/", ["commitOid": .string(commit), "success": true]),
    ]
  }

  @Test(arguments: 0..<3 as Range<UInt64>)
  func aRandomAnswerIsAnErrorOrAResult(part: UInt64) throws {
    let fixture = try HubFixture()
    for kind in [RepositoryKind.model, .dataset] {
      try fixture.add(kind, Self.name, Self.files, tag: "v3.0")
    }
    let policy = fixture.folder.file("policy")
    try FileSystem.createDirectory(policy)
    try TextFile.write("new weights", to: "\(policy)/model.safetensors")
    try TextFile.write("{}", to: "\(policy)/config.json")
    let answers = try Self.answers(of: fixture, .model)
    let datasets = try Self.answers(of: fixture, .dataset)
    var failures = 0
    for round in 0..<100 as Range<UInt64> {
      var change = AnswerMutator(seed: part * 1000 + round)
      let index = Int(round) % answers.count
      let path = answers[index].path
      let texts = (change.damage(answers[index].answer), change.damage(datasets[index].answer))
      fixture.hub.faults = { request in
        guard request.path.contains(path) else { return nil }
        return .answer(
          status: 200, headers: ["Content-Type": "application/json"],
          body: request.path.contains("/datasets/") ? texts.1 : texts.0)
      }
      let home = fixture.folder.file("home\(round)")
      let client = try fixture.client(token: HubFixture.token, ["HF_HOME": home])
      for ask in Self.questions(fixture, client, home, policy) {
        do {
          try ask()
        } catch let error as HubError {
          failures += 1
          #expect(!error.description.contains("\n"), "\(part) \(round): \(error)")
        }
      }
      #expect(fixture.hub.requests.contains { $0.hadFault })
      fixture.hub.clearRequests()
      let places = try FileSystem.list(fixture.folder.path)
      #expect(Set(places).isSubset(of: ["server", "policy", "home\(round)"]), "\(part) \(round)")
      try FileSystem.remove(home)
    }
    #expect(failures > 50)
  }

  private static func questions(
    _ fixture: HubFixture, _ client: HubClient, _ home: String, _ policy: String
  ) -> [() throws -> Void] {
    let (model, data) = (HubRepository(.model, name), HubRepository(.dataset, name))
    guard let model, let data else { return [] }
    return [
      {
        let hubModel = HubModel(client, model, revision: nil, fixture.reports)
        _ = try hubModel.folder(optional: ["none.json"], isWhole: { _, _ in false }) { _ in true }
      },
      {
        _ = try HubModel(client, model, revision: "v3.0", fixture.reports).file("model.safetensors")
      },
      {
        let dataset = HubDataset(
          client, data, into: "\(home)/lerobot/\(name)", revision: nil, versions: ["v3.0"],
          fixture.reports)
        try dataset.downloadDescription()
        try dataset.download(paths: ["data.parquet"])
      },
      {
        let repository = try client.checkUpload(to: name)
        _ = try PolicyUpload(client, repository, isPrivate: true, fixture.reports)
          .policy(in: policy, card: nil)
      },
    ]
  }
}

/// Changes a value of JSON: replaces, drops, doubles and nests parts, or damages its text.
private struct AnswerMutator {
  private var generator: SplitMix64
  private let seed: UInt64

  private static let edges: [JSONValue] = [
    .null, true, 0, -1, .int(.max), .int(.min), .double(1e308), .double(-0.5), "", "..",
    "../escaped",
    "/escaped", "a\0b", "../\u{301}escaped", "a\nb", [], [:], "http://127.0.0.1:1/a", "file:///a",
    "1", "9223372036854775807", "-9223372036854775808",
    .string(String(repeating: "x", count: 5000)),
    .string(String(repeating: "f", count: 40)), .string(String(repeating: "0", count: 64)),
  ]

  init(seed: UInt64) {
    (generator, self.seed) = (SplitMix64(seed: seed), seed)
  }

  mutating func damage(_ value: JSONValue) -> String {
    if Int.random(in: 0..<4, using: &generator) == 0 {
      var bytes = ByteMutator(seed: seed)
      let text = Array(value.pythonText().utf8)
      return String(decoding: bytes.damage(text, within: text.count), as: UTF8.self)
    }
    var changed = value
    for _ in 0...Int.random(in: 0...1, using: &generator) { changed = change(changed, depth: 0) }
    return changed.pythonText()
  }

  /// Changes a part that becomes likelier with its depth.
  private mutating func change(_ value: JSONValue, depth: Int) -> JSONValue {
    if Int.random(in: 0..<6, using: &generator) < depth { return edge() }
    switch value {
    case .array(var elements) where !elements.isEmpty:
      let index = Int.random(in: 0..<elements.count, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: elements.remove(at: index)
      case 1: elements.append(elements[index])
      default: elements[index] = change(elements[index], depth: depth + 1)
      }
      return .array(elements)
    case .object(var members) where !members.isEmpty:
      let key = members.keys[Int.random(in: 0..<members.count, using: &generator)]
      if Int.random(in: 0..<6, using: &generator) == 0 {
        members[key] = nil
      } else {
        members[key] = members[key].map { change($0, depth: depth + 1) }
      }
      return .object(members)
    default: return edge()
    }
  }

  private mutating func edge() -> JSONValue {
    Self.edges.randomElement(using: &generator) ?? .null
  }
}
