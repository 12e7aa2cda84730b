import CArrowTable
import CFFmpeg
import CHDF5

/// The libraries that read datasets, as they are found on this machine.
package enum DataLibraries {
  /// The release and the file of each, or why it cannot be used.
  package static var found: [(name: String, text: String)] {
    [("FFmpeg", ffmpeg), ("Arrow", arrow), ("HDF5", hdf5)]
  }

  private static var ffmpeg: String {
    if let reason = cff_open() { return missing(reason) }
    let release = cff_av_version_info().map { String(cString: $0) } ?? ""
    return "\(release), \(String(cString: cff_file()))"
  }

  private static var arrow: String {
    if let reason = ca_open_library() { return missing(reason) }
    return String(cString: ca_version())
  }

  private static var hdf5: String {
    if let reason = ch5_open_library() { return missing(reason) }
    var (major, minor, patch): (UInt32, UInt32, UInt32) = (0, 0, 0)
    ch5_get_libversion(&major, &minor, &patch)
    return "\(major).\(minor).\(patch), \(String(cString: ch5_file()))"
  }

  private static func missing(_ reason: UnsafePointer<CChar>) -> String {
    "cannot be opened: \(String(cString: reason))"
  }
}
