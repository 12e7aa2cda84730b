import Foundation
import LeRobotCore

/// A folder that a repository's files are downloaded into under their own names, as huggingface_hub
/// does with `local_dir`. What it notes about each lies in `.cache/huggingface/download`:
///
///     PATH.metadata                            commit, ETag and time, a line each
///     PATH.lock                                who is downloading
///     DIGEST-OF-THE-NAME.ETAG.incomplete       what has arrived
package struct DownloadFolder: Sendable {
  /// What is noted of a file that was downloaded.
  package struct Note: Sendable, Equatable {
    package let commit: String
    package let etag: String
    /// Seconds since 1970.
    fileprivate let time: Double
  }

  package let root: String
  private var notes: String { "\(root)/.cache/huggingface/download" }

  package init(_ root: String) {
    self.root = FileSystem.trimmed(root)
  }

  package func path(_ file: String) -> String { "\(root)/\(file)" }

  /// What is noted of a file; nil where there is none, or where the file was changed since.
  package func note(of file: String) -> Note? {
    guard let text = try? TextFile.read("\(notes)/\(file).metadata"),
      let note = Note(parsing: text), let changed = modificationTime(of: path(file)),
      changed - 1 <= note.time
    else { return nil }
    return note
  }

  private func modificationTime(of path: String) -> Double? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970
  }
}

extension DownloadFolder {
  /// Downloads those files that are not here.
  func download(
    _ files: [HubFile], of repository: HubRepository, at commit: String, _ client: HubClient,
    _ reports: TransferReports
  ) throws(HubError) {
    let downloads = Downloads(
      client: client, repository: repository, commit: commit, reports: reports,
      arrived: { arrived(of: $0) }
    ) { (file, fetch, waiting) throws(HubError) in
      try place(file, at: commit, fetch, waiting: waiting)
    }
    try downloads.run(files.filter { !holds($0) }, into: root)
  }

  /// Whether a file is here with these contents, by what is noted or else by its digest.
  func holds(_ file: HubFile) -> Bool {
    guard FileSystem.size(of: path(file.path)) == file.size else { return false }
    if let note = note(of: file.path) { return note.etag == file.etag }
    return (try? file.isContent(of: path(file.path))) ?? false
  }

  /// Downloads a file. While Python downloads it into the same folder, this waits.
  func place(
    _ file: HubFile, at commit: String,
    _ fetch: (_ partial: String, _ target: String) throws(HubError) -> Void,
    waiting: () -> Void
  ) throws(HubError) {
    let partial = try self.partial(of: file)
    let lock = try HubError.files { () throws(FileError) in
      try prepare(for: file.path)
      return try FileLock("\(notes)/\(file.path).lock", waiting: waiting)
    }
    if !holds(file) { try fetch(partial, path(file.path)) }
    try HubError.files { () throws(FileError) in try write(commit, file) }
    _ = consume lock
  }

  /// Makes the folders that the file and what is noted of it lie in.
  private func prepare(for file: String) throws(FileError) {
    for path in [path(file), "\(notes)/\(file)"] {
      try FileSystem.createDirectory(FileSystem.parent(of: path) ?? root)
    }
    let ignore = "\(root)/.cache/huggingface/.gitignore"
    if !FileSystem.exists(ignore) { try TextFile.write("*", to: ignore) }
  }

  private func write(_ commit: String, _ file: HubFile) throws(FileError) {
    let time = Date().timeIntervalSince1970
    let aside = "\(notes)/\(file.path).metadata.\(UInt32.random(in: 0 ... .max))"
    try TextFile.write("\(commit)\n\(file.etag)\n\(time)\n", to: aside)
    try FileSystem.rename(aside, to: "\(notes)/\(file.path).metadata")
  }

  /// Bytes that an earlier try left of a file.
  func arrived(of file: HubFile) -> Int {
    guard let partial = try? partial(of: file) else { return 0 }
    return FileSystem.size(of: partial) ?? 0
  }

  /// Where huggingface_hub keeps what has arrived of a file.
  private func partial(of file: HubFile) throws(HubError) -> String {
    let name = FileSystem.name(of: file.path)
    let digest = try Digest.digest(.sha1, of: "\(name).metadata".utf8)
    let text = Data(digest).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_")
    let folder = FileSystem.parent(of: "\(notes)/\(file.path)") ?? notes
    return "\(folder)/\(text).\(file.etag).incomplete"
  }
}

extension DownloadFolder.Note {
  fileprivate init?(parsing text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count >= 3, let time = Double(lines[2].filter { !$0.isWhitespace }) else {
      return nil
    }
    self.init(
      commit: lines[0].filter { !$0.isWhitespace }, etag: lines[1].filter { !$0.isWhitespace },
      time: time)
  }
}

extension HubFile {
  /// Whether a file has these contents, by its digest.
  func isContent(of path: String) throws -> Bool {
    let opened = try RawFile(reading: path)
    guard try opened.size() == size else { return false }
    var digest = try newDigest()
    try digest.update(opened, count: size)
    return digest.hexadecimal() == etag
  }
}
