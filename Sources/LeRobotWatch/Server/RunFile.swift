import Foundation
import LeRobotCore

/// A file of a run that a page shows: a video of an evaluation, for example.
struct RunFile {
  private let file: RawFile
  private let size: Int
  private let type: String

  /// - Parameters:
  ///   - path: of the request: from the folder of the only run, or after `/run/INDEX/` from the folder
  ///     of that run, the first one 0.
  ///   - folders: the runs'.
  /// - Returns: nil for all but a file of a known type that lies in the run's folder itself.
  init?(_ path: String, folders: [String]) {
    guard let parts = Self.parts(path), let last = parts.last else { return nil }
    var (folder, names) = (folders.count == 1 ? folders.first : nil, parts[...])
    if parts.count > 2, parts[0] == "run", let index = Int(parts[1]) {
      folder = folders.indices.contains(index) ? folders[index] : nil
      names = parts[2...]
    }
    guard let folder, let type = Self.type(of: last),
      let place = Self.place(names.joined(separator: "/"), in: folder),
      FileSystem.size(of: place) != nil, let file = try? RawFile(reading: place),
      let size = try? file.size()
    else { return nil }
    (self.file, self.size, self.type) = (file, size, type)
  }

  /// The names of a path, decoded; nil for one that could lead out of a folder.
  private static func parts(_ path: String) -> [String]? {
    guard path.hasPrefix("/") else { return nil }
    let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    let names = parts.compactMap { String($0).removingPercentEncoding }
    let isPlain = names.allSatisfy {
      !["", ".", ".."].contains($0) && !$0.contains("/") && !$0.utf8.contains(0)
    }
    return isPlain && names.count == parts.count ? names : nil
  }

  /// Where a file really lies; nil for one outside the folder, where links may lead.
  private static func place(_ path: String, in folder: String) -> String? {
    guard let root = resolved(folder), let place = resolved("\(folder)/\(path)"),
      place.hasPrefix(root == "/" ? root : root + "/")
    else { return nil }
    return place
  }

  private static func resolved(_ path: String) -> String? {
    guard let text = realpath(path, nil) else { return nil }
    defer { free(text) }
    return String(cString: text)
  }

  /// The types of what a run writes for people; weights and the like are not served.
  private static func type(of name: String) -> String? {
    let types = [
      "mp4": "video/mp4", "webm": "video/webm", "gif": "image/gif", "jpg": "image/jpeg",
      "jpeg": "image/jpeg", "png": "image/png", "json": "application/json",
      "jsonl": "text/plain; charset=utf-8", "txt": "text/plain; charset=utf-8",
      "html": "text/html; charset=utf-8",
    ]
    guard let dot = name.lastIndex(of: ".") else { return nil }
    return types[name[name.index(after: dot)...].lowercased()]
  }

  // MARK: - The answer

  /// The file, or the part of it that a `Range` header asks for.
  func response(range header: String?) -> HTTPResponse {
    switch ByteRange(header, size: size) {
    case .whole: return response(.ok, 0..<size)
    case .part(let part):
      var response = response(.partialContent, part)
      let place = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)"
      response.fields.append(("Content-Range", place))
      return response
    case .outside:
      var response = HTTPResponse.text(.rangeNotSatisfiable, "The file ends before.\n")
      response.fields.append(("Content-Range", "bytes */\(size)"))
      return response
    }
  }

  private func response(_ status: HTTPStatus, _ range: Range<Int>) -> HTTPResponse {
    HTTPResponse(
      status: status,
      fields: [
        ("Content-Type", type), ("Accept-Ranges", "bytes"), ("Cache-Control", "no-cache"),
      ],
      body: .pieces(FilePart(file, range), count: range.count))
  }
}
