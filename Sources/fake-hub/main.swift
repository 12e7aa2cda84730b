import FakeHub
import Foundation
import Glibc

/// A Hugging Face hub on loopback, for scripts. The first line it prints is `endpoint ADDRESS`.
let usage = """
  usage: fake-hub [OPTION]...
    --port N                     the endpoint's port; any free one
    --folder DIR                 where LFS objects are kept; a temporary folder
    --token NAME=TOKEN:ROLE      a user and a token: read, write or fineGrained (own space only)
    --organization ORG=NAME:ROLE a user's organization: read, contributor, write or admin
    --repo KIND:ID=FOLDER[@TAG]  a model or dataset with the files of a folder
    --private KIND:ID            an empty private repository; before --repo, of its files
    --gated KIND:ID              likewise, gated
    --page N                     entries on a page
    --multipart-above BYTES      larger objects are uploaded in parts
    --part BYTES                 of this size
    --resolve-cache              regular files redirect first
    --xet                        LFS files carry a hash of xet, to be ignored
    --random-faults SEED RATE    this share of requests goes wrong, 0 to 1
    --control                    scripts may set faults under /-/
    --log FILE                   a line a request; standard error
  """

struct UsageError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// What the command line asks for: settings, and what is done to the hub when it listens.
struct Options {
  var port = 0
  var folder: String?
  var log: String?
  var settings = FakeHubSettings()
  var users: Set<String> = []
  var organizations: [String: [String: OrganizationRole]] = [:]
  var steps: [(FakeHub) throws -> Void] = []

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let option = rest.popFirst() {
      try apply(option) {
        guard let value = rest.popFirst() else { throw UsageError("\(option) needs a value") }
        return value
      }
    }
  }

  private mutating func apply(_ option: String, _ value: () throws -> String) throws {
    switch option {
    case "--port": port = try number(option, value())
    case "--folder": folder = try value()
    case "--log": log = try value()
    case "--token": try addToken(try value())
    case "--organization": try addOrganization(try value())
    case "--repo": try addRepository(try value())
    case "--private": try addEmptyRepository(try value(), private: true, gated: false)
    case "--gated": try addEmptyRepository(try value(), private: false, gated: true)
    case "--page": settings.pageSize = try number(option, value())
    case "--multipart-above": settings.multipartThreshold = try number(option, value())
    case "--part": settings.partSize = try number(option, value())
    case "--resolve-cache": settings.usesResolveCache = true
    case "--xet": settings.announcesXet = true
    case "--control": settings.hasControl = true
    case "--random-faults":
      let seed = UInt64(try number(option, value()))
      guard let rate = Double(try value()), (0...1).contains(rate) else {
        throw UsageError("--random-faults needs a seed and a rate from 0 to 1")
      }
      steps.append { $0.faults = Fault.random(seed: seed, rate: rate) }
    default: throw UsageError("there is no option \(option)")
    }
  }

  private func number(_ option: String, _ text: String) throws -> Int {
    guard let number = Int(text), number >= 0 else {
      throw UsageError("\(option) needs a whole number, not \"\(text)\"")
    }
    return number
  }

  /// `NAME=VALUE:ROLE`
  private func parts(_ text: String, _ form: String) throws -> (String, String, String) {
    let words = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard words.count == 2, let colon = words[1].lastIndex(of: ":") else {
      throw UsageError("\"\(text)\" is not of the form \(form)")
    }
    return (words[0], String(words[1][..<colon]), String(words[1][words[1].index(after: colon)...]))
  }

  private mutating func addToken(_ text: String) throws {
    let (user, token, name) = try parts(text, "NAME=TOKEN:ROLE")
    let own = TokenScope(.user, user, permissions: ["repo.content.read", "repo.write"])
    let roles: [String: TokenRole] = [
      "read": .read, "write": .write, "fineGrained": .fineGrained(scoped: [own]),
    ]
    guard let role = roles[name] else { throw UsageError("a token has no role \(name)") }
    users.insert(user)
    steps.append { try $0.addToken(token, user: user, role: role) }
  }

  private mutating func addOrganization(_ text: String) throws {
    let (organization, user, name) = try parts(text, "ORG=NAME:ROLE")
    guard let role = OrganizationRole(rawValue: name) else {
      throw UsageError("an organization has no role \(name)")
    }
    users.insert(user)
    organizations[user, default: [:]][organization] = role
  }

  private func repository(_ text: String) throws -> (RepositoryKind, String) {
    let words = text.split(separator: ":", maxSplits: 1).map(String.init)
    guard words.count == 2, let kind = RepositoryKind(rawValue: words[0]) else {
      throw UsageError("\"\(text)\" is not of the form model:ID or dataset:ID")
    }
    return (kind, words[1])
  }

  private mutating func addEmptyRepository(
    _ text: String, private isPrivate: Bool, gated isGated: Bool
  ) throws {
    let (kind, id) = try repository(text)
    steps.append { try $0.addRepository(kind, id, private: isPrivate, gated: isGated) }
  }

  private mutating func addRepository(_ text: String) throws {
    let words = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard words.count == 2 else {
      throw UsageError("\"\(text)\" is not of the form KIND:ID=FOLDER[@TAG]")
    }
    let (kind, id) = try repository(words[0])
    let at = words[1].lastIndex(of: "@")
    let folder = at.map { String(words[1][..<$0]) } ?? words[1]
    let tag = at.map { String(words[1][words[1].index(after: $0)...]) }
    steps.append { hub in
      if !hub.hasRepository(kind, id) { try hub.addRepository(kind, id) }
      try hub.commit(folder: folder, to: kind, id)
      if let tag { try hub.tag(tag, kind, id) }
    }
  }
}

/// Serves until the program is told to end.
func run(_ arguments: [String]) throws {
  var options = try Options(arguments)
  var signals = sigset_t()
  sigemptyset(&signals)
  sigaddset(&signals, SIGTERM)
  sigaddset(&signals, SIGINT)
  pthread_sigmask(SIG_BLOCK, &signals, nil)

  var log = STDERR_FILENO
  if let path = options.log {
    log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard log >= 0 else { throw UsageError("\(path): \(String(cString: strerror(errno)))") }
  }
  options.settings.log = { [log] request in
    let line = Array("\(request)\n".utf8)
    _ = write(log, line, line.count)
  }
  let temporary = NSTemporaryDirectory() + "fake-hub-" + UUID().uuidString
  defer { if options.folder == nil { try? FileManager.default.removeItem(atPath: temporary) } }
  let hub = try FakeHub(
    folder: options.folder ?? temporary, port: options.port, settings: options.settings)
  defer { hub.stop() }
  for user in options.users {
    hub.addUser(user, organizations: options.organizations[user] ?? [:])
  }
  for step in options.steps { try step(hub) }
  print("endpoint \(hub.endpoint)")
  fflush(nil)
  var signal: Int32 = 0
  sigwait(&signals, &signal)
}

do {
  let arguments = Array(CommandLine.arguments.dropFirst())
  if arguments.contains("--help") {
    print(usage)
  } else {
    try run(arguments)
  }
} catch {
  FileHandle.standardError.write(Data("fake-hub: \(error)\n".utf8))
  exit(2)
}
