import Fast
import Foundation
import Support
import Testing

/// Which libtorch is taken where there are several, none, or one of another release.
struct TorchSearchPropertyTests {
  /// A machine: the program's own libraries, environments of Python, and what names them.
  private let machine: TemporaryFolder
  private let libraries: String

  init() throws {
    machine = try TemporaryFolder()
    libraries = machine.file("own/lib/lerobot-train-native")
    for release in ["2.10", "2.7", "2.9"] {
      _ = try machine.write([], to: "own/lib/lerobot-train-native/libCTorch-\(release).so")
    }
  }

  private func packages(_ environment: String) -> String {
    environment + "/lib/python3.12/site-packages/torch"
  }

  private func search(_ environment: [String: String] = [:]) -> TorchSearch {
    TorchSearch(
      environment: environment.mapValues { $0.replacing("@", with: machine.path) },
      libraries: libraries)
  }

  /// Every place, the first first: each is found once those before it are gone.
  @Test func theNearestLibtorchIsTaken() throws {
    let environment = [
      "VIRTUAL_ENV": "@/active", "CONDA_PREFIX": "@/conda", "HOME": "@/home", "PATH": "@/py/bin",
    ]
    let places = [
      "own/lib/lerobot-train-native/libtorch", packages("own"), packages("active"),
      packages("conda"), ".deps/libtorch", packages("home/.local"), packages("py"),
    ]
    for place in places { try machine.addTorch(place, version: "2.9.1+cpu") }
    _ = try machine.write([], to: "py/bin/python3")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: machine.file("py/bin/python3"))
    try machine.addTorch("chosen", version: "2.7.0")
    let chosen = try search(environment.merging(["LIBTORCH": "@/chosen"]) { $1 }).match()
    #expect(chosen.torch.path == machine.file("chosen"))
    #expect(chosen.shim == libraries + "/libCTorch-2.7.so")
    for place in places {
      let found = try search(environment).match().torch.path
      #expect(URL(filePath: found).standardized.path == machine.file(place))
      try FileManager.default.removeItem(atPath: machine.file(place))
    }
    #expect(throws: TorchError.noLibtorch(folder: nil, releases: ["2.7", "2.9", "2.10"])) {
      try search(environment).match()
    }
  }

  /// torch 2.6 in the active environment does not hide the one that fits.
  @Test func anotherReleaseIsPassedOver() throws {
    try machine.addTorch(packages("active"), version: "2.6.0+cu124", cuda: "12.4")
    let environment = ["VIRTUAL_ENV": "@/active", "CONDA_PREFIX": "@/conda"]
    let error = #expect(throws: TorchError.self) { try search(environment).match() }
    let line = try #require(error).description
    let path = machine.file(packages("active"))
    #expect(
      line == "\(path) is libtorch 2.6.0+cu124, which this program does not fit: "
        + "pip install 'torch>=2.7,<2.11'")
    try machine.addTorch(packages("conda"), version: "2.10.0+cu128", cuda: "12.8")
    let found = try search(environment).match()
    #expect(found.torch.cuda == "12.8" && found.torch.release == "2.10")
    #expect(found.shim == libraries + "/libCTorch-2.10.so")
  }

  @Test func aVariableThatNamesNoTorchIsAnErrorWithTheRemedy() throws {
    try machine.addTorch(packages("active"), version: "2.9.0")
    let search = search(["VIRTUAL_ENV": "@/active", "LIBTORCH": "@/typo"])
    let error = #expect(throws: TorchError.self) { try search.match() }
    #expect(
      try #require(error).description
        == "LIBTORCH=\(machine.file("typo")): no torch folder, which holds lib/libtorch_cpu.so; "
        + "unset it, or pip install 'torch>=2.7,<2.11'")
  }

  /// A virtual environment made with --system-site-packages, and one that names itself.
  @Test func packagesOfTheBaseAreSeenWhereTheEnvironmentShowsThem() throws {
    try machine.addTorch(packages("base"), version: "2.9.0")
    let environment = ["VIRTUAL_ENV": "@/active"]
    func show(_ shows: Bool, _ home: String) throws {
      let text = "home = \(machine.file(home))\ninclude-system-site-packages = \(shows)\n"
      _ = try machine.write(Array(text.utf8), to: "active/pyvenv.cfg")
    }
    try show(true, "base/bin")
    try FileManager.default.createDirectory(
      atPath: machine.file("base/bin"), withIntermediateDirectories: true)
    #expect(try search(environment).match().torch.path.hasSuffix(packages("base/bin/..")))
    try show(false, "base/bin")
    #expect(throws: TorchError.self) { try search(environment).match() }
    try FileManager.default.createDirectory(
      atPath: machine.file("active/bin"), withIntermediateDirectories: true)
    try show(true, "active/bin")
    #expect(throws: TorchError.self) { try search(environment).match() }
  }

  /// libtorch's own archive has no version.py. What is no version is no release.
  @Test(arguments: [("2.9.1+cpu", "2.9"), ("", ""), ("x", "x"), ("2", "2")])
  func theArchiveOfLibtorchSaysItsVersionInAnotherFile(text: String, release: String) throws {
    _ = try machine.write([], to: "archive/lib/libtorch_cpu.so")
    _ = try machine.write(Array((text + "\n").utf8), to: "archive/build-version")
    let torch = try #require(TorchFolder(machine.file("archive")))
    #expect(torch.release == release && torch.cuda == nil)
  }

  /// A checkout has one shim, for the libtorch that was fetched.
  @Test func aCheckoutTakesALibtorchOfTheReleaseItWasBuiltFor() throws {
    let built = machine.file("checkout/.build/release")
    _ = try machine.write([], to: "checkout/.build/release/libCTorch.so")
    try machine.addTorch("checkout/.deps/libtorch", version: "2.13.0")
    let search = TorchSearch(
      environment: ["VIRTUAL_ENV": machine.file("active")], libraries: built)
    try machine.addTorch(packages("active"), version: "2.12.0")
    #expect(try search.match().torch.path == machine.file("checkout/.deps/libtorch"))
    try machine.addTorch(packages("active"), version: "2.13.1+cu130", cuda: "13.0")
    let found = try search.match()
    #expect(found.torch.cuda == "13.0" && found.shim == built + "/libCTorch.so")
    // Scripts/shims has built another.
    let shim = "checkout/.build/shims/2.12/release/libCTorch.so"
    _ = try machine.write([], to: shim)
    try machine.addTorch(packages("active"), version: "2.12.0")
    #expect(try search.match().shim == machine.file(shim))
  }
}
