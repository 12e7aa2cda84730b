import Foundation
import Support
import Testing

/// `Scripts/setup` on a machine where another process holds apt's lock.
struct SetupPropertyTests {
  private let folder: TemporaryFolder

  /// A copy of the script with everything it looks for but one library, and programs of ours in the
  /// place of those that would change the machine.
  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file("Scripts"), withIntermediateDirectories: true)
    let script = RepositoryFiles.root.appending(path: "Scripts/setup")
    try FileManager.default.copyItem(atPath: script.path, toPath: folder.file("Scripts/setup"))
    let text = try String(contentsOf: script, encoding: .utf8)
    let torch = try #require(text.firstMatch(of: /torch_version=([0-9.]+)/)).1
    let arrow = try #require(text.firstMatch(of: /arrow_version=([0-9]+)/)).1
    try write("", to: ".deps/libtorch/lib/libtorch_cpu.so")
    try write("", to: ".deps/libtorch/include/torch/csrc/api/include/all.h")
    try write("__version__ = '\(torch)'", to: ".deps/libtorch/version.py")
    try write("", to: ".deps/arrow/libarrow.so.\(arrow)00")
    try write("", to: ".deps/arrow/include/arrow/api.h")
    let mujoco = try #require(text.firstMatch(of: /mujoco_version=([0-9.]+)/)).1
    let aloha = try #require(text.firstMatch(of: /aloha_version=([0-9.]+)/)).1
    try write("", to: ".deps/mujoco/libmujoco.so.\(mujoco)")
    for folder in ["gym_aloha", "pkg/gym-aloha-\(aloha)/gym_aloha"] {
      try write("", to: ".deps/\(folder)/assets/scene.xml")
    }
    try write("", to: "libchipmunk.so.7")
    try write("#!/bin/sh\n[ -e '\(folder.file("installed"))' ]\n", to: "bin/pkg-config")
    try write("#!/bin/sh\nexit 1\n", to: "bin/pip")
    try write("#!/bin/sh\n[ \"$1\" != -n ] || shift\nexec \"$@\"\n", to: "bin/sudo")
  }

  private func write(_ text: String, to name: String) throws {
    let path = folder.file(name)
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(chmod(path, 0o755) == 0)
  }

  /// An apt-get that fails a number of times with a message, and then installs.
  private func write(aptThatFails count: Int, saying message: String) throws {
    try write(
      """
      #!/bin/sh
      echo "$DEBIAN_FRONTEND $*" >>'\(folder.file("calls"))'
      if [ "$(wc -l <'\(folder.file("calls"))')" -le \(count) ]; then
        echo "\(message)" >&2
        exit 100
      fi
      case "$*" in *install*) : >'\(folder.file("installed"))' ;; esac

      """, to: "bin/apt-get")
  }

  private func setup(wait: Int) throws -> CommandRun {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return try CommandRun(
      "-u", "LIBTORCH", "-u", "TORCH", "PATH=\(folder.file("bin")):\(path)", "APT_WAIT=\(wait)",
      "LIBCHIPMUNK=\(folder.file("libchipmunk.so.7"))", "bash", folder.file("Scripts/setup"))
  }

  private static let lock =
    "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 812 (apt-get)"

  @Test func setupWaitsForAnotherProcessThatHoldsTheLock() throws {
    try write(aptThatFails: 2, saying: Self.lock)
    let run = try setup(wait: 60)
    #expect(run.status == 0, "\(run.output)")
    let said = "setup: another process holds apt's lock; waiting for it, up to 60 s\n"
    #expect(run.output.components(separatedBy: said).count == 2, "\(run.output)")
    let calls = try RepositoryFiles.lines(URL(filePath: folder.file("calls")))
    #expect(calls.count == 4 && calls.allSatisfy { $0.hasPrefix("noninteractive -qq ") })
    #expect(calls[2].hasSuffix("update") && calls[3].contains("install -y"), "\(calls)")
  }

  @Test func aLockThatIsNeverReleasedIsAnErrorWithTheRemedy() throws {
    try write(aptThatFails: 1000, saying: Self.lock)
    let run = try setup(wait: 1)
    #expect(run.status == 1)
    #expect(run.output.contains("It is held by process 812"), "\(run.output)")
    #expect(run.output.contains("setup: another process has held apt's lock for 1 s; "))
  }

  @Test func anotherFailureIsToldAtOnce() throws {
    try write(aptThatFails: 1000, saying: "E: Unable to locate package pkg-config")
    let run = try setup(wait: 60)
    #expect(run.status == 1)
    #expect(run.output.contains("E: Unable to locate package pkg-config"), "\(run.output)")
    #expect(try RepositoryFiles.lines(URL(filePath: folder.file("calls"))).count == 1)
  }
}
