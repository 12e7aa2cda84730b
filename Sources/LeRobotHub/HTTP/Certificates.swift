import CLibraries
import Foundation

/// The authorities whose certificates are trusted where the environment names no file.
enum Certificates {
  /// The system's file, by its names in the distributions; where there is none, the one that the program was
  /// shipped with. nil leaves it to libcurl.
  static let file: String? = {
    let shipped = String(cString: cl_folder()) + "/ca-certificates.crt"
    return (system + [shipped]).first(where: FileManager.default.fileExists)
  }()

  private static let system = [
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
  ]
}
