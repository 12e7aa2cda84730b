import CLibraries
import Fast
import Foundation
import LeRobotCore
import LeRobotData
import LeRobotEnvs
import LeRobotHub

/// What `--version` prints: the program, the libraries that it finds on this machine, and the processor.
package enum VersionReport {
  package static var text: String {
    let commit = String(cString: cl_commit())
    let build = commit.isEmpty ? "" : " (\(commit))"
    let title = "\(Version.command) \(Version.program)\(build), follows LeRobot \(Version.lerobot)"
    let rows = torch + DataLibraries.found + [chipmunk, muJoCo, network, processor]
    return title + "\n"
      + rows.map { $0.name.padding(toLength: 12, withPad: " ", startingAt: 0) + $0.text + "\n" }
      .joined()
  }

  private typealias Row = (name: String, text: String)

  /// Opens libtorch, so that what would stop a run is seen here.
  private static var torch: [Row] {
    do throws(TorchError) {
      try Torch.open()
    } catch {
      return [("libtorch", "\(error)")]
    }
    let folder = Torch.folder
    let threads = "computes with \(Torch.threadCount) threads"
    return [
      ("libtorch", "\(folder?.version ?? Torch.version), \(folder?.path ?? ""), \(threads)"),
      ("CUDA", cuda(folder?.cuda)),
    ]
  }

  private static func cuda(_ version: String?) -> String {
    guard let version else { return "none: this libtorch is for the CPU alone" }
    if let reason = Torch.missingCUDA { return "\(version), no device: \(reason)" }
    return "\(version), \(Torch.cudaDeviceCount) device(s)"
  }

  private static var chipmunk: Row {
    do throws(EnvironmentError) {
      _ = try ChipmunkLibrary.open()
      return ("Chipmunk", "7.0.3")
    } catch {
      return ("Chipmunk", "\(error)")
    }
  }

  private static var muJoCo: Row {
    do throws(EnvironmentError) {
      let library = try MuJoCoLibrary.open()
      let assets = try AlohaAssets()
      return ("MuJoCo", "\(MuJoCoLibrary.version), \(library.path), models \(assets.folder)")
    } catch {
      return ("MuJoCo", "\(error)")
    }
  }

  private static var network: Row { ("libcurl", Hub.library) }

  private static var processor: Row {
    let bits = cl_vector_bits()
    let vectors = bits > 0 ? "vectors of \(bits) bits" : "no AVX2"
    return ("processor", "\(ProcessInfo.processInfo.activeProcessorCount) threads, \(vectors)")
  }
}
