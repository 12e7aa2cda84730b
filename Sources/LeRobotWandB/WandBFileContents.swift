import LeRobotCore
import LeRobotLogging

/// What the files that earlier processes wrote of a run hold already.
package struct WandBFileContents: Equatable {
  /// The step of the last history row; nil where there is none.
  package private(set) var lastStep: Int?
  /// The names of the artifacts.
  package private(set) var artifacts: Set<String> = []
  /// Those among them that were uploaded: their copies are gone, or their file is marked.
  package private(set) var uploadedArtifacts: Set<String> = []

  /// Reads every file of a run below `folder`; what is damaged or cut off is left out.
  package init(of runID: String, in folder: String) {
    for path in Self.files(of: runID, in: folder) {
      guard let bytes = try? TextFile.bytes(path) else { continue }
      let isUploaded = FileSystem.exists(path + WandBFolder.syncedSuffix)
      for record in Self.records(in: bytes) { take(record, isUploaded) }
    }
  }

  /// The files of a run, the oldest first: their folders begin with the time.
  package static func files(of runID: String, in folder: String) -> [String] {
    let folders = ((try? FileSystem.list(folder)) ?? []).filter {
      $0.hasPrefix("offline-run-") && $0.hasSuffix("-\(runID)")
    }
    return folders.map { "\(folder)/\($0)/run-\(runID).wandb" }.filter(FileSystem.exists)
  }

  private mutating func take(_ record: [UInt8], _ isUploaded: Bool) {
    guard let fields = ProtobufFields(record) else { return }
    if let history = fields.message(WandBField.Record.history),
      let step = history.message(WandBField.History.step)
    {
      lastStep = max(lastStep ?? 0, step.number(WandBField.HistoryStep.num))
    }
    if let artifact = fields.message(WandBField.Record.artifact) {
      let name = artifact.text(WandBField.Artifact.name)
      let copy = artifact.message(WandBField.Artifact.manifest)?
        .message(WandBField.Manifest.contents)?.text(WandBField.ManifestEntry.localPath)
      artifacts.insert(name)
      if isUploaded || !FileSystem.exists(copy ?? "") { uploadedArtifacts.insert(name) }
    }
  }

  /// The records of a file, up to the first piece that is damaged.
  package static func records(in bytes: [UInt8]) -> [[UInt8]] {
    guard bytes.starts(with: WandBFile.identification) else { return [] }
    var (records, record): ([[UInt8]], [UInt8]) = ([], [])
    var at = WandBFile.identification.count
    while at < bytes.count {
      let left = WandBFile.blockSize - at % WandBFile.blockSize
      if left < WandBFile.headerSize {
        at += left
        continue
      }
      guard let (piece, part) = piece(in: bytes, at: at) else { break }
      at += WandBFile.headerSize + part.count
      if piece == .whole || piece == .first { record = [] }
      record += part
      if piece == .whole || piece == .last { records.append(record) }
    }
    return records
  }

  private static func piece(
    in bytes: [UInt8], at start: Int
  ) -> (WandBFile.Piece, ArraySlice<UInt8>)? {
    let body = start + WandBFile.headerSize
    guard body <= bytes.count, let piece = WandBFile.Piece(rawValue: bytes[start + 6]) else {
      return nil
    }
    let length = Int(bytes[start + 4]) | Int(bytes[start + 5]) << 8
    guard body + length <= bytes.count else { return nil }
    let part = bytes[body..<body + length]
    let sum = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
    return sum == WandBFile.checksum(of: part, piece) ? (piece, part) : nil
  }
}
