import Foundation

/// Weights of a vision backbone that somebody trained before: from a file, or by torchvision's name
/// from the folder where torch keeps downloads, into which a missing one is downloaded
/// (torch `hub.py`, `load_state_dict_from_url`).
package struct PretrainedWeights: Sendable {
  /// Replaces torchvision's address, for a mirror.
  package static let addressVariable = "LEROBOT_TORCHVISION_URL"

  private let environment: [String: String]
  private let downloaders: [Downloader]
  private let notice: @Sendable (String) -> Void

  /// As `load`, with a choice of the programs that may download.
  package init(
    environment: [String: String], downloaders: [Downloader] = Downloader.all,
    notice: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.environment = environment
    self.downloaders = downloaders
    self.notice = notice
  }

  /// Loads what a part of a new policy starts from; see `load` of a specification.
  package static func load(
    _ part: PretrainedPart, environment: [String: String],
    notice: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(PretrainedError) -> any WeightSource {
    switch part.source {
    case .torchvision(let specification):
      try load(specification, environment: environment, notice: notice)
    case .hub(let repository):
      throw .hub(repository: repository, option: part.option)
    }
  }

  /// Opens a state dictionary.
  ///
  /// - Parameters:
  ///   - specification: a `.pth` or `.safetensors` file, or `ResNet18_Weights.IMAGENET1K_V1`.
  ///   - environment: `TORCH_HOME`, `XDG_CACHE_HOME` and `HOME` say where downloads are kept,
  ///     `LEROBOT_TORCHVISION_URL` where they come from.
  ///   - notice: told, in a line, when something is downloaded.
  /// - Throws: `PretrainedError`.
  package static func load(
    _ specification: String, environment: [String: String],
    notice: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(PretrainedError) -> any WeightSource {
    try PretrainedWeights(environment: environment, notice: notice).load(specification)
  }

  /// Opens a state dictionary; see the static function.
  package func load(_ specification: String) throws(PretrainedError) -> any WeightSource {
    try open(locate(specification))
  }

  /// The file a specification means, downloaded if need be.
  private func locate(_ specification: String) throws(PretrainedError) -> String {
    if let file = TorchvisionWeights.file(specification) { return try cached(file) }
    let path = expand(specification)
    guard FileSystem.exists(path), !FileSystem.isDirectory(path) else {
      throw .unknown(specification: specification)
    }
    return path
  }

  /// Where one of torchvision's files lies in torch's cache folder, downloaded if it was not there.
  ///
  /// - Parameter file: its name, which ends in the first digits of its SHA-256.
  package func cached(_ file: String) throws(PretrainedError) -> String {
    let target = "\(cacheFolder)/\(file)"
    if !FileSystem.exists(target) { try fetch(file, to: target) }
    return target
  }

  private func open(_ path: String) throws(PretrainedError) -> any WeightSource {
    if path.hasSuffix(".safetensors") {
      do throws(SafetensorsError) {
        return SafetensorsWeights(file: try SafetensorsFile(path: path))
      } catch {
        throw .safetensors(error)
      }
    }
    do throws(TorchFileError) {
      return try TorchFile(path: path)
    } catch {
      throw .torchFile(error)
    }
  }

  // MARK: Download

  /// Downloads beside the target, checks the digest, and renames: a file of the target's name is
  /// always whole, and two programs may do this at once.
  private func fetch(_ file: String, to target: String) throws(PretrainedError) {
    let base = environment[Self.addressVariable] ?? TorchvisionWeights.address
    let address = "\(FileSystem.trimmed(base))/\(file)"
    let aside = "\(target).\(ProcessInfo.processInfo.processIdentifier).part"
    notice("Downloading \(address) to \(target)")
    do throws(FileError) {
      try FileSystem.createDirectory(cacheFolder)
    } catch {
      throw .file(error)
    }
    defer { try? FileSystem.remove(aside) }
    guard let downloader = downloaders.first(where: { $0.path(environment) != nil }) else {
      throw .downloadFailed(
        address: address, target: target, reason: "neither curl, wget nor python3 is installed")
    }
    if let reason = downloader.download(address, to: aside, environment: environment) {
      throw .downloadFailed(address: address, target: target, reason: reason)
    }
    try check(aside, of: file, from: address)
    do throws(FileError) {
      try FileSystem.rename(aside, to: target)
    } catch {
      throw .file(error)
    }
  }

  private func check(
    _ path: String, of file: String, from address: String
  ) throws(PretrainedError) {
    let expected = TorchvisionWeights.checksumPrefix(file) ?? ""
    let found: String
    do throws(FileError) {
      found = try SHA256.hexadecimal(file: path)
    } catch {
      throw .file(error)
    }
    if !found.hasPrefix(expected) {
      throw .wrongChecksum(address: address, expected: expected, found: found)
    }
  }

  // MARK: Folders

  /// torch's: `$TORCH_HOME/hub/checkpoints`, by default below the user's cache folder.
  private var cacheFolder: String {
    let cache = environment["XDG_CACHE_HOME"] ?? "~/.cache"
    let home = environment["TORCH_HOME"] ?? "\(cache)/torch"
    return "\(expand(home))/hub/checkpoints"
  }

  /// A path with `~` replaced by the user's folder.
  private func expand(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/") else { return path }
    return (environment["HOME"] ?? NSHomeDirectory()) + path.dropFirst()
  }
}
