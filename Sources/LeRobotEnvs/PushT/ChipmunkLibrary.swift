import CChipmunk
import Foundation
import LeRobotCore

/// Chipmunk, opened: a value of this type is the proof that its functions may be called.
///
/// Debian's `libchipmunk7` and the library inside pymunk's wheel compute the same, bit for bit.
package struct ChipmunkLibrary: Sendable {
  /// The variable that names the library's file.
  package static let variable = "LIBCHIPMUNK"

  private init() {}

  /// Opens the file `LIBCHIPMUNK` names; without it the system's library, then pymunk's of the
  /// Python environment in use.
  ///
  /// - Throws: `EnvironmentError.libraryMissing`.
  package static func open(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(EnvironmentError) -> ChipmunkLibrary {
    var reason = ""
    for path in candidates(environment) {
      var message = [CChar](repeating: 0, count: 300)
      if cc_open(path, &message, message.count) == 0 { return ChipmunkLibrary() }
      let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      if reason.isEmpty { reason = String(decoding: text, as: UTF8.self) }
    }
    throw .libraryMissing(
      library: "Chipmunk", reason: reason,
      package: "libchipmunk7 (Scripts/setup, or apt-get install libchipmunk7)")
  }

  /// Files to try, in this order.
  package static func candidates(_ environment: [String: String]) -> [String] {
    if let chosen = environment[variable], !chosen.isEmpty { return [chosen] }
    let pythons = ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap { environment[$0] }
    let bindings = pythons.flatMap(PythonPackages.folders(in:))
      .map { $0 + "/pymunk/_chipmunk.abi3.so" }
    return ["libchipmunk.so.7"] + bindings.filter(FileManager.default.fileExists(atPath:))
  }
}
